import type { CameraInfo } from '../../camera/camera.ts';
import type { OptionFault } from '../../errors.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { Sender } from '../../host/sync-socket.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import type { TimelineStart } from '../../time/timecode.ts';
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
  /** A client of a signed session: the UDP port on its host at which it hears what is sent to it alone. */
  | { kind: 'hearing'; port: number }
  /** A server: what it decided of the recording. */
  | { kind: 'announced'; announcement: Announcement }
  /** A take of several in a row is over on this camera: its files are closed. */
  | { kind: 'recorded'; take: number; end: TakeEnd }
  | { kind: 'done'; result: CameraResult }
  /** It was told to leave, and has, after takes in a row that were told of one by one. */
  | { kind: 'left' }
  | ({ kind: 'failed' } & Failed);

/** Why it failed, and whether by what was asked for. */
export interface Failed {
  readonly message: string;
  readonly usage: boolean;
  readonly fault?: OptionFault;
}

/** What came of one take on a camera that stays open. */
export type TakeEnd = { readonly ok: true; readonly result: CameraResult } | ({ readonly ok: false } & Failed);

/** One of the takes that a camera records one after the other. */
export interface TakeOrder {
  /** Counts them. */
  readonly number: number;
  /** What it is called in the files' metadata. */
  readonly name: string;
  /** The video and its rows, as paths. */
  readonly video: string;
  readonly framesCsv: string;
  /** The frame of the timeline that is the take's frame 0: not yet due, unless `join`. */
  readonly from: number;
  /** When that frame is. */
  readonly start: TimelineStart;
  /** Frames to record; undefined goes on until told to end. */
  readonly frames?: number | undefined;
  /** The camera comes to a take that others record already: it begins once it is locked. */
  readonly join?: boolean;
}

/**
 * What it is told: end the recording before frame `index`, or at once; fix when it begins; record one of several takes,
 * and end that one before its frame `index`, or at once; what the server says of itself. In a take of several hosts:
 * how far another host's boot clock is ahead; the key of the session's signatures, in hex, and the first sequence (of a
 * server that is started again beyond all of its earlier ones); whom a server tells one by one as well.
 */
export type ToCamera =
  | { kind: 'stop'; index?: number }
  | { kind: 'begin' }
  | { kind: 'take'; order: TakeOrder }
  | { kind: 'end'; take: number; index?: number }
  | { kind: 'sending'; ports: readonly number[] }
  | { kind: 'announced'; announcement: Announcement }
  | { kind: 'hostClock'; hostId: string; offset: HostOffset }
  | { kind: 'signing'; key: string; from?: number }
  | { kind: 'peers'; peers: readonly Sender[] };

/** What ties a camera to its take, besides its options. */
export interface TakeTie {
  /** True where takes come one after the other, each told of by a `TakeOrder`; the camera stays open between them. */
  readonly inARow?: boolean;
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
  /** Names the run of the host that the process is on, in a take of several: 16 hex digits. Its boot clock is read. */
  readonly hostId?: string | undefined;
  /** True in a take of several hosts: nothing is sent or heard before the key came, and then what it signed. */
  readonly signed?: boolean | undefined;
}

/** Set in the environment of a camera process that reports over its channel: its `TakeTie`, as JSON. */
export const SUPERVISED = 'GENLOCK_SUPERVISED';
