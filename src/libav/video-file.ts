import type { FrameRate } from '../time/frame-rate.ts';
import type { Colours } from './colours.ts';

/** The luma plane of a picture: row y starts at `data[y * stride]`. */
export interface Luma {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

export interface DecodedFrame {
  /** Counts frames from 0 in the order of presentation. */
  readonly index: number;
  /** Presentation time, us. NaN where the file holds none (elementary H.264). */
  readonly ptsUs: number;
  /** 8 bit, at the range that the file has. Its memory is used again: valid until the next frame is asked for. */
  readonly luma: Luma;
}

/** A decoded picture with its colours: planes Y, U, V of 8 bit 4:2:0 behind each other, limited range, no padding. */
export interface DecodedPicture {
  /** Counts frames from 0 in the order of presentation. */
  readonly index: number;
  /** Presentation time, us. NaN where the file holds none. */
  readonly ptsUs: number;
  /** As it is shown: turned and mirrored as the file says. */
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A video file that is open for decoding. */
export interface VideoFile {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** One tick of the file's clock in seconds is num / den; undefined where only times are known. */
  readonly timeBase: { readonly num: number; readonly den: number } | undefined;
  /** What the file says of its colours; undefined where it leaves any of it open. */
  readonly colours: Colours | undefined;
  /** The average rate as the file says it; undefined where it says none. */
  readonly frameRate: FrameRate | undefined;
  /** How many frames the file says it has; undefined where it says nothing. */
  readonly frameCount: number | undefined;
  /**
   * The frames, once. Throws a UsageError that names the file where nothing can be decoded.
   */
  frames(): AsyncIterable<DecodedFrame>;
  /** The same in place of `frames`, with colours; each has memory of its own. Width and height are to be even. */
  pictures(): AsyncIterable<DecodedPicture>;
  close(): Promise<void>;
}
