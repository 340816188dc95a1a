import { median } from '../time/statistics.ts';

/** A file's own time on another: `atUs + rate x (own time - ownUs)`. */
export interface Line {
  /** A moment of the file's own time, in us, and where it is on the other, with its standard error. */
  readonly ownUs: number;
  readonly atUs: number;
  readonly sigmaUs: number;
  /** How fast the other time goes against the file's own; 1 where it is not known. */
  readonly rate: number;
  /** Points that it is from. */
  readonly points: number;
}

/** Points between this many are too few for a rate. */
const LEAST_POINTS = 10;

/** Frames whose times are closer than this share of the distance in the file show one frame, which is looked at once. */
const SAME_FRAME = 0.25;
/** Points further from the line than so many times the usual distance are left out: a file may begin with a frame from before its beginning. */
const OUTLIER = 8;

/**
 * The line through points of a file's own time and the other one, in its middle: least squares, without repeated frames and outliers.
 * @param floorUs What the times have in common an error of, in us.
 * @throws RangeError without any point.
 */
export function fitLine(points: readonly Point[], floorUs = 0): Line {
  const fresh = points.filter(([own, at], i) => {
    const before = points[i - 1];
    return before === undefined || at - before[1] > SAME_FRAME * (own - before[0]);
  });
  let line = leastSquares(fresh, floorUs);
  const away = ([own, at]: Point): number => Math.abs(at - lineAt(line, own));
  // Twice: what lies far out has pulled the first line towards it.
  for (let round = 0; round < 2; round++) {
    const usual = median(fresh.map(away)) as number;
    const near = fresh.filter((point) => away(point) <= OUTLIER * usual);
    if (near.length < LEAST_POINTS) break;
    line = leastSquares(near, floorUs);
  }
  return line;
}

/** A moment of the file's own time, and where it is on the other, in us. */
type Point = readonly [ownUs: number, atUs: number];

/**
 * The line of least squares.
 * @param floorUs What the times have in common an error of, in us.
 * @throws RangeError without any point.
 */
function leastSquares(points: readonly Point[], floorUs: number): Line {
  const [first] = points;
  if (first === undefined) throw new RangeError('no point to fit');
  const n = points.length;
  let [x, y] = [0, 0];
  for (const [own, at] of points) {
    x += (own - first[0]) / n;
    y += (at - first[1]) / n;
  }
  let [xx, xy] = [0, 0];
  for (const [own, at] of points) {
    const dx = own - first[0] - x;
    xx += dx * dx;
    xy += dx * (at - first[1] - y);
  }
  const rate = n >= LEAST_POINTS && xx > 0 ? xy / xx : 1;
  let squares = 0;
  for (const [own, at] of points) squares += (at - first[1] - y - rate * (own - first[0] - x)) ** 2;
  const scatter = Math.sqrt(squares / Math.max(1, n - 2));
  return {
    ownUs: first[0] + x,
    atUs: first[1] + y,
    sigmaUs: Math.hypot(scatter / Math.sqrt(n), floorUs),
    rate,
    points: n,
  };
}

/** Where the file's time `ownUs` is on the other. */
export const lineAt = ({ ownUs, atUs, rate }: Line, us: number): number => atUs + rate * (us - ownUs);

/** The file's own time at a moment of the other. */
export const ownTimeAt = ({ ownUs, atUs, rate }: Line, us: number): number => ownUs + (us - atUs) / rate;
