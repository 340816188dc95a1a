import type { Random } from '../sensor/random.ts';
import { BackupServer } from '../sync/backup-server.ts';
import type { BootUs } from '../time/units.ts';
import { decodeMessage, type SyncMessage } from '../wire/message.ts';
import { Link } from './link.ts';

/** When the server's process dies, and when another carries its word on. */
export interface StandByOptions {
  /** True time at which the server's process dies; its sensor runs on, so there is a truth to compare with. */
  readonly fromUs: number;
  /** From one message to the next. */
  readonly everyFrames: number;
}

/** A process dies, and its parent is told, within this long, in us. */
const NOTICED_US = 20_000;
/** A timer of Node's goes off so much early or late, in us. */
const TIMER_US = [-1_000, 12_000] as const;

/** The `record` on the server's host: it hears what the server says, and goes on saying it when the server is dead. */
export class StandBy {
  readonly options: StandByOptions;
  private readonly link: Link;
  private readonly random: Random;
  private readonly host: HostTimes;
  private last: SyncMessage | undefined;
  private delayUs = 0;
  private backup: BackupServer | undefined;

  constructor(options: StandByOptions, random: Random, host: HostTimes) {
    this.options = options;
    this.random = random;
    this.link = new Link({}, random);
    this.host = host;
  }

  /** The server says something. */
  update(sentUs: number, bytes: Uint8Array): void {
    const [atUs] = this.link.arrivals(sentUs);
    const message = decodeMessage(bytes);
    if (atUs === undefined || message === undefined) return;
    this.last = message;
    this.delayUs = this.host.wall(atUs) - message.wallClockUs;
  }

  /** What it says up to a true time; nothing where the server's last message doesn't tell enough. */
  *says(untilUs: number): Generator<{ readonly sentUs: number; readonly bytes: Uint8Array }> {
    const noticedUs = this.options.fromUs + NOTICED_US;
    if (untilUs < noticedUs) return;
    this.backup ??= BackupServer.of(this.last, this.delayUs, this.options.everyFrames);
    const { backup } = this;
    if (backup === undefined) return;
    const { host } = this;
    // The host's timer runs by its own clock: from its boot time to a true one and back is a matter of where it stands
    // now.
    const fromUs = host.boot(noticedUs);
    const nextUs = (): number => noticedUs + (backup.nextUs(fromUs) - fromUs) / host.bootRate;
    for (let dueUs = nextUs(); dueUs <= untilUs; dueUs = nextUs()) {
      const sentUs = dueUs + this.random.between(...TIMER_US);
      yield { sentUs, bytes: backup.message(host.wall(sentUs), host.boot(sentUs)) };
    }
  }
}

/** A host's clocks at a true time, in us. */
export interface HostTimes {
  wall(trueUs: number): number;
  boot(trueUs: number): BootUs;
  /** Seconds of its boot clock a true second. */
  readonly bootRate: number;
}
