import type { Way } from './way.ts';

export interface CopyOptions {
  /** Container name as FFmpeg knows it: `mp4`, or `h264` for the bare stream. */
  readonly format: string;
  /** A file that says what the output shall say of itself (time code, names), in place of the input. */
  readonly tagsFrom?: string;
  /** The only way to FFmpeg that may be taken. Default: either. */
  readonly way?: Way | undefined;
  /** Called now and then with the frames that are copied so far. */
  readonly onProgress?: (frames: number) => void;
  /** Called for each frame that is copied, with its presentation time, us. */
  readonly onFrame?: (us: number) => void;
}

/** What there is in a video file. */
export interface VideoExtent {
  readonly frames: number;
  /** Presentation time of the first frame, us; undefined where there is none. */
  readonly firstUs: number | undefined;
}
