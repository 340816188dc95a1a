import { describe, expect, it } from 'vitest';
import { Random } from '../src/sensor/random.ts';
import { fitLine, type LineFit } from '../src/time/line-fit.ts';

/** The line's `y` at `x`; level where the slope is not known. */
const lineAt = (line: Pick<LineFit, 'x' | 'y' | 'slope'>, x: number): number =>
  line.y + (line.slope ?? 0) * (x - line.x);

/** A clock of today, in us since 1970. */
const NOW_US = 1.8e15;

describe('a line of least squares', () => {
  it('goes through points that lie on one, to the resolution of a double at times of today', () => {
    const xs = Array.from({ length: 100 }, (_, i) => NOW_US + i * 33_333);
    const ys = xs.map((x) => 5e14 + 0.25 * (x - NOW_US));
    const line = fitLine(xs, ys);
    expect(line?.slope).toBeCloseTo(0.25, 9);
    expect(line?.residuals).toBeLessThan(1);
    for (const x of [NOW_US, NOW_US + 3e6]) {
      expect(Math.abs(lineAt(line as NonNullable<typeof line>, x) - (5e14 + 0.25 * (x - NOW_US)))).toBeLessThan(0.2);
    }
  });

  it('is the one that leaves the least: any other leaves more', () => {
    const random = new Random(1);
    const xs = Array.from({ length: 40 }, () => random.between(0, 100));
    const ys = xs.map((x) => 3 - 2 * x + random.gauss());
    const { x, y, slope = Number.NaN, residuals, spread } = fitLine(xs, ys) ?? expect.fail('no line');
    const left = (y: number, slope: number): number =>
      xs.reduce((sum, at, i) => sum + ((ys[i] as number) - lineAt({ x, y, slope }, at)) ** 2, 0);
    expect(left(y, slope)).toBeCloseTo(residuals, 6);
    for (const [dy, dSlope] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 1e-3],
      [0, -1e-3],
    ] as const) {
      expect(left(y + dy, slope + dSlope)).toBeGreaterThan(residuals);
    }
    expect(spread).toBeCloseTo(
      xs.reduce((sum, at) => sum + (at - x) ** 2, 0),
      6,
    );
  });

  it('has no slope where all points are at one place, and is none without a point', () => {
    expect(fitLine([7, 7], [1, 3])).toEqual({ count: 2, x: 7, y: 2, slope: undefined, spread: 0, residuals: 2 });
    expect(fitLine([], [])).toBeUndefined();
  });
});
