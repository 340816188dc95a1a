import type { CameraInfo } from '../../camera/camera.ts';
import { UsageError } from '../../errors.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import { type FromCamera, SUPERVISED, type ToCamera } from './ipc.ts';
import type { Line } from './notices.ts';
import type { CameraResult, CameraSnapshot } from './snapshot.ts';

/** The channel of a camera process to the `record` that started it. When that dies, the camera goes on without. */
export class Supervised {
  private pending = 0;
  private leaving = false;
  private orphaned = false;

  /** @returns undefined in a process that nobody supervises. */
  static here(): Supervised | undefined {
    return process.env[SUPERVISED] !== undefined && process.send !== undefined ? new Supervised() : undefined;
  }

  private constructor() {
    // A channel that broke is reported as an error of the process, too.
    process.on('error', () => {});
  }

  onStop(stop: (index: number | undefined) => void): void {
    process.on('message', (message: ToCamera) => {
      if (message.kind === 'stop') stop(message.index);
    });
  }

  onBegin(begin: () => void): void {
    process.on('message', (message: ToCamera) => {
      if (message.kind === 'begin') begin();
    });
  }

  onOrphaned(orphaned: () => void): void {
    process.on('disconnect', () => {
      if (!this.leaving) {
        this.orphaned = true;
        orphaned();
      }
    });
  }

  snapshot(snapshot: CameraSnapshot): void {
    // A supervisor that is slow gets fewer, not later ones.
    if (this.pending < 4) this.send({ kind: 'snapshot', snapshot });
  }

  opened(info: CameraInfo, clock: ClockInfo): void {
    this.send({ kind: 'opened', info, clock });
  }

  line(line: Line): void {
    this.send({ kind: 'line', line });
  }

  done(result: CameraResult): void {
    this.send({ kind: 'done', result });
  }

  failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.send({ kind: 'failed', message, usage: error instanceof UsageError });
  }

  /** Closes the channel once everything has left, so that the process can end. */
  leave(): void {
    this.leaving = true;
    if (this.pending === 0 && process.connected) process.disconnect();
  }

  private send(message: FromCamera): void {
    if (this.orphaned || !process.connected) return;
    this.pending++;
    process.send?.(message, undefined, undefined, () => {
      this.pending--;
      if (this.leaving) this.leave();
    });
  }
}
