import { isStock } from '../../camera/backends.ts';
import { inOrder } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { openSyncSocket, type Sender, type SyncSocket } from '../../host/sync-socket.ts';
import { SessionSigner } from '../../hosts/key/signed-session.ts';
import { BackupServer } from '../../sync/backup-server.ts';
import { HostMessages } from '../../sync/exchange/host-messages.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { decodeMessage, encodeMessage } from '../../wire/message.ts';
import { TakeFilter, toldStock } from '../camera/take-filter.ts';
import { GridFile } from '../files/grid-file.ts';
import { ServerListener } from '../files/server-listener.ts';
import { takeInterfaces } from '../plan/network.ts';
import type { TakeOptions } from '../plan/options.ts';
import { ForeignServers } from './foreign-servers.ts';

/** Cameras may have heard so many more of a server's messages than `record`, at most. */
const UNHEARD = 2 ** 20;

/** Where the messages of a take are. */
export interface TakePorts {
  /** The session of the take's server; undefined where that is a stock camera. */
  readonly session: string | undefined;
  /** The UDP port that is this take's alone, where it has stock cameras. */
  readonly own: number | undefined;
  /** The take begins so many frames behind what its stock server announces, or its stock clients are told. */
  readonly lateFrames: number;
  /** `record` is the server. */
  readonly leads: boolean;
  /** In a take of several hosts: this one's run, 16 hex digits, and the key of the session's signatures. */
  readonly signing?: { readonly hostId: string; readonly key: Uint8Array } | undefined;
  /** Takes what the server says, from `from`. */
  readonly onMessage: (bytes: Uint8Array, from: string) => void;
}

/** The sync messages of a take: `record` hears what its server says, and goes on saying it where the server dies. */
export class TakeMessages {
  /** What the server announces. */
  readonly server: ServerListener;
  /** Who else sends sync messages here, an address with its port, once somebody does. */
  otherServer: string | undefined;
  private readonly options: TakeOptions;
  private readonly clock: HostClock;
  private readonly foreign = new ForeignServers();
  private filter = new TakeFilter(undefined);
  private note: (text: string) => void = () => {};
  private socket: SyncSocket | undefined;
  /** Passes a stock server's messages on to the port that everybody knows. */
  private mirror: SyncSocket | undefined;
  private grid: GridFile | undefined;
  private saying: NodeJS.Timeout | undefined;
  private leads = false;
  private lateFrames = 0;
  private onMessage: TakePorts['onMessage'] = () => {};
  private signing: TakePorts['signing'];
  private signer: SessionSigner | undefined;
  private hosts = new HostMessages();

  constructor(options: TakeOptions, clock: HostClock) {
    this.options = options;
    this.clock = clock;
    this.server = new ServerListener(periodUs(options.frameRate));
  }

  /** @throws UsageError where the network can't be used. */
  async open(ports: TakePorts, note: (text: string) => void): Promise<void> {
    const { options } = this;
    const { group, port } = options;
    const { signing } = ports;
    this.filter = new TakeFilter(ports.session, ports.lateFrames, signing !== undefined);
    this.signing = signing;
    if (signing !== undefined) {
      this.filter.signedBy(signing.key);
      this.hosts = new HostMessages(signing.hostId);
    }
    this.note = note;
    this.leads = ports.leads;
    this.lateFrames = ports.lateFrames;
    this.onMessage = ports.onMessage;
    if (options.specs.some(isStock)) this.grid = await GridFile.open(options.folder);
    const shared = {
      group,
      interface: takeInterfaces(options),
      onError: (error: Error) => note(`warning: ${error.message}`),
    };
    const aside = ports.session === undefined && ports.own !== undefined;
    if (aside) this.mirror = await openSyncSocket({ ...shared, port, role: 'server' });
    this.socket = await openSyncSocket({
      ...shared,
      port: aside ? (ports.own as number) : port,
      ...(!aside && ports.own !== undefined && { alsoPort: ports.own }),
      role: 'both',
      unicast: signing !== undefined,
      onMessage: (bytes, from) => this.update(bytes, from),
    });
    if (ports.leads) this.filter.sending(this.ports);
  }

  /** `record` is the server: it says this of its frames. */
  say(bytes: Uint8Array): void {
    this.socket?.send(this.sealed(bytes), toldStock(bytes, this.lateFrames));
  }

  /** What is known of another host's boot clock. */
  hostIs(hostId: string, offset: HostOffset): void {
    this.hosts.tell(hostId, offset);
  }

  /** Whom to tell one by one as well, where `record` says what the server would. */
  sendAlsoTo(peers: readonly Sender[]): void {
    this.socket?.sendAlsoTo(peers);
  }

  /** The UDP port at which it hears what is sent to this host alone, in a take of several. */
  get unicastPort(): number | undefined {
    return this.socket?.unicastPort;
  }

  /** The UDP ports that `record` itself sends from. */
  get ports(): readonly number[] {
    return this.socket?.ports ?? [];
  }

  /** What is let in: told of the server by its channel. */
  get gate(): Pick<TakeFilter, 'sending' | 'announce'> {
    return this.filter;
  }

  /**
   * The server's camera is gone: its frames are carried on from here.
   * @returns false where its messages don't tell enough for that.
   */
  takeOver(): boolean {
    if (this.leads || this.saying !== undefined) return true;
    const backup = BackupServer.of(this.server.last, this.server.delayUs, this.options.syncPeriod);
    if (backup === undefined) return false;
    this.filter.sending(this.ports);
    this.sayNext(backup);
    return true;
  }

  private update(bytes: Uint8Array, from: Sender): void {
    const { turnedAway } = this.filter;
    const passed = this.filter.pass(bytes, from);
    if (passed === undefined) {
      if (this.filter.turnedAway === turnedAway) return;
      const line = this.foreign.update(bytes, from);
      if (line === undefined) return;
      this.otherServer = `${from.address}:${from.port}`;
      this.note(line);
      return;
    }
    const { wallUs, bootUs } = this.clock.pair();
    const message = this.hosts.bring(passed, wallUs, bootUs);
    if (message === undefined) return;
    const sender = `${from.address}:${from.port}`;
    this.server.receive(message, sender, wallUs, bootUs);
    this.onMessage(message, sender);
    this.grid?.write(this.server);
    this.mirror?.send(message);
  }

  private sayNext(backup: BackupServer): void {
    const { bootUs } = this.clock.pair();
    const say = (): void => {
      const { wallUs, bootUs } = this.clock.pair();
      this.socket?.send(this.sealed(this.ofThisHost(backup.message(wallUs, bootUs))));
      this.sayNext(backup);
    };
    this.saying = setTimeout(say, (backup.nextUs(bootUs) - bootUs) / 1000);
  }

  /** What the server said was brought to this host's clock: what is made of it is by that. */
  private ofThisHost(bytes: Uint8Array): Uint8Array {
    const message = decodeMessage(bytes);
    if (this.signing === undefined || message === undefined) return bytes;
    return encodeMessage({ ...message, envelope: { ...message.envelope, hostId: this.signing.hostId } });
  }

  /** Signed, in a take of several hosts: behind all that the server said. */
  private sealed(bytes: Uint8Array): Uint8Array {
    if (this.signing === undefined) return bytes;
    this.signer ??= new SessionSigner(this.signing.key, Math.max(0, this.filter.lastSequence ?? 0) + UNHEARD);
    return this.signer.sign(bytes);
  }

  async close(): Promise<void> {
    clearTimeout(this.saying);
    await inOrder(
      () => this.socket?.close(),
      () => this.mirror?.close(),
      () => this.grid?.close().catch(() => {}),
    );
  }
}
