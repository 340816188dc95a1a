import { framesPerSecond } from '../../time/frame-rate.ts';
import type { EncoderOptions } from '../encoder.ts';

/** Frames from one keyframe to the next: as given, else one second's. */
export const keyframeDistance = (options: Pick<EncoderOptions, 'intra' | 'frameRate' | 'libavOptions'>): number =>
  options.libavOptions?.g !== undefined
    ? Number(options.libavOptions.g)
    : (options.intra ?? Math.max(1, Math.round(framesPerSecond(options.frameRate))));

/** True for slots whose frame must be a keyframe. */
export const isGridSlot = (options: EncoderOptions, slot: number): boolean => slot % keyframeDistance(options) === 0;
