import type { CameraInfo } from '../../camera/camera.ts';
import { OptionError, UsageError } from '../../errors.ts';
import type { ClockInfo } from '../../host/clock-info.ts';
import type { Sender } from '../../host/sync-socket.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import {
  type Failed,
  type FromCamera,
  SUPERVISED,
  type TakeEnd,
  type TakeOrder,
  type TakeTie,
  type ToCamera,
} from './ipc.ts';
import type { Line } from './notices.ts';
import type { CameraResult, CameraSnapshot } from './snapshot.ts';
import type { Announcement } from './take-filter.ts';

/** How often a process says that it is alive, in ms. */
const ALIVE_MS = 1_000;

/** The channel of a camera process to the `record` that started it. When that dies, the camera goes on without. */
export class Supervised {
  private pending = 0;
  private leaving = false;
  private orphaned = false;

  /** @returns undefined in a process that nobody supervises. */
  static here(): Supervised | undefined {
    const tie = process.env[SUPERVISED];
    return tie !== undefined && process.send !== undefined ? new Supervised(JSON.parse(tie) as TakeTie) : undefined;
  }

  readonly tie: TakeTie;

  private constructor(tie: TakeTie) {
    this.tie = tie;
    // A channel that broke is reported as an error of the process, too.
    process.on('error', () => {});
    setInterval(() => this.pending < 4 && this.send({ kind: 'alive' }), ALIVE_MS).unref();
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

  /** Takes in a row. */
  onTakes(take: (order: TakeOrder) => void, end: (number: number, index: number | undefined) => void): void {
    process.on('message', (message: ToCamera) => {
      if (message.kind === 'take') take(message.order);
      else if (message.kind === 'end') end(message.take, message.index);
    });
  }

  onServer(sending: (ports: readonly number[]) => void, announced: (announcement: Announcement) => void): void {
    process.on('message', (message: ToCamera) => {
      if (message.kind === 'sending') sending(message.ports);
      else if (message.kind === 'announced') announced(message.announcement);
    });
  }

  /** Other hosts of the take: their clocks, the key of its signatures, and whom to tell one by one. */
  onHosts(hosts: {
    readonly clock: (hostId: string, offset: HostOffset) => void;
    readonly signing: (key: Uint8Array, from: number | undefined) => void;
    readonly peers: (peers: readonly Sender[]) => void;
  }): void {
    process.on('message', (message: ToCamera) => {
      if (message.kind === 'hostClock') hosts.clock(message.hostId, message.offset);
      else if (message.kind === 'signing') hosts.signing(Buffer.from(message.key, 'hex'), message.from);
      else if (message.kind === 'peers') hosts.peers(message.peers);
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

  sending(ports: readonly number[]): void {
    this.send({ kind: 'sending', ports });
  }

  hearing(port: number): void {
    this.send({ kind: 'hearing', port });
  }

  announced(announcement: Announcement): void {
    this.send({ kind: 'announced', announcement });
  }

  line(line: Line): void {
    this.send({ kind: 'line', line });
  }

  recorded(take: number, end: TakeEnd): void {
    this.send({ kind: 'recorded', take, end });
  }

  left(): void {
    this.send({ kind: 'left' });
  }

  done(result: CameraResult): void {
    this.send({ kind: 'done', result });
  }

  failed(error: unknown): void {
    this.send({ kind: 'failed', ...failedBy(error) });
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

/** An error as it is told over a channel. */
export function failedBy(error: unknown): Failed {
  const message = error instanceof Error ? error.message : String(error);
  const fault = error instanceof OptionError ? error.fault : undefined;
  return { message, usage: error instanceof UsageError, ...(fault && { fault }) };
}
