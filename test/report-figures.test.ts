import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropRuns, joinedRuns } from '../src/report/drops.ts';
import { histogramOf } from '../src/report/histogram.ts';
import { startMs, stateEvents, statePieces } from '../src/report/history.ts';
import { momentsOf, worstOf } from '../src/report/moments.ts';
import { limitsFor } from '../src/report/pictures.ts';
import { thin } from '../src/report/series.ts';
import { clockTime, count, micros } from '../src/report/words.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { reportTakeOf, timesOf } from './support/report-take.ts';

describe('thinned series', () => {
  const value = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -500, max: 500 }) }, fc.constant(undefined));

  it('keep the extremes of each series, at their own places, whatever is left out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { minLength: 50, maxLength: 400 }), { minLength: 1, maxLength: 4 }),
        (all) => {
          const length = Math.min(...all.map((series) => series.length));
          const series = all.map((values) => values.slice(0, length));
          const { indices, values } = thin(series, 40, 1000);
          for (const [k, each] of series.entries()) {
            const known = each.filter((us) => us !== undefined);
            const kept = (values[k] ?? []).filter((us) => typeof us === 'number');
            expect(Math.max(...kept)).toBe(Math.max(...known));
            expect(Math.min(...kept)).toBe(Math.min(...known));
            // Whatever stays is true where it stands.
            for (const [n, i] of indices.entries()) expect(values[k]?.[n]).toBe(each[i]);
          }
          expect(indices.length).toBeLessThanOrEqual(40 + 2);
          expect([...indices].sort((a, b) => a - b)).toEqual(indices);
        },
      ),
    );
  });

  it('of a short take are all values', () => {
    expect(thin([[1, 2, undefined, 4]], 10, 3)).toEqual({ indices: [0, 1, 2, 3], values: [[1, 2, undefined, 4]] });
  });

  it('break the line where nothing is known for long, and only there', () => {
    const series = [1, undefined, 1, ...new Array<undefined>(30).fill(undefined), 1, 1];
    expect(thin([series], 100, 30).values[0]?.slice(0, 5)).toEqual([1, undefined, 1, 'gap', 'gap']);
    const thinned = thin([series], 4, 30).values[0];
    expect(thinned).toContain('gap');
    expect(thin([series], 4, 31).values[0]).not.toContain('gap');
  });
});

describe('a histogram', () => {
  it('counts every value once, in bins whose width is 1, 2 or 5 times a power of ten', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const histogram = histogramOf(values);
          const { counts, below, above, width } = histogram as NonNullable<typeof histogram>;
          expect(counts.reduce((a, b) => a + b, below + above)).toBe(values.length);
          expect(counts.length).toBeLessThanOrEqual(42);
          const digit = width / 10 ** Math.floor(Math.log10(width) + 1e-9);
          expect([1, 2, 5].some((step) => Math.abs(digit - step) < 1e-6)).toBe(true);
        },
      ),
    );
  });

  it('leaves a few values far outside out of its bins, and says how many', () => {
    const values = [...Array.from({ length: 500 }, (_, i) => (i % 20) - 10), 33_000, -33_000, -33_000];
    const histogram = histogramOf(values);
    expect(histogram).toMatchObject({ from: -10, width: 1, below: 2, above: 1 });
    expect(histogram?.counts).toEqual(new Array(20).fill(25));
  });

  it('of values that are all the same is one bin; of none there is none', () => {
    expect(histogramOf([3, 3, 3])?.counts).toEqual([3]);
    expect(histogramOf([])).toBeUndefined();
  });
});

describe('drops', () => {
  const told = { causes: new Map([[2, 'overload' as const]]), files: [[0, 9] as const] };

  it('are the slots without a frame of their own, by cause', () => {
    // Slot 2 repeats and frames.csv says why; slots 5 and 6 show no time; slot 8 repeats and nothing says why.
    const times = timesOf('cam1.mp4', [0, 1, 1, 3, 4, undefined, undefined, 7, 7, 9]);
    expect(dropRuns(times, told)).toEqual([
      { cause: 'overload', from: 2, count: 1 },
      { cause: 'unreadable', from: 5, count: 2 },
      { cause: 'untold', from: 8, count: 1 },
    ]);
  });

  it('between two files of a camera are lost', () => {
    const times: FileTimes = { ...timesOf('cam1.mp4', [0, 1, 2, undefined, undefined, 5, 6, 7]), missing: 2 };
    const parts = { causes: new Map(), files: [[0, 2] as const, [5, 7] as const] };
    expect(dropRuns(times, parts)).toEqual([{ cause: 'lost', from: 3, count: 2 }]);
  });

  it('in great number are joined to fewer that cover the same slots', () => {
    const runs = Array.from({ length: 1000 }, (_, i) => ({ cause: 'missed' as const, from: 20 * i, count: 1 }));
    const joined = joinedRuns(runs, 100);
    expect(joined.length).toBeLessThanOrEqual(100);
    expect(joined[0]?.from).toBe(0);
    expect(runs.every(({ from }) => joined.some((run) => from >= run.from && from < run.from + run.count))).toBe(true);
    expect(joinedRuns(runs, 1000)).toEqual(runs);
  });
});

