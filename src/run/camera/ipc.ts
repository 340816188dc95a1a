import type { CameraInfo } from '../../camera/camera.ts';
import type { OptionFault } from '../../errors.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { Line } from './notices.ts';
import type { CameraResult, CameraSnapshot } from './snapshot.ts';
import type { Announcement } from './take-filter.ts';

/** What a camera process tells the one that started it. */
export type FromCamera =
  | { kind: 'snapshot'; snapshot: CameraSnapshot }
  | { kind: 'opened'; info: CameraInfo; clock: ClockInfo }
  | { kind: 'line'; line: Line }
  /** Once a second, whatever the camera does: a process that says nothing is stopped, or hangs. */
  | { kind: 'alive' }
  /** A server: the UDP ports that its messages come from. */
  | { kind: 'sending'; ports: readonly number[] }
  /** A server: what it decided of the recording. */
  | { kind: 'announced'; announcement: Announcement }
  | { kind: 'done'; result: CameraResult }
  | { kind: 'failed'; message: string; usage: boolean; fault?: OptionFault };

/**
 * What it is told: end the recording before frame `index`, or at once; fix when it begins; what the server says of
 * itself.
 */
export type ToCamera =
  | { kind: 'stop'; index?: number }
  | { kind: 'begin' }
  | { kind: 'sending'; ports: readonly number[] }
  | { kind: 'announced'; announcement: Announcement };

/** What ties a camera to its take, besides its options. */
export interface TakeTie {
  /** What the take is called in the files' metadata: the name of its folder. */
  readonly name?: string | undefined;
  /**
   * The session of the take's server, 16 hex digits. Undefined where that is a stock camera, whose messages have none.
   */
  readonly session?: string | undefined;
  /**
   * True where every camera of the take is on such a channel, and tracks: they hear there when the recording begins.
   */
  readonly channel?: boolean;
  /** A further UDP port that a server sends to: the one that the take's stock cameras hear alone. */
  readonly alsoPort?: number | undefined;
  /**
   * The take begins so many frames behind what its stock cameras are told, or tell: their sync runs on some frames
   * only, so each begins with one of these. Default 0.
   */
  readonly lateFrames?: number | undefined;
}

/** Set in the environment of a camera process that reports over its channel: its `TakeTie`, as JSON. */
export const SUPERVISED = 'GENLOCK_SUPERVISED';
