import { fitLine } from '../time/line-fit.ts';

/** Anchors that the period is learned over. */
const ANCHORS = 32;
/** An anchor further than this from the grid tells of a moved grid, not of noise, in us. */
const MOVED_US = 1_000;

/**
 * The server's grid: which frame index a moment has, as a real number (its whole part is the frame, its fraction the
 * phase).
 *
 * The grid comes from anchors (index k at time t), one a message, in one time scale; its period is learned from them,
 * since the nominal rate is off by the crystals' error (50 ppm are a whole frame after eleven minutes). Between and
 * after anchors the learned period carries on.
 */
export class Timeline {
  private readonly anchors: { index: number; us: number }[] = [];
  private period: number;

  constructor(nominalPeriodUs: number) {
    this.period = nominalPeriodUs;
  }

  /** True once a message has told where the server's frames are. */
  get known(): boolean {
    return this.anchors.length > 0;
  }

  /** Frame duration of the grid, in us: nominal, then as learned. */
  get periodUs(): number {
    return this.period;
  }

  /**
   * Frame `index` is at `us`; `periodUs` is what is said of the period, used until it can be learned. An anchor off the
   * grid by more than noise moves the grid, and the learned period stays; one with `fresh` starts the grid anew.
   */
  anchor(index: number, us: number, periodUs: number, fresh = false): void {
    const last = this.anchors.at(-1);
    if (last === undefined || fresh) {
      this.anchors.length = 0;
      this.period = periodUs;
    } else if (Math.abs(this.indexAt(us) - index) * this.period > MOVED_US) {
      this.anchors.length = 0;
    }
    this.anchors.push({ index, us });
    if (this.anchors.length > ANCHORS) this.anchors.shift();
    this.learn();
  }

  /** The real-valued index of a moment. @throws Error before the first anchor. */
  indexAt(us: number): number {
    const last = this.anchors.at(-1);
    if (last === undefined) throw new Error('the timeline has no anchor yet');
    return last.index + (us - last.us) / this.period;
  }

  /** Least squares over the anchors; their stamps' noise is independent, their indices exact. */
  private learn(): void {
    const line = fitLine(
      this.anchors.map(({ index }) => index),
      this.anchors.map(({ us }) => us),
    );
    if (line?.slope !== undefined) this.period = line.slope;
  }
}
