import { availableParallelism } from 'node:os';
import { framesPerSecond } from '../../time/frame-rate.ts';
import { DEFAULT_CRF, DEFAULT_PRESET, type EncoderOptions } from '../encoder.ts';

/** Luma samples a second for which one thread is enough: a fifth of what a core of docs/benchmarks.md takes at the default preset. */
const SAMPLES_PER_THREAD = 30e6;

/**
 * Threads of x264. Each further one holds one more frame back in the encoder and costs some CPU time, so there are only as many
 * as the picture rate needs on a slow core.
 */
export function x264Threads(options: Pick<EncoderOptions, 'width' | 'height' | 'frameRate'>): number {
  const samples = options.width * options.height * framesPerSecond(options.frameRate);
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(samples / SAMPLES_PER_THREAD)));
}

/** Frames from one keyframe to the next: as given, else one second's. */
export const keyframeDistance = (options: Pick<EncoderOptions, 'intra' | 'frameRate'>): number =>
  options.intra ?? Math.max(1, Math.round(framesPerSecond(options.frameRate)));

/** The settings of libx264 by their names in FFmpeg; the same for every backend. B-frames would shift the times of fragmented files. */
export function x264Settings(options: EncoderOptions): Record<string, string> {
  return {
    preset: options.preset ?? DEFAULT_PRESET,
    ...(options.bitrate === undefined ? { crf: String(options.crf ?? DEFAULT_CRF) } : { b: String(options.bitrate) }),
    bf: '0',
    g: String(keyframeDistance(options)),
    threads: String(x264Threads(options)),
  };
}
