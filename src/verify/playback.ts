import { fitLine } from '../time/line-fit.ts';
import type { FileTimes, Plays } from './file-times.ts';
import { captured } from './repeats.ts';
import { SCREEN_US } from './screen.ts';

/*
 * Whether files play as they were captured. That frame N is frame N says nothing of it: a container may give them
 * another rate, or order.
 */

/** Rates of players that differ by more than this are apart: crystals differ by less. */
const APART = 300e-6;
/** A file is played faster or slower than it was captured where that is more than any clock is off. */
const CLOCKS = 500e-6;
/** Ticks of a file's clock, in us: Matroska's, and those of all others. */
const COARSE_US = 1000;
const FINE_US = 50;
/** A rate that is seen is wrong by no more standard errors than this. */
const SIGMAS = 6;

/** @param slots of the times. @returns undefined for fewer than two times, or where the file has none. */
export function playsOf(ptsUs: readonly number[], slots: readonly number[]): Plays | undefined {
  const span = (slots.at(-1) as number) - (slots[0] as number);
  const gapUs = ((ptsUs.at(-1) as number) - (ptsUs[0] as number)) / span;
  if (span < 1 || !Number.isFinite(gapUs)) return undefined;
  const coarse = ptsUs.every((us) => Math.abs(us - COARSE_US * Math.round(us / COARSE_US)) < 1);
  return { gapUs, errorUs: (coarse ? COARSE_US : FINE_US) / span };
}

/** Files whose frame N is played at another time than the reference's, however alike they are. */
export function playApart(reference: FileTimes, files: readonly FileTimes[]): string[] {
  const own = reference.plays;
  if (own === undefined) return [];
  return files.flatMap(({ file, plays }) => {
    if (plays === undefined) return [];
    const apart = Math.abs(plays.gapUs - own.gapUs);
    if (apart <= APART * own.gapUs + plays.errorUs + own.errorUs) return [];
    return [
      `${file}: plays at ${rate(plays.gapUs)} fps, ${reference.file} at ${rate(own.gapUs)}: they are apart when played, whatever their frames show`,
    ];
  });
}

/** A file that is played faster or slower than what it shows went by: `plays at 25 fps what was captured at 30`. */
export function playback(file: FileTimes): string[] {
  const { plays, firstSlot, frames } = file;
  if (plays === undefined || frames < 2) return [];
  const known = captured(file).flatMap((us, i) => (us === undefined ? [] : [{ slot: firstSlot + i, us }]));
  const line = fitLine(
    known.map(({ slot }) => slot),
    known.map(({ us }) => us),
  );
  const seenUs = line?.slope;
  if (line === undefined || seenUs === undefined) return [];
  const sigmaUs = Math.sqrt(line.residuals / line.count / line.spread);
  const errorUs = SIGMAS * sigmaUs + plays.errorUs + (file.screen ? SCREEN_US / known.length : 0);
  if (seenUs <= 0 || Math.abs(seenUs - plays.gapUs) <= CLOCKS * plays.gapUs + errorUs) return [];
  return [`${file.file}: plays at ${rate(plays.gapUs)} fps what was captured at ${rate(seenUs)}`];
}

/** Frames that were captured before the one in front of them. */
export function timeOrder(file: FileTimes): string[] {
  const back: number[] = [];
  let before: number | undefined;
  let steps = 0;
  for (const [i, us] of captured(file).entries()) {
    if (us === undefined) continue;
    if (before !== undefined) {
      steps++;
      if (us < before) back.push(file.firstSlot + i);
    }
    before = us;
  }
  if (back.length === 0) return [];
  if (back.length === steps) return [`${file.file}: runs backwards`];
  const more = back.length > 1 ? `, and at ${back.length - 1} more` : '';
  return [`${file.file}: goes back in time at frame ${back[0]}${more}`];
}

/** Files with other numbers of frames than the take says, and sets that are too short to show how they go on. */
export function framesShort(
  files: readonly FileTimes[],
  toldFrames: readonly (number | undefined)[] | undefined,
): string[] {
  const lines = files.flatMap(({ file, frames }, i) => {
    const told = toldFrames?.[i];
    return told === undefined || told === frames
      ? []
      : [`${file}: has ${frames} ${frames === 1 ? 'frame' : 'frames'}, take.json says ${told}`];
  });
  const alone = files.length > 1 && files.some(({ frames }) => frames === 1);
  return alone ? [...lines, 'one frame is compared: how the files go on is not seen'] : lines;
}

const rate = (gapUs: number): string => String(Number((1e6 / gapUs).toFixed(3)));
