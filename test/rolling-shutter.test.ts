import { describe, expect, it } from 'vitest';
import type { CameraRequest, CapturedFrame } from '../src/camera/camera.ts';
import { VirtualCamera } from '../src/camera/virtual/camera.ts';
import { readoutOf, shownCrop } from '../src/camera/virtual/sensor-geometry.ts';
import { openClock } from '../src/host/clock.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { SENSOR_MODES, type SensorMode } from '../src/sensor/sensor-models.ts';
import { monoToBoot } from '../src/time/bracket.ts';
import { median } from '../src/time/statistics.ts';
import { monoUs } from '../src/time/units.ts';

const mode = (model: string, width: number): SensorMode => {
  const found = SENSOR_MODES.find((each) => each.model === model && each.width === width);
  if (found === undefined) throw new Error(`no ${model} ${width}`);
  return found;
};

describe('when rows of a picture are exposed', () => {
  it('is a line of the sensor a row, where the picture has all of its rows', () => {
    const full = mode('imx219', 1920);
    expect(readoutOf(full, shownCrop(full, 1920, 1080), 1080)).toEqual({ topUs: 0, rowUs: full.lineUs });
  });

  it('is the mean of the lines that fall on a row, where it has fewer', () => {
    const binned = mode('imx219', 1640);
    // 1640 x 1232 shown as 640 x 480: all of its height, but for what rounding takes.
    const { topUs, rowUs } = readoutOf(binned, shownCrop(binned, 640, 480), 480);
    expect(rowUs / binned.lineUs).toBeCloseTo(1230 / 480, 3);
    expect(topUs / binned.lineUs).toBeCloseTo((1232 - 1230) / 2 + (1230 / 480 - 1) / 2, 1);
    // As 1280 x 720 it is cut above and below.
    const wide = readoutOf(binned, shownCrop(binned, 1280, 720), 720);
    expect(wide.rowUs / binned.lineUs).toBeCloseTo(1640 / 1280, 3);
    expect(wide.topUs / binned.lineUs).toBeCloseTo((1232 - 922.5) / 2 + 0.14, 0);
  });

  it('is all at once with a global shutter', () => {
    const global = mode('imx296', 1456);
    expect(readoutOf(global, shownCrop(global, 640, 480), 480)).toEqual({ topUs: 0, rowUs: 0 });
  });
});

/** Frames of a virtual camera in real time. */
async function capture(spec: string, more: Partial<CameraRequest> = {}): Promise<[VirtualCamera, CapturedFrame[]]> {
  const request = { spec, name: 'cam0', width: 640, height: 480, frameRate: { num: 30, den: 1 }, exposureUs: 2_000 };
  const camera = new VirtualCamera({ ...request, ...more }, openClock());
  const frames: CapturedFrame[] = [];
  await camera.run((frame) => {
    frames.push(frame);
    if (frames.length === 12) void camera.close();
  });
  return [camera, frames];
}

describe('a virtual camera', () => {
  it.each([
    ['imx219', {}],
    ['imx708', {}],
    ['imx477', { width: 1280, height: 720 }],
    ['imx296', {}],
    ['ov9281', {}],
    ['imx219', { image: { vflip: true } }],
    ['imx219', { image: { rotation: 180 } }],
    ['imx708', { image: { roi: { x: 0.1, y: 0.5, width: 0.8, height: 0.5 } } }],
    ['imx708', { image: { vflip: true, hflip: true, roi: { x: 0.05, y: 0, width: 0.9, height: 0.6 } } }],
  ] as const)('of %s with %j shows in each row the time at which that row was exposed', async (model, more) => {
    const [{ info }, frames] = await capture(`virtual:${model}?seed=3`, more);
    const { topUs, rowUs } = info.readout ?? { topUs: Number.NaN, rowUs: Number.NaN };
    expect(rowUs === 0).toBe(info.globalShutter);
    const toBoot = monoToBoot(openClock(), monoUs(0));
    const offUs: number[] = [];
    const reader = new PixelClockReader();
    for (const { picture, sensorUs, exposureUs = 0 } of frames) {
      const { data, width, height } = picture();
      const reading = reader.read({ data, width, height, stride: width });
      if (reading === undefined) throw new Error('a frame was not read');
      expect(Math.abs(reading.rowUs - rowUs)).toBeLessThan(Math.max(0.5, 6 * reading.rowSigmaUs));
      // The timestamp is the end of row 0's exposure, and a little late.
      const topRowUs = reading.timeUs - reading.row * rowUs - topUs;
      offUs.push(sensorUs - toBoot - exposureUs / 2 - topRowUs);
    }
    expect(Math.abs(median(offUs) as number)).toBeLessThan(30);
  });
});
