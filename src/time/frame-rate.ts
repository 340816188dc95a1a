/** A frame rate as a fraction of two whole numbers, so that 30000/1001 stays exact. */
export interface FrameRate {
  /** Frames in `den` seconds: a whole number. */
  readonly num: number;
  /** A whole number of seconds. */
  readonly den: number;
}

/** Rates that people write rounded, and the fractions they stand for (SMPTE ST 12-1, the 1000/1001 family). */
const ROUNDED = new Map([
  ['23.976', 24],
  ['23.98', 24],
  ['29.97', 30],
  ['47.952', 48],
  ['47.95', 48],
  ['59.94', 60],
  ['119.88', 120],
]);

/**
 * Reads a frame rate such as `30`, `29.97`, `12.5` or `30000/1001`.
 * @returns undefined where the text is no positive rate.
 */
export function parseFrameRate(text: string): FrameRate | undefined {
  const fraction = /^(\d+)\/(\d+)$/.exec(text.trim());
  if (fraction) return reduced(Number(fraction[1]), Number(fraction[2]));
  if (!/^\+?(\d+\.?\d*|\.\d+)$/.test(text.trim())) return undefined;
  const ntsc = ROUNDED.get(text.trim());
  if (ntsc !== undefined) return { num: ntsc * 1000, den: 1001 };
  return reduced(Math.round(Number(text) * 1e6), 1_000_000);
}

/** The nominal period of a frame, in us. */
export const periodUs = (rate: FrameRate): number => (rate.den * 1e6) / rate.num;

/** Frames a second. */
export const framesPerSecond = (rate: FrameRate): number => rate.num / rate.den;

/** A rate as people write it: `30`, `29.97`. */
export const formatFrameRate = (rate: FrameRate): string => String(Number(framesPerSecond(rate).toFixed(3)));

function reduced(num: number, den: number): FrameRate | undefined {
  if (!(num > 0 && den > 0 && Number.isSafeInteger(num) && Number.isSafeInteger(den))) return undefined;
  let [a, b] = [num, den];
  while (b !== 0) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}
