import { OptionError } from '../../errors.ts';
import { linesFor, type SensorMode } from '../../sensor/sensor-models.ts';
import { type FrameRate, formatFrameRate } from '../../time/frame-rate.ts';
import type { CameraRequest } from '../camera.ts';
import { evOf } from './controls.ts';

/** Exposure where none is asked for, in us: short enough that nothing smears. The scene is lit for it. */
const DEFAULT_EXPOSURE_US = 1000;
const MOST_GAIN = 16;

export interface ExposureSettings {
  readonly exposureUs: number;
  readonly gain: number;
  /** Exposure x gain over what the scene is lit for. */
  readonly brightness: number;
}

type Asked = Pick<CameraRequest, 'exposureUs' | 'gain' | 'controls'>;

/**
 * Exposure and gain: those that are asked for; else what an automatic exposure would choose: a gain that makes up for a
 * short shutter, and `ev` stops more or less light. An `ev` that nothing is left to act on adds a line to `notes`.
 * @throws OptionError where the exposure does not fit into a frame of `frameUs`.
 */
export function chooseExposure(
  asked: Asked,
  mode: SensorMode,
  { frameUs, frameRate }: { readonly frameUs: number; readonly frameRate: FrameRate },
  notes: string[],
): ExposureSettings {
  const longestUs = Math.floor((linesFor(mode, frameUs) - mode.marginLines) * mode.lineUs);
  if (asked.exposureUs !== undefined && asked.exposureUs > longestUs) {
    throw new OptionError(
      'exposureUs',
      asked.exposureUs,
      `at ${formatFrameRate(frameRate)} fps ${mode.model} exposes for at most ${longestUs} us`,
    );
  }
  const ev = evOf(asked.controls, notes);
  const chosen = expose(asked, ev, longestUs);
  if (ev !== 0 && chosen.brightness === expose(asked, 0, longestUs).brightness)
    notes.push(`ev ${asked.controls?.ev}: shutter and gain leave it nothing to change`);
  return chosen;
}

function expose(asked: Asked, ev: number, longestUs: number): ExposureSettings {
  const light = 2 ** ev;
  // More light comes from the gain, where that is free: a longer exposure would smear.
  const wantedUs = DEFAULT_EXPOSURE_US * (asked.gain === undefined ? Math.min(1, light) : light);
  const exposureUs = asked.exposureUs ?? Math.max(1, Math.min(longestUs, Math.round(wantedUs)));
  const gain = asked.gain ?? Math.min(MOST_GAIN, Math.max(1, (DEFAULT_EXPOSURE_US * light) / exposureUs));
  return { exposureUs, gain, brightness: (exposureUs / DEFAULT_EXPOSURE_US) * gain };
}
