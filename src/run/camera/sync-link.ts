import type { SyncInterfaces } from '../../host/interfaces.ts';
import { openSyncSocket, type Sender, type SyncSocket } from '../../host/sync-socket.ts';
import { SessionSigner } from '../../hosts/key/signed-session.ts';
import { HostMessages, type HostReading } from '../../sync/exchange/host-messages.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import type { Clock, ClockPair } from '../../time/clock.ts';
import type { TakeTie } from './ipc.ts';
import { type Announcement, announcementIn, TakeFilter, toldStock } from './take-filter.ts';

export interface SyncNetwork {
  readonly group: string;
  readonly port: number;
  readonly interface?: SyncInterfaces | undefined;
}

export interface SyncLinkEvents {
  /** A datagram that counts, in this host's times, and when it came. */
  onMessage(bytes: Uint8Array, from: Sender, at: ClockPair): void;
  /** A server of a take: what it decided of the recording, each time that is more. */
  onAnnounced(announcement: Announcement): void;
  onError(error: Error): void;
}

/**
 * A camera's sync messages: those that it sends, and of those that come in the ones that its take lets in, where it is
 * one of a take; those of servers on other hosts in this host's times.
 */
export class SyncLink {
  private readonly network: SyncNetwork;
  private readonly tie: TakeTie | undefined;
  private readonly events: SyncLinkEvents;
  private readonly filter: TakeFilter | undefined;
  private socket: SyncSocket | undefined;
  private readonly clock: Clock;
  private readonly hosts: HostMessages;
  /** Messages of hosts whose clock is not known, or no longer well enough. */
  private unread = 0;
  private announced = '';
  private readonly signed: boolean;
  private signer: SessionSigner | undefined;
  private peers: readonly Sender[] = [];

  constructor(network: SyncNetwork, tie: TakeTie | undefined, clock: Clock, events: SyncLinkEvents) {
    this.network = network;
    this.tie = tie;
    this.clock = clock;
    this.hosts = new HostMessages(tie?.hostId);
    this.events = events;
    this.signed = tie?.signed === true;
    if (tie !== undefined) this.filter = new TakeFilter(tie.session, tie.lateFrames, this.signed);
  }

  /** @throws UsageError where the network can't be used. */
  async open(role: 'server' | 'client'): Promise<void> {
    this.socket = await openSyncSocket({
      ...this.network,
      alsoPort: this.tie?.alsoPort,
      unicast: this.signed,
      role,
      onMessage: (bytes, from) => this.receive(bytes, from),
      onError: (error) => this.events.onError(error),
    });
    this.socket.sendAlsoTo(this.peers);
  }

  /** The UDP port at which a client of a signed session hears what is sent to its host alone. */
  get unicastPort(): number | undefined {
    return this.socket?.unicastPort;
  }

  /** UDP ports that it sends from. */
  get ports(): readonly number[] {
    return this.socket?.ports ?? [];
  }

  /** True where a take's own server is heard, and nobody else. */
  get inTake(): boolean {
    return this.filter !== undefined;
  }

  /** Datagrams that did not count, by reason. */
  get refused(): Readonly<Record<string, number>> {
    const { unread } = this;
    const turnedAway = this.filter?.turnedAway ?? 0;
    return {
      ...(turnedAway > 0 && { 'not of this take': turnedAway }),
      ...(unread > 0 && { 'of a host whose clock is not known': unread }),
    };
  }

  /** How the boot clock of the server's host is read; undefined where that is this host, or nothing is known. */
  get hostClock(): HostReading | undefined {
    return this.hosts.reading(this.clock.boot());
  }

  send(bytes: Uint8Array): void {
    const message = this.signed ? this.signer?.sign(bytes) : bytes;
    if (message !== undefined) this.socket?.send(message, toldStock(bytes, this.tie?.lateFrames ?? 0));
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

  /** What is known of another host's boot clock, in a take of several. */
  hostIs(hostId: string, offset: HostOffset): void {
    this.hosts.tell(hostId, offset);
  }

  /**
   * The key of a signed session: from now on messages are sent, and heard.
   * @param from the first sequence.
   */
  signedBy(key: Uint8Array, from?: number): void {
    this.signer = new SessionSigner(key, from);
    this.filter?.signedBy(key);
  }

  /** A server sends its messages to these as well, one by one. */
  sendAlsoTo(peers: readonly Sender[]): void {
    this.peers = peers;
    this.socket?.sendAlsoTo(peers);
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
    const passed = this.filter === undefined ? bytes : this.filter.pass(bytes, from);
    if (passed === undefined) return;
    const at = this.clock.pair();
    const message = this.hosts.bring(passed, at.wallUs, at.bootUs);
    if (message === undefined) this.unread++;
    else this.events.onMessage(message, from, at);
  }
}
