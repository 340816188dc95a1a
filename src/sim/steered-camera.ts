import { Random } from '../sensor/random.ts';
import { SYNC_DEFAULTS } from '../sync/controller.ts';
import type { FollowedGrid } from '../sync/steering/followed-grid.ts';
import type { Leading } from '../sync/steering/leading.ts';
import type { Steerer } from '../sync/steering/steerer.ts';
import type { SteeredState } from '../sync/steering/way.ts';
import { StockServer } from '../sync/stock-server.ts';
import { encodeMessage } from '../wire/message.ts';
import { bootOf, type HostClocks } from './host-clocks.ts';
import { Link, type LinkOptions } from './link.ts';
import type { ProcessFrame, StockProcess } from './stock-process.ts';

/** From a message's leaving to the process's socket on the same host, in us. */
const LOOPBACK_US = [30, 150] as const;

/** So long after its start, in us, a moment is surely within a frame, whatever the noise of stamps. */
const WITHIN_US = 1_000;
/** Nobody is woken again sooner, in us. */
const LEAST_US = 1;

/** Who writes is kept from it, now and then, by what else the host does: times in us. */
export interface Busy {
  /** From the beginning of one such time to the next, in the mean. */
  readonly everyUs: number;
  /** The longest; they are as likely to be of any length up to that. */
  readonly mostUs: number;
}

/** Times in which nobody hears and nobody writes. */
class Absences {
  private readonly random: Random;
  private readonly busy: Busy | undefined;
  private from = 0;
  private until = 0;

  constructor(busy: Busy | undefined, random: Random) {
    this.busy = busy;
    this.random = random;
  }

  /** When it comes to what is to be done at a moment. Moments may go back by less than an absence. */
  after(us: number): number {
    const busy = this.busy;
    if (busy === undefined || us === Number.POSITIVE_INFINITY) return us;
    while (this.until <= us) {
      this.from = this.until + this.random.between(0, 2 * busy.everyUs);
      this.until = this.from + this.random.between(0, busy.mostUs);
    }
    return us < this.from ? us : this.until;
  }
}

/** Who writes the messages to a stock process. */
export interface Writer {
  /** When it wants to be woken next, in true time. */
  readonly dueUs: number;
  /** It is time. @returns what is sent. */
  wake(trueUs: number): Uint8Array | undefined;
  /** The process made a frame: what it said of it is heard later. */
  heard(frame: ProcessFrame['reports'][number]): void;
  /** What it says of the process at a moment. */
  state(trueUs: number): SteeredState;
}

/** A steerer on the process's host: its boot clock is the sensor's. */
export class SteeringWriter implements Writer {
  readonly steerer: Steerer;
  private readonly host: HostClocks;
  private readonly wall: (trueUs: number) => number;
  private wokenUs = 0;

  constructor(steerer: Steerer, host: HostClocks, wall: (trueUs: number) => number) {
    this.steerer = steerer;
    this.host = host;
    this.wall = wall;
    steerer.start(bootOf(host, 0));
  }

  get dueUs(): number {
    const { wakeUs } = this.steerer;
    return wakeUs === undefined ? Number.POSITIVE_INFINITY : Math.max(this.wokenUs, trueOf(this.host, wakeUs));
  }

  wake(trueUs: number): Uint8Array | undefined {
    this.wokenUs = trueUs + LEAST_US;
    return this.steerer.wake(bootOf(this.host, trueUs), this.wall(trueUs));
  }

  heard({ atUs, report }: ProcessFrame['reports'][number]): void {
    this.steerer.report(report, bootOf(this.host, atUs));
  }

  state(trueUs: number): SteeredState {
    return this.steerer.at(bootOf(this.host, trueUs));
  }
}

/** A steerer whose grid is that of a server on the network, which a tracking client hears. */
export class FollowingWriter extends SteeringWriter {
  private readonly grid: FollowedGrid;
  private readonly clocks: HostClocks;
  private readonly wallClock: (trueUs: number) => number;
  /** Datagrams under way, the next to arrive first. */
  private readonly underWay: { readonly atUs: number; readonly bytes: Uint8Array }[] = [];
  private readyNumber: number | undefined;

  constructor(steerer: Steerer, grid: FollowedGrid, host: HostClocks, wall: (trueUs: number) => number) {
    super(steerer, host, wall);
    this.grid = grid;
    this.clocks = host;
    this.wallClock = wall;
  }

  /** The server sent something, which arrives at a true time. */
  arrives(atUs: number, bytes: Uint8Array): void {
    this.underWay.push({ atUs, bytes });
    this.underWay.sort((a, b) => a.atUs - b.atUs);
  }

