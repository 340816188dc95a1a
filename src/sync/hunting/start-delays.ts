import { directionOf } from './direction.ts';

/** Starts that are needed to say that delays, or phases, are the same each time. */
const STARTS = 6;
/** Starts from which on phases that are all the same are looked into. */
const FEW = 3;
/** The resultant of directions from which they count as the same: a spread of a thirtieth of a frame. */
const SAME = 0.97;
/** and up to which they differ. */
const DIFFERENT = 0.7;
/**
 * The resultant's square times the count, from which on delays are used: directions at random reach it in one of seven
 * cases (Rayleigh's test), and nothing is lost there, since then each moment is as good as another.
 */
const CONCENTRATED = 1.9;
/** Of a frame: starts at moments that are this much further each time never come at the same one. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * When a camera's first frame comes after it was told to start: of some the delay is nearly the same each time, and the
 * moment of the start chooses the phase; of most it is anything; and there are those whose frames go on at the same
 * phase whether or not anybody looks, so that no start can choose it.
 */
export class StartDelays {
  private readonly periodUs: number;
  private readonly delays: number[] = [];
  private readonly phases: { readonly us: number; readonly phaseUs: number }[] = [];

  constructor(periodUs: number) {
    this.periodUs = periodUs;
  }

  /** A start: when it was told to, when its first frame was, and at which phase. All in us. */
  add(toldUs: number, firstUs: number, phaseUs: number): void {
    this.delays.push(firstUs - toldUs);
    this.phases.push({ us: firstUs, phaseUs });
  }

  get count(): number {
    return this.delays.length;
  }

  /**
   * True where the frames have the same phase whenever the camera was started.
   * @param drift how fast they fall behind the server's, a share.
   */
  fixed(drift: number): boolean {
    if (this.count < STARTS || !this.samePhase(drift)) return false;
    return directionOf(this.delays, this.periodUs).resultant <= DIFFERENT;
  }

  private samePhase(drift: number): boolean {
    const phases = this.phases.map(({ us, phaseUs }) => phaseUs - drift * us);
    return directionOf(phases, this.periodUs).resultant >= SAME;
  }

  /**
   * When to start, at `nowUs` or up to a frame later.
   * @param aimUs a moment at which a first frame would be right; so would be all that are whole frames away.
   * @param drift as for `fixed`.
   */
  next(nowUs: number, aimUs: number, drift: number): number {
    const { periodUs, count } = this;
    const delays = directionOf(this.delays, periodUs);
    // Where no start has moved the phase so far, further ones come at other moments: to know whether one can.
    const stuck = count >= FEW && this.samePhase(drift);
    const known = !stuck && delays.resultant ** 2 * count >= CONCENTRATED;
    if (!known && !stuck && count >= STARTS) return nowUs;
    const startUs = known ? aimUs - delays.at : aimUs + periodUs * GOLDEN * count;
    return startUs + periodUs * Math.ceil((nowUs - startUs) / periodUs);
  }
}
