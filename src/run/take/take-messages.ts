import { isStock } from '../../camera/backends.ts';
import { inOrder } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { openSyncSocket, type Sender, type SyncSocket } from '../../host/sync-socket.ts';
import { BackupServer } from '../../sync/backup-server.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { TakeFilter, toldStock } from '../camera/take-filter.ts';
import { GridFile } from '../files/grid-file.ts';
import { ServerListener } from '../files/server-listener.ts';
import { takeInterfaces } from '../plan/network.ts';
import type { TakeOptions } from '../plan/options.ts';
import { ForeignServers } from './foreign-servers.ts';

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

  constructor(options: TakeOptions, clock: HostClock) {
    this.options = options;
    this.clock = clock;
    this.server = new ServerListener(periodUs(options.frameRate));
  }

  /** @throws UsageError where the network can't be used. */
  async open(ports: TakePorts, note: (text: string) => void): Promise<void> {
    const { options } = this;
    const { group, port } = options;
    this.filter = new TakeFilter(ports.session, ports.lateFrames);
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
      onMessage: (bytes, from) => this.update(bytes, from),
    });
    if (ports.leads) this.filter.sending(this.ports);
  }

  /** `record` is the server: it says this of its frames. */
  say(bytes: Uint8Array): void {
    this.socket?.send(bytes, toldStock(bytes, this.lateFrames));
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
    const passed = this.filter.pass(bytes, from);
    if (passed === undefined) {
      const line = this.foreign.update(bytes, from);
      if (line === undefined) return;
      this.otherServer = `${from.address}:${from.port}`;
      this.note(line);
      return;
    }
    const { wallUs, bootUs } = this.clock.pair();
    const sender = `${from.address}:${from.port}`;
    this.server.receive(passed, sender, wallUs, bootUs);
    this.onMessage(passed, sender);
    this.grid?.write(this.server);
    this.mirror?.send(passed);
  }

  private sayNext(backup: BackupServer): void {
    const { bootUs } = this.clock.pair();
    const say = (): void => {
      const { wallUs, bootUs } = this.clock.pair();
      this.socket?.send(backup.message(wallUs, bootUs));
      this.sayNext(backup);
    };
    this.saying = setTimeout(say, (backup.nextUs(bootUs) - bootUs) / 1000);
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