  override heard(said: ProcessFrame['reports'][number]): void {
    while (this.underWay[0] !== undefined && this.underWay[0].atUs <= said.atUs) {
      const { atUs, bytes } = this.underWay.shift() as { atUs: number; bytes: Uint8Array };
      this.grid.client.receive(bytes, 'server', this.wallClock(atUs), bootOf(this.clocks, atUs));
    }
    this.grid.report(said.report);
    const { readyNumber } = this.grid;
    if (readyNumber !== undefined && readyNumber !== this.readyNumber) this.steerer.begin(readyNumber);
    this.readyNumber = readyNumber;
    super.heard(said);
  }
}

/** A stock camera that leads: it runs free, and is heard until it dies. */
export class LeadingWriter implements Writer {
  private readonly leading: Leading;
  private readonly host: HostClocks;
  private readonly diesUs: number;
  private wokenUs = 0;

  constructor(leading: Leading, host: HostClocks, diesUs: number) {
    this.leading = leading;
    this.host = host;
    this.diesUs = diesUs;
  }

  get dueUs(): number {
    const { wakeUs } = this.leading;
    return wakeUs === undefined ? Number.POSITIVE_INFINITY : Math.max(this.wokenUs, trueOf(this.host, wakeUs));
  }

  wake(trueUs: number): Uint8Array | undefined {
    this.wokenUs = trueUs + LEAST_US;
    return this.leading.wake(bootOf(this.host, trueUs));
  }

  heard({ atUs, report }: ProcessFrame['reports'][number]): void {
    if (atUs < this.diesUs) this.leading.report(report, bootOf(this.host, atUs));
  }

  state(): SteeredState {
    return { state: 'acquiring', phaseUs: undefined, boundUs: undefined };
  }
}

/** A stock server without a camera: it has the grid's frames for its own, and hears nobody. */
export class StockWriter implements Writer {
  private readonly server: StockServer;
  private readonly wall: (trueUs: number) => number;
  private readonly periodUs: number;
  private nextUs: number;

  constructor(originUs: number, periodUs: number, readyFrame: number, wall: (trueUs: number) => number) {
    const frameDurationUs = Math.trunc(periodUs);
    this.server = new StockServer({ ...SYNC_DEFAULTS, frameDurationUs, readyFrame });
    this.wall = wall;
    this.periodUs = periodUs;
    this.nextUs = originUs;
  }

  get dueUs(): number {
    return this.nextUs;
  }

  wake(): Uint8Array | undefined {
    const { send } = this.server.frame(Math.floor(this.wall(this.nextUs)));
    this.nextUs += this.periodUs;
    return send && encodeMessage(send);
  }

  heard(): void {}

  state(): SteeredState {
    return { state: 'acquiring', phaseUs: undefined, boundUs: undefined };
  }
}

/** One stock process and who writes to it, in virtual time. */
export class SteeredCamera {
  private readonly process: StockProcess;
  private readonly writer: Writer;
  private readonly link: Link;
  private readonly absences: Absences;
  /** What the process said and is not heard yet, the first first. */
  private readonly said: ProcessFrame['reports'][number][] = [];

  constructor(process: StockProcess, writer: Writer, link: LinkOptions, seed: number, busy?: Busy) {
    this.absences = new Absences(busy, new Random(seed + 1));
    this.process = process;
    this.writer = writer;
    this.link = new Link({ delayUs: LOOPBACK_US, ...link }, new Random(seed));
  }

  /**
   * Lets virtual time run up to `untilUs`.
   * @param onFrame is called at the process's decision on each frame, before it is heard.
   */
  run(untilUs: number, onFrame: (frame: ProcessFrame, state: SteeredState) => void): void {
    for (;;) {
      const process = this.process.dueUs;
      const said = this.absences.after(this.said[0]?.atUs ?? Number.POSITIVE_INFINITY);
      const writer = this.absences.after(this.writer.dueUs);
      const now = Math.min(process, said, writer);
      if (now > untilUs) return;
      if (said === now) {
        const { report } = this.said.shift() as ProcessFrame['reports'][number];
        this.writer.heard({ atUs: now, report });
      } else if (process === now) this.frame(onFrame);
      else this.wake(now);
    }
  }

  private frame(onFrame: (frame: ProcessFrame, state: SteeredState) => void): void {
    const frame = this.process.next();
    this.said.push(...frame.reports);
    this.said.sort((a, b) => a.atUs - b.atUs);
    onFrame(frame, this.writer.state(frame.trueUs + WITHIN_US));
  }

  private wake(now: number): void {
    const bytes = this.writer.wake(now);
    if (bytes === undefined) return;
    for (const atUs of this.link.arrivals(now)) this.process.receive(atUs, bytes);
  }
}

const trueOf = ({ bootAtUs, bootPpm }: HostClocks, bootUs: number): number =>
  (bootUs - bootAtUs) / (1 + bootPpm * 1e-6);
