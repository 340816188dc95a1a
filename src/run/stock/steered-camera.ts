import { readFileSync } from 'node:fs';
import type { CameraRequest } from '../../camera/camera.ts';
import { chooseMode } from '../../camera/virtual/choose-mode.ts';
import { readoutOf, shownCrop } from '../../camera/virtual/sensor-geometry.ts';
import type { TakeCamera } from '../../record/take.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { skipBelowUs } from '../../rpicam/min-frame-duration.ts';
import { linesFor, modeName, modesOf } from '../../sensor/sensor-models.ts';
import { limitFor, STATISTICS_FRAMES, type SteeredCamera } from '../../sync/steering/camera.ts';
import { periodUs } from '../../time/frame-rate.ts';

/** How a stock process is run so that it can be steered. */
export interface SteeredRun {
  readonly camera: SteeredCamera;
  /** The mode that it is to read its sensor in, as `--mode` has it. */
  readonly mode: string;
  /** Frames a second to ask for: libcamera makes of it the whole us of `camera.limitUs`. */
  readonly framesPerSecond: number;
  /** What is known of its pictures by that: without it the proof has to read from the pixels how long a row takes. */
  readonly about: Pick<TakeCamera, 'mode' | 'lineUs' | 'rows' | 'globalShutter' | 'readout'>;
}

/** What a stock camera is asked for that matters to steering. */
export type SteeredRequest = Pick<CameraRequest, 'frameRate' | 'width' | 'height' | 'sensorMode'> & {
  readonly exposureUs?: number | undefined;
};

/** @returns undefined where nothing is known of the camera's sensor: nobody knows how long its lines are. */
export function steeredRun(listed: ListedCamera | undefined, options: SteeredRequest): SteeredRun | undefined {
  const [usual] = modesOf(listed?.model ?? '');
  if (usual === undefined) return undefined;
  const mode = chooseMode({ mode: usual, modeNamed: false }, options, []);
  const { lineUs, marginLines, height, width, delay, shortestFrameUs } = mode;
  const exposedUs = (options.exposureUs ?? 0) + marginLines * lineUs;
  const config = process.env.LIBCAMERA_RPI_CONFIG_FILE;
  const skipsBelowUs = skipBelowUs(config === undefined ? undefined : readFileSync(config, 'utf8'));
  const limitUs = limitFor(periodUs(options.frameRate), lineUs, skipsBelowUs);
  return {
    camera: {
      lineUs,
      limitUs,
      shortestFrameUs: linesFor(mode, Math.max(shortestFrameUs, exposedUs)) * lineUs,
      readoutUs: height * lineUs,
      delayFrames: STATISTICS_FRAMES + delay.frameLength,
      skipBelowUs: skipsBelowUs,
    },
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
