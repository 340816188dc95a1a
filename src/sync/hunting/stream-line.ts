import { folded } from './direction.ts';

/**
 * Phases of one stream of frames, as a line over time: where it stood, and sums for its slope. Phases are folded into a
 * frame; here they go on beyond it.
 */
export class StreamLine {
  private readonly periodUs: number;
  private originUs = 0;
  private last = 0;
  private sumX = 0;
  private sumY = 0;
  private sumXX = 0;
  private sumXY = 0;
  private sumYY = 0;
  count = 0;

  /** @param periodUs what phases are folded into. */
  constructor(periodUs: number) {
    this.periodUs = periodUs;
  }

  /** A frame, by its time and phase, in us. */
  add(us: number, phaseUs: number): void {
    if (this.count === 0) this.originUs = us;
    const y = this.count === 0 ? phaseUs : this.last + folded(phaseUs - this.last, this.periodUs);
    const x = us - this.originUs;
    this.last = y;
    this.count++;
    this.sumX += x;
    this.sumY += y;
    this.sumXX += x * x;
    this.sumXY += x * y;
    this.sumYY += y * y;
  }

  /** The middle of its frames: time and phase, in us. */
  get middle(): { readonly us: number; readonly phaseUs: number } {
    return { us: this.originUs + this.sumX / this.count, phaseUs: this.sumY / this.count };
  }

  /** Sums of squares and products about the middle: of times, of times and phases, of phases. */
  get spread(): { readonly xx: number; readonly xy: number; readonly yy: number } {
    const { count: n } = this;
    if (n === 0) return { xx: 0, xy: 0, yy: 0 };
    return {
      xx: this.sumXX - this.sumX ** 2 / n,
      xy: this.sumXY - (this.sumX * this.sumY) / n,
      yy: this.sumYY - this.sumY ** 2 / n,
    };
  }
}
