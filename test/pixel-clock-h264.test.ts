import { describe, expect, test } from 'vitest';
import { rms, type TrialOptions, trial } from '../bench/pixel-clock-trial.ts';
import { DEFAULT_CRF, DEFAULT_PRESET } from '../src/record/encoder.ts';
import { samples } from './support/thorough.ts';

const base = { preset: DEFAULT_PRESET, frames: samples(36, 12), seed: 11, exposureUs: 1000 } satisfies TrialOptions;

/**
 * Runs a trial and checks what must hold at any exposure and rate: (nearly) all frames read, and errors as large as
 * they say.
 */
function honest(options: TrialOptions, leastRead = 1): number {
  const { errorsUs, sigmasUs, frames } = trial(options);
  expect(errorsUs.length).toBeGreaterThanOrEqual(leastRead * frames);
  const relative = errorsUs.map((error, i) => error / (sigmasUs[i] as number));
  expect(rms(relative)).toBeLessThan(1.4);
  expect(rms(relative)).toBeGreaterThan(0.4);
  expect(relative.map(Math.abs).reduce((a, b) => Math.max(a, b))).toBeLessThan(5);
  return rms(errorsUs);
}

describe('640x480 through libx264 at the default preset and crf, with sensor noise', () => {
  for (const exposureUs of [0, 100, 500, 1000, 1500])
    test(`an exposure of ${exposureUs} us is read to 3 us rms`, () => {
      expect(honest({ ...base, crf: DEFAULT_CRF, exposureUs, seed: 20 + exposureUs })).toBeLessThan(3);
    });

  for (const exposureUs of [2000, 3000, 4000, 5000])
    test(`an exposure of ${exposureUs} us is read to 10 us rms`, () => {
      expect(honest({ ...base, crf: DEFAULT_CRF, exposureUs, seed: 20 + exposureUs })).toBeLessThan(10);
    });

  for (const exposureUs of [8000, 12_000, 20_000, 30_000])
    test(`an exposure of ${exposureUs} us is read with an error as large as it says`, () => {
      expect(honest({ ...base, crf: DEFAULT_CRF, exposureUs, seed: 20 + exposureUs })).toBeLessThan(exposureUs / 100);
    });
});

describe('through other encodings', () => {
  test.for([
    { name: 'crf 18', crf: 18, limitUs: 2 },
    { name: 'crf 28', crf: 28, limitUs: 5 },
    { name: 'crf 33', crf: 33, limitUs: 12 },
    { name: '600 kbit/s', bitrate: 600_000, limitUs: 12 },
    { name: 'preset veryfast', crf: 23, preset: 'veryfast', limitUs: 4 },
  ])('$name: errors are as large as they say', ({ limitUs, ...options }) => {
    expect(honest({ ...base, ...options }, 0.95)).toBeLessThan(limitUs);
  });

  test.for([
    { name: '24 fps', periodUs: 1e6 / 24 },
    { name: '25 fps', periodUs: 40_000 },
    { name: '50 fps', periodUs: 20_000 },
    { name: '60 fps', periodUs: 1e6 / 60 },
    { name: '90 fps', periodUs: 1e6 / 90 },
    { name: '120 fps', periodUs: 1e6 / 120 },
  ])('$name: 3 us rms', ({ periodUs }) => {
    expect(honest({ ...base, crf: DEFAULT_CRF, periodUs })).toBeLessThan(3);
  });

  test.for([
    { name: 'modules of 4 px in 320x240', width: 320, height: 240, place: { x: 61, y: 181, unit: 4 } },
    { name: 'modules of 3 px in 320x240', width: 320, height: 240, place: { x: 30, y: 181, unit: 3 } },
    { name: 'modules of 16 px in 1280x720', width: 1280, height: 720, place: { x: 256, y: 500, unit: 16 } },
    { name: 'off the macroblock grid', width: 640, height: 480, place: { x: 131, y: 361, unit: 7 } },
    { name: 'clean pictures', width: 640, height: 480, place: { x: 128, y: 370, unit: 8 }, noise: 0 },
    { name: 'noise of 5 levels', width: 640, height: 480, place: { x: 128, y: 370, unit: 8 }, noise: 5 },
  ])('$name: 4 us rms', (options) => {
    expect(honest({ ...base, crf: DEFAULT_CRF, ...options })).toBeLessThan(4);
  });
});
