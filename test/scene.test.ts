import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../src/camera/picture.ts';
import { type Layout, layout } from '../src/camera/virtual/layout.ts';
import { Hand, MovingDisc } from '../src/camera/virtual/moving.ts';
import { neutral, Palette } from '../src/camera/virtual/palette.ts';
import { bandRows, Scene, type SceneOptions, timeCode } from '../src/camera/virtual/scene.ts';
import { viewpoint } from '../src/camera/virtual/viewpoint.ts';
import { glyph, textWidth } from '../src/drawing/font.ts';
import { Canvas, type Shape } from '../src/drawing/raster.ts';
import { facing, Ring } from '../src/drawing/shapes.ts';
import { UsageError } from '../src/errors.ts';
import { drawPixelClock, exposureOfRow } from '../src/pixel-clock/draw.ts';
import { panelSize } from '../src/pixel-clock/layout.ts';
import { monoUs } from '../src/time/units.ts';

const options = (more: Partial<SceneOptions> = {}): SceneOptions => ({
  width: 640,
  height: 480,
  name: 'cam0',
  detail: 'imx219 30 fps',
  seed: 0,
  ...more,
});
const during = (startUs: number, exposureUs = 1000) => ({
  startUs: monoUs(startUs),
  endUs: monoUs(startUs + exposureUs),
});
const layoutOf = ({ width, height, seed }: SceneOptions): Layout => layout(width, height, viewpoint(seed));

/** The pixel clock's luma, row by row, as it stands in a picture. */
function panelOf(picture: Picture, { panel }: Layout): Uint8Array {
  const { width, height } = panelSize(panel.unit);
  const luma = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (panel.y + y) * picture.width + panel.x;
    luma.set(picture.data.subarray(from, from + width), y * width);
  }
  return luma;
}

