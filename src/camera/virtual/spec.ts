import { UsageError } from '../../errors.ts';
import { modeName, modesOf, type SensorMode, sensorModels } from '../../sensor/sensor-models.ts';

/** A virtual camera as a spec describes it. */
export interface VirtualSpec {
  /** The one that is named, else the sensor's default. */
  readonly mode: SensorMode;
  readonly modeNamed: boolean;
  /** Crystal error, in ppm. */
  readonly ppm: number;
  readonly seed: number;
  /** Share of frames that are dropped, 0 to 1. */
  readonly drop: number;
}

/** How many virtual cameras have a number. */
export const NUMBERED = 8;

/**
 * Crystal errors of the numbered cameras, in ppm: within 20 ppm of each other, as crystals mostly are, 0 and 1 35 ppm
 * apart.
 */
const NUMBERED_PPM = [15, -20, 8, -12, 19, -5, -16, 3];

/** The spec of virtual camera `number`: an imx219 in its default mode. */
export const numberedSpec = (number: number): string =>
  `virtual:imx219?ppm=${NUMBERED_PPM[number % NUMBERED]}&seed=${number}`;

const FORM = 'virtual:MODEL?mode=WxH&ppm=20&seed=3&drop=0.001, each part behind ? optional';

/**
 * Reads a spec such as `virtual:imx708?mode=2304x1296&ppm=20&seed=3&drop=0.001`, or `virtual` for an imx219.
 * @throws UsageError that names the part that is wrong and what would be right.
 */
export function parseVirtualSpec(spec: string): VirtualSpec {
  const [head = '', query = ''] = spec.split(/\?(.*)/s);
  const model = head.replace(/^virtual:?/, '') || 'imx219';
  const modes = modesOf(model);
  if (modes.length === 0) {
    throw new UsageError(`camera ${spec}: no sensor "${model}"; there are ${sensorModels().join(', ')}`);
  }
  const given = new URLSearchParams(query);
  for (const key of given.keys()) {
    if (!['mode', 'ppm', 'seed', 'drop'].includes(key))
      throw new UsageError(`camera ${spec}: unknown part "${key}"; the form is ${FORM}`);
  }
  const name = given.get('mode');
  const mode = name === null ? modes[0] : modes.find((candidate) => modeName(candidate) === name);
  if (mode === undefined) {
    throw new UsageError(`camera ${spec}: ${model} has no mode "${name}"; it has ${modes.map(modeName).join(', ')}`);
  }
  const number = (key: string, fallback: number, from: number, to: number): number => {
    const text = given.get(key);
    if (text === null) return fallback;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= from && value <= to)) {
      throw new UsageError(`camera ${spec}: ${key} must be a number from ${from} to ${to}, not "${text}"`);
    }
    return value;
  };
  return {
    mode,
    modeNamed: name !== null,
    ppm: number('ppm', 0, -1000, 1000),
    seed: number('seed', 0, 0, 2 ** 31),
    drop: number('drop', 0, 0, 0.9),
  };
}
