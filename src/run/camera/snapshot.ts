import type { CameraInfo } from '../../camera/camera.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { HostReading } from '../../sync/exchange/host-messages.ts';
import type { HuntReport } from '../../sync/hunting/phase-hunt.ts';

/** The part that a camera plays: alone, as the server that others follow, or as a client that follows. */
export type SyncMode = 'off' | 'server' | 'client';

/**
 * What a user is told of a camera: `starting`; a client's `waiting`, `acquiring`, `locked`, `holdover`, `lost`, or
 * where it can't be steered `hunting` (it is started again until its frames lie well) and `matched`; a server's
 * `counting` down; `recording` without sync or on the server, which is `ready` between takes in a row; `done`.
 */
export type CameraState =
  | 'starting'
  | 'waiting'
  | 'acquiring'
  | 'hunting'
  | 'locked'
  | 'holdover'
  | 'lost'
  | 'matched'
  | 'counting'
  | 'ready'
  | 'recording'
  | 'done';

/** The state of one camera process at a moment: what the status line, the table and the take are made from. */
export interface CameraSnapshot {
  /** What the camera is called, for example `cam0`. */
  readonly name: string;
  /** The part that it plays. */
  readonly sync: SyncMode;
  /** What it is doing. */
  readonly state: CameraState;
  /** True once frames are being recorded. */
  readonly recording: boolean;
  /** The last frame's index in the take, where it has one: frame 0 is the take's first. */
  readonly index: number | undefined;
  /** The take that it records or is about to, counted, where takes come in a row; undefined between them. */
  readonly take?: number | undefined;
  /** True in a pause of the recording. */
  readonly paused?: boolean;
  /** Slots in the file so far, and slots the file shall have (undefined: no end). */
  readonly frames: number;
  /** Slots that the file shall have; undefined where the recording has no set end. */
  readonly wanted: number | undefined;
  /** Frame start minus its place on the server's timeline by this camera's own timestamps, in us. */
  readonly offsetUs: number | undefined;
  /** How far it may be from there by what is known, in us. */
  readonly boundUs?: number | undefined;
  /** How the boot clock of the server's host is read, where that is another one. */
  readonly hostClock?: HostReading | undefined;
  /** Frames whose length was changed. Undefined, as all below, where a stock program doesn't tell. */
  readonly corrections: number | undefined;
  /** Frames that the camera or the encoder dropped since the recording began. */
  readonly drops: number | undefined;
  /** Of those, the ones that the encoder had no time for. */
  readonly overload?: number | undefined;
  /** Slots that show the frame before them again. */
  readonly repeated: number | undefined;
  /** Sync messages acted on, and turned away. */
  readonly messages: number | undefined;
  /** Datagrams turned away. */
  readonly refused: number | undefined;
}

/** What came of one camera. */
export interface CameraResult {
  /** What the camera is and what it can do. */
  readonly info: CameraInfo;
  /** The clock that its frames were placed by. */
  readonly clock: ClockInfo;
  /**
   * What encoded: `node-av`, `ffmpeg`, or the name of an encoder of one's own; undefined where nothing was encoded.
   */
  readonly encoder: string | undefined;
  /** The videos that were written, more than one where the recording was divided. */
  readonly files: readonly string[];
  /** Index of the file's first frame on the timeline: 0, unless the camera joined late. */
  readonly firstIndex: number;
  /** Slots in its files, repeats included. */
  readonly frames: number;
  /** Frames of their own among those. */
  readonly captured: number;
  /** Slots that show the frame before them again. */
  readonly repeated: number;
  /** Frames that the camera or the encoder dropped since the recording began. */
  readonly drops: number;
  /** Of the drops, the frames that the encoder had no time for. */
  readonly overload: number;
  /** Frames whose length was changed. */
  readonly corrections: number;
  /** Sync messages that were sent, or acted on. */
  readonly messages: number;
  /** Datagrams turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** True where it was stopped before its set end. */
  readonly interrupted: boolean;
  /** What it warned of, a line each. */
  readonly warnings: readonly string[];
  /** Of a camera that was started again until its frames lay near the server's: what came of that. */
  readonly hunt?: HuntReport;
  /** The longest that the disk took to keep what had been written, in ms. */
  readonly diskWaitMs: number;
}
