import type { OffsetSample } from './sample.ts';

/** What the filter looks back at: so long, in us, and so many exchanges. */
const WINDOW_US = 30e6;
const MOST_SAMPLES = 512;
/** Least exchanges of which anything is said. */
const LEAST_SAMPLES = 8;
/** Steps by which the best drift is searched, each a third closer: from 400 ppm to a hundredth of a ppm. */
const SEARCH_STEPS = 26;
/** Drifts are weighed as far as their weight is above this, as a logarithm, and on so many places to either side. */
const LEAST_WEIGHT = -9;
const PLACES = 12;
/** Halvings by which it is found how far that is. */
const HALVINGS = 12;
/** What an exchange counts for: delays spread evenly have half the density at their shortest that their mean tells. */
const COUNTS_FOR = 0.5;

/** The filter's word. */
export interface OffsetEstimate {
  /** Offset at the moment asked for, in us. */
  readonly offsetUs: number;
  /** How fast it changes, in ppm. */
  readonly driftPpm: number;
  /** Standard error of the offset, in us. */
  readonly standardErrorUs: number;
}

/**
 * Offset and drift from the last exchanges. As in RFC 5905's clock filter it is the shortest delays that count, here of
 * each way by itself: every exchange is a point above the line of true offsets and one below it, at most as far away as
 * the delay that way was longer than the shortest. Of delays with an exponential tail the likeliest line is the middle
 * of the widest band that fits between both. What is given is the mean over all drifts, weighed by how likely they make
 * the delays that were seen: with n exchanges it is off by about 1 / n of their spread, where a mean of offsets is off
 * by 1 / sqrt(n).
 */
export class OffsetFilter {
  private readonly samples: OffsetSample[] = [];

  /** Takes an exchange in. */
  take(sample: OffsetSample): void {
    const { samples } = this;
    samples.push(sample);
    while (samples.length > MOST_SAMPLES || sample.atUs - (samples[0] as OffsetSample).atUs > WINDOW_US) {
      samples.shift();
    }
  }

  /**
   * The estimate at a moment.
   * @param driftPpm within what the drift lies for sure.
   * @returns undefined with too few exchanges.
   */
  at(atUs: number, driftPpm: readonly [number, number]): OffsetEstimate | undefined {
    const { samples } = this;
    if (samples.length < LEAST_SAMPLES) return undefined;
    const [low, high] = [driftPpm[0] * 1e-6, driftPpm[1] * 1e-6];
    const best = this.likeliest(atUs, low, high);
    const top = this.band(atUs, best).likelihood;
    let [weights, offsets, squares, rates] = [0, 0, 0, 0];
    const middle = this.band(atUs, best).offsetUs;
    const weigh = (rate: number, step: number): void => {
      const { likelihood, offsetUs, errorUs } = this.band(atUs, rate);
      const weight = step * Math.exp(likelihood - top);
      const off = offsetUs - middle;
      weights += weight;
      offsets += weight * off;
      squares += weight * (off * off + errorUs * errorUs);
      rates += weight * (rate - best);
    };
    for (const end of [low, high]) {
      const reach = this.reach(atUs, best, end, top) - best;
      // A step of no width at all, where the best is at an end, has the weight of nothing.
      const step = Math.abs(reach) / PLACES + Number.EPSILON;
      for (let i = 0.5; i < PLACES; i++) weigh(best + (reach * i) / PLACES, step);
    }
    const mean = offsets / weights;
    return {
      offsetUs: middle + mean,
      driftPpm: (best + rates / weights) * 1e6,
      standardErrorUs: Math.sqrt(Math.max(0, squares / weights - mean * mean)),
    };
  }

  private likeliest(atUs: number, low: number, high: number): number {
    let [from, to] = [low, high];
    for (let i = 0; i < SEARCH_STEPS; i++) {
      const third = (to - from) / 3;
      const [left, right] = [this.band(atUs, from + third), this.band(atUs, to - third)];
      if (left.likelihood < right.likelihood) from += third;
      else to -= third;
    }
    return (from + to) / 2;
  }

  /** How far towards an end drifts have a weight to speak of. */
  private reach(atUs: number, best: number, end: number, top: number): number {
    if (this.band(atUs, end).likelihood - top >= LEAST_WEIGHT) return end;
    let [inside, outside] = [best, end];
    for (let i = 0; i < HALVINGS; i++) {
      const between = (inside + outside) / 2;
      if (this.band(atUs, between).likelihood - top >= LEAST_WEIGHT) inside = between;
      else outside = between;
    }
    return outside;
  }

  /** With a drift: the middle of the band at a moment, what that is off, and how likely it all is, as a logarithm. */
  private band(atUs: number, rate: number): { offsetUs: number; errorUs: number; likelihood: number } {
    const { samples } = this;
    const first = samples[0] as OffsetSample;
    // Relative to the first exchange: clocks may be apart by what a double has no fractions of.
    let [high, low, highs, lows] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (const { atUs: us, lowUs, highUs } of samples) {
      const moved = first.lowUs + rate * (us - atUs);
      const [above, below] = [highUs - moved, lowUs - moved];
      if (above < high) high = above;
      if (below > low) low = below;
      highs += above;
      lows += below;
    }
    const n = samples.length;
    const counted = COUNTS_FOR * n;
    const there = Math.max(highs / n - high, LEAST_SPREAD_US);
    const back = Math.max(low - lows / n, LEAST_SPREAD_US);
    return {
      offsetUs: first.lowUs + (high + low) / 2,
      errorUs: Math.hypot(there, back) / (2 * counted),
      likelihood: -counted * (Math.log(there) + Math.log(back)),
    };
  }
}

/** No path is steadier than clocks are read, in us. */
const LEAST_SPREAD_US = 1;
