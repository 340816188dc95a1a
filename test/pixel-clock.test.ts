import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawTexture, random, sensorNoise } from '../bench/pixel-clock-scene.ts';
import { CODE_BITS, decodeStep, encodeStep, STEPS } from '../src/pixel-clock/code.ts';
import { RANGE_US } from '../src/pixel-clock/decode.ts';
import { drawPixelClock } from '../src/pixel-clock/draw.ts';
import {
  BARS,
  CODE_CELLS,
  COLUMNS,
  FINDERS,
  type LumaPlane,
  type Placement,
  panelSize,
  STEP_US,
} from '../src/pixel-clock/layout.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';
import { samples } from './support/thorough.ts';

const DAY_US = 86_400e6;

/** The example in docs/pixel-clock.md. */
const DOCUMENTED_CODE = '01001111011000101011100111110011101100000101';

function blank(width: number, height: number, luma = 126): LumaPlane {
  return { data: new Uint8Array(width * height).fill(luma), width, height, stride: width };
}

const exposed = (middleUs: number, exposureUs: number) => ({
  startUs: monoUs(middleUs - exposureUs / 2),
  endUs: monoUs(middleUs + exposureUs / 2),
});

/** A panel in a plane that is just large enough for it and a border of 10 pixels. */
function panel(unit: number, middleUs: number, exposureUs: number): LumaPlane {
  const size = panelSize(unit);
  const plane = blank(size.width + 20, size.height + 20);
  drawPixelClock(plane, { x: 10, y: 10, unit }, exposed(middleUs, exposureUs));
  return plane;
}

/**
 * `from` drawn into `to` with its corner at (x, y) and scaled, by the mean over 4 x 4 points of bilinear interpolation
 * a pixel.
 */
function drawScaled(to: LumaPlane, from: LumaPlane, x: number, y: number, scaleX: number, scaleY: number): void {
  const at = (column: number, row: number): number => {
    const u = Math.min(from.width - 1, Math.max(0, column - 0.5));
    const v = Math.min(from.height - 1, Math.max(0, row - 0.5));
    const [u0, v0] = [Math.floor(u), Math.floor(v)];
    const [u1, v1] = [Math.min(from.width - 1, u0 + 1), Math.min(from.height - 1, v0 + 1)];
    const pixel = (a: number, b: number): number => from.data[b * from.stride + a] as number;
    const top = pixel(u0, v0) * (1 - u + u0) + pixel(u1, v0) * (u - u0);
    const bottom = pixel(u0, v1) * (1 - u + u0) + pixel(u1, v1) * (u - u0);
    return top * (1 - v + v0) + bottom * (v - v0);
  };
  for (let row = Math.ceil(y); row < y + from.height * scaleY - 1; row++)
    for (let column = Math.ceil(x); column < x + from.width * scaleX - 1; column++) {
      let sum = 0;
      for (let i = 0; i < 16; i++)
        sum += at((column + ((i % 4) + 0.5) / 4 - x) / scaleX, (row + (Math.floor(i / 4) + 0.5) / 4 - y) / scaleY);
      to.data[row * to.stride + column] = Math.round(sum / 16);
    }
}

describe('the code', () => {
  test('gives back every step count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: STEPS - 1 }), (step) => {
        expect(decodeStep(encodeStep(step))).toBe(step);
      }),
    );
  });

  test('changes one bit of the step count from each step to the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: STEPS - 2 }), (step) => {
        const [a, b] = [encodeStep(step), encodeStep(step + 1)];
        const changed = [...a.slice(0, 28)].filter((bit, i) => bit !== b[i]);
        expect(changed).toHaveLength(1);
      }),
    );
  });

  test('is the one in the documentation', () => {
    expect(encodeStep(123_456_789).join('')).toBe(DOCUMENTED_CODE);
    expect(encodeStep(0)).toHaveLength(CODE_BITS);
  });

  test('has a range of more than a day', () => {
    expect(RANGE_US).toBeGreaterThan(DAY_US);
  });
});

describe('the layout', () => {
  test('uses no module twice', () => {
    const cells = [...CODE_CELLS, ...BARS.flatMap((bar) => bar.cells)];
    const finders = FINDERS.flatMap(({ column, row }) =>
      Array.from({ length: 49 }, (_, i) => ({ column: column - 1 + (i % 7), row: row - 1 + Math.floor(i / 7) })),
    );
    const keys = cells.map(({ column, row }) => `${column},${row}`);
    expect(new Set(keys).size).toBe(keys.length);
    const quiet = new Set(finders.map(({ column, row }) => `${column},${row}`));
    expect(keys.filter((key) => quiet.has(key))).toEqual([]);
  });

  test('spreads the phases of a bar evenly over a turn', () => {
    for (const { phases } of BARS)
      expect([...phases].sort((a, b) => a - b)).toEqual(phases.map((_, i) => i / phases.length));
  });
});

