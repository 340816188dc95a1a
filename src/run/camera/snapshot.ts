import type { CameraInfo } from '../../camera/camera.ts';
import type { ClockInfo } from '../../host/clock-info.ts';

export type SyncMode = 'off' | 'server' | 'client';

/**
 * What a user is told of a camera: `starting`; a client's `waiting`, `acquiring`, `locked`, `holdover`, `lost`, or `matched` where it
 * can't be steered; a server's `counting` down; `recording` without sync or on the server; `done`.
 */
export type CameraState =
  | 'starting'
  | 'waiting'
  | 'acquiring'
  | 'locked'
  | 'holdover'
  | 'lost'
  | 'matched'
  | 'counting'
  | 'recording'
  | 'done';

/** The state of one camera process at a moment: what the status line, the table and the take are made from. */
export interface CameraSnapshot {
  readonly name: string;
  readonly sync: SyncMode;
  readonly state: CameraState;
  /** True once frames are being recorded. */
  readonly recording: boolean;
  /** The last frame's index on the timeline, where it has one. */
  readonly index: number | undefined;
  /** True in a pause of the recording. */
  readonly paused?: boolean;
  /** Slots in the file so far, and slots the file shall have (undefined: no end). */
  readonly frames: number;
  readonly wanted: number | undefined;
  /** Frame start minus its place on the server's timeline by this camera's own timestamps, in us. */
  readonly offsetUs: number | undefined;
  /** How far it may be from there by what is known, in us. */
  readonly boundUs?: number | undefined;
  /** Frames whose length was changed. Undefined, as all below, where a stock program doesn't tell. */
  readonly corrections: number | undefined;
  /** Frames that the camera or the encoder dropped since the recording began. */
  readonly drops: number | undefined;
  /** Of those, the ones that the encoder had no time for. */
  readonly overload?: number | undefined;
  readonly repeated: number | undefined;
  /** Sync messages acted on, and turned away. */
  readonly messages: number | undefined;
  readonly refused: number | undefined;
}

/** What came of one camera. */
export interface CameraResult {
  readonly info: CameraInfo;
  readonly clock: ClockInfo;
  readonly encoder: string | undefined;
  /** The videos that were written, more than one where the recording was divided. */
  readonly files: readonly string[];
  /** Index of the file's first frame on the timeline: 0, unless the camera joined late. */
  readonly firstIndex: number;
  readonly frames: number;
  readonly captured: number;
  readonly repeated: number;
  readonly drops: number;
  /** Of the drops, the frames that the encoder had no time for. */
  readonly overload: number;
  readonly corrections: number;
  readonly messages: number;
  /** Datagrams turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly interrupted: boolean;
  readonly warnings: readonly string[];
}
