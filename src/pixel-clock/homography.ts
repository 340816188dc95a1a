/** A point: of the panel in modules, or of a picture in pixels; pixel (0, 0) covers 0 to 1. */
export type Point = readonly [x: number, y: number];

/**
 * A plane seen in perspective: (u, v) is at ((a u + b v + c) / (g u + h v + 1), (d u + e v + f) / (g u + h v + 1)).
 */
export class Homography {
  private readonly m: Float64Array;

  private constructor(coefficients: Float64Array) {
    this.m = coefficients;
  }

  /**
   * The one that takes four points to four others.
   * @returns undefined where three of the four lie on a line.
   */
  static through(from: readonly Point[], to: readonly Point[]): Homography | undefined {
    const rows: number[][] = [];
    for (const [i, [u, v]] of from.entries()) {
      const [x, y] = to[i] as Point;
      rows.push([u, v, 1, 0, 0, 0, -u * x, -v * x, x], [0, 0, 0, u, v, 1, -u * y, -v * y, y]);
    }
    const solution = solve(rows);
    return solution && new Homography(Float64Array.from(solution));
  }

  at(u: number, v: number): Point {
    const [a, b, c, d, e, f, g, h] = this.m as unknown as Coefficients;
    const w = g * u + h * v + 1;
    return [(a * u + b * v + c) / w, (d * u + e * v + f) / w];
  }
}

type Coefficients = readonly [number, number, number, number, number, number, number, number];

/**
 * Gauss's elimination with pivots; each row ends with its right side.
 * @returns undefined where there is no single solution.
 */
function solve(rows: readonly number[][]): number[] | undefined {
  const m = rows.map((row) => [...row]);
  const n = m.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(at(m, row, column)) > Math.abs(at(m, pivot, column))) pivot = row;
    if (!(Math.abs(at(m, pivot, column)) > 1e-9)) return undefined;
    [m[column], m[pivot]] = [m[pivot] as number[], m[column] as number[]];
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = at(m, row, column) / at(m, column, column);
      for (let k = column; k <= n; k++) (m[row] as number[])[k] = at(m, row, k) - factor * at(m, column, k);
    }
  }
  return m.map((_, row) => at(m, row, n) / at(m, row, row));
}

const at = (m: readonly number[][], row: number, column: number): number => (m[row] as number[])[column] as number;