describe('drawing', () => {
  test('touches nothing outside the panel', () => {
    const plane = blank(600, 200, 77);
    const at = { x: 33, y: 21, unit: 6 };
    drawPixelClock(plane, at, exposed(1e9, 1000));
    const { width, height } = panelSize(at.unit);
    for (let y = 0; y < plane.height; y++)
      for (let x = 0; x < plane.width; x++) {
        const inside = x >= at.x && x < at.x + width && y >= at.y && y < at.y + height;
        if (!inside && plane.data[y * plane.stride + x] !== 77) expect.fail(`pixel ${x},${y} was touched`);
      }
  });

  test('stays within limited range', () => {
    const { data, width, height } = panel(8, 5e9, 0);
    const inside = Array.from({ length: (height - 20) * (width - 20) }, (_, i) => {
      const y = 10 + Math.floor(i / (width - 20));
      return data[y * width + 10 + (i % (width - 20))] as number;
    });
    expect(inside.reduce((a, b) => Math.min(a, b))).toBe(16);
    expect(inside.reduce((a, b) => Math.max(a, b))).toBe(235);
  });

  test('refuses a panel that does not fit, fractions of pixels, and an exposure that ends before it starts', () => {
    const plane = blank(640, 480);
    const at =
      (place: Placement, exposureUs = 1000) =>
      () =>
        drawPixelClock(plane, place, exposed(1e9, exposureUs));
    expect(at({ x: 257, y: 0, unit: 8 })).toThrow(RangeError);
    expect(at({ x: 0, y: -1, unit: 8 })).toThrow(RangeError);
    expect(at({ x: 0, y: 0, unit: 7.5 })).toThrow(RangeError);
    expect(at({ x: 0, y: 0, unit: 8 }, -1)).toThrow(RangeError);
  });
});

