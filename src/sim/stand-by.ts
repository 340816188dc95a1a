import { Caretaker } from '../sync/caretaker.ts';
import { bootUs } from '../time/units.ts';
import { decodeMessage, type SyncMessage } from '../wire/message.ts';
import { Link } from './link.ts';
import type { Random } from './random.ts';

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
  private readonly wall: (trueUs: number) => number;
  private last: SyncMessage | undefined;
  private delayUs = 0;
  private caretaker: Caretaker | undefined;

  /** @param wall the host's wall clock at a true time. */
  constructor(options: StandByOptions, random: Random, wall: (trueUs: number) => number) {
    this.options = options;
    this.random = random;
    this.link = new Link({}, random);
    this.wall = wall;
  }

  /** The server says something. */
  hear(sentUs: number, bytes: Uint8Array): void {
    const [atUs] = this.link.arrivals(sentUs);
    const message = decodeMessage(bytes);
    if (atUs === undefined || message === undefined) return;
    this.last = message;
    this.delayUs = this.wall(atUs) - message.wallClockUs;
  }

  /** What it says up to a true time; nothing where the server's last message doesn't tell enough. */
  *says(untilUs: number): Generator<{ readonly sentUs: number; readonly bytes: Uint8Array }> {
    const noticedUs = this.options.fromUs + NOTICED_US;
    if (untilUs < noticedUs) return;
    this.caretaker ??= Caretaker.of(this.last, this.delayUs, this.options.everyFrames);
    const { caretaker } = this;
    if (caretaker === undefined) return;
    for (let dueUs = caretaker.nextUs(noticedUs); dueUs <= untilUs; dueUs = caretaker.nextUs(noticedUs)) {
      const sentUs = dueUs + this.random.between(...TIMER_US);
      yield { sentUs, bytes: caretaker.message(this.wall(sentUs), bootUs(sentUs)) };
    }
  }
}
