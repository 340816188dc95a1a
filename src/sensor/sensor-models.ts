/**
 * A sensor in one of its modes. Line times are from the Linux sensor drivers, margins from libcamera's camera helpers,
 * control delays from its sensor properties.
 */
export interface SensorMode {
  /** The sensor, for example `imx219`. */
  readonly model: string;
  /** Width of its pictures, in pixels. */
  readonly width: number;
  /** Height of its pictures, in pixels. */
  readonly height: number;
  /** Duration of one line, in us: a frame is a whole number of them. */
  readonly lineUs: number;
  /** The shortest frame, in us. */
  readonly shortestFrameUs: number;
  /** Exposure ends at least this many lines before the frame does. */
  readonly marginLines: number;
  /** Frames from writing a control to its effect. */
  readonly delay: { readonly exposure: number; readonly gain: number; readonly frameLength: number };
  /** True where all rows are exposed at once. */
  readonly globalShutter: boolean;
  /** True for a mode of high dynamic range. */
  readonly hdr?: boolean;
}

const mode = (
  model: string,
  size: readonly [number, number],
  lineUs: number,
  shortestMs: number,
  marginLines: number,
  delays: readonly [number, number, number],
  globalShutter = false,
): SensorMode => ({
  model,
  width: size[0],
  height: size[1],
  lineUs,
  shortestFrameUs: shortestMs * 1000,
  marginLines,
  delay: { exposure: delays[0], gain: delays[1], frameLength: delays[2] },
  globalShutter,
});

/**
 * Every mode there is; the first of a model is its default. Fastest rates where they are known more exactly than the
 * shortest frame.
 */
export const SENSOR_MODES: readonly SensorMode[] = [
  mode('imx219', [1640, 1232], 18.90352, 23.9, 4, [2, 1, 2]),
  // Two rows are read out at once where they are binned to 640 x 480. Shortest frames: the mode's lines and 32 of
  // blanking.
  mode('imx219', [640, 480], 9.45176, 4.839, 4, [2, 1, 2]),
  mode('imx219', [1920, 1080], 18.90352, 21.0207, 4, [2, 1, 2]),
  mode('imx477', [2028, 1520], 15.16668, 25.0, 22, [2, 2, 3]),
  mode('imx477', [2028, 1080], 15.16668, 20.0, 22, [2, 2, 3]),
  mode('imx477', [1332, 990], 7.93333, 8.33, 22, [2, 2, 3]),
  mode('imx708', [2304, 1296], 13.36067, 17.85, 48, [2, 2, 3]),
  mode('imx708', [1536, 864], 9.20904, 8.32, 48, [2, 2, 3]),
  { ...mode('imx708', [2304, 1296], 6.70783, 33.33, 48, [2, 2, 3]), hdr: true },
  mode('ov9281', [1280, 800], 9.5625, 8.7, 25, [2, 2, 2], true),
  // As long a line in each: the driver's lines and its least blanking of 41 and 22.
  mode('ov9281', [1280, 720], 9.5625, 7.2771, 25, [2, 2, 2], true),
  mode('ov9281', [640, 400], 9.5625, 4.0354, 25, [2, 2, 2], true),
  mode('imx296', [1456, 1088], 14.81481, 16.6, 4, [2, 2, 2], true),
];

/** A mode as people write it: `1640x1232`, or `hdr`. */
export const modeName = (mode: SensorMode): string => (mode.hdr ? 'hdr' : `${mode.width}x${mode.height}`);

/** The models there are, each once. */
export const sensorModels = (): string[] => [...new Set(SENSOR_MODES.map(({ model }) => model))];

/** The modes of a model; empty where there is no such model. */
export const modesOf = (model: string): SensorMode[] => SENSOR_MODES.filter((mode) => mode.model === model);

/**
 * Lines of a frame asked to last `us`: libcamera floors, so "30 fps" is 33326.9 us on an imx219. Never below the
 * shortest.
 */
export function linesFor(mode: SensorMode, us: number): number {
  return Math.max(Math.ceil(mode.shortestFrameUs / mode.lineUs), Math.floor(us / mode.lineUs));
}
