import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { likenessOf, type TwoFiles } from '../bench/same-clock-trial.ts';
import { judge } from '../src/verify/alignment.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { copied, likeness, sameClocks } from '../src/verify/same-clock.ts';
import { samples } from './support/thorough.ts';

const PERIOD_US = 1e6 / 30;
const CELLS = 102;

type Errors = readonly Int16Array[];
/** Errors of cells that nothing else has, in 1/32 level. */
const errorsOf = (frames: number, seed: number, levels = 2): Int16Array[] => {
  const next = random(seed);
  const one = (): number => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6);
  return Array.from({ length: frames }, () => Int16Array.from({ length: CELLS }, () => 32 * levels * one()));
};
const sum = (a: Errors, b: Errors): Int16Array[] =>
  a.map((errors, i) => errors.map((value, cell) => value + (b[i]?.[cell] as number)));
const file = (name: string, cellErrors: Errors, more: Partial<FileTimes> = {}): FileTimes => ({
  ...{ file: name, frames: cellErrors.length, firstSlot: 0, periodUs: PERIOD_US, cellErrors },
  timesUs: cellErrors.map((_, i) => i * PERIOD_US),
  ...more,
});

describe('two files that show one pixel clock', () => {
  const shown = errorsOf(300, 1);

  it('are told where one has the errors of the other, and more', () => {
    const lines = sameClocks([file('a.mp4', shown), file('b.mp4', sum(shown, errorsOf(300, 2, 1)))]);
    expect(lines).toEqual([
      expect.stringMatching(/^a\.mp4 and b\.mp4: show one pixel clock from frame 0 on: its errors/),
    ]);
  });

  it('are told where they do so in a part alone, and whatever slot they begin in', () => {
    const own = errorsOf(300, 3);
    const covered = sum(shown, errorsOf(300, 2, 1));
    const pasted = own.map((errors, i) => (i >= 120 && i < 200 ? (covered[i] as Int16Array) : errors));
    expect(sameClocks([file('a.mp4', shown), file('b.mp4', pasted)])[0]).toMatch(/from frame 120 on/);
    const later = file('b.mp4', covered.slice(7), { firstSlot: 7 });
    expect(sameClocks([file('a.mp4', shown), later])[0]).toMatch(/from frame 7 on/);
  });

  it('are no proof', () => {
    const files = [file('a.mp4', shown), file('b.mp4', sum(shown, errorsOf(300, 2, 1)))];
    expect(judge(files, { toleranceUs: 1000 })).toMatchObject({ verdict: 'not locked', locked: false });
  });

  it.each([160])('are told from pictures %i wide: copies, and panels over others, encoded again', (width) => {
    for (let seed = 1; seed <= samples(20, 1); seed++) {
      for (const made of ['copy', 'paste'] as const) {
        for (const crf of [18, 23, 28]) {
          const encoders = [
            { preset: 'ultrafast', crf: 23 },
            { preset: 'ultrafast', crf },
          ] as const;
          const files = { ...sized(width), seed, made, encoders };
          expect(copied(likenessOf(files)), `${made} at crf ${crf}, seed ${seed}`).toBe(true);
        }
      }
    }
  });
});

const sized = (width: number): Pick<TwoFiles, 'width' | 'height'> => ({ width, height: (width * 3) / 4 });

describe('two cameras are never taken for one', () => {
  it.each([0, 1, 20])('that are in step to %f us, from small pictures', (jitterUs) => {
    const encoders = [
      { preset: 'ultrafast', crf: 23 },
      { preset: 'ultrafast', crf: 23 },
    ] as const;
    for (let seed = 1; seed <= samples(60, 2); seed++)
      expect(copied(likenessOf({ ...sized(160), seed, jitterUs, encoders })), `seed ${seed}`).toBe(false);
  });

  it.each([
    [23, 18],
    [23, 24],
    [18, 28],
  ])('that encode at crf %i and %i what is the same to the last microsecond', (one, other) => {
    const encoders = [
      { preset: 'ultrafast', crf: one },
      { preset: 'ultrafast', crf: other },
    ] as const;
    for (let seed = 1; seed <= samples(60, 2); seed++)
      expect(copied(likenessOf({ ...sized(160), seed, encoders })), `seed ${seed}`).toBe(false);
  });

  it('whose errors are alike, as large as each other', () => {
    const shared = errorsOf(60, 4);
    const [a, b] = [5, 6].map((seed) => sum(shared, errorsOf(60, seed, 0.5))) as [Int16Array[], Int16Array[]];
    const seen = likeness(a.map((errors, i) => [errors, b[i] as Int16Array]));
    expect(seen.alike).toBeGreaterThan(0.9);
    expect(copied(seen)).toBe(false);
  });

  it('whose cells err alike by what stays the same, and that look at one screen', () => {
    const place = errorsOf(1, 7, 20)[0] as Int16Array;
    const still = (seed: number): Int16Array[] =>
      sum(
        Array.from({ length: 60 }, () => place),
        errorsOf(60, seed),
      );
    expect(sameClocks([file('a.mp4', still(8)), file('b.mp4', still(9))])).toEqual([]);
    const shown = errorsOf(60, 10);
    const files = [shown, sum(shown, errorsOf(60, 11, 1))].map((errors, i) => file(`${i}`, errors, { screen: true }));
    expect(sameClocks(files)).toEqual([]);
  });
});
