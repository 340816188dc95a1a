import { combineBars, estimateExposure, fitBar, weighBars } from './bars.ts';
import type { Geometry } from './cells.ts';
import { CODE_BITS, decodeStep, encodeStep, STEP_BITS, STEPS } from './code.ts';
import { BARS, CODE_CELLS, type LumaPlane, STEP_US } from './layout.ts';
import { measureShade } from './shade.ts';

/** What a panel says. */
export interface Decoded {
  /** Mid-exposure on CLOCK_MONOTONIC, in us, modulo `RANGE_US`. */
  readonly timeUs: number;
  /** Standard error of `timeUs`, in us. */
  readonly sigmaUs: number;
  /** Estimate of the exposure's length, in us; undefined where it is too short to smear a bar visibly. */
  readonly exposureUs: number | undefined;
}

/** The time shown wraps at this many us: 407 days. */
export const RANGE_US = STEPS * STEP_US;

/** A code cell this close to the middle of black and white, as a share of their difference, may be either. */
const UNSURE = 0.2;

/** How far a code cell may be from what it must show at the time read. */
const CODE_TOLERANCE = 0.3;

/** A shorter exposure than this, in us, takes less than 2 % of the finest bar's swing. */
const LEAST_EXPOSURE_US = 250;

/** Reads the panel at a known place. Undefined where it is not there, hidden, or not certain. */
export function decodePanel(plane: LumaPlane, at: Geometry): Decoded | undefined {
  const shade = measureShade(plane, at);
  if (!shade) return undefined;
  const code = shade(CODE_CELLS);
  const steps = stepsShown(code);
  if (steps.length === 0) return undefined;
  const fits = BARS.map((bar) => fitBar(bar, shade(bar.cells)));
  const bars = weighBars(fits);
  // Only the coarsest bar, whose half period is a step, says where in the step the time is.
  if (bars[0]?.fit.bar !== BARS[0]) return undefined;
  const exposureUs = estimateExposure(fits);
  for (const step of steps) {
    const time = combineBars((step + 0.5) * STEP_US, bars);
    if (!time || !codeAgrees(code, time.timeUs, exposureUs)) continue;
    return {
      timeUs: ((time.timeUs % RANGE_US) + RANGE_US) % RANGE_US,
      sigmaUs: time.sigmaUs,
      exposureUs: exposureUs < LEAST_EXPOSURE_US ? undefined : exposureUs,
    };
  }
  return undefined;
}

/**
 * The step counts that the code may show. Where the exposure holds the change from one step to the next, the one Gray bit that changes is
 * between black and white, and both values of it are tried against those checksum bits that are clear.
 */
function stepsShown(code: Float64Array): number[] {
  const isUnsure = (i: number): boolean => Math.abs((code[i] as number) - 0.5) < UNSURE;
  const bits = Uint8Array.from(code, (value) => (value > 0.5 ? 1 : 0));
  const unsure: number[] = [];
  for (let i = 0; i < STEP_BITS; i++) if (isUnsure(i)) unsure.push(i);
  const [open] = unsure;
  if (unsure.length > 1) return [];

  const steps: number[] = [];
  for (let flip = 0; flip <= unsure.length; flip++) {
    if (open !== undefined && flip === 1) bits[open] = 1 - (bits[open] as number);
    const step = decodeStep(bits);
    const right = encodeStep(step);
    let wrong = 0;
    for (let i = STEP_BITS; i < CODE_BITS; i++) if (right[i] !== bits[i] && !isUnsure(i)) wrong++;
    if (wrong === 0) steps.push(step);
  }
  return steps;
}

/**
 * True where every code cell shows what it must at this time. An exposure that holds the change from one step to the next shows
 * both, mixed in the same proportion in every cell that differs.
 */
function codeAgrees(code: Float64Array, timeUs: number, exposureUs: number): boolean {
  const next = Math.round(timeUs / STEP_US);
  const pastUs = timeUs - next * STEP_US;
  const before = encodeStep(next - 1);
  const after = encodeStep(next);
  let share = pastUs > 0 ? 1 : 0;
  // The exposure is an estimate, and a poor one where it is short: near the change, the cells themselves say how much of each they saw.
  if (Math.abs(pastUs) < 0.6 * exposureUs + 750) {
    let [changed, sum] = [0, 0];
    for (let i = 0; i < CODE_BITS; i++) {
      if (before[i] === after[i]) continue;
      changed++;
      sum += after[i] === 1 ? (code[i] as number) : 1 - (code[i] as number);
    }
    share = Math.min(1, Math.max(0, sum / changed));
  }
  for (let i = 0; i < CODE_BITS; i++) {
    const expected = (1 - share) * (before[i] as number) + share * (after[i] as number);
    if (!(Math.abs((code[i] as number) - expected) < CODE_TOLERANCE)) return false;
  }
  return true;
}