/** Compares large arrays faster than `toEqual`, which would print them besides. */
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe('scene', () => {
  it('shows two cameras the same time from different viewpoints', () => {
    const [a, b] = [options(), options({ seed: 1, name: 'cam1' })];
    const [seenByA, seenByB] = [new Scene(a).render(during(5_000_000)), new Scene(b).render(during(5_000_000))];
    expect(same(panelOf(seenByA, layoutOf(a)), panelOf(seenByB, layoutOf(b)))).toBe(true);
    expect(layoutOf(a).clock).not.toEqual(layoutOf(b).clock);
    const differing = seenByA.data.reduce((count, value, i) => count + (value === seenByB.data[i] ? 0 : 1), 0);
    expect(differing).toBeGreaterThan(seenByA.data.length / 2);
  });

  it('is the same picture whenever the same seed sees the same exposure', () => {
    const scene = new Scene(options({ seed: 5 }));
    const first = scene.render(during(7_123_456));
    scene.render(during(9_999_999, 12_000));
    expect(same(scene.render(during(7_123_456)).data, first.data)).toBe(true);
    expect(same(new Scene(options({ seed: 5 })).render(during(7_123_456)).data, first.data)).toBe(true);
  });

  it.each([
    [640, 480, 48.5],
    [320, 240, -95],
    [360, 640, 30],
    [320, 240, 500],
  ])('shows each band of rows of %ix%i as it is at its own time, %d us a row', (width, height, rowUs) => {
    const rows = bandRows(rowUs);
    const scene = new Scene(options({ width, height }));
    for (const startUs of [7_123_456, 8_900_000]) {
      const exposure = { ...during(startUs, 3000), rowUs };
      const { data } = scene.render(exposure);
      const panelTop = scene.panel.y & ~1;
      for (let y = 0; y < panelTop; y += 2) {
        const middle = y - (y % rows) + (rows - 1) / 2;
        const alone = scene.render(exposureOfRow(exposure, middle)).data;
        const luma = (of: Uint8Array) => of.subarray(y * width, (y + 2) * width);
        const chroma = (of: Uint8Array, plane: 0 | 1) => {
          const from = width * height * (1 + plane / 4) + (y >> 1) * (width >> 1);
          return of.subarray(from, from + (width >> 1));
        };
        expect({ y, same: same(luma(data), luma(alone)) }).toEqual({ y, same: true });
        for (const plane of [0, 1] as const) expect(same(chroma(data, plane), chroma(alone, plane))).toBe(true);
      }
    }
  });

  it('exposes rows as one that lie within 0.4 ms, two at least', () => {
    for (const rowUs of [0.5, 18.9, 48.5, -95, 250, 5000]) {
      const rows = bandRows(rowUs);
      expect(rows % 2).toBe(0);
      expect(rows === 2 || rows * Math.abs(rowUs) <= 400, `${rows} rows of ${rowUs} us`).toBe(true);
      expect((rows + 2) * Math.abs(rowUs)).toBeGreaterThan(400);
    }
  });

  it('leaves a picture as it is while later ones are rendered', () => {
    const scene = new Scene(options());
    const picture = scene.render(during(0));
    const before = picture.data.slice();
    for (let i = 1; i < 5; i++) scene.render(during(i * 33_333));
    expect(same(picture.data, before)).toBe(true);
  });

  it.each([
    [640, 480, 1],
    [1280, 720, 0.05],
    [720, 1280, 20],
    [160, 120, 1],
  ])('shows the pixel clock untouched and without colour at %ix%i and brightness %d', (width, height, brightness) => {
    const chosen = options({ width, height, brightness });
    const scene = new Scene(chosen);
    const place = layoutOf(chosen);
    const { plate } = place;
    for (let i = 0; i < 12; i++) {
      const exposure = during(86_400e6 + i * 133_337, 4000);
      const picture = scene.render(exposure);
      const alone = new Uint8Array(width * height);
      drawPixelClock({ data: alone, width, height, stride: width }, place.panel, exposure);
      expect(same(panelOf(picture, place), panelOf({ width, height, data: alone }, place))).toBe(true);
      const chroma = new Set<number | undefined>();
      const size = panelSize(place.panel.unit);
      for (let y = place.panel.y; y < place.panel.y + size.height; y += 2)
        for (let x = place.panel.x; x < place.panel.x + size.width; x += 2) {
          const at = width * height + (y >> 1) * (width >> 1) + (x >> 1);
          chroma.add(picture.data[at]).add(picture.data[at + (width * height) / 4]);
        }
      expect([...chroma]).toEqual([128]);
      expect(picture.data[(plate.y + 1) * width + plate.x + (plate.width >> 1)]).toBe(235);
    }
  });

  it('gives the pixel clock the largest whole unit within 60 % of the width and 25 % of the height, and 2 at least', () => {
    const side = (longest: number) => fc.integer({ min: 60, max: longest / 2 }).map((half) => 2 * half);
    fc.assert(
      fc.property(side(3840), side(2160), fc.nat(100), (width, height, seed) => {
        const place = layout(width, height, viewpoint(seed));
        const fits = (unit: number) => panelSize(unit).width <= 0.6 * width && panelSize(unit).height <= 0.25 * height;
        expect(place.panel.unit === 2 || fits(place.panel.unit)).toBe(true);
        expect(place.panel.unit).toBeGreaterThan(1);
        expect(fits(place.panel.unit + 1)).toBe(false);
        const { clock, pendulum, plate, consoleTop } = place;
        expect(plate.x).toBeGreaterThan(0);
        expect(plate.y + plate.height).toBeLessThanOrEqual(height);
        expect(clock.y + clock.radius).toBeLessThan(consoleTop);
        expect(clock.x + clock.radius).toBeLessThan(width);
        expect(pendulum.x + pendulum.length * Math.sin(pendulum.swing) + pendulum.bob).toBeLessThan(width);
        expect(pendulum.y + pendulum.length + pendulum.bob).toBeLessThan(consoleTop);
        expect(pendulum.length).toBeGreaterThan(pendulum.bob);
      }),
    );
  });

  it('keeps to limited range at any size, time, exposure and brightness', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 60, max: 200 }),
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        fc.constantFrom(0, 1, 1000, 33_333, 200_000, 2_500_000),
        fc.constantFrom(0, 0.3, 1, 3, 1e6),
        fc.string({ maxLength: 40 }),
        (halfWidth, halfHeight, startUs, exposureUs, brightness, name) => {
          const [width, height] = [2 * halfWidth, 2 * halfHeight];
          const scene = new Scene(options({ width, height, brightness, name, seed: Math.floor(startUs) }));
          const { data } = scene.render(during(startUs, exposureUs));
          expect(data.length).toBe((width * height * 3) / 2);
          expect(data.every((value) => value >= 16 && value <= 240)).toBe(true);
          expect(data.subarray(0, width * height).every((value) => value <= 235)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('turns the red hand once a second, upwards at a full one, as every camera sees it', () => {
    for (const seed of [0, 1, 2, 3]) {
      const chosen = options({ seed });
      const scene = new Scene(chosen);
      const { clock } = layoutOf(chosen);
      for (const part of [0, 0.1, 0.37, 0.5, 0.75, 0.98]) {
        const picture = scene.render(during(40e6 + part * 1e6, 0));
        const angle = redAngle(picture, clock);
        // The dial is seen aslant: up to 4 degrees of turn.
        const error = ((angle / (2 * Math.PI) - part + 1.5) % 1) - 0.5;
        expect(Math.abs(error) * 360).toBeLessThan(5);
      }
    }
  });

  it('has the pendulum upright at a full second and farthest to the side half a second later', () => {
    const chosen = options();
    const scene = new Scene(chosen);
    const { pendulum } = layoutOf(chosen);
    const upright = scene.render(during(6e6, 0));
    const aside = scene.render(during(6.5e6, 0));
    const x = pendulum.x + pendulum.length * Math.sin(pendulum.swing);
    const y = pendulum.y + pendulum.length * Math.cos(pendulum.swing);
    const luma = (picture: Picture, px: number, py: number) =>
      picture.data[Math.round(py) * picture.width + Math.round(px)] as number;
    const lowest = [pendulum.x, pendulum.y + pendulum.length + 0.8 * pendulum.bob] as const;
    const side = [x + 0.7 * pendulum.bob, y + 0.4 * pendulum.bob] as const;
    expect(luma(upright, ...lowest)).toBeLessThan(luma(aside, ...lowest) - 30);
    expect(luma(aside, ...side)).toBeLessThan(luma(upright, ...side) - 30);
  });

  it('writes the time of mid-exposure', () => {
    const scene = new Scene(options());
    const { timeCode: line, consoleTop } = layoutOf(options());
    const written = (startUs: number, exposureUs: number) => {
      const { data, width } = scene.render(during(startUs, exposureUs));
      return data.slice((consoleTop + 10) * width, Math.floor(line.y + line.style.size) * width);
    };
    expect(written(12_000_000, 4000)).toEqual(written(12_002_000, 0));
    expect(written(12_000_000, 4000)).not.toEqual(written(12_000_000, 0));
    expect(timeCode(3_754_367_999)).toBe('01:02:34.367');
    expect(timeCode(0)).toBe('00:00:00.000');
    expect(timeCode(99 * 3600e6 + 59 * 60e6 + 59_999_999)).toBe('99:59:59.999');
    expect(timeCode(100 * 3600e6)).toBe('00:00:00.000');
  });

  it('lights a lamp for every 5 ms of a tenth of a second, as long as the exposure saw it', () => {
    const scene = new Scene(options());
    const { lamps } = layoutOf(options());
    const lit = (startUs: number, exposureUs: number) => {
      const { data, width } = scene.render(during(startUs, exposureUs));
      const level = (i: number) => data[Math.floor(lamps.y) * width + Math.floor(lamps.x + i * lamps.step)] as number;
      return Array.from({ length: 20 }, (_, i) => i).filter((i) => level(i) > 100);
    };
    expect(lit(3e6 + 1000, 1000)).toEqual([0]);
    expect(lit(3e6 + 47_000, 0)).toEqual([9]);
    expect(lit(3e6 + 98_000, 4000)).toEqual([0, 19]);
    expect(lit(3e6 + 22_000, 10_000)).toEqual([4, 5, 6]);
  });

  it('gets brighter with brightness, from black to saturation', () => {
    const levels = [0, 0.25, 0.5, 1, 2, 8].map((brightness) => {
      const { data, width } = new Scene(options({ brightness })).render(during(1e6));
      return mean(data.subarray(0, width * 200));
    });
    expect(levels[0]).toBe(16);
    for (let i = 1; i < levels.length; i++) expect(levels[i]).toBeGreaterThan(levels[i - 1] as number);
  });

  it('changes less than a tenth of the picture outside the pixel clock from one frame to the next', () => {
    const chosen = options({ width: 1280, height: 720 });
    const scene = new Scene(chosen);
    const { plate } = layoutOf(chosen);
    for (let i = 0; i < 20; i++) {
      const [a, b] = [scene.render(during(i * 333_330)), scene.render(during(i * 333_330 + 33_333))];
      let changed = 0;
      for (let at = 0; at < plate.y * 1280; at++) if (a.data[at] !== b.data[at]) changed++;
      expect(changed).toBeGreaterThan(0);
      expect(changed).toBeLessThan(0.1 * 1280 * 720);
    }
  });

  it('keeps a long name and detail clear of the clock', () => {
    const chosen = options({ name: 'a camera on the far left', detail: 'imx477 2028x1520 at 29.97 fps, gain 8' });
    const [written, blank] = [
      new Scene(chosen).render(during(0)),
      new Scene(options({ name: ' ', detail: '' })).render(during(0)),
    ];
    const { name } = layoutOf(chosen);
    const inked = new Set<number>();
    for (let at = 0; at < 640 * 480; at++) if (written.data[at] !== blank.data[at]) inked.add(at % 640);
    expect(inked.size).toBeGreaterThan(50);
    expect(Math.max(...inked)).toBeLessThanOrEqual(name.x + name.maxWidth + 1);
  });

  it.each([{ width: 641 }, { height: 118 }, { width: Number.NaN }, { brightness: -1 }, { brightness: Number.NaN }])(
    'refuses %o',
    (wrong) => {
      expect(() => new Scene(options(wrong))).toThrow(UsageError);
    },
  );

  it('refuses an exposure that ends before it starts', () => {
    expect(() => new Scene(options()).render(during(1000, -1))).toThrow(RangeError);
  });
});

describe('motion blur', () => {
  const SIDE = 200;
  /** Mean coverage by some shapes, each painted white on black. */
  const average = (shapes: readonly Shape[]): Float64Array => {
    const total = new Float64Array(SIDE * SIDE);
    const canvas = new Canvas(SIDE, SIDE);
    for (const shape of shapes) {
      canvas.data.fill(0);
      canvas.paint(shape, { y: 255, u: 0, v: 0, alpha: 256 });
      for (let i = 0; i < total.length; i++)
        total[i] = (total[i] as number) + (canvas.data[i] as number) / 255 / shapes.length;
    }
    return total;
  };
  const coverage = (shape: Shape): Float64Array => average([shape]);
  const differences = (a: Float64Array, b: Float64Array) => a.map((value, i) => Math.abs(value - (b[i] as number)));
  const steps = (count: number) => Array.from({ length: count }, (_, i) => (i + 0.5) / count);

  it.each([0.001, 0.05, 0.2, 0.5, 1.2, 7])('of a hand that turns by %d rad is the mean of hands at rest', (sweep) => {
    const plane = { x: 98.3, y: 101.7, squeeze: 0.95, shear: 0.03 };
    const form = { tail: 20, tip: 85, width: 6, tipWidth: 3 };
    for (const from of [0, 0.8, 2.5, 4.6]) {
      const blurred = coverage(new Hand(plane, form, from, from + sweep));
      const sharp = average(steps(200).map((s) => new Hand(plane, form, from + s * sweep, from + s * sweep)));
      const error = differences(blurred, sharp);
      expect(Math.max(...error)).toBeLessThan(0.08);
      expect(Math.abs(mean(blurred) / mean(sharp) - 1)).toBeLessThan(0.01);
    }
  });

  it.each([0.1, 0.9, 3, 30, 90])('of a disc that moves by %d pixels is the mean of discs at rest', (distance) => {
    for (const angle of [0, 0.4, Math.PI / 2]) {
      const at = (s: number) => [60 + s * distance * Math.cos(angle), 70.4 + s * distance * Math.sin(angle)] as const;
      const blurred = coverage(new MovingDisc(Float64Array.of(...at(0), ...at(0.5), ...at(1)), 20));
      const sharp = average(steps(200).map((s) => new MovingDisc(Float64Array.of(...at(s), ...at(s)), 20)));
      expect(Math.max(...differences(blurred, sharp))).toBeLessThan(0.08);
      expect(Math.abs(mean(blurred) / mean(sharp) - 1)).toBeLessThan(0.01);
    }
  });

  it('covers as many pixels as the shape has area', () => {
    const total = (shape: Shape) => coverage(shape).reduce((a, b) => a + b, 0);
    expect(total(new Ring(facing(100.2, 99.6), 40)) / (Math.PI * 1600)).toBeCloseTo(1, 2);
    expect(total(new Ring(facing(100.2, 99.6), 40, 30)) / (Math.PI * 700)).toBeCloseTo(1, 2);
    expect(total(new Hand(facing(100, 100), { tail: 10, tip: 70, width: 4, tipWidth: 4 }, 0.3, 0.3)) / 320).toBeCloseTo(
      1,
      1,
    );
  });
});

describe('lettering', () => {
  it('has all digits of one width, and strokes for every sign but the space', () => {
    const widths = [...'0123456789'].map((digit) => glyph(digit).width);
    expect(new Set(widths).size).toBe(1);
    for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:./-,_+=×()?') {
      const { strokes, width } = glyph(sign);
      expect(strokes.length).toBeGreaterThan(0);
      const [xs, ys] = [strokes.filter((_, i) => i % 2 === 0), strokes.filter((_, i) => i % 2 === 1)];
      expect(Math.min(...xs)).toBeGreaterThanOrEqual(-0.01);
      expect(Math.max(...xs)).toBeLessThanOrEqual(width + 0.03);
      expect(Math.min(...ys)).toBeGreaterThan(-0.2);
      expect(Math.max(...ys)).toBeLessThan(1.2);
    }
    expect(glyph(' ').strokes.length).toBe(0);
  });

  it('writes small letters as capitals and what it does not know as a question mark', () => {
    expect(textWidth('cam0')).toBe(textWidth('CAM0'));
    expect(glyph('é').strokes).toEqual(glyph('?').strokes);
    expect(textWidth('')).toBe(0);
  });
});

