import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { claps } from '../src/align/claps.ts';
import { matchEvents } from '../src/align/events.ts';
import { flashes } from '../src/align/flashes.ts';
import { fitLine, lineAt, ownTimeAt } from '../src/align/line.ts';

describe('events of two recordings', () => {
  it('are matched by what they have in common, whatever else is in either', () => {
    const first = [1_000_000, 3_300_000, 9_000_000, 12_345_000];
    const second = [500_000, 2_801_000, 4_000_000, 11_844_000];
    expect(matchEvents(first, second, 5_000)).toMatchObject({ pairs: 3, lagUs: 500_000 });
  });

  it('are matched where each has one', () => {
    expect(matchEvents([5_000_000], [1_000_000], 1_000)).toEqual({ pairs: 1, lagUs: 4_000_000, rmsUs: 0 });
  });

  it('tell nothing where they fit in several places, or where there are none', () => {
    expect(matchEvents([1e6, 2e6, 3e6], [1e6], 1_000)).toBe('ambiguous');
    expect(matchEvents([1e6, 5e6], [1e6, 7e6], 1_000)).toBe('ambiguous');
    expect(matchEvents([], [1e6], 1_000)).toBe('none');
    expect(matchEvents([1e6], [], 1_000)).toBe('none');
  });
});

describe('flashes', () => {
  const ptsUs = Array.from({ length: 300 }, (_, i) => i * 33_333);
  const levels = (flash: (i: number) => number) => {
    const next = random(1);
    return ptsUs.map((_, i) => 90 + 10 * Math.sin(i / 40) + next() + flash(i));
  };

  it('are sudden rises of the brightness, not slow ones', () => {
    const found = flashes({ ptsUs, levels: levels((i) => (i === 50 || i === 51 ? 40 : i === 200 ? 12 : 0)) });
    expect(found).toEqual([50 * 33_333, 200 * 33_333]);
    expect(flashes({ ptsUs, levels: levels(() => 0) })).toEqual([]);
    expect(flashes({ ptsUs, levels: levels((i) => i / 3) })).toEqual([]);
  });
});

describe('claps', () => {
  const rate = 48_000;
  /** Noise with claps at these times, s. */
  const sound = (...at: number[]) => {
    const next = random(3);
    const samples = Float32Array.from({ length: 6 * rate }, (_, i) => {
      const hum = 0.2 * Math.sin((2 * Math.PI * 50 * i) / rate);
      const ring = at.reduce((sum, s) => {
        const after = i / rate - s;
        return sum + (after < 0 || after > 0.3 ? 0 : 0.6 * (next() - 0.5) * Math.exp(-after * 40));
      }, 0);
      return hum + 0.004 * (next() - 0.5) + ring;
    });
    return { rate, samples, startUs: 100_000 };
  };

  it('are sudden loud sounds, to half a millisecond, over hum and noise', () => {
    const found = claps(sound(1.2345, 3.5));
    expect(found).toHaveLength(2);
    expect(Math.abs((found[0] as number) - 1_334_500)).toBeLessThan(600);
    expect(Math.abs((found[1] as number) - 3_600_000)).toBeLessThan(600);
    expect(claps(sound())).toEqual([]);
  });
});

describe('the line of a file', () => {
  const points = (frames: number, of: (i: number) => number): [number, number][] =>
    Array.from({ length: frames }, (_, i) => [i * 33_333, of(i)]);

  it('gives where its time is on the other, how fast that goes, and how exactly', () => {
    const next = random(4);
    const line = fitLine(points(600, (i) => 5e9 + i * 33_333 * (1 + 20e-6) + 12 * (next() - 0.5)));
    expect(Math.abs(lineAt(line, 0) - 5e9)).toBeLessThan(2);
    expect(line.rate).toBeCloseTo(1.00002, 6);
    expect(line.sigmaUs).toBeLessThan(1);
    expect(ownTimeAt(line, lineAt(line, 1e6))).toBeCloseTo(1e6, 3);
  });

  it('is not bent by repeated frames, nor by a frame from before the beginning', () => {
    const exact = (i: number): number => 5e9 + i * 33_333;
    const repeated = points(200, (i) => exact(i % 10 === 9 ? i - 1 : i));
    expect(lineAt(fitLine(repeated), 0)).toBeCloseTo(5e9, 3);
    const early = points(200, (i) => exact(i === 0 ? -40 : i) + ((i * 7) % 5));
    expect(Math.abs(lineAt(fitLine(early), 0) - 5e9 - 2)).toBeLessThan(1);
  });

  it('has no rate where there are a few points, and none where there is no point', () => {
    expect(fitLine(points(3, (i) => 5e9 + i * 40_000)).rate).toBe(1);
    expect(() => fitLine([])).toThrow(RangeError);
  });
});
