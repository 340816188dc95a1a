import type { FormatContext, Stream } from 'node-av/lib';
import type { FrameRate } from '../time/frame-rate.ts';
import type { Libav } from './load.ts';

/**
 * The frame rate that an input states, undefined where it states none. An elementary stream holds no times, its average
 * is made up by FFmpeg: there the rate in the codec's headers counts.
 */
export function statedRate(libav: Libav, input: FormatContext, stream: Stream): FrameRate | undefined {
  const timeless = ((input.iformat?.flags ?? 0) & libav.constants.AVFMT_NOTIMESTAMPS) !== 0;
  const { num, den } = timeless || stream.avgFrameRate.num <= 0 ? stream.codecpar.frameRate : stream.avgFrameRate;
  return num > 0 && den > 0 ? { num, den } : undefined;
}
