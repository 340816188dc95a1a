import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { ClapFinder } from '../src/align/claps.ts';
import { matchEvents } from '../src/align/events.ts';
import { flashes } from '../src/align/flashes.ts';
import { fitLine, lineAt, ownTimeAt } from '../src/align/line.ts';
import { place } from '../src/align/place.ts';
import { samples } from './support/thorough.ts';

describe('events of two recordings', () => {
  it('are matched by what they have in common, whatever else is in either', () => {
    const first = [1_000_000, 3_300_000, 9_000_000, 12_345_000];
    const second = [500_000, 2_801_000, 4_000_000, 11_844_000];
    expect(matchEvents(first, second, { toleranceUs: 5_000 })).toMatchObject({ pairs: 3, lagUs: 500_000 });
  });

  it('are matched where each has one', () => {
    expect(matchEvents([5_000_000], [1_000_000], { toleranceUs: 1_000 })).toMatchObject({
      ...{ pairs: 1, lagUs: 4_000_000, rmsUs: 0, rate: 1 },
    });
  });

  it('tell nothing where they fit in several places, or where there are none', () => {
    expect(matchEvents([1e6, 2e6, 3e6], [1e6], { toleranceUs: 1_000 })).toBe('ambiguous');
    expect(matchEvents([1e6, 5e6], [1e6, 7e6], { toleranceUs: 1_000 })).toBe('ambiguous');
    expect(matchEvents([], [1e6], { toleranceUs: 1_000 })).toBe('none');
    expect(matchEvents([1e6], [], { toleranceUs: 1_000 })).toBe('none');
  });

  it.each([0, 20, -50, 100, 145, -300, 300])('at both ends of ten minutes fit offset and %d ppm together', (ppm) => {
    const next = random(40 + ppm);
    const first = [5, 6.3, 8.1, 600.2, 601.9, 603].map((s) => s * 1e6);
    const second = first.map((us) => (us - 3_200_000) * (1 + ppm * 1e-6) + 1000 * (next() - 0.5));
    const sigmaUs = 400;
    const match = matchEvents(first, second, { toleranceUs: 30_000, sigmaUs });
    if (typeof match === 'string') throw new Error(match);
    expect(match.pairs).toBe(6);
    const start = match.ownUs + match.lagUs - match.rate * match.ownUs;
    const startSigma = Math.hypot(match.lagSigmaUs, match.rateSigma * match.ownUs);
    expect(startSigma).toBeLessThan(600);
    expect(Math.abs(start - 3_200_000)).toBeLessThan(2 * startSigma);
    expect(Math.abs((1 / match.rate - 1) * 1e6 - ppm)).toBeLessThan(2e6 * match.rateSigma);
  });

  it('by the thousand are matched, at any rate, with others between them in either recording', () => {
    const next = random(41);
    const all: number[] = [];
    for (let us = 0; all.length < 5_000; us += 300_000 + 900_000 * next()) all.push(us);
    const first = all.filter(() => next() < 0.9);
    const second = all.filter(() => next() < 0.9).map((us) => (us - 70e6) * (1 + 120e-6) + 20_000 * (next() - 0.5));
    const match = matchEvents(first, second, { toleranceUs: 66_000, sigmaUs: 13_000 });
    if (typeof match === 'string') throw new Error(match);
    expect(match.pairs).toBeGreaterThan(3_900);
    expect(Math.abs(match.ownUs + match.lagUs - match.rate * match.ownUs - 70e6)).toBeLessThan(2_000);
  });

  it('by the thousand that are all alike tell nothing, and end', () => {
    const even = Array.from({ length: samples(5_000, 2_000) }, (_, i) => i * 1e6);
    expect(matchEvents(even, even.slice(0, -10), { toleranceUs: 66_000 })).toBe('ambiguous');
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
    return samples;
  };
  /** Found in the sound, which is handed in by frames as a decoder does, beginning at 0.1 s. */
  const claps = (samples: Float32Array): number[] => {
    const finder = new ClapFinder();
    for (let at = 0; at < samples.length; at += 1024) {
      finder.push({ rate, samples: samples.subarray(at, at + 1024), us: 100_000 + (at * 1e6) / rate });
    }
    return finder.found();
  };

  it('are sudden loud sounds, to half a millisecond, over hum and noise', () => {
    const found = claps(sound(1.2345, 3.5));
    expect(found).toHaveLength(2);
    expect(Math.abs((found[0] as number) - 1_334_500)).toBeLessThan(600);
    expect(Math.abs((found[1] as number) - 3_600_000)).toBeLessThan(600);
    expect(claps(sound())).toEqual([]);
  });

  it('are found where they are quiet: a peak of 0.15 over noise of rms 0.002, whatever the rest of the file is', () => {
    const next = random(5);
    const noise = (): number => 0.002 * Math.sqrt(3) * (next() + next() + next() + next() - 2);
    const samples = Float32Array.from({ length: 25 * rate }, (_, i) => (i < 20 * rate ? noise() : 50 * noise()));
    for (const s of [2.5, 4.1]) {
      let low = 0;
      // What is left of a clap behind a wall: little above 4 kHz.
      for (let i = Math.ceil(s * rate), k = 0; k < 0.2 * rate; i++, k++) {
        low += 0.4 * (2 * next() - 1 - low);
        samples[i] = (samples[i] as number) + 0.27 * low * Math.exp(-k / 900);
      }
    }
    const found = claps(samples);
    expect(found.filter((us) => us < 15e6)).toHaveLength(2);
    expect(Math.abs((found[0] as number) - 2_600_000)).toBeLessThan(600);
  });

  it('lie where they are behind an interruption of the sound', () => {
    const samples = sound(1.2345, 3.5);
    const finder = new ClapFinder();
    for (let at = 0; at < samples.length; at += 1000) {
      const us = (at * 1e6) / rate + (at >= 2 * rate ? 700_000 : 0);
      finder.push({ rate, samples: samples.subarray(at, at + 1000), us });
    }
    expect(Math.abs((finder.found().at(-1) as number) - 4_200_000)).toBeLessThan(600);
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

  it('has no rate that the file is too short for, and says how far off it is at the ends', () => {
    const next = random(6);
    const line = fitLine(points(60, (i) => 5e9 + i * 33_333 + 10_000 * (next() - 0.5)));
    expect(line.rate).toBe(1);
    const long = fitLine(points(20_000, (i) => 5e9 + i * 33_333 * (1 + 100e-6) + 100 * (next() - 0.5)));
    expect(Math.abs(long.rate - 1 - 100e-6)).toBeLessThan(3 * long.rateSigma);
    expect(long.rateSigma).toBeLessThan(1e-8);
  });

  it('claims no more than the doubling of frames leaves: which of two moments they were', () => {
    // 30 fps shown at 59.94: each frame twice, now and then once.
    const gap = 1e6 / 59.94;
    const doubled = Array.from({ length: 600 }, (_, k): [number, number] => {
      const frame = Math.floor((k * gap + gap / 2) / (1e6 / 30));
      return [k * gap, 5e9 + frame * (1e6 / 30)];
    });
    const line = fitLine(doubled);
    expect(line.sigmaUs).toBeGreaterThan(gap / 2 - 1);
    expect(Math.abs(lineAt(line, 0) - 5e9)).toBeLessThan(gap);
  });

  it('claims no less than lasting errors are: a frame off for half of the file', () => {
    const line = fitLine(points(2_000, (i) => 5e9 + i * 33_333 + (i < 1_000 ? 0 : 33_333)));
    expect(line.sigmaUs).toBeGreaterThan(1_000);
  });

  it('has no rate where there are a few points, and none where there is no point', () => {
    expect(fitLine(points(3, (i) => 5e9 + i * 40_000)).rate).toBe(1);
    expect(() => fitLine([])).toThrow(RangeError);
  });
});

describe('times of two clocks', () => {
  const even = (frames: number, at: (i: number) => number = () => 0): number[] =>
    Array.from({ length: frames }, (_, i) => i * 33_333 + at(i));

  it('are placed where a hole leaves one place only', () => {
    const holed = even(240).filter((_, i) => i < 100 || i >= 105);
    const places = place(even(240), holed);
    expect([99, 100, 104, 105, 239].map((i) => places?.[i])).toEqual([99, undefined, undefined, 100, 234]);
    expect(place(holed, even(240))?.slice(98, 102)).toEqual([98, 99, 105, 106]);
  });

  it('are placed by their unevenness, on clocks that differ, where it fits in one place', () => {
    const next = random(8);
    const jitter = even(600, () => 200 * next());
    const other = jitter.map((us) => 9e9 + us * (1 + 80e-6));
    expect(place(jitter.slice(3, 590), other)?.[0]).toBe(3);
  });

  it('are not placed where several places fit, or frames are not evenly apart', () => {
    expect(place(even(240), even(241))).toBeUndefined();
    expect(place(even(240), even(235))).toBeUndefined();
    const holed = even(240).filter((_, i) => i < 100 || i >= 105);
    expect(place(even(245), holed)).toBeUndefined();
    expect(
      place(
        even(100, (i) => (i % 2 ? 15_000 : 0)),
        even(101),
      ),
    ).toBeUndefined();
    expect(place([], even(3))).toBeUndefined();
  });
});
