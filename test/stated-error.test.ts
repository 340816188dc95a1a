import { describe, expect, it } from 'vitest';
import { coded, type Drawn, recorded } from '../bench/drawn-files.ts';
import { random } from '../bench/pixel-clock-scene.ts';
import { PixelClockReader, type PixelClockReading } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { timesOf } from '../src/verify/read-times.ts';
import { rowTiming } from '../src/verify/rows.ts';
import { rowsError } from '../src/verify/time-errors.ts';
import { samples } from './support/thorough.ts';

const FRAMES = 40;
const PERIOD_US = 33_326.9;
type Again = readonly [preset: string, crf: number];

/** What `verify` reads of a file alone that was encoded again, and what is true. */
function readAgain(drawn: Drawn, [preset, crf]: Again): { file: FileTimes; trueUs: number[] } {
  const startUs = 1e9 + random(drawn.seed)() * 1e12;
  const trueUs = Array.from({ length: FRAMES }, (_, i) => startUs + i * PERIOD_US);
  const first = coded(recorded(drawn.seed, trueUs, drawn), { preset: 'ultrafast', crf: 23 });
  const reader = new PixelClockReader();
  const { width, height } = drawn;
  const readings = coded(first, { preset, crf }).map(({ data }) =>
    reader.read({ data: data.subarray(0, width * height), width, height, stride: width }),
  );
  const seen = {
    readings,
    pictures: readings.map((_, i) => `${i}`),
    size: { width, height },
    panels: [],
    screen: false,
  };
  const ptsUs = readings.map((_, i) => i * PERIOD_US);
  return { file: timesOf('a.mp4', { ...seen, ptsUs, periodUs: PERIOD_US, exposureUs: 1000 }), trueUs };
}

describe('the error that is stated of a file alone covers the true one', () => {
  it.each([
    [160, 'medium', 33, 23_232],
    [160, 'ultrafast', 28, 0],
    [320, 'medium', 28, 23_232],
    [640, 'slow', 28, 23_232],
  ] as const)('%i wide, encoded again by %s at crf %i, its rows in %i us', (width, preset, crf, readoutUs) => {
    for (let seed = 1; seed <= samples(12, width === 640 ? 1 : 2); seed++) {
      const drawn = { width, height: (width * 3) / 4, seed, readoutUs, exposureUs: 600 };
      const { file, trueUs } = readAgain(drawn, [preset, crf]);
      const errorsUs = file.timesUs.flatMap((us, i) => (us === undefined ? [] : [us - (trueUs[i] as number)]));
      const rmsUs = Math.sqrt(errorsUs.reduce((sum, us) => sum + us ** 2, 0) / errorsUs.length);
      expect(rmsUs, `seed ${seed}`).toBeLessThan(file.sigmaUs as number);
      // What is read is of use: a reading that says nothing would cover all.
      if (width === 640) expect(file.sigmaUs, `seed ${seed}`).toBeLessThan(1500);
    }
  });
});

it('of a time a row that is hardly known covers what the first row may be off by, however many frames there are', () => {
  const reading = {
    timeUs: monoUs(0),
    sigmaUs: 250,
    row: 480,
    rowUs: 2,
    rowSigmaUs: 26,
    exposureUs: 1000,
    corners: [],
  };
  const readings = new Array<PixelClockReading>(200).fill(reading);
  // As an imx219's, though the bars seem to follow each other by 2 us a row.
  expect(rowsError(readings, rowTiming(readings, undefined), 0)).toBeGreaterThan((48.4 - 2) * 480);
});
