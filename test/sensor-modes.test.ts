import { expect, it } from 'vitest';
import { modeCrop } from '../src/camera/virtual/sensor-geometry.ts';
import { parseVirtualSpec } from '../src/camera/virtual/spec.ts';

it.each([
  ['1280x800', 114.9, [0, 0, 1280, 800]],
  ['1280x720', 137.4, [0, 0, 1280, 720]],
  ['640x400', 247.8, [0, 0, 1280, 800]],
] as const)('an ov9281 in mode %s runs at up to %d fps, all rows at once', (name, fps, crop) => {
  const { mode } = parseVirtualSpec(`virtual:ov9281?mode=${name}`);
  expect(1e6 / mode.shortestFrameUs).toBeCloseTo(fps, 1);
  expect(mode.globalShutter).toBe(true);
  expect(modeCrop(mode)).toEqual(crop);
});
