/** The straight line of least squares through points: `y + slope x (at - x)`. Units are the points' own. */
export interface LineFit {
  /** Points that it is from. */
  readonly count: number;
  /** The middle of the points, through which the line goes. */
  readonly x: number;
  readonly y: number;
  /** Undefined where all points are at one `x`: nothing tells the slope. */
  readonly slope: number | undefined;
  /** Sum of the squares of the points' distances from `x`. */
  readonly spread: number;
  /** Sum of the squares of what the points are off the line (with slope 0, where that is not known). */
  readonly residuals: number;
}

/**
 * Fits a line to the points (xs[i], ys[i]).
 *
 * Sums are relative to the first point: absolute microseconds, squared, don't fit a double.
 * @returns undefined without any point.
 */
export function fitLine(xs: ArrayLike<number>, ys: ArrayLike<number>): LineFit | undefined {
  const count = Math.min(xs.length, ys.length);
  const [firstX, firstY] = [xs[0], ys[0]];
  if (firstX === undefined || firstY === undefined) return undefined;
  let [sumX, sumY] = [0, 0];
  for (let i = 0; i < count; i++) {
    sumX += (xs[i] as number) - firstX;
    sumY += (ys[i] as number) - firstY;
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  let [spread, xy] = [0, 0];
  for (let i = 0; i < count; i++) {
    const dx = (xs[i] as number) - firstX - meanX;
    spread += dx * dx;
    xy += dx * ((ys[i] as number) - firstY - meanY);
  }
  const slope = spread > 0 ? xy / spread : undefined;
  let residuals = 0;
  for (let i = 0; i < count; i++) {
    const dx = (xs[i] as number) - firstX - meanX;
    residuals += ((ys[i] as number) - firstY - meanY - (slope ?? 0) * dx) ** 2;
  }
  return { count, x: firstX + meanX, y: firstY + meanY, slope, spread, residuals };
}
