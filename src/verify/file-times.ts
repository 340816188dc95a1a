import { UsageError } from '../errors.ts';
import type { RowTiming } from './rows.ts';

/** What the pixels of one file say: slot by slot, when the light of its frame fell. */
export interface FileTimes {
  readonly file: string;
  /** Frames that were decoded. */
  readonly frames: number;
  /** Slots that the camera has no file for, between those it has: it was started again during the take. */
  readonly missing?: number;
  /** Slot of the first frame. */
  readonly firstSlot: number;
  /**
   * Presentation time of the first frame, in us; NaN where the file has no times. Absent where the times are not from
   * pixels.
   */
  readonly startUs?: number;
  /** Nominal period, in us. */
  readonly periodUs: number;
  /**
   * Mid-exposure of slot `firstSlot + i`, in us on the pixel clock; undefined where it can't be read or no frame is
   * there.
   */
  readonly timesUs: readonly (number | undefined)[];
  /** Standard error of a time, in us: the median. Absent where the times are not from pixels. */
  readonly sigmaUs?: number;
  /** Standard error of the time of slot `firstSlot + i`, in us. Absent where the times are not from pixels. */
  readonly sigmasUs?: readonly (number | undefined)[];
  /** Which row that is of. Absent where the times are not from pixels. */
  readonly rows?: RowTiming;
  /**
   * How long its frames were exposed, in us: the median of what the pixels show; undefined where it is too short to
   * tell.
   */
  readonly exposureUs?: number | undefined;
  /** True where the pixel clock is on a screen, which shows one time for a whole refresh. */
  readonly screen?: boolean;
  /**
   * All times may be off by this much, the same for all, in us: which of the sensor's rows the pictures show is not
   * known.
   */
  readonly unknownUs?: number;
  /** Slots that the recording itself tells to be repeats; undefined where it tells nothing. */
  readonly marked?: ReadonlySet<number> | undefined;
  /** What tells the picture of slot `firstSlot + i` from any other. */
  readonly pictures?: readonly (string | undefined)[];
  /** How far cells of the panel in slot `firstSlot + i` are from what they show by all of it (`cellErrors`). */
  readonly cellErrors?: readonly (Int16Array | undefined)[];
  readonly plays?: Plays | undefined;
  /** What there is to know of the file, a line each without its name; and what makes it no proof. */
  readonly notes?: readonly string[];
  readonly faults?: readonly string[];
}

/** How a file's own times go on. */
export interface Plays {
  /** From one slot to the next by its presentation times, in us: the mean. */
  readonly gapUs: number;
  /** What that may be off by, since the file's clock ticks no finer, in us. */
  readonly errorUs: number;
}

/** Slots between frames that no take leaves empty: two hours at 120 frames a second, and more. */
const MOST_EMPTY = 1_000_000;

/** @throws UsageError where frames are further from each other than those of a take can be: by times that are none. */
export function checkSpan(file: string, first: number, last: number, frames: number): void {
  if (Math.abs(last - first) <= frames + MOST_EMPTY) return;
  throw new UsageError(
    `${file}: its times are no times of a recording: frames lie ${last - first} frame periods apart`,
  );
}

/** The times of a camera that recorded into several files, in the order of time: slots between them have none. */
export function joinTimes(parts: readonly FileTimes[]): FileTimes {
  const [first, ...further] = parts as [FileTimes, ...FileTimes[]];
  const timesUs = [...first.timesUs];
  const sigmasUs = [...(first.sigmasUs ?? [])];
  const pictures = [...(first.pictures ?? [])];
  const cellErrors = [...(first.cellErrors ?? [])];
  let [missing, end] = [0, first.firstSlot + first.timesUs.length];
  for (const part of further) {
    checkSpan(part.file, first.firstSlot, part.firstSlot + part.timesUs.length, timesUs.length + part.timesUs.length);
    if (part.firstSlot < first.firstSlot) throw new UsageError(`${part.file}: begins before the camera's first file`);
    missing += Math.max(0, part.firstSlot - end);
    for (const [i, us] of part.timesUs.entries()) timesUs[part.firstSlot + i - first.firstSlot] = us;
    for (const [i, us] of (part.sigmasUs ?? []).entries()) sigmasUs[part.firstSlot + i - first.firstSlot] = us;
    for (const [i, picture] of (part.pictures ?? []).entries())
      pictures[part.firstSlot + i - first.firstSlot] = picture;
    for (const [i, errors] of (part.cellErrors ?? []).entries())
      cellErrors[part.firstSlot + i - first.firstSlot] = errors;
    end = Math.max(end, part.firstSlot + part.timesUs.length);
  }
  const joined = { ...first, timesUs: Array.from(timesUs), frames: timesUs.length, missing };
  if (further.length === 0) return joined;
  const told = parts.every(({ marked }) => marked !== undefined);
  const unknownUs = Math.max(...parts.map((part) => part.unknownUs ?? 0));
  return {
    ...joined,
    ...(first.sigmasUs && { sigmasUs: Array.from(sigmasUs) }),
    ...(first.pictures && { pictures: Array.from(pictures) }),
    ...(first.cellErrors && { cellErrors: Array.from(cellErrors) }),
    marked: told ? new Set(parts.flatMap(({ marked }) => [...(marked ?? [])])) : undefined,
    ...(unknownUs > 0 && { unknownUs }),
    ...(first.notes && { notes: [...new Set(parts.flatMap(({ notes = [] }) => notes))] }),
    ...(first.faults && { faults: [...new Set(parts.flatMap(({ faults = [] }) => faults))] }),
  };
}
