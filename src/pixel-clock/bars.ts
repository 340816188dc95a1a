import { type Bar, BLACK, SWING, sinc, WHITE } from './layout.ts';

/*
 * The model. An exposure of length e averages cos(2 pi (t / P - phase)) to sinc(e / P) cos(2 pi (m / P - phase)), m its
 * middle: the swing shrinks, the phase stays that of mid-exposure. A cell reads that plus an error; errors of a bar's
 * cells are taken as independent, and the scatter around the fitted cosine measures them. What is not rigorous: an
 * encoder's errors are somewhat alike from cell to cell, so standard errors are stretched by factors measured with
 * bench/pixel-clock.ts; and bars much slower than the frame rate repeat part of their error from frame to frame.
 */

/** What a bar says by itself. */
export interface BarFit {
  readonly bar: Bar;
  /** Phase of mid-exposure, in turns, -0.5 to 0.5. */
  readonly turns: number;
  /** Swing as a share of the full one. */
  readonly swing: number;
  /** Scatter of the cells around the cosine, rms, as a share of black to white. */
  readonly scatter: number;
  /** What its cells show around which they swing, as a share of black to white. */
  readonly mean: number;
}

/** A bar with the standard error of the time it says, in us. */
export interface WeighedBar {
  readonly fit: BarFit;
  readonly sigmaUs: number;
}

/**
 * A bar with less swing than this is not used: beyond an exposure of one period the swing comes back inverted, with at
 * most 0.217 of its full size (the first side lobe of the sinc function), and the phase is then half a turn wrong.
 */
const LEAST_SWING = 0.27;

/** A bar whose cells scatter by more than this share of black to white is hidden, or no bar. */
const MOST_SCATTER = 0.1;

/** Scatter that cells are taken to have at least: rounding to whole levels, 0.3 of 219. */
const LEAST_SCATTER = 0.0014;

/** What standard errors are stretched by, for bars up to `SLOW_US` and beyond. */
const STRETCH = 1.15;
const SLOW_STRETCH = 1.6;
const SLOW_US = 20_000;

/** When a bar's scatter is judged, that of all bars counts as much as this many cells. */
const POOL_CELLS = 60;

/** Time, time a row and common phase take three bars. */
const LEAST_COMMON = 4;

/** Bars that are apart by more standard errors than this contradict each other. */
const MOST_SIGMAS = 6;

const FULL_SWING = SWING / (WHITE - BLACK);

/** Mean, cosine and sine took one degree of freedom each. */
const freedom = (bar: Bar): number => bar.cells.length - 3;

/**
 * Fits mean, cosine and sine by least squares.
 * @param laterUs How much later than the bar's mean time each cell was exposed. Without it the phases are spread evenly
 *   over the turn, and the fit is a Fourier sum.
 */
export function fitBar(bar: Bar, values: Float64Array, laterUs?: Float64Array): BarFit {
  const count = values.length;
  let [sum, cosine, sine, squares] = [0, 0, 0, 0];
  let [sumC, sumS, sumCC, sumCS] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    const angle =
      2 * Math.PI * ((bar.phases[i] as number) - (laterUs === undefined ? 0 : (laterUs[i] as number) / bar.periodUs));
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    sum += value;
    cosine += value * c;
    sine += value * s;
    squares += value * value;
    sumC += c;
    sumS += s;
    sumCC += c * c;
    sumCS += c * s;
  }
  // The normal equations without the mean: centred sums.
  const [cc, cs] = [sumCC - (sumC * sumC) / count, sumCS - (sumC * sumS) / count];
  const ss = count - sumCC - (sumS * sumS) / count;
  const [vc, vs] = [cosine - (sum * sumC) / count, sine - (sum * sumS) / count];
  const determinant = cc * ss - cs * cs;
  const [a, b] = [(vc * ss - vs * cs) / determinant, (vs * cc - vc * cs) / determinant];
  const rest = squares - (sum * sum) / count - a * vc - b * vs;
  return {
    bar,
    turns: Math.atan2(b, a) / (2 * Math.PI),
    swing: Math.hypot(a, b) / FULL_SWING,
    scatter: Math.sqrt(Math.max(0, rest) / freedom(bar)),
    mean: (sum - a * sumC - b * sumS) / count,
  };
}

/**
 * What a cell of the bar shows by its fit, as a share of black to white.
 * @param laterUs how much later than the bar's mean time it was exposed.
 */
