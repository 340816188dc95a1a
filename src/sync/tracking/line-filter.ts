/** What is known of a crystal beforehand: a share, as a standard deviation. */
export const CRYSTAL_ERROR = 50e-6;
/** Noise of a camera's stamps until it is learned: a standard deviation, in us. */
export const STAMP_NOISE_US = 6;

/**
 * A Kalman filter for a clock that ticks in equal steps: frames of a sensor (the step is its line) or of a server's
 * grid (the step is its frame).
 *
 * State: `value`, the time of the last tick, and `slope`, the duration of one step, both in us. A tick is n steps after
 * the one before it: value += n x slope. The slope wanders as a random walk (a crystal's temperature): by `wander` of
 * itself, as a standard deviation, a frame. A stamp is the value plus noise of variance `noise`, which is learned from
 * the innovations.
 *
 * Not rigorous: the noise is taken as Gaussian and white with a gate against the late tail of interrupts, though a tail
 * is one-sided; and the learned noise feeds back into the gain.
 */
export class LineFilter {
  // Numbers from the beginning: what begins as undefined takes memory anew with every change.
  value = 0;
  slope = 0;
  /** Covariance of value and slope. */
  private p00 = 0;
  private p01 = 0;
  private p11 = 0;
  private noise = 0;
  /** What the last stamp that was taken moved value and slope by, as shares of its innovation. */
  private gain0 = 0;
  private gain1 = 0;
  private readonly giveUp: number;
  private rejected = 0;
  private readonly steady: boolean;
  /**
   * Of the last stamps that were left out, as far as they decide whether the filter doubts itself: steps since the
   * first, and innovations.
   */
  private readonly disputed: { readonly steps: number; readonly us: number }[] = [];
  private steps = 0;

  /**
   * @param slopeUs nominal duration of a step, known to `slopeError` of itself (standard deviation).
   * @param noiseUs standard deviation of a stamp, to begin with.
   * @param giveUp so many stamps in a row are left out at most; after them the filter doubts itself.
   * @param steady true where the rate, once it is known, can't change by more than a crystal's does: stamps that run
   *   away from it are left out for as long as they do.
   * @param moreUs what the first stamp is noisier by than others, as a standard deviation, in us.
   */
  constructor(
    firstUs: number,
    slopeUs: number,
    slopeError: number,
    noiseUs: number,
    giveUp: number,
    steady = false,
    moreUs = 0,
  ) {
    this.steady = steady;
    this.value = firstUs;
    this.slope = slopeUs;
    this.noise = noiseUs * noiseUs;
    this.p00 = this.noise + moreUs * moreUs;
    this.p11 = (slopeError * slopeUs) ** 2;
    this.giveUp = giveUp;
  }

  /** Goes on by `steps`, which are `frames` frames. */
  advance(steps: number, frames = 1): void {
    this.value += steps * this.slope;
    this.steps += steps;
    const q = (WANDER * this.slope) ** 2 * frames;
    this.p00 += steps * (2 * this.p01 + steps * this.p11) + (q * steps * steps) / 3;
    this.p01 += steps * this.p11 + (q * steps) / 2;
    this.p11 += q;
  }

  /**
   * A stamp of the current tick, in us. One that is too far off to be noise is left out, unless they all are.
   * @param moreUs what this one is noisier by than others, as a standard deviation, in us.
   * @returns the innovation, in us, or undefined where it was left out.
   */
  observe(stampUs: number, moreUs = 0): number | undefined {
    const innovation = stampUs - this.value;
    const noise = this.noise + moreUs * moreUs;
    const s = this.p00 + noise;
    if (innovation * innovation > GATE * GATE * s) {
      this.rejected++;
      this.disputed.push({ steps: this.steps, us: innovation });
      if (this.disputed.length > DISPUTED) this.disputed.shift();
      if (this.rejected < this.giveUp || this.runsAway(Math.sqrt(s))) return undefined;
      // So many can't all be late: the tick itself is elsewhere, or runs at another rate, by as much as they have moved
      // on among themselves. The two are no longer known to be off together: a tick that jumped does not change its
      // rate.
      this.p01 = 0;
      this.doubt(innovation, Math.hypot(RATE_DOUBT * this.slope, this.disputedRate));
      return this.observe(stampUs, moreUs);
    }
    if (this.rejected > 0) {
      this.rejected = 0;
      this.disputed.length = 0;
    }
    const k0 = this.p00 / s;
    const k1 = this.p01 / s;
    this.gain0 = k0;
    this.gain1 = k1;
    this.value += k0 * innovation;
    this.slope += k1 * innovation;
    this.p11 -= k1 * this.p01;
    this.p01 -= k0 * this.p01;
    this.p00 -= k0 * this.p00;
    // Only once the state is known well does the innovation tell of the noise.
    if (s < 2 * this.noise) this.learnNoise(innovation * innovation - (s - this.noise));
    return innovation;
  }

