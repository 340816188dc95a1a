import { type LineFit, fitLine as leastSquares } from '../time/line-fit.ts';
import { median } from '../time/statistics.ts';

/** A file's own time on another: `atUs + rate x (own time - ownUs)`. */
export interface Line {
  /** A moment of the file's own time, in us, and where it is on the other, with its standard error. */
  readonly ownUs: number;
  readonly atUs: number;
  readonly sigmaUs: number;
  /** How fast the other time goes against the file's own, with its standard error; 1 where it is not known. */
  readonly rate: number;
  readonly rateSigma: number;
  /** From the first point to the last, in us of the file's own time. */
  readonly spanUs: number;
  /** Points that it is from. */
  readonly points: number;
}

/** Fewer points than this are too few for a rate. */
const LEAST_POINTS = 10;
/**
 * Clocks of cameras, phones and recorders are off by less than this. What a file can't tell more closely is not taken
 * from it.
 */
export const RATE_PRIOR = 200e-6;
/** Errors that last, as of frames that were made from others, are seen in the means of so many parts of the file. */
const BLOCKS = 10;

/**
 * Frames whose times are closer than this share of the distance in the file show one frame, which is looked at once.
 */
const SAME_FRAME = 0.25;
/**
 * Where more than this share of the frames repeat others, a program made them: which moment between two of the file's
 * they were, it has not kept.
 */
const REPEATED = 0.2;
/**
 * Times that are further from the line than this share of a frame are of frames that were moved: by how much all of
 * them were, is not known.
 */
const UNEVEN = 0.1;
/** No clock goes so many times as fast as another. */
const MOST_TIMES = 2;
/**
 * Points further from the line than so many times the usual distance are left out: a file may begin with a frame from
 * before its beginning.
 */
const OUTLIER = 8;

/**
 * The line through points of a file's own time and the other one, in its middle: least squares, without repeated frames
 * and outliers.
 * @param floorUs What the times have in common an error of, in us.
 * @throws RangeError without any point.
 */
export function fitLine(points: readonly Point[], floorUs = 0): Line {
  const other = otherUnit(points);
  if (other !== undefined) return other;
  const fresh = points.filter(([own, at], i) => {
    const before = points[i - 1];
    return before === undefined || at - before[1] > SAME_FRAME * (own - before[0]);
  });
  let line = straightLine(fresh, floorUs);
  const away = ([own, at]: Point): number => Math.abs(at - lineAt(line, own));
  // Twice: what lies far out has pulled the first line towards it.
  for (let round = 0; round < 2; round++) {
    const usual = median(fresh.map(away)) as number;
    const near = fresh.filter((point) => away(point) <= OUTLIER * usual);
    if (near.length < LEAST_POINTS) break;
    line = straightLine(near, floorUs);
  }
  const madeOfOthers = points.length >= LEAST_POINTS && points.length - fresh.length > REPEATED * points.length;
  const gap = median(points.slice(1).map(([own], i) => own - (points[i] as Point)[0])) ?? 0;
  const usual = median(fresh.map(away)) as number;
  if (madeOfOthers) return withError(line, gap / 2);
  return usual > UNEVEN * gap && fresh.length >= LEAST_POINTS ? withError(line, usual) : line;
}

/**
 * The line from the first point to the last, without an error, where one time goes over twice as fast as the other: as
 * in slow motion, or of times in seconds or us that were taken for ms. Whatever else is looked for would take such
 * frames for repeats.
 */
function otherUnit(points: readonly Point[]): Line | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < LEAST_POINTS) return undefined;
  const spanUs = last[0] - first[0];
  const rate = (last[1] - first[1]) / spanUs;
  if (!(rate > 0 && Number.isFinite(rate)) || (rate > 1 / MOST_TIMES && rate < MOST_TIMES)) return undefined;
  return { ownUs: first[0], atUs: first[1], sigmaUs: 0, rate, rateSigma: 0, spanUs, points: points.length };
}

/**
 * The same line with an error more, which all its points have in common or which changes slowly: one that their number
 * does not lessen.
 * @param sigmaUs Standard error, in us.
 */
export function withError(line: Line, sigmaUs: number): Line {
  const rateSigma = line.spanUs > 0 ? Math.hypot(line.rateSigma, (Math.SQRT2 * sigmaUs) / line.spanUs) : line.rateSigma;
  const known = rateSigma <= RATE_PRIOR;
  return {
    ...line,
    sigmaUs: Math.hypot(line.sigmaUs, sigmaUs),
    rate: known ? line.rate : 1,
    rateSigma: known ? rateSigma : RATE_PRIOR,
  };
}

/** A moment of the file's own time, and where it is on the other, in us. */
type Point = readonly [ownUs: number, atUs: number];

/**
 * The line of least squares.
 * @param floorUs What the times have in common an error of, in us.
 * @throws RangeError without any point.
 */
function straightLine(points: readonly Point[], floorUs: number): Line {
  const [first] = points;
  if (first === undefined) throw new RangeError('no point to fit');
  const n = points.length;
  // From the first point on: what lies within a recording is told more finely than absolute times are.
  const [xs, ys] = [points.map(([own]) => own - first[0]), points.map(([, at]) => at - first[1])];
  const { x, y, slope } = leastSquares(xs, ys) as LineFit;
  const known = n >= LEAST_POINTS && slope !== undefined;
  const rate = known ? slope : 1;
  const residuals = xs.map((own, i): Point => [own - x, (ys[i] as number) - y - rate * (own - x)]);
  const [scatter, lasting] = [standardErrors(residuals, n), standardErrors(blocksOf(residuals), BLOCKS)];
  const line = {
    ownUs: first[0] + x,
    atUs: first[1] + y,
    sigmaUs: Math.hypot(Math.max(scatter.mean, lasting.mean), floorUs),
    rate,
    rateSigma: known ? Math.max(scatter.rate, lasting.rate) : RATE_PRIOR,
    spanUs: (points.at(-1) as Point)[0] - first[0],
    points: n,
  };
  return withError(line, 0);
}

/** Standard errors of the mean and of the slope of so many values about 0. */
function standardErrors(residuals: readonly Point[], n: number): { readonly mean: number; readonly rate: number } {
  let [squares, xx] = [0, 0];
  for (const [dx, dy] of residuals) {
    squares += dy * dy;
    xx += dx * dx;
  }
  const scatter = Math.sqrt(squares / Math.max(1, n - 2));
  return { mean: scatter / Math.sqrt(n), rate: xx > 0 ? scatter / Math.sqrt(xx) : 0 };
}

/** The means of equal parts; none of few points. */
function blocksOf(residuals: readonly Point[]): Point[] {
  if (residuals.length < 2 * BLOCKS) return [];
  const size = residuals.length / BLOCKS;
  return Array.from({ length: BLOCKS }, (_, k): Point => {
    const block = residuals.slice(Math.round(k * size), Math.round((k + 1) * size));
    let [x, y] = [0, 0];
    for (const [dx, dy] of block) {
      x += dx / block.length;
      y += dy / block.length;
    }
    return [x, y];
  });
}

/** Where the file's time `ownUs` is on the other. */
export const lineAt = ({ ownUs, atUs, rate }: Line, us: number): number => atUs + rate * (us - ownUs);

/** The file's own time at a moment of the other. */
export const ownTimeAt = ({ ownUs, atUs, rate }: Line, us: number): number => ownUs + (us - atUs) / rate;
