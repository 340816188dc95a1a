import type { SyncMessage } from '../../wire/message.ts';
import { isOnThisHost } from '../same-host.ts';
import { SteadyClock } from './steady-clock.ts';

/** How well wall clocks keep time: frames of two that are apart are compared over so long. A share. */
const WALL_RATE = 20e-6;

/**
 * The clocks that a server's time comes by: its boot clock, its wall clock, this host's wall clock, this host's boot
 * clock. When a server is met, the two wall clocks are taken to agree; from then on steps and slews of either are taken
 * out, told from crystals by their speed (`SteadyClock`).
 */
export class MessageClocks {
  private readonly own = new SteadyClock();
  private server = new SteadyClock();
  /** True where the server runs on this host: then its boot clock is this one's, and no wall clock is of matter. */
  sameHost = false;
  /** True once movements of the clocks would be seen. */
  settled = false;
  /** Boot time of this host's current frame, by its stamp. */
  private bootUs = 0;
  /** From boot to wall time of this host at the current frame: without steps and slews, and as it is. In us. */
  private toWallUs = 0;
  private rawToWallUs = 0;
  /**
   * The least time that a message seemed to be under way, or to come early, since the server was met: what the wall
   * clocks may be apart, in us.
   */
  private apartUs = 0;
  /** What the rate of this host's wall clock was known to when the server was met: a share. */
  private metRateDoubt = 0;

  /** A frame of this host's camera: its time on both clocks. */
  frame(wallUs: number, bootUs: number): void {
    this.bootUs = bootUs;
    this.rawToWallUs = wallUs - bootUs;
    this.toWallUs = this.own.offset(bootUs, this.rawToWallUs);
  }

  /** A server begins to be followed: nothing is known of how its clocks stood when they were set. */
  meet(message: SyncMessage): void {
    this.server = new SteadyClock();
    this.own.rebase();
    this.toWallUs = this.rawToWallUs;
    this.apartUs = Number.POSITIVE_INFINITY;
    this.metRateDoubt = this.own.doubtAt(1);
    this.settled = false;
    // Another host's boot clock runs at another rate, and its frames' duration is by that.
    this.sameHost = isOnThisHost(message, this.rawToWallUs);
  }

  /** Whether a message is of the boot of the server's host that was followed until now. */
  continues({ wallClockUs, envelope }: SyncMessage): boolean {
    const { bootUs } = envelope ?? {};
    return bootUs !== undefined && (this.sameHost || this.server.continues(bootUs, wallClockUs - bootUs));
  }

  /** The time of the server's frame on this host's boot clock, in us. */
  timeOf({ wallClockUs, envelope }: SyncMessage): MessageTime {
    const { bootUs } = envelope ?? {};
    if (bootUs !== undefined && this.sameHost) return { us: bootUs, doubtUs: 0, closerDoubtUs: 0 };
    const steadyUs = bootUs === undefined ? wallClockUs : bootUs + this.server.offset(bootUs, wallClockUs - bootUs);
    // The clocks of this host go apart while a message is under way: what is known of them now is not what was then.
    const nowUs = steadyUs - this.toWallUs;
    const agoUs = this.bootUs - nowUs;
    const closerDoubtUs = this.comeCloser(Math.abs(agoUs));
    return {
      us: nowUs + this.own.changeIn(agoUs),
      // What all messages are off alike is in the bound.
      doubtUs: this.own.doubtAt(Math.abs(agoUs) - this.apartUs),
      closerDoubtUs,
    };
  }

  /** A message was taken: once its movements would be seen, a clock is settled. */
  taken({ envelope }: SyncMessage): void {
    const serverSettled = envelope?.bootUs === undefined || this.server.settled;
    this.settled ||= this.sameHost || (this.own.settled && serverSettled);
  }

  /** What the last times may all have been off by, as it turns out now, in us. Asked for once. */
  takeSlipped(): number {
    const slippedUs = this.own.takeSlipped() + this.server.takeSlipped();
    return this.sameHost ? 0 : slippedUs;
  }

  /** What times that were told by a clock's rate as it was known then are off by what is known now. Asked for once. */
  takeMended(which: 'own' | 'server'): { us: number; rate: number } | undefined {
    const mended = this[which].takeMended();
    return this.sameHost ? undefined : mended;
  }

  /** Which of the clocks is on the move, as far as that is seen. */
  get moving(): 'own' | 'server' | undefined {
    return this.own.moving ? 'own' : this.server.moving ? 'server' : undefined;
  }

  /** What is not known of the clocks, for all messages alike, in us. */
  get doubtUs(): number {
    if (this.sameHost) return 0;
    const { own, server, apartUs } = this;
    return own.doubtUs + server.doubtUs + own.doubtAt(apartUs) + WALL_RATE * apartUs;
  }

  /**
   * A message was less under way than all before it, so those were late: by so much longer this host's clock went on at
   * a rate that was not known yet, and what was told before is off by that, for all of them alike. In us.
   */
  private comeCloser(apartUs: number): number {
    if (apartUs >= this.apartUs) return 0;
    const closer = this.apartUs < Number.POSITIVE_INFINITY ? this.metRateDoubt * (this.apartUs - apartUs) : 0;
    this.apartUs = apartUs;
    return closer;
  }
}

/** A time that a message tells, on this host's boot clock, in us. */
export interface MessageTime {
  readonly us: number;
  /** What is not known of it, as a standard deviation. */
  readonly doubtUs: number;
  /** What the times told before it may all be off by, more than was known then: a standard error. */
  readonly closerDoubtUs: number;
}