  /** The last stamps that were taken may all have been off by so much, in us. */
  slipped(us: number): void {
    this.doubt(SLIPPED * this.gain0 * us, SLIPPED * this.gain1 * us);
  }

  /** The value may be off by so much more, and the slope: standard errors in us. */
  doubt(valueUs: number, slopeUs: number): void {
    this.p00 += valueUs * valueUs;
    this.p11 += slopeUs * slopeUs;
  }

  /** Standard error of the value `steps` (that are `frames` frames) from now, in us. */
  errorAfter(steps: number, frames: number): number {
    const q = (WANDER * this.slope) ** 2 * frames;
    return Math.sqrt(this.p00 + steps * (2 * this.p01 + steps * this.p11) + (q * steps * steps) / 3);
  }

  /** Noise of a stamp as it was learned: a standard deviation, in us. */
  get noiseUs(): number {
    return Math.sqrt(this.noise);
  }

  /** Standard error of the slope, in us. */
  get slopeError(): number {
    return Math.sqrt(this.p11);
  }

  /**
   * How far the last stamps say that the tick is elsewhere, in us: 0 where at most one of them does, which may be late.
   */
  get disputedUs(): number {
    return this.rejected < (this.steady ? 1 : 2) ? 0 : Math.abs((this.disputed.at(-1) as { us: number }).us);
  }

  /** By how much a step the stamps that were left out move on, in us. */
  private get disputedRate(): number {
    const [first, last] = [this.disputed[0], this.disputed.at(-1)];
    if (first === undefined || last === undefined || last.steps === first.steps) return 0;
    return (last.us - first.us) / (last.steps - first.steps);
  }

  /** True while the stamps that were left out move on faster than a crystal's rate can change. */
  private runsAway(noiseUs: number): boolean {
    if (!this.steady || this.slopeError > KNOWN * this.slope) return false;
    const [first, last] = [this.disputed[0], this.disputed.at(-1)];
    if (first === undefined || last === undefined || last.steps === first.steps) return true;
    return Math.abs(last.us - first.us) > RATE_CHANGE * this.slope * (last.steps - first.steps) + 3 * noiseUs;
  }

  private learnNoise(sample: number): void {
    const bounded = Math.max(0, Math.min(sample, 9 * this.noise));
    this.noise = Math.max(NOISE_FLOOR, this.noise + (bounded - this.noise) / NOISE_FRAMES);
  }
}

/** A stamp further off than this many standard deviations is no stamp of this tick. */
const GATE = 5;
/** Stamps that are taken before it is seen that they are off, at most. */
const SLIPPED = 2;
/** Stamps that were left out and are compared with each other. */
const DISPUTED = 3;
/** A rate that is known to this share of itself is learned. */
const KNOWN = 5e-6;
/** By how much a rate may change at once and still be a crystal's, or that of a clock that NTP steers: a share. */
const RATE_CHANGE = 20e-6;
/** What the rate may have changed by, once the filter doubts itself: a share. */
const RATE_DOUBT = 5e-6;
/**
 * How much a crystal's rate wanders a frame, as a standard deviation and a share of itself (about 1e-9 with
 * temperature, and some margin).
 */
const WANDER = 1.2e-9;
/** Stamps that the noise is learned over. */
const NOISE_FRAMES = 200;
/** No clock is read better than this: variance in us^2. */
const NOISE_FLOOR = 0.25;
