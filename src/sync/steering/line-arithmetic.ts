/** How a correction becomes lines. */
export type Rounding = 'floor' | 'round';

/**
 * So near to a border a correction may fall to either side: a line is known to 3e-6, a frame is up to some thousand
 * lines.
 */
const BORDER_LINES = 0.02;
/** Differences that speak against a way of rounding are remembered by this share from one frame to the next. */
const MEMORY = 0.9;

/**
 * What libcamera makes of a correction: it asks for the frame duration in whole us less the correction, and gets whole
 * lines. It floors; which of the two it does is watched, by the lengths that are reported for corrections that are
 * known.
 */
export class LineArithmetic {
  private readonly limitUs: number;
  private knownLineUs: number;
  private knownRounding: Rounding = 'floor';
  /** How often each way of rounding was wrong lately. */
  private readonly wrong = { floor: 0, round: 0 };

  /** @param limitUs the frame duration at rest, in whole us. @param lineUs by the nominal crystal. */
  constructor(limitUs: number, lineUs: number) {
    this.limitUs = limitUs;
    this.knownLineUs = lineUs;
  }

  get lineUs(): number {
    return this.knownLineUs;
  }

  set lineUs(us: number) {
    this.knownLineUs = us;
  }

  get rounding(): Rounding {
    return this.knownRounding;
  }

  /** Lines of a frame without a correction. */
  get rest(): number {
    return this.linesAfter(0);
  }

  /** Lines of a frame that is shortened by a correction, in whole us. */
  linesAfter(correctionUs: number): number {
    return this.lines(correctionUs, this.knownRounding);
  }

  /**
   * Whether a correction is so near to the border between two numbers of lines that it may make either, by what the
   * line is known to.
   */
  onBorder(correctionUs: number): boolean {
    const lines = (this.limitUs - correctionUs) / this.knownLineUs + (this.knownRounding === 'floor' ? 0 : 0.5);
    return Math.abs(lines - Math.round(lines)) < BORDER_LINES;
  }

  /**
   * The correction that makes a frame of so many lines, in us, as a fraction.
   * @param place where between this number of lines, 0, and the next, 1.
   */
  correctionFor(lines: number, place: number): number {
    const from = this.knownRounding === 'floor' ? lines : lines - 0.5;
    return this.limitUs - (from + place) * this.knownLineUs;
  }

  /**
   * Duration of the frames that a message must tell of, in whole us, so that whatever correction `sureMessage` makes
   * gives a frame of so many lines: those corrections go from -3/2 of it to -1/2. @returns undefined where no duration
   * does: for all but the next number of lines after those at rest, and for that where the limit is not far enough
   * above the lines at rest.
   */
  sureDuration(lines: number): number | undefined {
    const least = -this.correctionFor(lines, 0);
    const most = -this.correctionFor(lines, 1);
    const durationUs = Math.round((least + most) / 2);
    const marginUs = Math.min(durationUs / 2 - least, most - (3 / 2) * durationUs);
    return least > 0 && marginUs >= BORDER_LINES * this.knownLineUs ? durationUs : undefined;
  }

  /** A frame with a known correction had so many lines. */
  observe(correctionUs: number, lines: number): void {
    for (const way of ['floor', 'round'] as const) {
      this.wrong[way] = MEMORY * this.wrong[way] + (this.lines(correctionUs, way) === lines ? 0 : 1);
    }
    const other = this.knownRounding === 'floor' ? 'round' : 'floor';
    if (this.wrong[other] + 0.5 < this.wrong[this.knownRounding]) this.knownRounding = other;
  }

  private lines(correctionUs: number, way: Rounding): number {
    return Math[way]((this.limitUs - correctionUs) / this.knownLineUs);
  }
}
