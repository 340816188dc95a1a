import { describe, expect, it } from 'vitest';
import { between } from '../src/audio/between-samples.ts';
import { SampleClock } from '../src/audio/sample-clock.ts';
import { SoundTrack } from '../src/audio/sound-track.ts';
import { VirtualSound, type VirtualSoundOptions } from '../src/audio/virtual-sound.ts';
import { bootUs } from '../src/time/units.ts';
import { samples } from './support/thorough.ts';

const RATE = 8000;
/** For long ones: a sample is 500 us. */
const LOW_RATE = 2000;
/** An hour; in fewer seconds drifts of 3.4 s an hour. */
const LONG_S = samples(3600, 200);
const FAST_PPM = samples(150, 950);
const START = bootUs(5_000_123_456);

/** A take of sound in virtual time: where its clicks are in the file, in us from frame 0, by the second. */
function take({ seconds, correct }: { seconds: number; correct: boolean }, sound: Partial<VirtualSoundOptions> = {}) {
  const frame0 = bootUs(START + 7_300_000);
  const rate = sound.rate ?? RATE;
  const track = new SoundTrack({ rate, channels: 1, correct });
  const options = { rate: RATE, channels: 1, ppm: 0, start: START, jitterUs: 1000, lost: 0, seed: 1, ...sound };
  const source = new VirtualSound(options);
  track.begin(frame0);
  track.endsAt(seconds * 1e6);
  const errors = new Map<number, number>();
  let length = 0;
  const listen = (samples: Float32Array) => {
    for (let i = 0; i < samples.length; i++) {
      if ((samples[i] as number) < 0.45) continue;
      const us = frame0 + ((length + i) * 1e6) / rate;
      const second = Math.round(us / 1e6);
      errors.set(second, us - second * 1e6);
    }
    length += samples.length;
  };
  for (;;) {
    const { ready, stamp, samples } = source.next();
    listen(track.push(stamp, samples));
    if (ready > frame0 + seconds * 1e6) break;
  }
  listen(track.end());
  const list = [...errors.values()];
  const worst = Math.max(...list.map(Math.abs));
  return { track, length, clicks: list.length, first: list[0] as number, last: list.at(-1) as number, worst };
}

describe('a sound with its stamps', () => {
  it('begins at frame 0 to within 1 ms, and is as long as the pictures, whatever its clock and its stamps', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      for (const ppm of [-150, 0, 150]) {
        const { first, length, clicks } = take({ seconds: 20, correct: false }, { ppm, seed });
        expect(Math.abs(first)).toBeLessThan(1000);
        expect([length, clicks]).toEqual([20 * RATE, 20]);
      }
    }
  });

  it('drifts as its clock does where that is told only: 80 ppm are 48 ms in ten minutes', () => {
    const { last, track } = take({ seconds: 600, correct: false }, { ppm: 80 });
    expect(last).toBeGreaterThan(47_000);
    expect(last).toBeLessThan(49_000);
    const { ppm, errorPpm } = track.rate ?? { ppm: 0, errorPpm: 1 };
    expect(Math.abs(ppm - 80)).toBeLessThan(5 * errorPpm);
    expect(errorPpm).toBeLessThan(0.1);
  });

  it('is within 1 ms from the first second to the last where it is corrected', () => {
    for (const ppm of [-FAST_PPM, FAST_PPM]) {
      const { worst, length, clicks, track } = take({ seconds: LONG_S, correct: true }, { ppm, rate: LOW_RATE });
      expect(worst).toBeLessThan(1000);
      expect([length, clicks]).toEqual([LONG_S * LOW_RATE, LONG_S]);
      expect(track.rate?.ppm).toBeCloseTo(ppm, 0);
    }
  });

  it('has silence in the place of lost blocks: what comes behind them is where it was', () => {
    const { worst, track, length, clicks } = take({ seconds: 300, correct: true }, { lost: 0.01, ppm: 60, seed: 9 });
    expect(track.lost.times).toBeGreaterThan(100);
    expect(clicks).toBeGreaterThan(280);
    expect(length).toBe(300 * RATE);
    expect(worst).toBeLessThan(3000);
  });

  it('is silent where it ended before the pictures, and as long as they are', () => {
    const track = new SoundTrack({ rate: RATE, channels: 2, correct: false });
    track.begin(START);
    const block = new Float32Array(160).fill(0.5);
    let written = 0;
    for (let i = 0; i < 100; i++) written += track.push(bootUs(START + i * 10_000), block).length;
    track.endsAt(3e6);
    const rest = track.end();
    expect(written + rest.length).toBe(2 * 3 * RATE);
    expect(rest.at(-1)).toBe(0);
    expect(track.length).toBe(3 * RATE);
  });

  it('without any sound is silence', () => {
    const track = new SoundTrack({ rate: RATE, channels: 1, correct: true });
    track.begin(START);
    track.endsAt(1e6);
    expect(track.end()).toEqual(new Float32Array(RATE));
    expect(track.rate).toBeUndefined();
  });
});

describe('the clock of samples', () => {
  it('takes a reader that was held up for late, not for lost samples', () => {
    const clock = new SampleClock(RATE);
    for (let i = 0; i < 2000; i++) {
      // From block 1000 on the reader sleeps for half a second, and reads then what has waited, 0.2 ms each.
      const held = i >= 1000 && i < 1050 ? 500_000 - (i - 1000) * 9800 : 0;
      expect(clock.add(bootUs(START + i * 10_000 + held), 80)).toBeUndefined();
    }
    expect(Math.abs(clock.timeOf(2000 * 80) - (START + 20e6))).toBeLessThan(500);
  });

  it('finds how many samples were lost, and where', () => {
    const clock = new SampleClock(RATE);
    const found = Array.from({ length: 300 }, (_, i) =>
      clock.add(bootUs(START + i * 10_000 + (i >= 200 ? 123_000 : 0)), 80),
    ).filter((lost) => lost !== undefined);
    expect(found).toEqual([{ position: 200 * 80, samples: 984 }]);
  });
});

it('between samples a tone goes on', () => {
  const tone = (at: number) => Math.sin(2 * Math.PI * 0.2 * at);
  const samples = Float32Array.from({ length: 400 }, (_, i) => tone(i >> 1) * (i % 2 === 0 ? 1 : -0.5));
  for (const place of [60, 80.25, 99.5, 120.999]) {
    expect(between(samples, 2, 0, place)).toBeCloseTo(tone(place), 3);
    expect(between(samples, 2, 1, place)).toBeCloseTo(-0.5 * tone(place), 3);
  }
});
