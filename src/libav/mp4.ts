import type { FrameRate } from '../time/frame-rate.ts';

/** True for containers of the QuickTime family, which hold the index of all frames in one place. */
export const isMp4 = (container: string): boolean => container === 'mp4' || container === 'mov';

/**
 * FFmpeg's options for a clock that counts every slot exactly, in the track and in the edit list alike (whose own
 * default is 1 ms): the rate's numerator, doubled to 10 kHz or more as FFmpeg does by itself.
 */
export function mp4Timescale(frameRate: FrameRate): { video_track_timescale: string; movie_timescale: string } {
  let ticks = frameRate.num;
  while (ticks < 10_000) ticks *= 2;
  return { video_track_timescale: String(ticks), movie_timescale: String(ticks) };
}

/** A clock of whole us, for times that are no slots'. */
export const TRUE_TIMESCALE = { video_track_timescale: '1000000', movie_timescale: '1000000' };