describe('palette', () => {
  it('follows BT.601 below 720 lines and BT.709 above, in limited range', () => {
    const red = (lines: number) => new Palette([1, 1, 1], 0.75, lines).ink(0xff0000);
    // 0.75 in linear light is 0.880825 in sRGB.
    expect(red(480)).toMatchObject({ y: Math.round(16 + 219 * 0.299 * 0.880825), v: Math.round(128 + 112 * 0.880825) });
    expect(red(720)).toMatchObject({
      y: Math.round(16 + 219 * 0.2126 * 0.880825),
      v: Math.round(128 + 112 * 0.880825),
    });
    expect(new Palette([1, 1, 1], 1, 480).ink(0)).toMatchObject(neutral(16));
  });
});

/**
 * The direction, clockwise from the top, in which the red on a dial lies: the red hand, whose hub and tail weigh less.
 */
function redAngle(picture: Picture, clock: Layout['clock']): number {
  const { width, height, data } = picture;
  const v = width * height + (width * height) / 4;
  let [right, up] = [0, 0];
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2) {
      const [dx, dy] = [x + 1 - clock.x, clock.y - y - 1];
      if (Math.hypot(dx, dy) > 0.9 * clock.radius || Math.hypot(dx, dy) < 0.3 * clock.radius) continue;
      const redness = Math.max(0, (data[v + (y >> 1) * (width >> 1) + (x >> 1)] as number) - 150);
      right += redness * dx;
      up += redness * dy;
    }
  expect(Math.hypot(right, up)).toBeGreaterThan(0);
  return (Math.atan2(right, up) + 2 * Math.PI) % (2 * Math.PI);
}
