import type { FrameRate } from '../../time/frame-rate.ts';
import type { Watch } from '../../verify/read-times.ts';

/** Quality of what is encoded, x264's constant rate factor: hard to tell from the original, in twice its size. */
export const CRF = 17;
/** The fastest preset that does not double the size for that. */
export const PRESET = 'veryfast';
/** Times of one frame that are told twice are no further apart than this, us: they are rounded, in Matroska to a ms. */
export const SAME_US = 600;

/** A video of which a copy is made. */
export interface VideoJob extends Watch {
  readonly file: string;
  /** MP4, without sound. */
  readonly output: string;
  /** What the copy calls itself. */
  readonly name: string;
  /** When its frames are shown, in us of its own time. */
  readonly frames: readonly number[];
  readonly frameRate: FrameRate;
}
