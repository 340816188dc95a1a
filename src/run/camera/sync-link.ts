import type { SyncInterfaces } from '../../host/interfaces.ts';
import { openSyncSocket, type Sender, type SyncSocket } from '../../host/sync-socket.ts';
import type { TakeTie } from './ipc.ts';
import { type Announcement, announcementIn, TakeFilter, toldStock } from './take-filter.ts';

export interface SyncNetwork {
  readonly group: string;
  readonly port: number;
  readonly interface?: SyncInterfaces | undefined;
}

export interface SyncLinkEvents {
  /** A datagram that counts. */
  onMessage(bytes: Uint8Array, from: Sender): void;
  /** A server of a take: what it decided of the recording, each time that is more. */
  onAnnounced(announcement: Announcement): void;
  onError(error: Error): void;
}

/**
 * A camera's sync messages: those that it sends, and of those that come in the ones that its take lets in, where it is
 * one of a take.
 */
export class SyncLink {
  private readonly network: SyncNetwork;
  private readonly tie: TakeTie | undefined;
  private readonly events: SyncLinkEvents;
  private readonly filter: TakeFilter | undefined;
  private socket: SyncSocket | undefined;
  private announced = '';

  constructor(network: SyncNetwork, tie: TakeTie | undefined, events: SyncLinkEvents) {
    this.network = network;
    this.tie = tie;
    this.events = events;
    if (tie !== undefined) this.filter = new TakeFilter(tie.session, tie.lateFrames);
  }

  /** @throws UsageError where the network can't be used. */
  async open(role: 'server' | 'client'): Promise<void> {
    this.socket = await openSyncSocket({
      ...this.network,
      alsoPort: this.tie?.alsoPort,
      role,
      onMessage: (bytes, from) => this.receive(bytes, from),
      onError: (error) => this.events.onError(error),
    });
  }

  /** UDP ports that it sends from. */
  get ports(): readonly number[] {
    return this.socket?.ports ?? [];
  }

  /** True where a take's own server is heard, and nobody else. */
  get inTake(): boolean {
    return this.filter !== undefined;
  }

  /** Datagrams that were not of the take. */
  get turnedAway(): number {
    return this.filter?.turnedAway ?? 0;
  }

  send(bytes: Uint8Array): void {
    this.socket?.send(bytes, toldStock(bytes, this.tie?.lateFrames ?? 0));
    const announcement = this.filter && announcementIn(bytes);
    const text = JSON.stringify(announcement) ?? '';
    if (announcement === undefined || text === this.announced) return;
    this.announced = text;
    this.events.onAnnounced(announcement);
  }

  /** The take's server, or who carries on its word, sends from these ports of this host. */
  serverSends(ports: readonly number[]): void {
    this.filter?.sending(ports);
  }

  /** The take's server decided this. */
  serverAnnounced(announcement: Announcement): void {
    this.filter?.announce(announcement);
  }

  /** Who started this camera is gone, and tells no more of the server. */
  orphan(): void {
    this.filter?.orphan();
  }

  async close(): Promise<void> {
    await this.socket?.close();
  }

  private receive(bytes: Uint8Array, from: Sender): void {
    const message = this.filter === undefined ? bytes : this.filter.pass(bytes, from);
    if (message !== undefined) this.events.onMessage(message, from);
  }
}
