/** How often values fall between which bounds: bin i holds those from `from + i x width` up to the next. */
export interface Histogram {
  readonly from: number;
  readonly width: number;
  readonly counts: readonly number[];
  /** Values below the first bin and above the last: few that would leave no room for the others. */
  readonly below: number;
  readonly above: number;
}

const MOST_BINS = 40;
const FEWEST_BINS = 8;
/**
 * The share of values at each end that may be left out of the bins, and how much wider the bins would be with them for
 * it.
 */
const OUTSIDE = 0.025;
const WIDER = 3;
const FINEST = 0.1;

/** Counts values into bins of a width that is 1, 2 or 5 times a power of ten. Undefined for no values. */
export function histogramOf(values: readonly number[]): Histogram | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  const whole = at(1) - at(0) <= WIDER * (at(1 - OUTSIDE) - at(OUTSIDE));
  const [low, high] = whole ? [at(0), at(1)] : [at(OUTSIDE), at(1 - OUTSIDE)];
  const bins = Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.round(3 * Math.cbrt(values.length))));
  const width = niceWidth((high - low) / bins);
  const first = Math.floor(low / width + 1e-9);
  const last = Math.floor(high / width + 1e-9);
  const counts = new Array<number>(last - first + 1).fill(0);
  let [below, above] = [0, 0];
  for (const value of sorted) {
    const bin = Math.floor(value / width + 1e-9) - first;
    if (bin < 0) below++;
    else if (bin >= counts.length) above++;
    else counts[bin] = (counts[bin] as number) + 1;
  }
  return { from: first * width, width, counts, below, above };
}

/** The next of 1, 2, 5, 10, ... that is not smaller. */
function niceWidth(width: number): number {
  const least = Math.max(FINEST, width);
  const power = 10 ** Math.floor(Math.log10(least) + 1e-9);
  return power * ([1, 2, 5].find((step) => step * power >= least * (1 - 1e-9)) ?? 10);
}
