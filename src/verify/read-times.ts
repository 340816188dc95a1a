import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import { openVideo } from '../libav/decode.ts';
import { PixelClockReader, type PixelClockReading } from '../pixel-clock/read.ts';
import { periodUs } from '../time/frame-rate.ts';
import type { Readout } from '../time/readout.ts';
import { median } from '../time/statistics.ts';

/** How the times of a file's frames are those of one row. */
export interface RowTiming {
  /**
   * `take`: by `take.json`, of the first row that the sensor reads out. `pixels`: by what the pixel clock shows of the rows, of the picture's first
   * row. `global`: the pixel clock shows that all rows are exposed at once.
   */
  readonly source: 'take' | 'pixels' | 'global';
  /** From one row of the picture to the next, in us. */
  readonly rowUs: number;
  /** What the pixel clock shows, with its standard error; undefined where the panel is too blurred for it. */
  readonly seenUs?: number;
  readonly seenSigmaUs?: number;
}

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
  /** Standard error of a time, in us: the median. Absent where the times are not from pixels. */
  readonly sigmaUs?: number;
  /** Which row that is of. Absent where the times are not from pixels. */
  readonly rows?: RowTiming;
  /** How long its frames were exposed, in us: the median of what the pixels show; undefined where it is too short to tell. */
  readonly exposureUs?: number | undefined;
  /** True where the pixel clock is on a screen, which shows one time for a whole refresh. */
  readonly screen?: boolean;
}

/** Frames without any pixel clock after which a file is taken to have none. */
const GIVE_UP_AFTER = 150;
/** Rows that follow each other faster than this, in us, are those of a global shutter: 1080 rows of the fastest sensors take 5 ms. */
const GLOBAL_US = 1;
/** A time a row that is known less well than this, in us, is not known: over a picture it would be off by a millisecond. */
const MOST_ROW_SIGMA_US = 2;

/** A panel that looks exposed for longer than so many frames is on a screen. */
const SCREEN = 1.05;
/** What a screen tells times to, in us: one of its refreshes, at 60 a second. */
export const SCREEN_US = 1e6 / 60;

/** A file in which nothing can be read: it may be good, and only has no pixel clock. */
export class NoPixelClock extends UsageError {}

export type ReadProgress = (file: string, frames: number, of?: number) => void;

export interface ReadOptions {
  /** When the picture's rows are exposed after the sensor's first, where that is known. */
  readonly readout?: Readout | undefined;
  readonly onProgress?: ReadProgress | undefined;
}

/** What the pixel clock says in each frame of a file. */
export interface FileReadings {
  /** Presentation times, us; NaN where the file has none. */
  readonly ptsUs: readonly number[];
  readonly readings: readonly (PixelClockReading | undefined)[];
  /** Nominal period, in us. */
  readonly periodUs: number;
  /** How long its frames look exposed, in us: the median; undefined where it is too short to tell. */
  readonly exposureUs: number | undefined;
  /** True where that is longer than an exposure: the pixel clock is on a screen. */
  readonly screen: boolean;
}

/**
 * Decodes a file and reads the pixel clock in each frame.
 * @throws UsageError where the file can't be decoded, or no frame shows a pixel clock.
 */
export async function readFrames(file: string, onProgress?: ReadProgress): Promise<FileReadings> {
  const video = await openVideo(file);
  const reader = new PixelClockReader();
  const ptsUs: number[] = [];
  const readings: (PixelClockReading | undefined)[] = [];
  let readable = 0;
  try {
    for await (const frame of video.frames()) {
      const reading = reader.read(frame.luma);
      if (reading !== undefined) readable++;
      ptsUs.push(frame.ptsUs);
      readings.push(reading);
      onProgress?.(file, readings.length, video.frameCount);
      if (readable === 0 && readings.length >= GIVE_UP_AFTER) break;
    }
  } finally {
    await video.close();
  }
  if (readings.length === 0) throw new UsageError(`${file}: holds no video frame`);
  if (readable === 0) {
    throw new NoPixelClock(
      `${file}: no pixel clock in view in ${counted(readings.length, 'frame')}; verify needs one in the picture (docs/pixel-clock.md)`,
    );
  }
  const period = video.frameRate === undefined ? typicalGap(ptsUs) : periodUs(video.frameRate);
  const exposureUs = median(readings.flatMap((reading) => reading?.exposureUs ?? []));
  return { ptsUs, readings, periodUs: period, exposureUs, screen: (exposureUs ?? 0) > SCREEN * period };
}

/**
 * When the frames of a file were exposed, by slots.
 * @throws UsageError where the file can't be decoded, or no frame shows a pixel clock.
 */
export async function readTimes(file: string, { readout, onProgress }: ReadOptions = {}): Promise<FileTimes> {
  const { ptsUs, readings, periodUs: period, exposureUs, screen } = await readFrames(file, onProgress);
  const slots = slotsOf(ptsUs, period);
  const firstSlot = slots[0] as number;
  const rows = rowTiming(readings, readout);
  const timesUs = new Array<number | undefined>((slots.at(-1) as number) - firstSlot + 1).fill(undefined);
  for (const [i, slot] of slots.entries()) {
    const reading = readings[i];
    if (reading === undefined) continue;
    timesUs[slot - firstSlot] = reading.timeUs - reading.row * rows.rowUs - (readout?.topUs ?? 0);
  }
  const sigmaUs = median(readings.flatMap((reading) => (reading ? timeSigma(reading, rows) : []))) as number;
  const about = { file, frames: readings.length, firstSlot, periodUs: period, timesUs, sigmaUs, rows };
  // On a screen it says nothing of the camera's own exposure.
  return screen ? { ...about, screen } : { ...about, exposureUs };
}

/** Standard error of the time of the first row, in us: that of the panel's where the time a row is known, or there is none. */
const timeSigma = ({ sigmaUs, row }: PixelClockReading, { source, seenSigmaUs = 0 }: RowTiming): number =>
  source === 'pixels' ? Math.hypot(sigmaUs, row * seenSigmaUs) : sigmaUs;

/** How fast the rows follow each other: as it is known, or as all readings together say (their mean by inverse variance). */
export function rowTiming(
  readings: readonly (PixelClockReading | undefined)[],
  readout: Readout | undefined,
): RowTiming {
  let [weights, sum] = [0, 0];
  for (const reading of readings) {
    if (reading === undefined) continue;
    const weight = 1 / reading.rowSigmaUs ** 2;
    weights += weight;
    sum += weight * reading.rowUs;
  }
  const sigmaUs = 1 / Math.sqrt(weights);
  const known = sigmaUs < MOST_ROW_SIGMA_US;
  const seen = known ? { seenUs: sum / weights, seenSigmaUs: sigmaUs } : {};
  if (readout !== undefined) return { source: 'take', rowUs: readout.rowUs, ...seen };
  const rowUs = sum / weights;
  if (!known || Math.abs(rowUs) < GLOBAL_US) return { source: 'global', rowUs: 0, ...seen };
  return { source: 'pixels', rowUs, ...seen };
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

/** From one frame to the next, in us. */
export const typicalGap = (ptsUs: readonly number[]): number =>
  median(ptsUs.slice(1).map((us, i) => us - (ptsUs[i] as number))) || 1e6 / 30;
