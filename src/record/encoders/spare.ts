import { type EncoderOptions, FASTEST_PRESET } from '../encoder.ts';
import { encoderName } from './encoder-name.ts';

/** Of the parameter sets of the spare encoder: x264's own have 0 unless told. */
const SPARE_SET_ID = '31';

/**
 * The options of an encoder that takes over where the first one is too slow, in the same stream: its parameter sets have an id of their own.
 * Undefined where there is none that is faster.
 */
export function spareOptions(options: EncoderOptions): EncoderOptions | undefined {
  const { libavOptions = {}, preset, spare, sink } = options;
  if (!spare || sink !== undefined || encoderName(options) !== 'libx264') return undefined;
  if ((libavOptions.preset ?? preset ?? FASTEST_PRESET) === FASTEST_PRESET) return undefined;
  const { preset: _, 'x264-params': given, ...others } = libavOptions;
  const parameters = [...(given === undefined ? [] : [given]), `sps-id=${SPARE_SET_ID}`].join(':');
  return { ...options, preset: FASTEST_PRESET, libavOptions: { ...others, 'x264-params': parameters } };
}
