import { type Container, frameTimes, readContainer } from '../libav/container.ts';
import { typicalGap } from '../verify/read-times.ts';

/**
 * A cut is so much before the frame that it begins with, in us, and no more than this share of a frame: containers
 * round times to a ms.
 */
const BEFORE_US = 1000;
const BEFORE_SHARE = 0.25;

/** A file on the timeline of the first. */
export interface PlacedFile {
  readonly file: string;
  /** Where its time 0 is on the first file's own time, in us. */
  readonly startUs: number;
  /** How fast the first file's time goes against its own. */
  readonly rate: number;
}

/** A file that was looked into. */
export interface Opened extends PlacedFile {
  readonly container: Container;
  /** When its frames are shown, in us of its own time; empty where it has no video, or says nothing. */
  readonly frames: readonly number[];
}

/** What is to be cut off each file so that all begin together, in us as ffmpeg's `-ss` counts. */
export interface Cuts {
  readonly cutUs: readonly number[];
  readonly notes: readonly string[];
}

/**
 * Finds the cuts after which all files begin together: each video a little before the frame that is nearest to the
 * first frame of the one that begins last, sound alone as much before that moment. ffmpeg counts from where a file's
 * own time begins, which need not be 0.
 * @throws UsageError where a file can't be read.
 */
export async function cutsOf(files: readonly PlacedFile[], signal?: AbortSignal): Promise<Cuts> {
  const opened: Opened[] = [];
  for (const each of files) opened.push(await openPlaced(each, signal));
  const begins = opened.map((each) => onFirst(each, each.frames[0] ?? each.container.startUs));
  let begin = Math.max(...begins);
  const last = opened[begins.indexOf(begin)] as Opened;
  if (last.frames.length === 0) begin = firstFrameFrom(opened, begin);
  const beforeUs = Math.min(BEFORE_US, ...opened.map(({ frames }) => BEFORE_SHARE * typicalGap(frames)));
  const cutUs = opened.map((each) => {
    const exact = (begin - each.startUs) / each.rate;
    const cut = (nearest(each.frames, exact) ?? exact) - beforeUs - each.container.startUs;
    return Math.max(0, cut);
  });
  const bare = opened.filter(({ container, frames }) => container.video && frames.length === 0);
  const notes = bare.map(
    ({ file }) =>
      `${file}: its frames have no times in the file, so that nothing can cut it by a time: put it into a container with its times before`,
  );
  return { cutUs, notes };
}

/** @throws UsageError where the file can't be read. */
export async function openPlaced(placed: PlacedFile, signal?: AbortSignal): Promise<Opened> {
  const container = await readContainer(placed.file);
  const frames = container.video ? await frameTimes(placed.file, signal) : [];
  // What is before a file's beginning is decoded and not shown.
  return { ...placed, container, frames: frames.filter((us) => us > container.startUs - 1) };
}

/** Where a moment of a file's own time is on the first file's, in us. */
export const onFirst = ({ startUs, rate }: PlacedFile, us: number): number => startUs + rate * us;

/** The first frame at or after a moment of the first file's time, of the first file that has frames there. */
function firstFrameFrom(files: readonly Opened[], us: number): number {
  for (const each of files) {
    const frame = each.frames.find((own) => onFirst(each, own) >= us);
    if (frame !== undefined) return onFirst(each, frame);
  }
  return us;
}

/** The frame that is nearest to a time; undefined where there is none. */
function nearest(frames: readonly number[], us: number): number | undefined {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle] as number) < us) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [frames[low - 1], frames[low]];
  return before !== undefined && (after === undefined || us - before <= after - us) ? before : after;
}
