import type { OffsetSample } from './sample.ts';

/**
 * Two hosts' boot clocks run apart by at most this, in ppm: twice the 100 ppm of a poor crystal. RFC 5905 allows 15 ppm
 * for what a steered clock wanders (PHI), and 500 ppm for what it may be steered by. On Linux NTP steers the rate of
 * the boot clock too, though it never sets it: steered faster than this, it contradicts itself, though not at once.
 */
export const MOST_DRIFT_PPM = 200;
/** A learned rate holds within this, in ppm: a board that warms up by 30 degrees moves its crystal by some 5. */
const WANDER_PPM = 20;
/** Rates are learned over at least and at most so long, in us; what is kept to learn from lies so far apart. */
const LEAST_LEARN_US = 5e6;
const MOST_LEARN_US = 60e6;
const KEEP_EVERY_US = 2e6;

interface Interval {
  readonly atUs: number;
  readonly lowUs: number;
  readonly highUs: number;
}

/**
 * Within what the true offset lies, by all exchanges so far: their intervals, intersected (K. Marzullo, S. Owicki,
 * Maintaining the time in a distributed system, 1983), each widened by what the clocks may have drifted since. The
 * drift's own bounds are learned from intervals that lie apart: between them the mean rate is known for sure.
 */
export class OffsetBound {
  private now: Interval | undefined;
  private lowRate = -MOST_DRIFT_PPM * 1e-6;
  private highRate = MOST_DRIFT_PPM * 1e-6;
  private readonly trail: Interval[] = [];

  /**
   * Takes an exchange in.
   * @returns false where it contradicts those before it: a clock was started anew, or steered as no crystal runs.
   */
  take({ atUs, lowUs, highUs }: OffsetSample): boolean {
    const { now } = this;
    if (now === undefined) {
      this.now = { atUs, lowUs, highUs };
      return lowUs <= highUs;
    }
    // Answers overtake each other: an older one is brought to the moment of the newest.
    const at = Math.max(atUs, now.atUs);
    const [before, said] = [this.moved(now, at), this.moved({ atUs, lowUs, highUs }, at)];
    const both = { atUs: at, lowUs: Math.max(before.lowUs, said.lowUs), highUs: Math.min(before.highUs, said.highUs) };
    if (both.lowUs > both.highUs) return false;
    this.now = both;
    this.learn(both);
    return true;
  }

  /** The bounds at a moment that is not before the last exchange, in us; undefined before the first. */
  at(atUs: number): Interval | undefined {
    return this.now && this.moved(this.now, Math.max(atUs, this.now.atUs));
  }

  /** Bounds of the drift, in ppm. */
  get driftPpm(): readonly [number, number] {
    return [this.lowRate * 1e6, this.highRate * 1e6];
  }

  private moved({ atUs, lowUs, highUs }: Interval, toUs: number): Interval {
    const us = toUs - atUs;
    return { atUs: toUs, lowUs: lowUs + this.lowRate * us, highUs: highUs + this.highRate * us };
  }

  private learn(now: Interval): void {
    const { trail } = this;
    const last = trail.at(-1);
    if (last === undefined || now.atUs - last.atUs >= KEEP_EVERY_US) trail.push(now);
    while (now.atUs - (trail[0] as Interval).atUs > MOST_LEARN_US) trail.shift();
    const from = trail[0] as Interval;
    const us = now.atUs - from.atUs;
    if (us < LEAST_LEARN_US) return;
    const most = MOST_DRIFT_PPM * 1e-6;
    this.lowRate = Math.max(-most, (now.lowUs - from.highUs) / us - WANDER_PPM * 1e-6);
    this.highRate = Math.min(most, (now.highUs - from.lowUs) / us + WANDER_PPM * 1e-6);
  }
}