describe('states', () => {
  const take = reportTakeOf({
    states: [
      { at: '2026-01-01T00:00:00.000Z', state: 'starting', recording: false },
      { at: '2026-01-01T00:00:10.000Z', state: 'locked', recording: true, index: 0 },
      { at: '2026-01-01T00:00:12.000Z', state: 'holdover', recording: true, index: 60 },
      // It has no frame by then: the time tells where it is.
      { at: '2026-01-01T00:00:13.000Z', state: 'starting', recording: true },
      { at: '2026-01-01T00:00:14.000Z', state: 'locked', recording: true, index: 120 },
      { at: '2026-01-01T00:00:15.100Z', state: 'done', recording: true, index: 149 },
    ],
  });
  const [, client] = take.cameras;

  it('become pieces of the take’s timeline', () => {
    expect(startMs(take)).toBe(Date.parse('2026-01-01T00:00:10.000Z'));
    expect(statePieces(take, client as NonNullable<typeof client>, 150)).toEqual([
      { state: 'locked', from: 0, to: 60 },
      { state: 'holdover', from: 60, to: 90 },
      { state: 'starting', from: 90, to: 120 },
      { state: 'locked', from: 120, to: 149 },
    ]);
  });

  it('are events in the order of time, of which losses and restarts matter', () => {
    expect(stateEvents(take).map(({ seconds, state, worth }) => [seconds, state, worth])).toEqual([
      [-10, 'starting', false],
      [0, 'locked', false],
      [2, 'holdover', true],
      [3, 'starting', true],
      [4, 'locked', false],
      [5.1, 'done', false],
    ]);
  });

  it('without any that tells of a frame have no place on the timeline', () => {
    expect(startMs(reportTakeOf({}))).toBeUndefined();
    expect(stateEvents(reportTakeOf({}))).toEqual([]);
  });
});

describe('the moments that are shown', () => {
  it('are start, middle and end of what all files have, and the worst', () => {
    const files = [timesOf('cam0.mp4', new Array(100).fill(0)), timesOf('cam1.mp4', new Array(80).fill(0), 10)];
    const worst = worstOf([[], [undefined, 3, -9, 4]], 40);
    expect(worst).toEqual({ file: 1, slot: 42, us: -9 });
    expect(momentsOf(files, worst).map(({ slot }) => slot)).toEqual([10, 49, 89, 42]);
  });

  it('that fall on one slot are shown once', () => {
    const files = [timesOf('cam0.mp4', [0]), timesOf('cam1.mp4', [0])];
    expect(momentsOf(files, { file: 1, slot: 0, us: 1 })).toEqual([
      { slot: 0, names: ['Start', 'Middle', 'End', 'Worst frame'] },
    ]);
  });

  it('have pictures that fit into a page of 1 MB', () => {
    for (const cameras of [1, 2, 4, 8]) {
      const { bytes, side } = limitsFor(cameras, 4);
      expect(bytes * 4 * cameras).toBeLessThanOrEqual(400_000);
      expect(side).toBeGreaterThanOrEqual(320);
    }
  });
});

it('numbers are said with their units', () => {
  expect(micros(12.64)).toBe('12.6\u00a0µs');
  expect(micros(-0.04, true)).toBe('0\u00a0µs');
  expect(micros(-3.2, true)).toBe('−3.2\u00a0µs');
  expect(micros(100)).toBe('100\u00a0µs');
  expect(micros(1000)).toBe('1\u00a0ms');
  expect(micros(33_620, true)).toBe('+33.6\u00a0ms');
  expect(count(1234567)).toBe('1\u202f234\u202f567');
  expect([0, 12.34, 75, 3723.04, -2].map(clockTime)).toEqual([
    '0.0\u00a0s',
    '12.3\u00a0s',
    '1:15.0',
    '1:02:03.0',
    '−2.0\u00a0s',
  ]);
});
