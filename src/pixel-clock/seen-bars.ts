import { type BarFit, type BarTime, combineBars, fitBar, fittedCell, weighBars } from './bars.ts';
import { BARS, type Bar } from './layout.ts';
import type { PanelRows } from './panel-rows.ts';
import type { Shade } from './shade.ts';

/**
 * How long a shutter may take to roll over a picture, as a standard deviation, in us: either way round, or not at all.
 */
const SPREAD_US = 20_000;
/**
 * Rates that are tried where a bar goes over many rows: up to this many standard deviations either way, in steps of a
 * part of one.
 */
const MOST_SPREADS = 2;
const STEPS = 24;
/** Cells of a bar are on one row where they are apart by less than this. */
const ONE_ROW = 0.5;
/** How often the bars are fitted again with the rate that they said the last time. */
const ROUNDS = 3;
/** Of the cells of the long bars, every so many are told with their errors: 102 of 306. */
const TOLD_EVERY = 3;
/** The short bars come first, and stand on the code's rows. */
const FIRST_LONG = 2;
/** Errors of cells are told in so many steps from black to white: 1/32 level. */
const ERROR_STEPS = 7008;

/** The bars of one panel as they are seen, on rows that may be exposed one after the other. */
export class SeenBars {
  /** As they were fitted last. */
  fits: readonly BarFit[] = [];
  private readonly bars: readonly SeenBar[];
  private readonly rowOf: (bar: Bar) => number;
  private readonly spreadUs: number;
  private readonly tilted: boolean;
  private rowUs = 0;

  constructor(shade: Shade, rows: PanelRows) {
    this.bars = BARS.map((bar) => new SeenBar(bar, shade(bar.cells), rows));
    const means = new Map(this.bars.map(({ bar, row }) => [bar, row]));
    this.rowOf = (bar) => means.get(bar) as number;
    this.spreadUs = SPREAD_US / rows.height;
    this.tilted = this.bars.some(({ reach }) => reach > ONE_ROW);
    this.rowUs = this.tilted ? this.likeliest() : 0;
    this.fit();
  }

  /** What they say together, given a time that is right to less than half the first bar's period. */
  time(aboutUs: number): BarTime | undefined {
    for (let round = 0; ; round++) {
      const bars = weighBars(this.fits);
      // Only the coarsest bar, whose half period is a step, says where in the step the time is.
      if (bars[0]?.fit.bar !== BARS[0]) return undefined;
      const time = combineBars(aboutUs, bars, this.rowOf, this.spreadUs);
      if (!time || !this.tilted || round === ROUNDS) return time;
      this.rowUs = time.rowUs;
      this.fit();
    }
  }

  /** How far cells of the long bars are from what the last fit says of them, in 1/7008 of black to white. */
  errors(): Int16Array {
    const long = this.bars.slice(FIRST_LONG);
    return Int16Array.from(long.flatMap((bar, i) => bar.errors(this.fits[FIRST_LONG + i] as BarFit, this.rowUs)));
  }

  private fit(): void {
    this.fits = this.bars.map((bar) => bar.fit(this.rowUs));
  }

  /** The time a row by which the bars have the most swing: any other blurs a bar that goes over several rows. */
  private likeliest(): number {
    let [best, most] = [0, -1];
    for (let step = -STEPS; step <= STEPS; step++) {
      const rowUs = (step / STEPS) * MOST_SPREADS * this.spreadUs;
      const swing = this.bars.reduce((sum, bar) => sum + bar.fit(rowUs).swing ** 2, 0);
      if (swing > most) [best, most] = [rowUs, swing];
    }
    return best;
  }
}

/** One bar, its cells' values and rows. */
class SeenBar {
  readonly bar: Bar;
  /** The mean row of its cells, and how far the furthest is from it. */
  readonly row: number;
  readonly reach: number;
  private readonly values: Float64Array;
  private readonly rows: Float64Array;
  private readonly laterUs: Float64Array;

  constructor(bar: Bar, values: Float64Array, rows: PanelRows) {
    this.bar = bar;
    this.values = values;
    this.rows = Float64Array.from(bar.cells, (cell) => rows.of(cell));
    this.row = this.rows.reduce((sum, row) => sum + row, 0) / bar.cells.length;
    this.reach = this.rows.reduce((most, row) => Math.max(most, Math.abs(row - this.row)), 0);
    this.laterUs = new Float64Array(bar.cells.length);
  }

  /** @param rowUs From one row of the picture to the next, in us. */
  fit(rowUs: number): BarFit {
    if (this.reach <= ONE_ROW) return fitBar(this.bar, this.values);
    for (let i = 0; i < this.rows.length; i++) this.laterUs[i] = this.later(i, rowUs);
    return fitBar(this.bar, this.values, this.laterUs);
  }

  errors(fit: BarFit, rowUs: number): number[] {
    const errors: number[] = [];
    for (let i = 0; i < this.values.length; i += TOLD_EVERY)
      errors.push(ERROR_STEPS * ((this.values[i] as number) - fittedCell(fit, i, this.later(i, rowUs))));
    return errors;
  }

  private later(cell: number, rowUs: number): number {
    return this.reach <= ONE_ROW ? 0 : ((this.rows[cell] as number) - this.row) * rowUs;
  }
}