export const fittedCell = ({ bar, turns, swing, mean }: BarFit, cell: number, laterUs: number): number =>
  mean + swing * FULL_SWING * Math.cos(2 * Math.PI * (turns + laterUs / bar.periodUs - (bar.phases[cell] as number)));

/** The bars that can be used, in the order given, with their standard errors. */
export function weighBars(fits: readonly BarFit[]): WeighedBar[] {
  const usable = fits.filter(({ swing, scatter }) => swing > LEAST_SWING && scatter < MOST_SCATTER);
  let [squares, all] = [0, 0];
  for (const { bar, scatter } of usable) {
    squares += scatter ** 2 * freedom(bar);
    all += freedom(bar);
  }
  const pooled = squares / all;
  return usable.map((fit) => {
    const { bar, scatter, swing } = fit;
    const own = (scatter ** 2 * freedom(bar) + pooled * POOL_CELLS) / (freedom(bar) + POOL_CELLS);
    const cell = (bar.periodUs > SLOW_US ? SLOW_STRETCH : STRETCH) * Math.sqrt(own + LEAST_SCATTER ** 2);
    const radians = (cell * Math.sqrt(2 / bar.cells.length)) / (swing * FULL_SWING);
    return { fit, sigmaUs: (bar.periodUs * radians) / (2 * Math.PI) };
  });
}

/**
 * What all bars are off by alike, as where cells are smeared into their neighbours: in turns, so by as much more as a
 * bar's period is longer.
 */
export interface CommonPhase {
  readonly turns: number;
  /** Standard error. */
  readonly sigma: number;
  /** What one turn of it moves the time and the time a row by, in us. */
  readonly timeUs: number;
  readonly rowUs: number;
}

/** What the bars say together. */
export interface BarTime {
  /**
   * The time at picture row `row`, which is where it is known best: it does not depend on how fast the rows follow each
   * other.
   */
  readonly timeUs: number;
  readonly sigmaUs: number;
  readonly row: number;
  /** From one row of the picture to the next, us: about 0 where all are exposed at once. With its standard error. */
  readonly rowUs: number;
  readonly rowSigmaUs: number;
  /** Undefined where too few bars are left to tell. */
  readonly common: CommonPhase | undefined;
}

/**
 * The time that the bars say together, given one that is right to less than half the first bar's period. A rolling
 * shutter shows each bar at another time, which goes evenly with the row of the picture: both the time and its rate a
 * row are estimated, one bar after the other, coarsest first (a Kalman filter without dynamics). Each bar is moved by
 * whole periods to the time predicted for it. A bar whose period is not clearly longer than the error of the prediction
 * ends that.
 * @param rowOf The row of the picture that a bar lies on, its fraction included.
 * @param rowSpreadUs What is known of the time a row beforehand: it is 0 with this standard deviation.
 * @returns undefined where bars contradict each other, or fewer than two are left.
 */
export function combineBars(
  aboutUs: number,
  bars: readonly WeighedBar[],
  rowOf: (bar: Bar) => number,
  rowSpreadUs: number,
): BarTime | undefined {
  const [first] = bars;
  if (first === undefined) return undefined;
  const origin = rowOf(first.fit.bar);
  let timeUs = aboutUs + offGrid(first.fit, aboutUs);
  let rowUs = 0;
  // Covariance of the time at `origin` and the time a row.
  let [tt, tr, rr] = [first.sigmaUs ** 2, 0, rowSpreadUs ** 2];
  let [chi2, used] = [0, 1];
  for (const { fit, sigmaUs } of bars.slice(1)) {
    const rows = rowOf(fit.bar) - origin;
    const noise = sigmaUs ** 2;
    const [gainTime, gainRow] = [tt + rows * tr, tr + rows * rr];
    const variance = gainTime + rows * gainRow + noise;
    if (MOST_SIGMAS * Math.sqrt(variance) > fit.bar.periodUs / 2) break;
    const offUs = offGrid(fit, timeUs + rows * rowUs);
    if (offUs ** 2 > MOST_SIGMAS ** 2 * variance) return undefined;
    chi2 += offUs ** 2 / variance;
    timeUs += (gainTime / variance) * offUs;
    rowUs += (gainRow / variance) * offUs;
    tt -= gainTime ** 2 / variance;
    tr -= (gainTime * gainRow) / variance;
    rr -= gainRow ** 2 / variance;
    used++;
  }
  if (used < 2) return undefined;
  // Bars that disagree by more than their errors say stretch the error; that they happen to agree does not shrink it.
  const stretch = Math.max(1, chi2 / (used - 1));
  const best = -tr / rr;
  const bestUs = timeUs + best * rowUs;
  const row = origin + best;
  return {
    timeUs: bestUs,
    sigmaUs: Math.sqrt(stretch * Math.max(0, tt - tr ** 2 / rr)),
    row,
    rowUs,
    rowSigmaUs: Math.sqrt(stretch * rr),
    common: commonPhase(
      bars.slice(0, used).map(({ fit, sigmaUs }) => {
        const rows = rowOf(fit.bar) - row;
        return { periodUs: fit.bar.periodUs, rows, sigmaUs, offUs: offGrid(fit, bestUs + rows * rowUs) };
      }),
    ),
  };
}

