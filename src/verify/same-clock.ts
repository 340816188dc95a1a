import type { FileTimes } from './file-times.ts';
import { captured } from './repeats.ts';

/** Files are held against each other by so many frames at a time. */
const BLOCK = 60;
/** Frames of a block that both must have. */
const LEAST = 50;
/**
 * Two panels' errors are one panel's where so much of them is alike, and less is left than this share of what two have.
 */
const ALIKE = 0.75;
const LEFT = 0.5;
/**
 * No reading errs by so much of a period: where times jump by more, the recording was paused, on all cameras at once.
 */
const JUMP = 0.2;

/**
 * Files that show one pixel clock: a copy that was encoded again, or a panel that was cut out of one and put over the
 * other's. Noise and the encoder move each reading by about its standard error, in each picture by another amount; only
 * one picture that is in both moves both alike. How far times are from an even sequence says it, frame by frame,
 * whatever the cameras are apart.
 * @returns What makes it no proof, a line a pair.
 */
export function sameClocks(files: readonly FileTimes[]): string[] {
  const lines: string[] = [];
  for (const [i, a] of files.entries()) {
    for (const b of files.slice(i + 1)) {
      const from = firstAlike(a, b);
      if (from === undefined) continue;
      lines.push(
        `${a.file} and ${b.file}: show one pixel clock from frame ${from} on: its errors are the same in both, so one was copied from the other`,
      );
    }
  }
  return lines;
}

/** Slot from which on the two are alike; undefined where they are not. */
function firstAlike(a: FileTimes, b: FileTimes): number | undefined {
  // A screen's refreshes are the same for all who look at it.
  if (a.screen || b.screen || a.scatterUs === undefined || b.scatterUs === undefined) return undefined;
  const expectedUs = Math.hypot(a.scatterUs, b.scatterUs);
  const [one, other] = [unevenness(a), unevenness(b)];
  const from = Math.max(a.firstSlot, b.firstSlot);
  const end = Math.min(a.firstSlot + one.length, b.firstSlot + other.length);
  for (let block = from; block < end; block += BLOCK) {
    let [both, apart, count] = [0, 0, 0];
    for (let slot = block; slot < Math.min(end, block + BLOCK); slot++) {
      const [x, y] = [one[slot - a.firstSlot], other[slot - b.firstSlot]];
      if (x === undefined || y === undefined) continue;
      both += x ** 2 + y ** 2;
      apart += (x - y) ** 2;
      count++;
    }
    if (count < LEAST) continue;
    if (1 - apart / both > ALIKE && Math.sqrt(apart / count) < LEFT * expectedUs) return block;
  }
  return undefined;
}

/**
 * How far each time is from the middle between its neighbours, as a standard error of one time, in us; undefined where
 * one is missing, and where times jump.
 */
function unevenness(file: FileTimes): (number | undefined)[] {
  const times = captured(file);
  return times.map((us, i) => {
    const [before, after] = [times[i - 1], times[i + 1]];
    if (us === undefined || before === undefined || after === undefined) return undefined;
    const uneven = us - (before + after) / 2;
    return Math.abs(uneven) > JUMP * file.periodUs ? undefined : uneven / Math.sqrt(1.5);
  });
}
