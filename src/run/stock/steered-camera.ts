import { existsSync, readFileSync } from 'node:fs';
import type { CameraRequest } from '../../camera/camera.ts';
import { chooseMode } from '../../camera/virtual/choose-mode.ts';
import { readoutOf, shownCrop } from '../../camera/virtual/sensor-geometry.ts';
import { UsageError } from '../../errors.ts';
import type { TakeCamera } from '../../record/take.ts';
import { boardModel, hasPisp } from '../../rpicam/find-tuning.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { READS_MIN_FRAME_DURATION, skipBelowUs, withMinFrameDuration } from '../../rpicam/min-frame-duration.ts';
import { isOlder } from '../../rpicam/version.ts';
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
  /** Text of the configuration that libcamera needs to run its algorithms on every frame, where it can be told so. */
  readonly config?: string | undefined;
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
 * @param libcamera its version, as far as that is known.
 * @returns undefined where nothing is known of the camera's sensor: nobody knows how long its lines are.
 * @throws UsageError where libcamera's configuration can't be read.
 */
export function steeredRun(
  listed: ListedCamera | undefined,
  options: SteeredRequest,
  gridUs: number | 'leads' = periodUs(options.frameRate),
  libcamera?: string,
): SteeredRun | undefined {
  const [usual] = modesOf(listed?.model ?? '');
  if (usual === undefined) return undefined;
  const mode = chooseMode({ mode: usual, modeNamed: false }, options, []);
  const { lineUs, marginLines, height, width, delay, shortestFrameUs } = mode;
  const exposedUs = (options.exposureUs ?? 0) + marginLines * lineUs;
  const shortestUs = linesFor(mode, Math.max(shortestFrameUs, exposedUs)) * lineUs;
  const { config, skipsBelowUs } = onEveryFrame(gridUs === 'leads' ? periodUs(options.frameRate) : gridUs, libcamera);
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
    config,
    about: {
      mode: modeName(mode),
      lineUs,
      rows: height,
      globalShutter: mode.globalShutter,
      readout: readoutOf(mode, shownCrop(mode, options.width, options.height), options.height),
    },
  };
}

/** What rpicam-vid takes on boards before the Pi 5, where the user names no file. */
const INSTALLED = ['/usr/local/share/libcamera', '/usr/share/libcamera'].map(
  (folder) => `${folder}/pipeline/rpi/vc4/rpi_apps.yaml`,
);

/**
 * From when on frames are not left out, and the configuration that this takes.
 * @param periodUs duration of the camera's frames.
 */
function onEveryFrame(periodUs: number, libcamera: string | undefined): { config?: string; skipsBelowUs: number } {
  const own = configuration();
  const usual = { skipsBelowUs: skipBelowUs(own) };
  if (periodUs > usual.skipsBelowUs || libcamera === undefined || isOlder(libcamera, READS_MIN_FRAME_DURATION))
    return usual;
  const pisp = hasPisp(boardModel());
  const installed = pisp ? undefined : INSTALLED.find((file) => existsSync(file));
  const base = own ?? (installed === undefined ? undefined : readFileSync(installed, 'utf8'));
  // Half a frame: steps shorten a frame by less.
  const config = withMinFrameDuration(periodUs / 2, base, pisp ? 'pisp' : 'bcm2835');
  return config === undefined ? usual : { config, skipsBelowUs: skipBelowUs(config) };
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
