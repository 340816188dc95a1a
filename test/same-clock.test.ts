import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { judge } from '../src/verify/alignment.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { sameClocks } from '../src/verify/same-clock.ts';

const PERIOD_US = 1e6 / 30;
const SIGMA_US = 1.5;
type Normal = () => number;

/** Normally distributed, by sums of evenly distributed numbers. */
const normal = (seed: number): Normal => {
  const next = random(seed);
  return () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6);
};

/** The true times of a camera that is steered by whole lines. */
const steered = (frames: number, startUs = 0): number[] =>
  Array.from({ length: frames }, (_, i) => startUs + i * PERIOD_US + ((i * 0.13) % 1) * 19 - 9.5);
const even = (frames: number): number[] => Array.from({ length: frames }, (_, i) => i * PERIOD_US);
/** Times as they are read, with an error of so many standard errors. */
const read = (timesUs: readonly number[], noise: Normal, sigmas = 0.85): number[] =>
  timesUs.map((us) => us + sigmas * SIGMA_US * noise());
const file = (name: string, timesUs: readonly (number | undefined)[], more: Partial<FileTimes> = {}): FileTimes => ({
  ...{ file: name, frames: timesUs.length, firstSlot: 0, periodUs: PERIOD_US, timesUs, scatterUs: SIGMA_US },
  ...more,
});

describe('two files that show one pixel clock', () => {
  it('are told by errors that are the same in both, encoded again or pasted over another', () => {
    for (const seed of [1, 2, 3]) {
      const shown = read(even(180), normal(seed));
      const copy = read(shown, normal(seed + 100), 0.35);
      const lines = sameClocks([file('a.mp4', shown), file('b.mp4', copy)]);
      expect(lines).toEqual([
        expect.stringMatching(/^a\.mp4 and b\.mp4: show one pixel clock from frame 0 on: its errors/),
      ]);
      // A constant between them hides nothing.
      expect(
        sameClocks([
          file('a.mp4', shown),
          file(
            'b.mp4',
            copy.map((us) => us + 9_000),
          ),
        ]),
      ).toHaveLength(1);
    }
  });

  it('are told where they do so in a part alone', () => {
    const shown = read(even(300), normal(4));
    const own = read(steered(300), normal(5));
    const pasted = own.map((us, i) => (i >= 120 && i < 200 ? (shown[i] as number) + 0.3 * (us % 1) : us));
    expect(sameClocks([file('a.mp4', shown), file('b.mp4', pasted)])[0]).toMatch(/from frame 120 on/);
  });

  it('are not two cameras that were paused at the same frame, whatever small pictures state of their errors', () => {
    const paused = (timesUs: readonly number[]): number[] => timesUs.map((us, i) => (i < 40 ? us : us + 1.2e6));
    const [one, other] = [read(paused(steered(120)), normal(8)), read(paused(even(120)), normal(9))];
    const coarse = { scatterUs: 40 };
    expect(sameClocks([file('a.mp4', one, coarse), file('b.mp4', other, coarse)])).toEqual([]);
  });

  it('are no proof', () => {
    const shown = read(even(180), normal(6));
    const files = [file('a.mp4', shown), file('b.mp4', read(shown, normal(7), 0.35))];
    expect(judge(files, { toleranceUs: 1000 })).toMatchObject({ verdict: 'not locked', locked: false });
  });
});

describe('two cameras are never taken for one', () => {
  it.each([0.4, 0.6, 0.85, 1.2])('whose readings are off by %f of what they say, from any seed', (sigmas) => {
    for (let seed = 0; seed < 200; seed++) {
      const [a, b] = [read(even(240), normal(2 * seed), sigmas), read(even(240), normal(2 * seed + 1), sigmas)];
      expect(sameClocks([file('a.mp4', a), file('b.mp4', b)])).toEqual([]);
    }
  });

  it('that start their frames by one uneven signal', () => {
    const next = random(8);
    const triggered = even(240).map((us) => us + 40 * next());
    const files = [file('a.mp4', read(triggered, normal(9))), file('b.mp4', read(triggered, normal(10)))];
    expect(sameClocks(files)).toEqual([]);
  });

  it('that look at one screen, whose refreshes are the same for both', () => {
    const shown = even(240).map((us) => Math.floor(us / 16_667) * 16_667);
    const files = ['a.mp4', 'b.mp4'].map((name) => file(name, shown, { screen: true }));
    expect(sameClocks(files)).toEqual([]);
  });
});
