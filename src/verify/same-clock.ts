import type { FileTimes } from './file-times.ts';
import { captured } from './repeats.ts';

/** Files are held against each other by so many frames at a time. */
const BLOCK = 60;
/** Frames of a block that both must have. */
const LEAST = 50;
/**
 * What is asked of the errors of two panels' cells, to call one made of the other (bench/same-clock.ts measures both
 * sides of it). By how much they are alike (correlation): two encoders of different quality reach 0.58 where both see
 * the very same panel without noise.
 */
export const ALIKE = 0.65;
/** How much of the errors of the better one the other has as well: of two encoders never more than they are alike. */
export const KEPT = 0.93;
/** How much larger the other's are: two of equal quality differ by 0.02. */
export const LARGER = 1.04;

/**
 * Files that show one pixel clock: a copy that was encoded again, or a panel that was cut out of one and put over the
 * other's. How alike errors are does not tell it by itself: an encoder does the same to two panels that show the same
 * time, and cameras that are a microsecond apart err alike by up to 0.96. But they err like equals. What was made of
 * the other has all of its errors, and those of its own encoding on top.
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

/** How two panels' errors go together. */
export interface Likeness {
  /** Their correlation. */
  readonly alike: number;
  /** What share of the errors of the one with the smaller ones the other has: the slope of a line through them. */
  readonly kept: number;
  /** Frames that both have. */
  readonly frames: number;
}

/** True where two cameras' files are never so. */
export const copied = ({ alike, kept, frames }: Likeness): boolean =>
  frames >= LEAST && alike > ALIKE && kept > KEPT && kept > LARGER * alike;

/** Slot from which on the two are alike; undefined where they are not. */
function firstAlike(a: FileTimes, b: FileTimes): number | undefined {
  // What a screen shows is the same for all who look at it, flaws and all.
  if (a.screen || b.screen) return undefined;
  const [one, other] = [errorsOf(a), errorsOf(b)];
  const from = Math.max(a.firstSlot, b.firstSlot);
  const end = Math.min(a.firstSlot + one.length, b.firstSlot + other.length);
  for (let block = from; block < end; block += BLOCK) {
    const slots = Array.from({ length: Math.min(BLOCK, end - block) }, (_, i) => block + i);
    const errors = slots.flatMap((slot): [Int16Array, Int16Array][] => {
      const [x, y] = [one[slot - a.firstSlot], other[slot - b.firstSlot]];
      return x === undefined || y === undefined ? [] : [[x, y]];
    });
    if (copied(likeness(errors))) return block;
  }
  return undefined;
}

/** @param errors of the cells of both panels, a pair a frame. */
export function likeness(errors: readonly (readonly [Int16Array, Int16Array])[]): Likeness {
  const frames = errors.length;
  const cells = errors[0]?.[0].length ?? 0;
  let [xx, yy, xy] = [0, 0, 0];
  for (let cell = 0; cell < cells; cell++) {
    let [sumX, sumY, cellXX, cellYY, cellXY] = [0, 0, 0, 0, 0];
    for (const [one, other] of errors) {
      const [x, y] = [one[cell] as number, other[cell] as number];
      sumX += x;
      sumY += y;
      cellXX += x * x;
      cellYY += y * y;
      cellXY += x * y;
    }
    // What a cell errs by in all frames is the place's, not a frame's.
    xx += cellXX - sumX ** 2 / frames;
    yy += cellYY - sumY ** 2 / frames;
    xy += cellXY - (sumX * sumY) / frames;
  }
  const least = Math.min(xx, yy);
  return least > 0 ? { alike: xy / Math.sqrt(xx * yy), kept: xy / least, frames } : { alike: 0, kept: 0, frames };
}

/** By slots; undefined where no frame was captured, or none can be read. */
function errorsOf(file: FileTimes): readonly (Int16Array | undefined)[] {
  const times = captured(file);
  return (file.cellErrors ?? []).map((errors, i) => (times[i] === undefined ? undefined : errors));
}