/** How far a bar is from the time that all say together. */
interface BarOff {
  readonly periodUs: number;
  /** From the row of that time to the bar's. */
  readonly rows: number;
  readonly sigmaUs: number;
  readonly offUs: number;
}

/**
 * Time and time a row follow the bars' weighted mean and slope: what of a common phase they took up is that of the
 * periods.
 */
function commonPhase(bars: readonly BarOff[]): CommonPhase | undefined {
  if (bars.length < LEAST_COMMON) return undefined;
  let [n, x, xx, p, xp] = [0, 0, 0, 0, 0];
  for (const { periodUs, rows, sigmaUs } of bars) {
    const weight = 1 / sigmaUs ** 2;
    n += weight;
    x += weight * rows;
    xx += weight * rows * rows;
    p += weight * periodUs;
    xp += weight * rows * periodUs;
  }
  const slope = (n * xp - x * p) / (n * xx - x * x);
  const mean = (p - slope * x) / n;
  let [pp, po] = [0, 0];
  for (const { periodUs, rows, sigmaUs, offUs } of bars) {
    const rest = periodUs - mean - slope * rows;
    pp += (rest / sigmaUs) ** 2;
    po += (rest * offUs) / sigmaUs ** 2;
  }
  return { turns: po / pp, sigma: 1 / Math.sqrt(pp), timeUs: mean, rowUs: slope };
}

/** How far a time must be moved to be at the bar's phase, in us: at most half a period. */
function offGrid({ turns: phase, bar: { periodUs } }: BarFit, timeUs: number): number {
  const turns = phase - (timeUs % periodUs) / periodUs;
  return (turns - Math.round(turns)) * periodUs;
}

/** Longest exposure that is looked for, in us; the coarsest bar is unusable before. */
const MOST_EXPOSURE_US = 250_000;

/**
 * The exposure that explains the swings of all bars best (least squares), inverted bars included, in us; 0 and up.
 * @param smearUs How long the rolling shutter takes over the inside of a cell: that smears a bar, too.
 */
export function estimateExposure(fits: readonly BarFit[], smearUs: number): number {
  const seen = fits.filter(({ scatter }) => scatter < MOST_SCATTER);
  const misfit = (us: number): number => {
    let sum = 0;
    for (const { bar, swing } of seen) {
      sum += (swing - Math.abs(sinc(us / bar.periodUs) * sinc(smearUs / bar.periodUs))) ** 2;
    }
    return sum;
  };
  // The misfit has a valley at every lobe of the finest bar: a coarse scan finds the deepest, thirds narrow it down.
  const ratio = 1.12;
  let best = 0;
  for (let us = 50; us < MOST_EXPOSURE_US; us *= ratio) if (misfit(us) < misfit(best)) best = us;
  let low = best / ratio;
  let high = best === 0 ? 50 : best * ratio;
  for (let i = 0; i < 24; i++) {
    const third = (high - low) / 3;
    if (misfit(low + third) < misfit(high - third)) high -= third;
    else low += third;
  }
  return (low + high) / 2;
}

/**
 * How far the swings of all bars are from those of one exposure, rms, as a share of the full swing: whatever they all
 * lack alike is no misfit.
 */
export function swingMisfit(fits: readonly BarFit[], exposureUs: number, smearUs: number): number {
  const seen = fits.filter(({ scatter }) => scatter < MOST_SCATTER);
  const swings = seen.map(({ bar, swing }) => [
    swing,
    Math.abs(sinc(exposureUs / bar.periodUs) * sinc(smearUs / bar.periodUs)),
  ]);
  let [both, squares] = [0, 0];
  for (const [swing = 0, model = 0] of swings) {
    both += swing * model;
    squares += model * model;
  }
  const gain = both / squares;
  return Math.sqrt(
    swings.reduce((sum, [swing = 0, model = 0]) => sum + (swing - gain * model) ** 2, 0) / Math.max(1, seen.length - 2),
  );
}
