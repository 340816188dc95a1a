import type { PictureProgress } from '../../report/pictures.ts';
import type { ReadProgress } from '../../verify/read-times.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { DiskState } from '../files/disk-watch.ts';
import type { SoundSnapshot } from '../sound/ipc.ts';

/** Who hears of a take while it runs, and what of. */
export interface TakeEvents {
  onSnapshots?(snapshots: readonly CameraSnapshot[]): void;
  /** How the microphones are doing, twice a second. */
  onSounds?(snapshots: readonly SoundSnapshot[]): void;
  onLine?(name: string, line: Line): void;
  /** What the take as a whole does, a line. */
  onNote?(text: string): void;
  /** How the disk is doing, twice a second. */
  onDisk?(state: DiskState): void;
  /** All cameras have ended: what is left is to finish the take. */
  onRecorded?(): void;
  /** Files come from other hosts into the take's folder: bytes here, and in all. */
  onGatherProgress?(folder: string, done: number, of: number): void;
  /** A file that was left open is being finished: frames done, and in all. */
  onFinishProgress?(file: string, done: number, total: number): void;
  /** What was recorded by stock cameras is being made into the take's files. */
  onConformProgress?: ReadProgress;
  /** All files are closed; the proof begins. */
  onVerifying?(): void;
  onVerifyProgress?: ReadProgress;
  /** A picture was taken for the report. */
  onPicture?: PictureProgress;
}
