import { counted } from '../counted.ts';
import type { FileTimes } from './file-times.ts';

/** Share of a file's frames that may repeat the one before, unless told otherwise. */
export const DEFAULT_MAX_REPEATS = 0.05;
/** A camera that shows one frame for longer than this does not rightly repeat it, in us. */
export const LONGEST_STILL_US = 500_000;
/** Two neighbouring slots whose times are closer than this share of a period show one frame. */
const SAME_FRAME = 0.25;

/**
 * For each slot, whether it shows the frame of the slot before; the first ones may show a frame from before the
 * recording.
 */
export function repeats({ timesUs, periodUs, marked, firstSlot }: FileTimes): boolean[] {
  let before: number | undefined;
  const repeated = timesUs.map((us) => {
    const same = us !== undefined && before !== undefined && Math.abs(us - before) < SAME_FRAME * periodUs;
    before = us ?? before;
    return same;
  });
  const first = timesUs.findIndex((us) => us !== undefined);
  const next = timesUs.findIndex((us, i) => i > first && us !== undefined && !repeated[i]);
  if (next > first && first >= 0 && (marked === undefined || marked.has(firstSlot + first))) {
    const gap = ((timesUs[next] as number) - (timesUs[first] as number)) / periodUs;
    if (Math.round(gap) > next - first) repeated[first] = true;
  }
  return repeated;
}

/** For each slot, whether it repeats the one before although the recording says nothing of a repeat there. */
export function untold(file: FileTimes, repeated: readonly boolean[] = repeats(file)): boolean[] {
  const { marked, firstSlot } = file;
  return repeated.map((again, i) => again && marked !== undefined && !marked.has(firstSlot + i));
}

/** Repeats one behind the other, at the most. */
export function longestRun(repeated: readonly boolean[]): number {
  let [run, longest] = [0, 0];
  for (const again of repeated) {
    run = again ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Times of the slots that were captured: repeats and unreadable ones have none. */
export function captured(file: FileTimes): (number | undefined)[] {
  const repeated = repeats(file);
  return file.timesUs.map((us, i) => (repeated[i] ? undefined : us));
}

/** Why a file is no proof where it repeats more than it may, a line each. @param maxRepeats share of its frames */
export function tooManyRepeats(file: FileTimes, maxRepeats: number): string[] {
  const repeated = repeats(file);
  const all = count(repeated);
  const hidden = count(untold(file, repeated));
  const still = longestRun(repeated);
  const of = (some: number): string =>
    `${some} of ${counted(file.frames, 'frame')} ${some === 1 ? 'repeats' : 'repeat'} the one before`;
  return [
    ...(hidden > 0 ? [`${file.file}: ${of(hidden)}, and frames.csv does not say so`] : []),
    ...(still * file.periodUs > LONGEST_STILL_US ? [`${file.file}: shows one frame for ${still + 1} frames`] : []),
    ...(all > hidden && all > maxRepeats * file.frames + 1e-9
      ? [`${file.file}: ${of(all)}: more than ${percent(maxRepeats)} are no proof`]
      : []),
  ];
}

const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length;
const percent = (share: number): string => `${Number((share * 100).toFixed(3))} %`;
