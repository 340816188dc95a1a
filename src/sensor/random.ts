/** A stream of random numbers from a seed: the same seed gives the same stream, on every machine. */
export class Random {
  /** 32 bits, as a signed number: those are kept without memory of their own. */
  private state = 0;
  /**
   * The second of a pair of Gaussians; NaN where there is none. Always a number: it takes no memory of its own then.
   */
  private spare = Number.NaN;

  constructor(seed: number) {
    // Neighbouring seeds are common (camera numbers); two rounds take them far apart.
    this.state = (Math.imul(Math.trunc(seed) ^ 0x9e3779b9, 0x85ebca6b) ^ 0x6a09e667) | 0;
    this.next();
    this.next();
  }

  /** Uniform from 0 (included) to 1 (excluded). Generator: mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A number from `from` up to, but not including, `to`; all are as likely. */
  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** Gaussian with mean 0 and standard deviation 1 (Box-Muller). */
  gauss(): number {
    const { spare } = this;
    if (!Number.isNaN(spare)) {
      this.spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Exponential with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
