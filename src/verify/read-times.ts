import { UsageError } from '../errors.ts';
import { openVideo } from '../libav/decode.ts';
import { PixelClockReader } from '../pixel-clock/read.ts';
import { periodUs } from '../time/frame-rate.ts';

/** What the pixels of one file say: slot by slot, when the light of its frame fell. */
export interface FileTimes {
  readonly file: string;
  /** Frames that were decoded. */
  readonly frames: number;
  /** Slots that the camera has no file for, between those it has: it was started again during the take. */
  readonly missing?: number;
  /** Slot of the first frame. */
  readonly firstSlot: number;
  /** Nominal period, in us. */
  readonly periodUs: number;
  /** Mid-exposure of slot `firstSlot + i`, in us on the pixel clock; undefined where it can't be read or no frame is there. */
  readonly timesUs: readonly (number | undefined)[];
}

/** Frames without any pixel clock after which a file is taken to have none. */
const GIVE_UP_AFTER = 150;

/** A file in which nothing can be read: it may be good, and only has no pixel clock. */
export class NoPixelClock extends UsageError {}

export type ReadProgress = (file: string, frames: number) => void;

/**
 * Decodes a file and reads the pixel clock in each frame.
 * @throws UsageError where the file can't be decoded, or no frame shows a pixel clock.
 */
export async function readTimes(file: string, progress: ReadProgress = () => {}): Promise<FileTimes> {
  const video = await openVideo(file);
  const reader = new PixelClockReader();
  const frames: { ptsUs: number; timeUs: number | undefined }[] = [];
  let readable = 0;
  try {
    for await (const { ptsUs, luma } of video.frames()) {
      const timeUs = reader.read(luma)?.timeUs;
      if (timeUs !== undefined) readable++;
      frames.push({ ptsUs, timeUs });
      progress(file, frames.length);
      if (readable === 0 && frames.length >= GIVE_UP_AFTER) break;
    }
  } finally {
    await video.close();
  }
  if (frames.length === 0) throw new UsageError(`${file}: holds no video frame`);
  if (readable === 0) {
    throw new NoPixelClock(
      `${file}: no pixel clock in view in ${frames.length} frames; verify needs one in the picture (docs/pixel-clock.md)`,
    );
  }
  const period =
    video.frameRate === undefined ? typicalGap(frames.map(({ ptsUs }) => ptsUs)) : periodUs(video.frameRate);
  const slots = slotsOf(
    frames.map(({ ptsUs }) => ptsUs),
    period,
  );
  const firstSlot = slots[0] as number;
  const timesUs = new Array<number | undefined>((slots.at(-1) as number) - firstSlot + 1).fill(undefined);
  for (const [i, slot] of slots.entries()) timesUs[slot - firstSlot] = frames[i]?.timeUs;
  return { file, frames: frames.length, firstSlot, periodUs: period, timesUs };
}

/** The times of a camera that recorded into several files, in the order of time: slots between them have none. */
export function joinTimes(parts: readonly FileTimes[]): FileTimes {
  const [first, ...further] = parts as [FileTimes, ...FileTimes[]];
  const timesUs = [...first.timesUs];
  let [missing, end] = [0, first.firstSlot + first.timesUs.length];
  for (const part of further) {
    missing += Math.max(0, part.firstSlot - end);
    for (const [i, us] of part.timesUs.entries()) timesUs[part.firstSlot + i - first.firstSlot] = us;
    end = Math.max(end, part.firstSlot + part.timesUs.length);
  }
  return { ...first, timesUs: Array.from(timesUs), frames: timesUs.length, missing };
}

/**
 * Slots by the presentation times. Times that are not slots' but true ones (`--timestamps true`) leave the grid in the long run: where whole slots
 * seem to be missing, and none is from one frame to the next, none is. By the order of frames where the times don't give each a slot of its own.
 */
export function slotsOf(ptsUs: readonly number[], period: number): number[] {
  const byGrid = ptsUs.map((us) => Math.round(us / period) || 0);
  const first = byGrid[0] as number;
  const rising = byGrid.every((slot, i) => Number.isSafeInteger(slot) && (i === 0 || slot > (byGrid[i - 1] as number)));
  const inOrder = ptsUs.map((_, i) => (first > 0 ? first : 0) + i);
  if (rising && first >= 0 && last(byGrid) === last(inOrder)) return byGrid;
  const gapless = ptsUs.every((us, i) => i === 0 || Math.abs(us - (ptsUs[i - 1] as number) - period) < period / 2);
  if (gapless) return inOrder;
  return rising && first >= 0 ? byGrid : ptsUs.map((_, i) => i);
}

const last = (slots: readonly number[]): number => slots.at(-1) as number;

function typicalGap(ptsUs: readonly number[]): number {
  const gaps = ptsUs.slice(1).map((us, i) => us - (ptsUs[i] as number));
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] || 1e6 / 30;
}
