import { describe, expect, it } from 'vitest';
import type { ImageSettings } from '../src/camera/camera.ts';
import { ImagePipeline } from '../src/camera/image/pipeline.ts';
import { Scene } from '../src/camera/virtual/scene.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';

const size = { width: 640, height: 480 };
const scene = new Scene({ ...size, name: 'cam0', detail: 'imx219 30 fps', seed: 3 });
const render = (startUs: number) => scene.render({ startUs: monoUs(startUs), endUs: monoUs(startUs + 1000) });

/** What a reader says of pictures 33,327 us apart, as the error of each. */
function errors(settings: ImageSettings, count = 3): (number | undefined)[] {
  const pipeline = ImagePipeline.open(settings, size, []);
  const reader = new PixelClockReader();
  return Array.from({ length: count }, (_, i) => {
    const startUs = 7_654_321 + i * 33_327;
    const seen = render(startUs);
    const { width, height, data } = pipeline?.apply(seen) ?? seen;
    const reading = reader.read({ data, width, height, stride: width });
    return reading && reading.timeUs - startUs - 500;
  });
}

describe('the pixel clock', () => {
  it.each<ImageSettings>([
    { rotation: 180 },
    { hflip: true },
    { vflip: true },
    { roi: { x: 0.1, y: 0.3, width: 0.7, height: 0.7 } },
    { roi: { x: 0.1, y: 0.4, width: 0.8, height: 0.6 }, rotation: 0, hflip: false },
    { brightness: 0.2 },
    { contrast: 1.5, saturation: 0, sharpness: 4 },
    { awbGains: [2, 1.5], hflip: true },
  ])('is read from pictures changed by %j', (settings) => {
    for (const error of errors(settings)) expect(Math.abs(error ?? Number.NaN)).toBeLessThan(1);
  });

  it('lies where it is seen, whichever way round', () => {
    const { x, y, width, height } = scene.panel;
    const seen = (settings: ImageSettings) => {
      const picture = render(5e6);
      const { data } = ImagePipeline.open(settings, size, [])?.apply(picture) ?? picture;
      const { corners = [] } = new PixelClockReader().read({ data, ...size, stride: size.width }) ?? {};
      return { x: Math.min(...corners.map(([left]) => left)), y: Math.min(...corners.map(([, top]) => top)) };
    };
    for (const [settings, left, top] of [
      [{}, x, y],
      [{ hflip: true }, 640 - x - width, y],
      [{ vflip: true }, x, 480 - y - height],
      [{ rotation: 180 }, 640 - x - width, 480 - y - height],
    ] as const) {
      expect(seen(settings).x).toBeCloseTo(left, 0);
      expect(seen(settings).y).toBeCloseTo(top, 0);
    }
  });

  it('that was read one way round is looked for no other way in the same video', () => {
    const reader = new PixelClockReader();
    const mirrored = ImagePipeline.open({ hflip: true }, size, []) as ImagePipeline;
    const plane = (data: Uint8Array) => ({ data, ...size, stride: size.width });
    expect(reader.read(plane(render(5e6).data))).toBeDefined();
    expect(reader.read(plane(mirrored.apply(render(6e6)).data))).toBeUndefined();
    expect(reader.read(plane(render(7e6).data))).toBeDefined();
  });

  it('that a region cuts away is not read, and the camera knows that it is not in view', () => {
    const away: ImageSettings = { roi: { x: 0, y: 0, width: 0.5, height: 0.5 } };
    expect(errors(away, 1)).toEqual([undefined]);
    expect(ImagePipeline.open(away, size, [])?.shows(scene.panel)).toBe(false);
    // Upside down, the panel is in the upper half.
    const { x, width } = scene.panel;
    const upper = { roi: { x: 0, y: 0, width: 1, height: 0.5 }, vflip: true } as const;
    expect(x + width).toBeLessThan(640);
    expect(ImagePipeline.open(upper, size, [])?.shows(scene.panel)).toBe(true);
    expect(ImagePipeline.open({ ...upper, vflip: false }, size, [])?.shows(scene.panel)).toBe(false);
  });
});
