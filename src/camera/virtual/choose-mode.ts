import { UsageError } from '../../errors.ts';
import { modesOf, type SensorMode } from '../../sim/sensor-models.ts';
import type { CameraRequest } from '../camera.ts';
import { isDefault } from '../controls.ts';
import { modeBits } from './sensor-geometry.ts';

/**
 * The sensor's mode: the one that `--mode` asks for, else `--hdr`'s, else the spec's. What can't be had of it adds a line to `notes`.
 * @throws UsageError where the sensor has no mode of that size; it names the modes there are.
 */
export function chooseMode(
  ofSpec: SensorMode,
  { sensorMode, controls }: Pick<CameraRequest, 'sensorMode' | 'controls'>,
  notes: string[],
): SensorMode {
  const modes = modesOf(ofSpec.model);
  const hdr = controls?.hdr ?? 'off';
  const wantsHdr = !isDefault('hdr', hdr);
  const hdrMode = hdr === 'single-exp' ? undefined : modes.find((mode) => mode.hdr);
  if (wantsHdr && !hdrMode) {
    const why = hdr === 'single-exp' ? 'exposures are not combined here' : `${ofSpec.model} has no HDR mode`;
    notes.push(`--hdr ${hdr}: ${why}`);
  }
  if (!sensorMode) return wantsHdr && hdrMode ? hdrMode : ofSpec;

  const { width, height, bits, packed } = sensorMode;
  const text = `--mode ${width}:${height}:${bits}:${packed ? 'P' : 'U'}`;
  const sized = modes.filter((mode) => mode.width === width && mode.height === height);
  const found = sized.find((mode) => (mode.hdr ?? false) === wantsHdr) ?? sized[0];
  if (!found) {
    const there = modes.filter((mode) => !mode.hdr).map((mode) => `${mode.width}:${mode.height}:${modeBits(mode)[0]}`);
    throw new UsageError(`${text}: ${ofSpec.model} has no such mode; it has ${there.join(', ')}`);
  }
  const has = modeBits(found);
  // 0 bits: the size alone was given.
  if (bits !== 0 && !has.includes(bits)) {
    notes.push(`${text}: ${ofSpec.model} has ${has.join(' or ')} bits in this mode; ${has[0]} is used`);
  }
  if (wantsHdr && hdrMode && !found.hdr) notes.push(`--hdr ${hdr}: not in the mode that --mode asks for`);
  return found;
}
