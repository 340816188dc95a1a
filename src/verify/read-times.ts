import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import { openVideo } from '../libav/decode.ts';
import { PixelClockReader, type PixelClockReading } from '../pixel-clock/read.ts';
import { periodUs } from '../time/frame-rate.ts';
import type { Readout } from '../time/readout.ts';
import { median } from '../time/statistics.ts';
import { checkSpan, type FileTimes } from './file-times.ts';
import { NoPixelClock } from './no-pixel-clock.ts';
import { type PanelEdges, panelInPlace } from './panel-place.ts';
import { type PanelsSeen, panelFindings } from './panels.ts';
import { playsOf } from './playback.ts';
import { type PictureSize, placeRows, rowTiming } from './rows.ts';
import { fingerprint } from './same-pictures.ts';
import { commonError } from './time-errors.ts';

/** Frames without any pixel clock after which a file is taken to have none. */
const GIVE_UP_AFTER = 150;
/** Of a file's readable frames, so many and then every so many are searched for further panels. */
const SEARCHED = 2;
const SEARCH_EVERY = 30;
/** A panel that looks exposed for longer than so many frames is on a screen. */
const SCREEN = 1.05;

/** A reading whose standard error is this many times that of the file's others is none. */
const COARSER = 8;

/** How many frames of a file are read, or seconds of its sound, of how many where that is known. */
export type ReadProgress = (file: string, done: number, of?: number, unit?: 'frames' | 'seconds') => void;

/** Who hears of a long work, and who may end it. */
export interface Watch {
  /** Told how far it is, many times a file. */
  readonly onProgress?: ReadProgress | undefined;
  /** Ends the work when aborted: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends Watch {
  /** When the picture's rows are exposed after the sensor's first, where that is known. */
  readonly readout?: Readout | undefined;
  /**
   * Frame N is the Nth in the file, as every reader counts, whatever its times are. Default: by the slots of its
   * presentation times.
   */
  readonly counted?: boolean;
  /** Size of the pictures that this is of, and that the file is to have, where that is known. */
  readonly size?: PictureSize | undefined;
  /** Where the camera drew its pixel clock into such pictures, where that is known. */
  readonly panel?: PanelEdges | undefined;
  /** Slots that the recording itself tells to be repeats, where it tells of them. */
  readonly marked?: ReadonlySet<number> | undefined;
}

/** What the pixel clock says in each frame of a file. */
export interface FileReadings {
  /** Presentation times, us; NaN where the file has none. */
  readonly ptsUs: readonly number[];
  readonly readings: readonly (PixelClockReading | undefined)[];
  /** What tells each picture from any other. */
  readonly pictures: readonly string[];
  readonly size: PictureSize;
  /** Frames that were searched for more panels than the one that is read. */
  readonly panels: readonly PanelsSeen[];
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
export async function readFrames(file: string, { onProgress, signal }: Watch = {}): Promise<FileReadings> {
  const video = await openVideo(file, signal);
  const reader = new PixelClockReader();
  const ptsUs: number[] = [];
  const readings: (PixelClockReading | undefined)[] = [];
  const pictures: string[] = [];
  const panels: PanelsSeen[] = [];
  let size: PictureSize = video;
  let readable = 0;
  try {
    for await (const frame of video.frames()) {
      const reading = reader.read(frame.luma);
      if (reading !== undefined) readable++;
      size = { width: frame.luma.width, height: frame.luma.height };
      if (reading !== undefined && (panels.length < SEARCHED || frame.index % SEARCH_EVERY === 0)) {
        panels.push({ frame: frame.index, reading, others: reader.others(frame.luma, reading) });
      }
      pictures.push(fingerprint(frame.luma));
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
      `${file}: no pixel clock in view in ${counted(readings.length, 'frame')} (docs/pixel-clock.md)`,
    );
  }
  const period = video.frameRate === undefined ? typicalGap(ptsUs) : periodUs(video.frameRate);
  const exposureUs = median(readings.flatMap((reading) => reading?.exposureUs ?? []));
  return {
    ptsUs,
    readings,
    pictures,
    size,
    panels,
    periodUs: period,
    exposureUs,
    screen: (exposureUs ?? 0) > SCREEN * period,
  };
}

/**
 * When the frames of a file were exposed, by slots.
 * @throws UsageError where the file can't be decoded, or no frame shows a pixel clock.
 */
export const readTimes = async (file: string, options: ReadOptions = {}): Promise<FileTimes> =>
  timesOf(file, await readFrames(file, options), options);

/** The same of a file that has been read. @throws UsageError where its frames are too far apart. */
export function timesOf(file: string, seen: FileReadings, options: ReadOptions = {}): FileTimes {
  const { readout, panel, marked, counted = false } = options;
  const { ptsUs, periodUs: period, exposureUs, screen } = seen;
  const readings = surelyRead(seen.readings);
  const slots = counted ? ptsUs.map((_, i) => i) : slotsOf(ptsUs, period);
  const firstSlot = slots[0] as number;
  checkSpan(file, firstSlot, slots.at(-1) as number, readings.length);
  const rowsPlaced = placeRows(rowTiming(readings, readout), seen.size, readout, options.size);
  const place = readout && panel ? panelInPlace(rowsPlaced, readings, readout, panel) : rowsPlaced;
  const { rows, unknownUs } = place;
  const empty = <T>() => new Array<T | undefined>((slots.at(-1) as number) - firstSlot + 1).fill(undefined);
  const known = readings.flatMap((reading) => reading ?? []);
  const firstRow = rows.rowUs < 0 ? seen.size.height - 1 : 0;
  const commonUs = commonError(known, rows, firstRow);
  const [timesUs, sigmasUs] = [empty<number>(), empty<number>()];
  const [pictures, cellErrors] = [empty<string>(), empty<Int16Array>()];
  for (const [i, slot] of slots.entries()) {
    pictures[slot - firstSlot] = seen.pictures[i];
    const reading = readings[i];
    if (reading === undefined) continue;
    timesUs[slot - firstSlot] = reading.timeUs - place.laterUs(reading.row);
    sigmasUs[slot - firstSlot] = Math.hypot(reading.sigmaUs, commonUs);
    cellErrors[slot - firstSlot] = reading.cellErrors;
  }
  const sigmaUs = Math.hypot(median(known.map((reading) => reading.sigmaUs)) ?? 0, commonUs);
  const { notes, faults } = panelFindings(seen.panels, screen);
  return {
    ...{ file, frames: readings.length, firstSlot, startUs: ptsUs[0] as number, periodUs: period, timesUs, sigmaUs },
    ...{ sigmasUs, rows, pictures, cellErrors, marked },
    ...{ plays: playsOf(ptsUs, slots), notes: [...place.notes, ...notes], faults },
    ...(unknownUs > 0 && { unknownUs }),
    // On a screen it says nothing of the camera's own exposure.
    ...(screen ? { screen } : { exposureUs }),
  };
}

/** Readings without those that know their time far less well than the others: the error stated is not of them. */
function surelyRead(readings: FileReadings['readings']): FileReadings['readings'] {
  const sigmaUs = median(readings.flatMap((reading) => reading?.sigmaUs ?? [])) ?? 0;
  return readings.map((reading) => (reading && reading.sigmaUs > COARSER * sigmaUs ? undefined : reading));
}

/**
 * Slots by the presentation times. Times that are not slots' but true ones (`--timestamps true`) leave the grid in the
 * long run: where whole slots seem to be missing, and none is from one frame to the next, none is. By the order of
 * frames where the times don't give each a slot of its own.
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
