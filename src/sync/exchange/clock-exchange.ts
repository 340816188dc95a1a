import { type HostOffset, offsetAt } from './host-offset.ts';
import { OffsetBound } from './offset-bound.ts';
import { OffsetFilter } from './offset-filter.ts';
import { type ExchangeTimes, sampleOf } from './sample.ts';

/** A question to another host. */
export interface Question {
  /** Its number, from 1 on. */
  readonly sequence: number;
  /** When it was asked, on our boot clock, in us. */
  readonly askedUs: number;
}

/** An answer as it came in. */
export interface Answer extends ExchangeTimes {
  /** The question's number. */
  readonly sequence: number;
  /** Names the other host's run: 16 hex digits. Another one has another clock. */
  readonly hostId: string;
}

/** How often another host is asked. */
export interface ExchangePace {
  /** Questions of a burst in the beginning. */
  readonly burst: number;
  /** Behind it one question so often, in us. */
  readonly everyUs: number;
  /** So often as long as the error is large, in us. */
  readonly everyOnLongUs: number;
}

/** For a take: known within a second or so, and followed closely. */
export const TAKE_PACE: ExchangePace = { burst: 64, everyUs: 125_000, everyOnLongUs: 50_000 };
/** To say how well a clock is known while nothing is recorded: a thousand hosts may ask the same one. */
export const IDLE_PACE: ExchangePace = { burst: 8, everyUs: 1_000_000, everyOnLongUs: 1_000_000 };

/** Time between the questions of a burst, in us. */
const BURST_EVERY_US = 20_000;
/** An error that is larger than this asks for more exchanges, in us. */
const LARGE_US = 20;
/** Without any answer for so long the host is asked as if it had never been heard, in us. */
const SILENT_US = 2e6;
/** Questions that may be under way at once: answers to older ones are not waited for. */
const MOST_UNDER_WAY = 256;

/**
 * Asks another host for its boot clock: when to ask, and what its answers make of the offset. A machine: times go in,
 * what is to be done comes out.
 */
export class ClockExchange {
  private bound = new OffsetBound();
  private filter = new OffsetFilter();
  private hostId: string | undefined;
  private readonly underWay = new Map<number, { readonly askedUs: number; leftUs: number }>();
  private sequence = 0;
  private readonly pace: ExchangePace;
  private burstLeft: number;
  private lastAnswerUs: number | undefined;
  private errorUs = Number.POSITIVE_INFINITY;
  private anew = 0;

  /** When to ask next, on our boot clock, in us. */
  wakeUs = 0;

  constructor(pace: ExchangePace = TAKE_PACE) {
    this.pace = pace;
    this.burstLeft = pace.burst;
  }

  /** How often all was forgotten, since the other host or its clock was another one. */
  get begunAnew(): number {
    return this.anew;
  }

  /** The other host's run that the offset is of; undefined before it answers. */
  get of(): string | undefined {
    return this.hostId;
  }

  /** When the last answer came that was taken, on our boot clock, in us. */
  get heardUs(): number | undefined {
    return this.lastAnswerUs;
  }

  /** The next question, sent now. */
  ask(nowUs: number): Question {
    const sequence = ++this.sequence;
    this.underWay.set(sequence, { askedUs: nowUs, leftUs: nowUs });
    if (this.underWay.size > MOST_UNDER_WAY) this.underWay.delete(sequence - MOST_UNDER_WAY);
    if (this.burstLeft > 0) this.burstLeft--;
    const silent = this.lastAnswerUs !== undefined && nowUs - this.lastAnswerUs > SILENT_US;
    const calm = silent || this.errorUs <= LARGE_US ? this.pace.everyUs : this.pace.everyOnLongUs;
    this.wakeUs = nowUs + (this.burstLeft > 0 ? BURST_EVERY_US : calm);
    return { sequence, askedUs: nowUs };
  }

  /**
   * A question left only now: to write and sign it took its time, which is no time under way. The one that it was asked
   * at is what it is known by.
   */
  left(sequence: number, leftUs: number): void {
    const question = this.underWay.get(sequence);
    if (question !== undefined) question.leftUs = Math.max(question.askedUs, leftUs);
  }

  /**
   * Takes an answer: each once, and none that nobody asked for.
   * @returns whether it was one.
   */
  answered(answer: Answer): boolean {
    const { sequence, hostId, cameUs } = answer;
    const question = this.underWay.get(sequence);
    if (question === undefined || question.askedUs !== answer.askedUs) return false;
    this.underWay.delete(sequence);
    const sample = sampleOf({ ...answer, askedUs: question.leftUs });
    if (sample === undefined) return false;
    if (this.hostId !== undefined && this.hostId !== hostId) this.beginAnew();
    this.hostId = hostId;
    if (!this.bound.take(sample)) {
      this.beginAnew();
      this.bound.take(sample);
    }
    this.filter.take(sample);
    this.lastAnswerUs = cameUs;
    this.errorUs = this.offset(cameUs)?.standardErrorUs ?? Number.POSITIVE_INFINITY;
    return true;
  }

  /** What is known at a moment; undefined as long as that is nothing to go by. */
  offset(nowUs: number): HostOffset | undefined {
    const known = this.atLast(this.lastAnswerUs ?? nowUs);
    return known && offsetAt(known, nowUs);
  }

  private atLast(nowUs: number): HostOffset | undefined {
    const interval = this.bound.at(nowUs);
    const drift = this.bound.driftPpm;
    const estimate = this.filter.at(nowUs, drift);
    if (interval === undefined || estimate === undefined) return undefined;
    const { lowUs, highUs } = interval;
    const offsetUs = Math.min(Math.max(estimate.offsetUs, lowUs), highUs);
    return {
      offsetUs,
      driftPpm: estimate.driftPpm,
      standardErrorUs: estimate.standardErrorUs,
      boundUs: Math.max(highUs - offsetUs, offsetUs - lowUs),
      allowancePpm: Math.max(drift[1] - estimate.driftPpm, estimate.driftPpm - drift[0]),
      atBootUs: nowUs,
    };
  }

  private beginAnew(): void {
    this.bound = new OffsetBound();
    this.filter = new OffsetFilter();
    this.burstLeft = this.pace.burst;
    // Numbers go on: a late answer to the host before is no answer to this one.
    this.underWay.clear();
    this.anew++;
  }
}
