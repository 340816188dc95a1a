import { describe, expect, it } from 'vitest';
import { random, sensorNoise } from '../bench/pixel-clock-scene.ts';
import { Refresh } from '../src/clock-page/refresh.ts';
import { ScreenClock } from '../src/clock-page/screen-clock.ts';
import { ServerTime } from '../src/clock-page/server-time.ts';
import { COLUMNS, type LumaPlane, ROWS } from '../src/pixel-clock/layout.ts';
import { PixelClockReader, type PixelClockReading } from '../src/pixel-clock/read.ts';

const UNIT = 6;
const SIZE = { width: (COLUMNS + 4) * UNIT, height: (ROWS + 4) * UNIT };

/** What a camera sees of a screen from `startUs` on: each refresh for as long as it is in the exposure. */
function seenOnScreen(startUs: number, exposureUs: number, refreshUs: number): LumaPlane {
  const mean = new Float64Array(COLUMNS * ROWS);
  const clock = new ScreenClock();
  const endUs = startUs + exposureUs;
  for (let k = Math.floor(startUs / refreshUs); k * refreshUs < endUs; k++) {
    const shownUs = Math.min(endUs, (k + 1) * refreshUs) - Math.max(startUs, k * refreshUs);
    const levels = clock.show((k + 0.5) * refreshUs);
    for (const [i, level] of levels.entries()) mean[i] = (mean[i] as number) + (level * shownUs) / exposureUs;
  }
  const data = new Uint8Array(SIZE.width * SIZE.height).fill(90);
  for (let y = 0; y < ROWS * UNIT; y++)
    for (let x = 0; x < COLUMNS * UNIT; x++) {
      const level = mean[Math.floor(y / UNIT) * COLUMNS + Math.floor(x / UNIT)] as number;
      data[(y + 2 * UNIT) * SIZE.width + x + 2 * UNIT] = Math.round(20 + level * 0.8);
    }
  return { data, ...SIZE, stride: SIZE.width };
}

describe('a pixel clock on a screen', () => {
  it.each([60, 120, 144, 50])('of %i Hz is read to a refresh, by cameras of any exposure', (hertz) => {
    const refreshUs = 1e6 / hertz;
    const [next, noise] = [random(hertz), sensorNoise(hertz)];
    for (const exposureUs of [500, 4_000, 12_000, 25_000]) {
      const readings: PixelClockReading[] = [];
      const reader = new PixelClockReader();
      for (let i = 0; i < 60; i++) {
        const startUs = 1e9 + next() * 1e10;
        const plane = seenOnScreen(startUs, exposureUs, refreshUs);
        noise(plane, 2);
        const reading = reader.read(plane);
        if (reading === undefined) continue;
        readings.push(reading);
        expect(Math.abs(reading.timeUs - startUs - exposureUs / 2)).toBeLessThan(refreshUs / 2 + 1_500);
        // No camera exposes that long: it is how a reader tells a screen.
        expect(reading.exposureUs).toBeGreaterThan(42_000);
      }
      expect(readings.length).toBeGreaterThanOrEqual(57);
    }
  });
});

describe('the refresh of a screen', () => {
  it('is the usual interval between frames, whichever were late', () => {
    const refresh = new Refresh();
    let ms = 0;
    let us = 0;
    for (let i = 0; i < 100; i++) {
      ms += i % 7 === 3 ? 1000 / 36 : 1000 / 144;
      us = refresh.frame(ms);
    }
    expect(us).toBeCloseTo(1e6 / 144, 3);
  });

  it('is taken to be 60 a second until it is known', () => {
    expect(new Refresh().frame(5)).toBeCloseTo(16_667, -1);
  });
});

describe("the server's time", () => {
  it('is that of the fastest round trip', async () => {
    let ms = 1000;
    const trips = [40, 8, 30, 2, 50, 20];
    const ask = async () => {
      const trip = trips.shift() as number;
      ms += trip * 0.7;
      const us = ms * 1000 + 5_000_000;
      ms += trip * 0.3;
      return us;
    };
    const time = new ServerTime();
    await time.measure(ask, () => ms);
    expect(time.errorUs).toBeCloseTo(1000, 6);
    expect(Math.abs(time.offsetUs - 5_000_000)).toBeLessThanOrEqual(1000);
  });

  it('stays as it is where the server is gone', async () => {
    const time = new ServerTime();
    await expect(
      time.measure(
        () => Promise.reject(new Error('gone')),
        () => 0,
      ),
    ).rejects.toThrow('gone');
    expect(time).toMatchObject({ offsetUs: 0, errorUs: undefined });
  });
});
