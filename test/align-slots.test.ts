import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { fillSlots, layGrid, rateOf } from '../src/align/write/slots.ts';

const PERIOD = 1e6 / 30;
const every = (us: number, frames: number, from = 0): number[] =>
  Array.from({ length: frames }, (_, i) => from + i * us);
const span = (framesUs: readonly number[], beginUs = framesUs[0] as number) => ({ framesUs, beginUs });

describe('the grid', () => {
  it('stands on the frames of the first file, from where the last begins to where the first ends', () => {
    const grid = layGrid([span(every(PERIOD, 90)), span(every(PERIOD, 60, 20.3 * PERIOD))], PERIOD);
    expect(grid?.beginUs).toBeCloseTo(20 * PERIOD, 6);
    expect(grid?.frames).toBe(60);
  });

  it('begins no more than half a period before a file does, at whatever rate the first has', () => {
    const next = random(3);
    for (let i = 0; i < 200; i++) {
      const [slow, begin] = [30_000 + 40_000 * next(), 3e5 * next()];
      const files = [span(every(slow, 100)), span(every(PERIOD, 100, begin))];
      const early = begin - (layGrid(files, PERIOD / 2)?.beginUs ?? Number.NaN);
      expect(early).toBeLessThanOrEqual(PERIOD / 4 + 1e-6);
    }
  });

  it('waits for sound alone, which has no frames, and ends with the pictures', () => {
    const grid = layGrid([{ framesUs: [], beginUs: 1e6 }, span(every(PERIOD, 90))], PERIOD);
    expect(grid).toMatchObject({ frames: 60 });
  });

  it('is none where files have no moment in common, or none has pictures', () => {
    expect(layGrid([span(every(PERIOD, 30)), span(every(PERIOD, 30, 2e6))], PERIOD)).toBeUndefined();
    expect(layGrid([{ framesUs: [], beginUs: 0 }], PERIOD)).toBeUndefined();
  });
});

describe('slots', () => {
  const grid = { beginUs: 0, periodUs: PERIOD, frames: 300 };

  it('show each frame once where a file has the rate, wherever in the period its frames are', () => {
    for (const phase of [-0.49, 0, 0.49]) {
      const { shown, repeated, dropped } = fillSlots(every(PERIOD, 320, phase * PERIOD), grid);
      expect(shown).toEqual(every(1, 300));
      expect({ repeated, dropped }).toEqual({ repeated: [], dropped: 0 });
    }
  });

  it('repeat a frame each second of 29.97 fps in thousand, and leave one out of 30.03', () => {
    const long = { ...grid, frames: 3000 };
    expect(fillSlots(every(PERIOD * 1.001, 3100), long)).toMatchObject({ dropped: 0, repeated: { length: 3 } });
    expect(fillSlots(every(PERIOD / 1.001, 3100), long)).toMatchObject({ dropped: 3, repeated: [] });
  });

  it('are never further from a frame of their own than half a period, at any rate and phase', () => {
    const next = random(7);
    for (let i = 0; i < 100; i++) {
      const period = 8000 + 60_000 * next();
      const times = every(period, 2000, -period * next());
      const { shown, awayUs, repeated, dropped } = fillSlots(times, grid);
      const own = awayUs.flatMap((us) => us ?? []);
      expect(Math.max(...own.map(Math.abs))).toBeLessThanOrEqual(PERIOD / 2 + 1e-6);
      expect(own).toHaveLength(300 - repeated.length);
      const [first, last] = [-0.5 * PERIOD, 299.5 * PERIOD];
      expect(times.filter((us) => us >= first && us < last)).toHaveLength(own.length + dropped);
      expect(shown).toEqual([...shown].sort((a, b) => a - b));
    }
  });

  it('in a hole show the frame before, from the first slot on where it begins with one', () => {
    const times = every(PERIOD, 320, -PERIOD).filter((_, i) => (i < 100 || i > 104) && i !== 1);
    const { shown, repeated } = fillSlots(times, grid);
    expect(repeated).toEqual([0, 99, 100, 101, 102, 103]);
    expect(shown.slice(0, 3)).toEqual([0, 1, 2]);
    expect(shown.slice(97, 106)).toEqual([97, 98, 98, 98, 98, 98, 98, 99, 100]);
  });
});

describe('the rate of a file', () => {
  it.each([
    ['of ticks of 1/600 s', every(PERIOD, 300).map((us) => Math.round(us * 6e-4) / 6e-4), { num: 30, den: 1 }],
    ['in whole ms', every(PERIOD * 1.001, 2000).map((us) => Math.round(us / 1e3) * 1e3), { num: 30_000, den: 1001 }],
    ['with holes', every(40_000, 500).filter((_, i) => i % 7 !== 3), { num: 25, den: 1 }],
    ['that no camera has', every(1e6 / 17.5, 100), { num: 17_500, den: 1000 }],
  ])('%s', (_, times, rate) => {
    expect(rateOf(times)).toEqual(rate);
  });

  it('is not known of a single frame', () => {
    expect(rateOf([0])).toBeUndefined();
  });
});
