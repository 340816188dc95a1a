import type { Picture } from '../camera/picture.ts';
import type { Colours } from '../libav/colours.ts';
import type { FileTags } from '../libav/file-tags.ts';
import type { Way, WayTo } from '../libav/way.ts';
import type { FrameRate } from '../time/frame-rate.ts';
import type { Capture } from './true-times.ts';

/**
 * `h264` for an elementary stream or, by the file's ending, a container; `mjpeg` and `yuv420` (planes as they are) for
 * streams of those.
 */
export const CODECS = ['h264', 'mjpeg', 'yuv420'] as const;
/** What pictures are encoded to, as `genlock vid` takes it. */
export type VideoCodec = (typeof CODECS)[number];

/** What an encoder is opened with. */
export interface EncoderOptions {
  /**
   * Path of the file to write; replaced where it exists. The ending names the container: .mp4, .mkv, .h264, ...
   * `-` is stdout; `udp://host:port` (`?pkt_size=`, `?ttl=`) and `tcp://host:port` (`?listen=1`) are sent to.
   */
  readonly file: string;
  /** With `tcp://`: waits there for a reader in place of connecting to one. */
  readonly listen?: boolean;
  /**
   * Fires when the process is told to stop. `open` gives up waiting for a reader then, with a FailureError; a reader
   * that has stopped reading is waited for a moment longer. It does not end a recording: `close` does.
   */
  readonly signal?: AbortSignal;
  /**
   * Takes the bytes of the elementary stream in place of `file`, which then only names the stream in messages. Called
   * in order, with pieces of any size that are the callee's to keep; must not block. H.264 has its headers and a
   * delimiter at each access unit.
   */
  readonly sink?: (bytes: Uint8Array) => void;
  /** Default `h264`. */
  readonly codec?: VideoCodec;
  /** FFmpeg's name of the encoder, in place of libx264 (for `h264`). */
  readonly libavCodec?: string;
  /** Further options of that encoder, by FFmpeg's names; they go over what is set here. B-frames stay off. */
  readonly libavOptions?: Readonly<Record<string, string>>;
  /** H.264 profile (baseline, main, high) and level (4, 4.1, 4.2). */
  readonly profile?: string;
  /** H.264 level, for example `4.1`. Default: the encoder's choice. */
  readonly level?: string;
  /** Repeats the stream's headers at each keyframe. Elementary streams always do. */
  readonly inline?: boolean;
  /** Quality of mjpeg as libjpeg counts it, 0 to 100. Default `DEFAULT_QUALITY`. */
  readonly quality?: number;
  /** Width of the pictures, in pixels. */
  readonly width: number;
  /** Height of the pictures, in pixels. */
  readonly height: number;
  /** Which colours the pictures have. Default: BT.709 from 720 lines up, BT.601 below. */
  readonly colours?: Colours | undefined;
  /** Frames a second: slot n is at n periods of it. */
  readonly frameRate: FrameRate;
  /** x264 preset. Default `DEFAULT_PRESET`. */
  readonly preset?: string;
  /**
   * Makes ready for `goFaster`: the stream's headers tell of a second, faster encoder then. libx264 alone has one, in
   * files that hold their headers in one place or in the stream.
   */
  readonly spare?: boolean;
  /** x264 constant rate factor. Default `DEFAULT_CRF`. */
  readonly crf?: number;
  /** Bits a second; replaces `crf` where given. mjpeg goes by its quality alone. */
  readonly bitrate?: number;
  /**
   * Frames from one keyframe to the next: those of the slots that it divides, and the first frame, so that cameras
   * which began at different slots have theirs at the same ones. There are no others (scene cuts make none). Default:
   * one second's.
   */
  readonly intra?: number;
  /**
   * Container name as FFmpeg knows it, where the file's ending does not say it; for streams the codec's own stream by
   * default.
   */
  readonly format?: string;
  /** What the file says of itself; in containers, each as far as it has a place for it. Default: nothing. */
  readonly tags?: FileTags | undefined;
  /**
   * Times of the pictures in the file. `nominal` (default): slot x nominal period, exactly. `true`: when they were
   * captured, as `TrueTimes` has it; in containers that hold times (MP4, MOV, and Matroska in whole ms).
   */
  readonly timestamps?: Timestamps | undefined;
}

/** Whose times a file's pictures have: the slots', or true ones. */
export const TIMESTAMPS = ['nominal', 'true'] as const;
/** Whose times a file's pictures have: the slots' (`nominal`), or true ones (`true`). */
export type Timestamps = (typeof TIMESTAMPS)[number];

/**
 * One open video file. Pictures go in by slot, in rising order, without holes; picture `slot` gets the presentation
 * time slot x nominal period, exactly, unless `timestamps` asks for another.
 */
export interface VideoEncoder {
  /**
   * Takes one picture. Resolves when the encoder has taken it over; one call at a time. Rejects when the file can't go
   * on.
   * @param capture Of a picture that was captured for this slot.
   */
  write(picture: Picture, slot: number, capture?: Capture): Promise<void>;
  /**
   * From the next picture on, which is a keyframe off the grid, less care is taken over each (x264's fastest preset),
   * so that more can be taken.
   * @returns false where that can't be, or is so already.
   */
  goFaster?(): boolean;
  /** Finishes the file: everything written is in it, seekable, when this resolves. */
  close(): Promise<void>;
}

/**
 * One kind of encoder: those of the list in encoders/encoders.ts, by their codec, or a user's own. Each passes the
 * suite in test/support/encoder-conformance.ts.
 */
export interface Encoder {
  /** What it is asked for by: `h264`, `mjpeg`, `yuv420`. Small letters and digits. */
  readonly name: string;
  /** True where `goFaster` can be had, with a preset that leaves room for it. Default: false. */
  readonly faster?: boolean;
  /** The way to FFmpeg that it takes, where it takes one and that is settled. */
  readonly way?: Way;
  /** Undefined where it works here, else one line that says what is missing and how to get it. */
  unavailable(): Promise<string | undefined>;
  /**
   * Checks what can be known without creating or connecting anything.
   * @throws UsageError that names what is wrong.
   */
  check(options: EncoderOptions): Promise<void>;
  /**
   * Opens the output.
   * @throws UsageError that names it, or the setting, and says what is wrong; FailureError where `options.signal` fired
   *   meanwhile.
   */
  open(options: EncoderOptions): Promise<VideoEncoder>;
}

/** Encoding with FFmpeg one way, whatever codec the options name. */
export type EncoderBackend = Encoder & WayTo & { readonly way: Way };

/** The ways to FFmpeg, the preferred one first: in process, and the program. */
export const WAYS = ['node-av', 'ffmpeg'] as const satisfies readonly Way[];

export const DEFAULT_PRESET = 'ultrafast';
/** What is gone over to by `goFaster`. */
export const FASTEST_PRESET = 'ultrafast';
export const DEFAULT_CRF = 23;
export const DEFAULT_QUALITY = 50;
