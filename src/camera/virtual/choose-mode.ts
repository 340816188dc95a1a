import { OptionError } from '../../errors.ts';
import { modeName, modesOf, type SensorMode } from '../../sensor/sensor-models.ts';
import { type FrameRate, formatFrameRate, periodUs } from '../../time/frame-rate.ts';
import type { CameraRequest } from '../camera.ts';
import { isDefault } from '../controls.ts';
import { modeBits, modeCrop } from './sensor-geometry.ts';
import type { VirtualSpec } from './spec.ts';

/**
 * The sensor's mode: the one that `mode` asks for, else `hdr`'s, else the spec's; where nobody names one, the default
 * or, for a frame rate above that, a faster one. What can't be had of it, and a mode that is not the default, adds a
 * line to `notes`.
 * @throws OptionError where the sensor has no mode of that size; it names the modes there are.
 */
export function chooseMode(
  { mode: ofSpec, modeNamed }: Pick<VirtualSpec, 'mode' | 'modeNamed'>,
  request: Pick<CameraRequest, 'sensorMode' | 'controls' | 'frameRate' | 'width' | 'height'>,
  notes: string[],
): SensorMode {
  const { sensorMode, controls } = request;
  const modes = modesOf(ofSpec.model);
  const hdr = controls?.hdr ?? 'off';
  const wantsHdr = !isDefault('hdr', hdr);
  const hdrMode = hdr === 'single-exp' ? undefined : modes.find((mode) => mode.hdr);
  if (wantsHdr && !hdrMode) {
    const why = hdr === 'single-exp' ? 'exposures are not combined here' : `${ofSpec.model} has no HDR mode`;
    notes.push(`hdr ${hdr}: ${why}`);
  }
  if (!sensorMode) return wantsHdr && hdrMode ? hdrMode : modeNamed ? ofSpec : fastEnough(ofSpec, request, notes);

  const { width, height, bits, packed } = sensorMode;
  const asked = `${width}:${height}:${bits}:${packed ? 'P' : 'U'}`;
  const sized = modes.filter((mode) => mode.width === width && mode.height === height);
  const found = sized.find((mode) => (mode.hdr ?? false) === wantsHdr) ?? sized[0];
  if (!found) {
    const there = modes.filter((mode) => !mode.hdr).map((mode) => `${mode.width}:${mode.height}:${modeBits(mode)[0]}`);
    throw new OptionError('mode', asked, `${ofSpec.model} has no such mode; it has ${there.join(', ')}`);
  }
  const has = modeBits(found);
  // 0 bits: the size alone was given.
  if (bits !== 0 && !has.includes(bits)) {
    notes.push(`mode ${asked}: ${ofSpec.model} has ${has.join(' or ')} bits in this mode; ${has[0]} is used`);
  }
  if (wantsHdr && hdrMode && !found.hdr) notes.push(`hdr ${hdr}: not in the mode that is asked for`);
  return found;
}

/**
 * The default mode where that does the frame rate, else of those as large as the picture the one that sees the most,
 * else the fastest.
 */
function fastEnough(
  usual: SensorMode,
  { frameRate, width, height }: Pick<CameraRequest, 'frameRate' | 'width' | 'height'>,
  notes: string[],
): SensorMode {
  const frameUs = frameUsOf(frameRate);
  if (frameUs >= usual.shortestFrameUs) return usual;
  const modes = modesOf(usual.model).filter((mode) => !mode.hdr);
  const large = modes.filter((mode) => mode.width >= width && mode.height >= height);
  const byTime = (large.length > 0 ? large : modes).sort((a, b) => a.shortestFrameUs - b.shortestFrameUs);
  const seen = (mode: SensorMode): number => modeCrop(mode)[2] * modeCrop(mode)[3];
  const [found] = byTime.filter((mode) => frameUs >= mode.shortestFrameUs).sort((a, b) => seen(b) - seen(a));
  // Without any the fastest is what the error names.
  if (!found) return byTime[0] ?? usual;
  const rate = formatFrameRate(frameRate);
  notes.push(`framerate ${rate}: too fast for mode ${modeName(usual)}; ${modeName(found)} is used`);
  return found;
}

/** A mode that does the frame rate that is asked for. */
export interface TimedMode {
  readonly mode: SensorMode;
  /** Duration of a frame, in us. */
  readonly frameUs: number;
}

/**
 * As `chooseMode`, for what a camera is opened for.
 * @throws OptionError too where the mode is too slow for the frame rate.
 */
export function modeAtRate(spec: VirtualSpec, request: CameraRequest, notes: string[]): TimedMode {
  const mode = chooseMode(spec, request, notes);
  const frameUs = frameUsOf(request.frameRate);
  if (frameUs >= mode.shortestFrameUs) return { mode, frameUs };
  throw new OptionError(
    'frameRate',
    formatFrameRate(request.frameRate),
    `${mode.model} in mode ${modeName(mode)} runs at most at ` +
      `${(Math.floor(1e7 / mode.shortestFrameUs) / 10).toFixed(1)} fps`,
  );
}

/** libcamera asks for a whole number of microseconds. */
export const frameUsOf = (frameRate: FrameRate): number => Math.trunc(periodUs(frameRate));
