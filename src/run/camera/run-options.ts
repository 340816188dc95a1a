import type { CameraInfo, CameraRequest } from '../../camera/camera.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import type { SyncController } from '../../sync/controllers/sync-controller.ts';
import type { SyncAlign } from '../../sync/names.ts';
import type { FileSetOptions } from './file-set.ts';
import type { TakeEnd, TakeTie } from './ipc.ts';
import type { Line } from './notices.ts';
import type { CameraSnapshot, SyncMode } from './snapshot.ts';
import type { SyncNetwork } from './sync-link.ts';
import type { Announcement } from './take-filter.ts';

/** What one camera is run with. */
export interface CameraRunOptions {
  readonly camera: CameraRequest;
  readonly sync: SyncMode;
  readonly syncSettings: Omit<SyncSettings, 'frameDurationUs'>;
  readonly controller: SyncController;
  readonly align?: SyncAlign;
  /**
   * A client that can't be steered is started again until its frames lie within this of the server's, in us; 0: as they
   * come. Default: 2 ms for devices, 0 for all else.
   */
  readonly phaseWithinUs?: number | undefined;
  /** A server's recording begins when `begin` is called, not after a fixed count of frames. */
  readonly openReady?: boolean;
  readonly network: SyncNetwork;
  /** The take that the camera is one of. Without, it follows whichever server it hears. */
  readonly take?: TakeTie | undefined;
  /** Frames to record; undefined goes on until stopped. */
  readonly frames: number | undefined;
  /** True where frames of pauses count as well. */
  readonly countPauses?: boolean;
  /** The recording ends before this index of the timeline, whichever it began with. */
  readonly endFrame?: number | undefined;
  /** A client that joins a recording which runs begins its own once it is locked. */
  readonly joinLocked?: boolean;
  /** `pause`: nothing is recorded until the recording is resumed. A client begins as its server does. */
  readonly initial?: 'record' | 'pause';
  readonly files: FileSetOptions;
}

/** Who hears of it, and what of. */
export interface CameraRunEvents {
  /** The camera is open. */
  onOpened?(info: CameraInfo, clock: ClockInfo): void;
  onSnapshot(snapshot: CameraSnapshot): void;
  /** A server: the ports that it sends from, and what it decided of the recording, each time that is more. */
  onSending?(ports: readonly number[]): void;
  /** A client of a signed session: the UDP port at which it hears what is sent to its host alone. */
  onHearing?(port: number): void;
  onAnnounced?(announcement: Announcement): void;
  /** One of several takes in a row is over: its files are closed. */
  onRecorded?(take: number, end: TakeEnd): void;
  onLine(line: Line): void;
}