describe('reading a clean panel', () => {
  test('gives mid-exposure to a microsecond over the whole range, for any exposure up to 1.5 ms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e6, max: RANGE_US - 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1500, noNaN: true }),
        (timeUs, exposureUs) => {
          const reading = new PixelClockReader().read(panel(8, timeUs, exposureUs));
          expect(Math.abs((reading?.timeUs ?? Number.NaN) - timeUs)).toBeLessThan(1);
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  test('gives it within six standard errors for exposures up to 60 ms, and tells the exposure', () => {
    const next = random(2);
    for (let i = 0; i < 200; i++) {
      const timeUs = 1e6 + next() * 30 * DAY_US;
      const exposureUs = 1000 + next() * 59_000;
      const reading = new PixelClockReader().read(panel(6, timeUs, exposureUs));
      if (!reading) throw new Error(`exposure ${exposureUs} at ${timeUs} was not read`);
      expect(Math.abs(reading.timeUs - timeUs)).toBeLessThan(6 * reading.sigmaUs);
      expect(Math.abs((reading.exposureUs ?? 0) - exposureUs) / exposureUs).toBeLessThan(0.05);
    }
  });

  test('gives it where the exposure holds the change of a step, in whatever part', () => {
    for (const exposureUs of [50, 300, 1500, 5000, 30_000])
      for (let i = 0; i <= 40; i++) {
        const edgeUs = STEP_US * (3_000_000 + i * 977);
        const timeUs = edgeUs + (i / 20 - 1) * 0.6 * exposureUs;
        const reading = new PixelClockReader().read(panel(6, timeUs, exposureUs));
        if (!reading) throw new Error(`exposure ${exposureUs}, part ${i} was not read`);
        expect(Math.abs(reading.timeUs - timeUs)).toBeLessThan(6 * reading.sigmaUs);
      }
  });

  test('has no exposure to tell where nothing is smeared', () => {
    expect(new PixelClockReader().read(panel(8, 7e9, 0))?.exposureUs).toBeUndefined();
  });

  test('does not read an exposure longer than the coarsest bar', () => {
    for (const exposureUs of [262_144, 400_000, 1e6])
      expect(new PixelClockReader().read(panel(8, 7.7e9, exposureUs))).toBeUndefined();
  });
});

describe('reading through a rolling shutter', () => {
  const SIZE = { width: 640, height: 480 };
  const PLACE = { x: 128, y: 360, unit: 8 };
  /** Mid-exposure of row 0 is at `topUs`. */
  const rolling = (topUs: number, exposureUs: number, rowUs: number): LumaPlane => {
    const plane = blank(SIZE.width, SIZE.height);
    drawPixelClock(plane, PLACE, { ...exposed(topUs, exposureUs), rowUs });
    return plane;
  };

  test('gives the time at a row of the panel, and the time a row', () => {
    const next = random(12);
    for (let i = 0; i < 200; i++) {
      const topUs = 1e6 + next() * 30 * DAY_US;
      const rowUs = (next() - 0.5) * 130;
      const reading = new PixelClockReader().read(rolling(topUs, next() * 5000, rowUs));
      if (!reading) throw new Error(`${rowUs} us a row at ${topUs} was not read`);
      expect(reading.row).toBeGreaterThan(PLACE.y);
      expect(reading.row).toBeLessThan(PLACE.y + 13 * PLACE.unit);
      const errorUs = reading.timeUs - topUs - reading.row * rowUs;
      expect(Math.abs(errorUs)).toBeLessThan(Math.min(6 * reading.sigmaUs, 5));
      expect(Math.abs(reading.rowUs - rowUs)).toBeLessThan(6 * reading.rowSigmaUs);
    }
  });

  test('gives it where a step changes between the rows of the panel, or within one', () => {
    for (const rowUs of [48.5, -48.5])
      for (let i = 0; i <= 120; i++) {
        const edgeUs = STEP_US * (3_000_000 + i * 977);
        // The change is at a row from the panel's first to its last.
        const topUs = edgeUs - (PLACE.y + (i / 120) * 13 * PLACE.unit) * rowUs;
        const reading = new PixelClockReader().read(rolling(topUs, 100 + 20 * i, rowUs));
        if (!reading) throw new Error(`${rowUs} us a row, part ${i} was not read`);
        expect(Math.abs(reading.timeUs - topUs - reading.row * rowUs)).toBeLessThan(6 * reading.sigmaUs);
      }
  });

  test('tells the exposure as it is, not longer for the rows within a cell', () => {
    for (const exposureUs of [1500, 5000, 12_000]) {
      const reading = new PixelClockReader().read(rolling(7e9, exposureUs, 48.5));
      expect(Math.abs((reading?.exposureUs ?? 0) - exposureUs) / exposureUs).toBeLessThan(0.01);
    }
  });

  test('tells the rows of a picture that was turned from its upper edge, too', () => {
    const { width, height } = SIZE;
    const upright = rolling(7e9, 1000, 48.5);
    const reader = new PixelClockReader();
    const reading = reader.read({ ...upright, data: upright.data.slice(0, width * height).reverse() });
    expect(reading?.rowUs).toBeCloseTo(-48.5, 0);
    const topUs = 7e9 + (height - 1) * 48.5;
    expect(Math.abs((reading?.timeUs ?? 0) - topUs + (reading?.row ?? 0) * 48.5)).toBeLessThan(3);
  });
});

describe('finding the panel', () => {
  test('works at any place and scale, bent aspect, gain and offset, down to modules of 3 pixels', () => {
    const next = random(3);
    const noise = sensorNoise(4);
    for (let i = 0; i < samples(60, 12); i++) {
      const plane = blank(960, 540);
      drawTexture(plane, i);
      const timeUs = 1e6 + next() * 30 * DAY_US;
      const source = panel(12, timeUs, 1000);
      const unit = 3 + next() * 13;
      const [scaleX, scaleY] = [unit / 12, (unit / 12) * (0.95 + 0.1 * next())];
      const x = next() * (plane.width - source.width * scaleX - 2);
      const y = next() * (plane.height - source.height * scaleY - 2);
      drawScaled(plane, source, x, y, scaleX, scaleY);
      const gain = 0.35 + next() * 0.65;
      const offset = next() * 250 * (1 - gain);
      for (let k = 0; k < plane.data.length; k++) plane.data[k] = (plane.data[k] as number) * gain + offset;
      noise(plane, 2);
      const reading = new PixelClockReader().read(plane);
      if (!reading) throw new Error(`picture ${i} (module ${unit} px, gain ${gain}) was not read`);
      expect(Math.abs(reading.timeUs - timeUs)).toBeLessThan(6 * reading.sigmaUs);
      expect(reading.sigmaUs).toBeLessThan(20);
      const [[left = Number.NaN] = [], [right = Number.NaN] = []] = reading.corners;
      expect(Math.abs(left - x - 10 * scaleX)).toBeLessThan(0.2 * unit);
      expect(Math.abs((right - left) / COLUMNS - unit) / unit).toBeLessThan(0.05);
    }
  });

  test('follows a panel that moves, and finds one that jumps', () => {
    const reader = new PixelClockReader();
    for (const [i, x] of [10, 11, 13, 14, 200, 199, 40].entries()) {
      const plane = blank(640, 480);
      const timeUs = 9e9 + i * 33_333;
      drawPixelClock(plane, { x, y: 300 - x, unit: 8 }, exposed(timeUs, 1000));
      const reading = reader.read(plane);
      expect(Math.abs((reading?.timeUs ?? Number.NaN) - timeUs)).toBeLessThan(1);
      expect(reading?.corners[0]?.[0]).toBeCloseTo(x, 1);
    }
  });

  test('reads planes whose rows are padded', () => {
    const wide = { data: new Uint8Array(700 * 480).fill(20), width: 640, height: 480, stride: 700 };
    drawPixelClock(wide, { x: 100, y: 100, unit: 8 }, exposed(4.2e9, 500));
    expect(new PixelClockReader().read(wide)?.timeUs).toBeCloseTo(4.2e9, -1);
  });
});

describe('what is no panel gives no reading', () => {
  test('noise, textures, stripes, checks and flat pictures', () => {
    const next = random(5);
    const pictures: [string, (x: number, y: number) => number][] = [
      ['flat', () => 126],
      ['noise', () => next() * 256],
      ['stripes down', (x) => (Math.floor(x / 6) % 2 ? 235 : 16)],
      ['stripes across', (_, y) => (Math.floor(y / 6) % 2 ? 235 : 16)],
      ['checks', (x, y) => ((Math.floor(x / 7) + Math.floor(y / 7)) % 2 ? 235 : 16)],
      ['rings', (x, y) => (Math.floor(Math.max(Math.abs((x % 80) - 40), Math.abs((y % 80) - 40)) / 6) % 2 ? 235 : 16)],
      ['blocks', (x, y) => ((Math.floor(x / 8) * 7919 + Math.floor(y / 8) * 104_729) % 13 < 6 ? 235 : 16)],
    ];
    for (const [name, luma] of pictures) {
      const plane = blank(640, 480);
      for (let y = 0; y < 480; y++) for (let x = 0; x < 640; x++) plane.data[y * 640 + x] = luma(x, y);
      expect(new PixelClockReader().read(plane), name).toBeUndefined();
    }
  });

  test('a picture too small for a panel', () => {
    for (const [width, height] of [
      [0, 0],
      [1, 1],
      [16, 9],
      [40, 400],
    ] as const)
      expect(new PixelClockReader().read(blank(width, height, 16))).toBeUndefined();
  });

  test('a panel cut off by the edge of the picture', () => {
    const { data, width, height, stride } = panel(8, 6e9, 1000);
    expect(new PixelClockReader().read({ data, width: width - 60, height, stride })).toBeUndefined();
    expect(new PixelClockReader().read({ data, width, height: height - 40, stride })).toBeUndefined();
  });

  test('a panel partly hidden is read right or not at all', () => {
    const next = random(6);
    let read = 0;
    const pictures = samples(400, 60);
    for (let i = 0; i < pictures; i++) {
      const timeUs = 1e6 + next() * 30 * DAY_US;
      const plane = panel(6, timeUs, 200 + next() * 3000);
      const [w, h] = [next() * 120, next() * 40];
      const [x0, y0] = [10 + next() * 288, 10 + next() * 78];
      const luma = [16, 126, 235, undefined][i % 4];
      for (let y = Math.floor(y0); y < Math.min(plane.height, y0 + h); y++)
        for (let x = Math.floor(x0); x < Math.min(plane.width, x0 + w); x++)
          plane.data[y * plane.stride + x] = luma ?? Math.floor(next() * 256);
      const reading = new PixelClockReader().read(plane);
      if (!reading) continue;
      read++;
      expect(Math.abs(reading.timeUs - timeUs), `picture ${i}`).toBeLessThan(6 * reading.sigmaUs + 1);
    }
    expect(read).toBeGreaterThan(0.1 * pictures);
    expect(read).toBeLessThan(0.9 * pictures);
  });

  test('a mix of two panels shown at different times is read as neither', () => {
    const next = random(7);
    for (let i = 0; i < samples(200, 15); i++) {
      const firstUs = 1e6 + next() * 30 * DAY_US;
      const a = panel(6, firstUs, 1000);
      const b = panel(6, firstUs + 20_000 + next() * 1e9, 1000);
      for (let k = 0; k < a.data.length; k++) a.data[k] = ((a.data[k] as number) + (b.data[k] as number)) / 2;
      expect(new PixelClockReader().read(a)).toBeUndefined();
    }
  });
});
