import { describe, expect, test } from 'vitest';
import { drawTexture, random, sensorNoise } from '../bench/pixel-clock-scene.ts';
import { blur, cornersSeen, drawSeen, glare, type View } from '../bench/pixel-clock-view.ts';
import { Homography, type Point } from '../src/pixel-clock/homography.ts';
import type { LumaPlane } from '../src/pixel-clock/layout.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';
import { samples } from './support/thorough.ts';

const SIZE = { width: 960, height: 540 };

/**
 * Pictures of a panel at random times: what the reader says of each, as the error of the time at the row that it names,
 * and the standard error.
 */
function readings(view: View, rowUs: number, count: number, spoil: (plane: LumaPlane) => void = () => {}) {
  const [next, noise] = [random(7), sensorNoise(8)];
  const reader = new PixelClockReader();
  return Array.from({ length: count }, (_, i) => {
    const { width, height } = SIZE;
    const plane = { data: new Uint8Array(width * height), width, height, stride: width };
    drawTexture(plane, i);
    const topUs = 1e6 + next() * 1e12;
    drawSeen(plane, view, { startUs: monoUs(topUs - 500), endUs: monoUs(topUs + 500), rowUs });
    spoil(plane);
    noise(plane, 2);
    const reading = reader.read(plane);
    return reading && { ...reading, errorUs: reading.timeUs - topUs - reading.row * rowUs };
  });
}

describe('a panel that is seen at an angle', () => {
  test.each<View>([
    { unit: 9, roll: 8 },
    { unit: 9, roll: -30 },
    { unit: 9, yaw: 40 },
    { unit: 9, pitch: 45 },
    { unit: 9, yaw: -30, pitch: 25, roll: 12 },
    { unit: 5, yaw: 25, pitch: -20, roll: -6 },
    { unit: 6, x: 0.3, y: 0.7, yaw: 20, roll: 4 },
    // The other way up.
    { unit: 9, yaw: 20, roll: 185 },
  ])('%j is read, with all rows exposed at once or one after the other', (view) => {
    for (const rowUs of [0, 30, -30]) {
      const all = readings(view, rowUs, samples(5, 2));
      const read = all.filter((reading) => reading !== undefined);
      // A step of the code that changes within the panel, seen by a rolling shutter, is not read: one picture in
      // thirty.
      expect(read.length).toBeGreaterThanOrEqual(all.length - 1);
      for (const { errorUs, sigmaUs, rowUs: seenUs, rowSigmaUs } of read) {
        expect(Math.abs(errorUs)).toBeLessThan(Math.min(6, 6 * sigmaUs));
        expect(Math.abs(seenUs - rowUs)).toBeLessThan(Math.max(0.1, 6 * rowSigmaUs));
      }
    }
  });

  test('lies where its corners are seen', () => {
    const view = { unit: 8, yaw: 30, roll: 10 };
    const expected = cornersSeen(view, SIZE.width, SIZE.height);
    const [reading] = readings(view, 0, 1);
    for (const [i, [x, y]] of (reading?.corners ?? []).entries()) {
      expect(Math.hypot(x - (expected[i]?.[0] ?? 0), y - (expected[i]?.[1] ?? 0))).toBeLessThan(1.5);
    }
    expect(reading?.corners).toHaveLength(4);
  });

  test('is read unsharp, and with a reflection on it', () => {
    const view = { unit: 8, yaw: 15, pitch: 10, roll: 5 };
    for (const spoil of [(plane: LumaPlane) => blur(plane, 2), (plane: LumaPlane) => glare(plane, 50, 0.5, 0.5, 50)]) {
      for (const reading of readings(view, 20, 4, spoil)) {
        if (reading === undefined) throw new Error('not read');
        expect(Math.abs(reading.errorUs)).toBeLessThan(Math.min(30, 6 * reading.sigmaUs));
      }
    }
  });

  test('is read right or not at all where a part of it is hidden or out of the picture', () => {
    let read = 0;
    for (const x of [0.5, 0.62, 0.7, 0.8]) {
      for (const reading of readings({ unit: 9, x, yaw: 20, roll: 6 }, 25, 4)) {
        if (reading === undefined) continue;
        read++;
        expect(Math.abs(reading.errorUs)).toBeLessThan(6 * reading.sigmaUs);
      }
    }
    expect(read).toBeGreaterThanOrEqual(4);
    for (const hidden of [0.2, 0.5, 0.8]) {
      const cover = ({ data, width, height }: LumaPlane): void => {
        for (let y = 0; y < height; y++)
          data.fill(100, y * width + 0.27 * width, y * width + (0.27 + 0.46 * hidden) * width);
      };
      for (const reading of readings({ unit: 9, yaw: 20, roll: 6 }, 25, 3, cover)) {
        if (reading !== undefined) expect(Math.abs(reading.errorUs)).toBeLessThan(6 * reading.sigmaUs);
      }
    }
  });
});

describe('a homography', () => {
  const square: Point[] = [
    [0, 0],
    [4, 0],
    [0, 3],
    [4, 3],
  ];

  test('takes the four points to the others, and what lies between in perspective', () => {
    const to: Point[] = [
      [10, 20],
      [110, 40],
      [0, 90],
      [90, 130],
    ];
    const through = Homography.through(square, to);
    const back = Homography.through(to, square);
    for (const [i, [u, v]] of square.entries()) {
      const [x = 0, y = 0] = through?.at(u, v) ?? [];
      expect(x).toBeCloseTo(to[i]?.[0] ?? 0, 6);
      expect(y).toBeCloseTo(to[i]?.[1] ?? 0, 6);
    }
    const [x = 0, y = 0] = through?.at(1.3, 2.2) ?? [];
    const [u = 0, v = 0] = back?.at(x, y) ?? [];
    expect([u, v].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1.3, 2.2]);
  });

  test('does not exist through points on a line', () => {
    const line: Point[] = [
      [0, 0],
      [1, 1],
      [2, 2],
      [5, 9],
    ];
    expect(Homography.through(line, square)).toBeUndefined();
  });
});
