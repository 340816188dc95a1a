import { availableParallelism } from 'node:os';
import { framesPerSecond } from '../../time/frame-rate.ts';
import { DEFAULT_CRF, DEFAULT_PRESET, type EncoderOptions, FASTEST_PRESET } from '../encoder.ts';
import { encoderName } from './encoder-name.ts';

/**
 * Luma samples a second for which one thread is enough: a fifth of what a core of docs/benchmarks.md takes at the
 * default preset.
 */
const SAMPLES_PER_THREAD = 30e6;

/**
 * Threads of x264. Each further one holds one more frame back in the encoder and costs some CPU time, so there are only
 * as many as the picture rate needs on a slow core.
 */
export function x264Threads(options: Pick<EncoderOptions, 'width' | 'height' | 'frameRate'>): number {
  const samples = options.width * options.height * framesPerSecond(options.frameRate);
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(samples / SAMPLES_PER_THREAD)));
}

/** Frames that slower presets look ahead at most; x264's own are up to 60. */
const LOOKAHEAD_FRAMES = 8;

/** Settings of all encoders. B-frames would shift the times of fragmented files; keyframes stand on the grid alone. */
export function commonSettings(options: EncoderOptions): Record<string, string> {
  return { bf: '0', g: String(keyframeDistance(options)), threads: String(x264Threads(options)) };
}

/**
 * What makes a stream of a profile, High unless told otherwise: the fastest preset leaves it out by itself, and x264
 * calls what it made then Baseline. It takes no measurable time there, and files are a third smaller for it.
 */
const TOOLS: Readonly<Record<string, Record<string, string>>> = {
  main: { coder: 'cabac' },
  high: { coder: 'cabac', '8x8dct': '1' },
};

/** The settings of libx264 by their names in FFmpeg. */
export function x264Settings(options: EncoderOptions): Record<string, string> {
  const { bitrate, profile, level, preset, crf, inline, sink } = options;
  return {
    preset: preset ?? DEFAULT_PRESET,
    ...(bitrate === undefined ? { crf: String(crf ?? DEFAULT_CRF) } : { b: String(bitrate) }),
    ...commonSettings(options),
    sc_threshold: '0',
    // What is held back is lost when the process dies, and has to be encoded when the recording ends.
    ...((preset ?? DEFAULT_PRESET) !== FASTEST_PRESET && { 'rc-lookahead': String(LOOKAHEAD_FRAMES) }),
    ...(profile !== undefined && { profile }),
    ...(TOOLS[profile ?? 'high'] ?? {}),
    ...(level !== undefined && { level }),
    ...(inline && { 'x264-params': 'repeat-headers=1' }),
    ...(sink && { aud: '1' }),
  };
}

/** Frames from one keyframe to the next: as given, else one second's. */
export const keyframeDistance = (options: Pick<EncoderOptions, 'intra' | 'frameRate' | 'libavOptions'>): number =>
  options.libavOptions?.g !== undefined
    ? Number(options.libavOptions.g)
    : (options.intra ?? Math.max(1, Math.round(framesPerSecond(options.frameRate))));

/** True for slots whose frame must be a keyframe. */
export const isGridSlot = (options: EncoderOptions, slot: number): boolean => slot % keyframeDistance(options) === 0;

/** Of the parameter sets of the spare encoder: x264's own have 0 unless told. */
const SPARE_SET_ID = '31';

/**
 * The options of an encoder that takes over where the first one is too slow, in the same stream: its parameter sets
 * have an id of their own. Undefined where there is none that is faster.
 */
export function spareOptions(options: EncoderOptions): EncoderOptions | undefined {
  const { libavOptions = {}, preset, spare, sink } = options;
  if (!spare || sink !== undefined || encoderName(options) !== 'libx264') return undefined;
  if ((libavOptions.preset ?? preset ?? FASTEST_PRESET) === FASTEST_PRESET) return undefined;
  const { preset: _, 'x264-params': given, ...others } = libavOptions;
  const parameters = [...(given === undefined ? [] : [given]), `sps-id=${SPARE_SET_ID}`].join(':');
  return { ...options, preset: FASTEST_PRESET, libavOptions: { ...others, 'x264-params': parameters } };
}
