/** Never nearer than this to the border between two numbers of lines: beyond it noise decides. */
const CLOSEST = 0.05;

/** Where an order's correction is to stand, and what is to be expected of it. */
export interface Aim {
  /** Between the number of lines that is wanted, 0, and one more, 1. */
  readonly place: number;
  /** Mean square of the error that it leaves, in lines^2. */
  readonly cost: number;
  /** How likely the order makes a line more or less than is wanted: a share. */
  readonly risk: number;
}

/**
 * An order makes a line more or less than wanted where the noise of the one stamp that it meets takes its correction
 * across the border to the next number of lines. Which of the two is the lesser evil depends on the error that is left
 * if it works: so the correction stands away from the middle, towards the cheaper side.
 *
 * With e the error left, s the noise (Gaussian) and d the way from the middle, all in lines, the two mistakes cost 1 +
 * 2 e and 1 - 2 e more than e^2; their sum, weighted by how likely they are, is least where d = s^2 ln((1 - 2 e) / (1 +
 * 2 e)).
 * @param errorLines from -0.5 to 0.5: how much too late the next frame starts if the order works.
 */
export function aim(errorLines: number, noiseLines: number): Aim {
  const e = Math.max(-0.499, Math.min(0.499, errorLines));
  const most = 0.5 - CLOSEST;
  const s = Math.max(noiseLines, 1e-3);
  const d = Math.max(-most, Math.min(most, s * s * Math.log((1 - 2 * e) / (1 + 2 * e))));
  const more = tail((0.5 - d) / s);
  const less = tail((0.5 + d) / s);
  const cost = errorLines ** 2 + more * (1 + 2 * errorLines) + less * (1 - 2 * errorLines);
  return { place: 0.5 + d, cost, risk: more + less };
}

/** Share of a Gaussian beyond x standard deviations: to 1e-7 (Abramowitz and Stegun 7.1.26). */
function tail(x: number): number {
  if (x < 0) return 1 - tail(-x);
  const t = 1 / (1 + (0.3275911 * x) / Math.SQRT2);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 * poly * Math.exp((-x * x) / 2);
}
