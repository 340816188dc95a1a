import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wakeInMs } from '../src/run/steering/wake.ts';

const PERIOD_US = 33_333;

describe('when a steering shell is woken', () => {
  it('is never sooner than it wants, and at most an eighth of a frame later, in whole ms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.double({ min: 0, max: 50_000, noNaN: true }),
        fc.integer({ min: 5_000, max: 100_000 }),
        (nowUs, aheadUs, periodUs) => {
          const inMs = wakeInMs(nowUs + aheadUs, nowUs, periodUs, 50);
          expect(Number.isInteger(inMs)).toBe(true);
          expect(1000 * inMs).toBeGreaterThanOrEqual(aheadUs);
          expect(1000 * inMs).toBeLessThanOrEqual(aheadUs + periodUs / 8 + 1000);
        },
      ),
    );
  });

  it('is the same moment for cameras that are in step', () => {
    const nowUs = 1_000_000;
    const moments = [10, 900, 2500, 3900].map((us) => wakeInMs(nowUs + us, nowUs, PERIOD_US, 50));
    expect(new Set(moments).size).toBe(1);
  });

  it('is soon where the moment has passed, and after the longest where nothing is waited for', () => {
    expect(wakeInMs(5_000, 1_000_000, PERIOD_US, 50)).toBe(1);
    const idleMs = wakeInMs(Number.POSITIVE_INFINITY, 1_000_000, PERIOD_US, 50);
    expect(idleMs >= 50 && idleMs <= 55).toBe(true);
  });
});
