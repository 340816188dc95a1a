import type { FrameRate } from '../../time/frame-rate.ts';
import { isMp4, mp4Timescale } from './mp4.ts';

/** What the container is told, by FFmpeg's names; the same for every backend but for the fragments of MP4. */
export function muxerSettings(
  container: string | undefined,
  frameRate: FrameRate,
  movflags: string,
): Record<string, string> {
  if (isMp4(container ?? '')) return { movflags, use_editlist: '1', flush_packets: '1', ...mp4Timescale(frameRate) };
  // MPEG-TS would begin at a time of its own.
  return { flush_packets: '1', ...(container === 'mpegts' && { mpegts_copyts: '1' }) };
}
