import { type FrameRate, periodUs } from '../../time/frame-rate.ts';

/** What is lost of a recording whose process is killed: at most so much, and what the encoder holds. */
const FRAGMENT_S = 0.5;

/** Frames of a fragment of MP4, or a cluster of Matroska: at most half a second, at least one. They need not begin with a keyframe. */
export const fragmentFrames = ({ num, den }: FrameRate): number => Math.max(1, Math.floor((FRAGMENT_S * num) / den));

/** For muxers that end a fragment with the first frame that is so far behind its beginning, us: half a period before that frame is due. */
export const fragmentUs = (frameRate: FrameRate): number =>
  Math.round((fragmentFrames(frameRate) - 0.5) * periodUs(frameRate));
