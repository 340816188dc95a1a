import type { OptionFault } from '../../errors.ts';
import type { TakeCamera } from '../../record/take.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { Announcement } from '../camera/take-filter.ts';

/** How the process of a camera ended. */
export type CameraEnd =
  | {
      ok: true;
      /** Frames recorded, as far as the process told. */
      frames: number;
      /** It was stopped before its set end. */
      interrupted: boolean;
    }
  | {
      ok: false;
      error: string;
      /** True where what was asked for can't be had, rather than something having failed. */
      usage: boolean;
      /** Which option that is, where it is one. */
      fault?: OptionFault;
      /** It is not reached any more, and may go on where it is. */
      lost?: boolean;
    };

export interface TakeCameraEvents {
  onSnapshot(snapshot: CameraSnapshot): void;
  onLine(line: Line): void;
  /** The server sends from these UDP ports. */
  onSending?(ports: readonly number[]): void;
  /** The server decided this of the recording. */
  onAnnounced?(announcement: Announcement): void;
  /** A client hears messages that are for it alone at this UDP port of its host. */
  onHearing?(port: number): void;
}

/** A camera of a take, in a process of its own: `genlock vid`, or a stock program. */
export interface TakeCameraProcess {
  readonly name: string;
  readonly spec: string;
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<CameraEnd>;
  readonly end: CameraEnd | undefined;
  /** Present once the camera is seen to be running. */
  readonly snapshot: CameraSnapshot | undefined;
  /** A client that is in step with the server, as far as can be told before the recording begins. */
  readonly inStep: boolean;
  /** What it writes, relative to the take: its video in the end, and the rows beside it. */
  readonly part: { readonly file: string; readonly framesCsv: string };
  readonly pid: number | undefined;
  /** Asks it to end the recording not before frame `index`, or at once. */
  stop(index?: number): void;
  /** Has a server fix when the recording begins; no effect on one that fixed it from the start. */
  begin(): void;
  kill(): void;
  /** What is known of the camera so far, for `take.json`. */
  describe(): Partial<TakeCamera>;
}
