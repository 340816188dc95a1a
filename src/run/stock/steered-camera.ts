import { readFileSync } from 'node:fs';
import type { CameraRequest } from '../../camera/camera.ts';
import { chooseMode } from '../../camera/virtual/choose-mode.ts';
import { readoutOf, shownCrop } from '../../camera/virtual/sensor-geometry.ts';
import { UsageError } from '../../errors.ts';
import type { TakeCamera } from '../../record/take.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { skipBelowUs } from '../../rpicam/min-frame-duration.ts';
import { linesFor, modeName, modesOf } from '../../sensor/sensor-models.ts';
import { limitFor, STATISTICS_FRAMES, type SteeredCamera } from '../../sync/steering/camera.ts';
import { periodUs } from '../../time/frame-rate.ts';

/** How a stock process is run so that it can be steered. */
export interface SteeredRun {
  readonly camera: SteeredCamera;
  /** Duration of its frames as long as nobody does anything to them, by the nominal crystal, in us. */
  readonly restUs: number;
  /** The mode that it is to read its sensor in, as `--mode` has it. */
  readonly mode: string;
  /** Frames a second to ask for: libcamera makes of it the whole us of `camera.limitUs`. */
  readonly framesPerSecond: number;
  /** What is known of its pictures by that: without it the proof has to read from the pixels how long a row takes. */
  readonly about: Pick<TakeCamera, 'mode' | 'lineUs' | 'rows' | 'globalShutter' | 'readout'>;
}

/** What names a file of libcamera's configuration. */
const CONFIG = 'LIBCAMERA_RPI_CONFIG_FILE';

/** What a stock camera is asked for that matters to steering. */
export type SteeredRequest = Pick<CameraRequest, 'frameRate' | 'width' | 'height' | 'sensorMode'> & {
  readonly exposureUs?: number | undefined;
};

/**
 * @param gridUs duration of the frames that it shall follow, in us; `leads` for one that leads: its frames are as near
 *   to the rate as whole lines come.
 * @returns undefined where nothing is known of the camera's sensor: nobody knows how long its lines are.
 * @throws UsageError where libcamera's configuration can't be read.
 */
export function steeredRun(
  listed: ListedCamera | undefined,
  options: SteeredRequest,
  gridUs: number | 'leads' = periodUs(options.frameRate),
): SteeredRun | undefined {
  const [usual] = modesOf(listed?.model ?? '');
  if (usual === undefined) return undefined;
  const mode = chooseMode({ mode: usual, modeNamed: false }, options, []);
  const { lineUs, marginLines, height, width, delay, shortestFrameUs } = mode;
  const exposedUs = (options.exposureUs ?? 0) + marginLines * lineUs;
  const shortestUs = linesFor(mode, Math.max(shortestFrameUs, exposedUs)) * lineUs;
  const skipsBelowUs = skipBelowUs(configuration());
  const limitUs =
    gridUs === 'leads'
      ? Math.round((Math.max(Math.round(periodUs(options.frameRate) / lineUs), shortestUs / lineUs) + 0.5) * lineUs)
      : limitFor(gridUs, lineUs, skipsBelowUs);
  return {
    camera: {
      lineUs,
      limitUs,
      shortestFrameUs: shortestUs,
      readoutUs: height * lineUs,
      delayFrames: STATISTICS_FRAMES + delay.frameLength,
      skipBelowUs: skipsBelowUs,
    },
    restUs: Math.floor(limitUs / lineUs) * lineUs,
    mode: `${width}:${height}`,
    framesPerSecond: 1e6 / (limitUs + 0.5),
    about: {
      mode: modeName(mode),
      lineUs,
      rows: height,
      globalShutter: mode.globalShutter,
      readout: readoutOf(mode, shownCrop(mode, options.width, options.height), options.height),
    },
  };
}

function configuration(): string | undefined {
  const file = process.env[CONFIG];
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${CONFIG}: ${file}: ${code === 'ENOENT' ? 'no such file' : `can't be read (${code})`}`, {
      cause,
    });
  }
}
