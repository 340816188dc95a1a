import { type FrameRate, periodUs } from '../../time/frame-rate.ts';

/** Frames of a recording that lasts this long: time x nominal rate, rounded; undefined for 0, which has no end. */
export function slotsFor(us: number, frameRate: FrameRate): number | undefined {
  return us === 0 ? undefined : Math.max(1, Math.round(us / periodUs(frameRate)));
}
