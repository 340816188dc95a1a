import type { FrameRate } from '../time/frame-rate.ts';
import type { AccessUnit } from './annex-b.ts';
import type { StreamParameters } from './avc.ts';
import type { FileTags, NamedTags } from './file-tags.ts';
import type { Way } from './way.ts';

export interface RemuxOptions {
  readonly frameRate: FrameRate;
  /** The slot of the input's first frame. Default 0. */
  readonly firstSlot?: number;
  /** Frames to copy at most. Default: all. */
  readonly frames?: number;
  /** Container name as FFmpeg knows it, where the output's ending does not say it. */
  readonly format?: string;
  /** The time of each frame, whole us, rising, in place of its slot's. */
  readonly timesUs?: readonly number[] | undefined;
  /** What the output says of itself, as far as its container has a place for it. Default: nothing. */
  readonly tags?: FileTags | undefined;
  /** The only way to FFmpeg that may be taken. Default: either. */
  readonly way?: Way;
  /** Called now and then with the frames that are copied so far. */
  readonly onProgress?: (frames: number) => void;
}

/** What both ways to copy are given. */
export interface RemuxJob extends Required<Pick<RemuxOptions, 'frameRate' | 'firstSlot' | 'frames'>> {
  readonly units: AsyncIterable<AccessUnit>;
  readonly parameters: StreamParameters;
  readonly output: string;
  readonly format: string | undefined;
  /** FFmpeg's options of the output's container. */
  readonly settings: Readonly<Record<string, string>>;
  readonly tags: NamedTags;
  readonly timesUs: readonly number[] | undefined;
  readonly onProgress: (frames: number) => void;
}
