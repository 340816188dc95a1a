import type { Sender } from '../../host/sync-socket.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import { type Announcement, announcementIn } from '../camera/take-filter.ts';
import type { CameraProcess } from './camera-process.ts';
import type { TakeMessages } from './take-messages.ts';

/** Where a take's server is, and where its clients are. */
export interface ServerWays {
  /** The other host that the server is on. */
  readonly ofServer: string | undefined;
  /** The addresses of a host; of this one, where undefined. */
  addressesOf(host: string | undefined): readonly string[];
}

/** What a server's process tells of itself over its channel, passed on to all processes of cameras that are ours. */
export class ServerRelay {
  private readonly messages: TakeMessages;
  /** Those of the dead among them. */
  private readonly own: CameraProcess[] = [];
  private readonly serverPorts: number[] = [];
  private announcement: Announcement | undefined;
  /** Of the own, those on this host. */
  private readonly here: CameraProcess[] = [];
  private clock: { readonly hostId: string; readonly offset: HostOffset } | undefined;
  private ways: ServerWays | undefined;
  private server: CameraProcess | undefined;
  private readonly peers: Sender[] = [];

  constructor(messages: TakeMessages) {
    this.messages = messages;
  }

  /**
   * A process that is to hear of it, what was told before it was started too.
   * @param host the other host that it is on.
   * @param server it is the take's server.
   */
  add(camera: CameraProcess, { host, server }: { readonly host?: string | undefined; readonly server: boolean }): void {
    this.own.push(camera);
    if (host === undefined) this.here.push(camera);
    if (host === undefined && this.clock !== undefined) camera.tell({ kind: 'hostClock', ...this.clock });
    if (server) {
      this.server = camera;
      this.tellPeers();
    }
    camera.serverSends(this.serverPorts);
    if (this.announcement !== undefined) camera.serverAnnounced(this.announcement);
  }

  /** The server sends from these UDP ports. */
  serverSends(ports: readonly number[]): void {
    this.serverPorts.push(...ports.filter((port) => !this.serverPorts.includes(port)));
    this.messages.gate.sending(ports);
    for (const camera of this.own) camera.serverSends(ports);
  }

  /** The server decided this of the recording. */
  serverAnnounced(announcement: Announcement): void {
    this.announcement = announcement;
    this.messages.gate.announce(announcement);
    for (const camera of this.own) camera.serverAnnounced(announcement);
  }

  /** How the take's server reaches its clients, where it is to tell each of them by itself. */
  reach(ways: ServerWays): void {
    this.ways = ways;
  }

  /** A client hears at this UDP port what is for it alone. @param host the other host that it is on. */
  hears(host: string | undefined, port: number): void {
    // On its own host all hear what goes to the group.
    if (this.ways === undefined || host === this.ways.ofServer) return;
    for (const address of this.ways.addressesOf(host)) this.peers.push({ address, port });
    this.tellPeers();
  }

  /** How the clock of the server's host lies against this host's. */
  hostClock(hostId: string, offset: HostOffset): void {
    this.clock = { hostId, offset };
    this.messages.hostIs(hostId, offset);
    for (const camera of this.here) camera.tell({ kind: 'hostClock', hostId, offset });
  }

  /** `record` is the server: it says this of its frames. */
  say(bytes: Uint8Array): void {
    const announcement = announcementIn(bytes);
    if (announcement !== undefined && this.announcement === undefined) this.serverAnnounced(announcement);
    this.messages.say(bytes);
  }

  /** `record` is the server: our own cameras are told by which ports it speaks. */
  recordLeads(): void {
    this.serverSends(this.messages.ports);
  }

  /** Has `record` carry on the word of a server that is gone, from ports of its own. @returns whether it can. */
  takeOver(): boolean {
    const able = this.messages.takeOver();
    if (able) this.serverSends(this.messages.ports);
    return able;
  }

  private tellPeers(): void {
    if (this.peers.length === 0) return;
    this.server?.tell({ kind: 'peers', peers: this.peers });
    this.messages.sendAlsoTo(this.peers);
  }
}
