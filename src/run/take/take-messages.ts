import type { HostClock } from '../../host/clock.ts';
import { openSyncSocket, type SyncSocket } from '../../host/sync-socket.ts';
import { Caretaker } from '../../sync/caretaker.ts';
import { periodUs } from '../../time/frame-rate.ts';
import { GridFile } from './grid-file.ts';
import { takeInterfaces } from './network.ts';
import { isStock, type TakeOptions } from './options.ts';
import { ServerListener } from './server-listener.ts';

/** The sync messages of a take: `record` hears what its server says, and goes on saying it where the server dies. */
export class TakeMessages {
  /** What the server announces. */
  readonly server: ServerListener;
  private readonly options: TakeOptions;
  private readonly clock: HostClock;
  private socket: SyncSocket | undefined;
  private grid: GridFile | undefined;
  private saying: NodeJS.Timeout | undefined;

  constructor(options: TakeOptions, clock: HostClock) {
    this.options = options;
    this.clock = clock;
    this.server = new ServerListener(periodUs(options.frameRate));
  }

  /** @throws UsageError where the network can't be used. */
  async open(note: (text: string) => void): Promise<void> {
    const { options } = this;
    const { group, port } = options;
    if (options.specs.some(isStock)) this.grid = await GridFile.open(options.folder);
    this.socket = await openSyncSocket({
      group,
      port,
      interface: takeInterfaces(this.options),
      role: 'both',
      onMessage: (bytes, from) => {
        this.server.receive(bytes, `${from.address}:${from.port}`, this.clock.wall());
        this.grid?.write(this.server);
      },
      onError: (error) => note(`warning: ${error.message}`),
    });
  }

  /** The server is gone: its frames are carried on from here. @returns false where its messages don't tell enough for that. */
  takeOver(): boolean {
    if (this.saying !== undefined) return true;
    const caretaker = Caretaker.of(this.server.last, this.server.delayUs, this.options.syncPeriod);
    if (caretaker === undefined) return false;
    this.sayNext(caretaker);
    return true;
  }

  private sayNext(caretaker: Caretaker): void {
    const { bootUs } = this.clock.pair();
    const say = (): void => {
      const { wallUs, bootUs } = this.clock.pair();
      this.socket?.send(caretaker.message(wallUs, bootUs));
      this.sayNext(caretaker);
    };
    this.saying = setTimeout(say, (caretaker.nextUs(bootUs) - bootUs) / 1000);
  }

  async close(): Promise<void> {
    clearTimeout(this.saying);
    await this.socket?.close();
    await this.grid?.close().catch(() => {});
  }
}
