import type { SensorMode } from '../../sensor/sensor-models.ts';
import type { Readout } from '../../time/readout.ts';
import type { Region } from '../image/settings.ts';

/** x, y, width, height in pixels of the whole sensor. */
export type Crop = readonly [x: number, y: number, width: number, height: number];

/** What a sensor's pixels are like. */
export interface SensorArray {
  readonly width: number;
  readonly height: number;
  /** Order of the colour filters as rpicam-vid names it, `MONO` where there are none. */
  readonly filter: 'RGGB' | 'BGGR' | 'MONO';
  /** Bits of a sample, the most first. */
  readonly bits: readonly number[];
}

/** Sizes, filters, bits and crops as `rpicam-hello --list-cameras` prints them for these sensors. */
const ARRAYS: Readonly<Record<string, SensorArray>> = {
  imx219: { width: 3280, height: 2464, filter: 'RGGB', bits: [10, 8] },
  imx477: { width: 4056, height: 3040, filter: 'RGGB', bits: [12, 10] },
  imx708: { width: 4608, height: 2592, filter: 'RGGB', bits: [10] },
  ov9281: { width: 1280, height: 800, filter: 'MONO', bits: [10] },
  imx296: { width: 1456, height: 1088, filter: 'BGGR', bits: [10] },
};

/** Modes that see a part of the sensor. */
const CROPS: Readonly<Record<string, Crop>> = {
  'imx219 640x480': [1000, 752, 1280, 960],
  'imx219 1920x1080': [680, 692, 1920, 1080],
  'imx477 2028x1080': [0, 440, 4056, 2160],
  'imx477 1332x990': [696, 528, 2664, 1980],
  // The upper rows, not those in the middle.
  'ov9281 1280x720': [0, 0, 1280, 720],
  'imx708 1536x864': [768, 432, 3072, 1728],
};

/** A model without an entry is taken to be as large as its mode. */
export const sensorArray = ({ model, width, height }: SensorMode): SensorArray =>
  ARRAYS[model] ?? { width, height, filter: 'RGGB', bits: [10] };

/** The part of the sensor that a mode reads out. */
export function modeCrop(mode: SensorMode): Crop {
  const { width, height } = sensorArray(mode);
  return CROPS[`${mode.model} ${mode.width}x${mode.height}`] ?? [0, 0, width, height];
}

/** Bits that a mode comes with, the most first: the binned mode of an imx477 has 10, the others 12. */
export function modeBits(mode: SensorMode): readonly number[] {
  if (mode.model === 'imx477') return mode.width === 1332 ? [10] : [12];
  return sensorArray(mode).bits;
}

/**
 * The part of the sensor that a picture of this size shows: as much of the mode as has the picture's shape, around its
 * middle (libcamera's rule), and the region of that, if one is asked for.
 */
export function shownCrop(mode: SensorMode, width: number, height: number, roi?: Region): Crop {
  const [x, y, wide, high] = modeCrop(mode);
  const [w, h] =
    wide * height > width * high
      ? [Math.trunc((width * high) / height), high]
      : [wide, Math.trunc((height * wide) / width)];
  const [left, top] = [x + Math.trunc(wide / 2) - Math.trunc(w / 2), y + Math.trunc(high / 2) - Math.trunc(h / 2)];
  if (!roi) return [left, top, w, h];
  return [
    left + Math.trunc(roi.x * w),
    top + Math.trunc(roi.y * h),
    Math.max(1, Math.trunc(roi.width * w)),
    Math.max(1, Math.trunc(roi.height * h)),
  ];
}

/**
 * When the rows of a picture of `height` rows are exposed that shows a part of the sensor. A row of the picture is made
 * of as many rows of the mode as fall on it, and its time is their mean.
 */
export function readoutOf(mode: SensorMode, [, top, , high]: Crop, height: number): Readout {
  if (mode.globalShutter) return { topUs: 0, rowUs: 0 };
  const [, modeTop, , modeHigh] = modeCrop(mode);
  const binned = mode.height / modeHigh;
  const rows = (high * binned) / height;
  return { topUs: ((top - modeTop) * binned + (rows - 1) / 2) * mode.lineUs, rowUs: rows * mode.lineUs };
}
