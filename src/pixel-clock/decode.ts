import { type CommonPhase, estimateExposure, swingMisfit } from './bars.ts';
import { type Geometry, INSIDE } from './cells.ts';
import { decodeStep, encodeStep, STEP_BITS, STEPS } from './code.ts';
import { type Cell, CODE_CELLS, type LumaPlane, STEP_US } from './layout.ts';
import type { PanelRows } from './panel-rows.ts';
import { SeenBars } from './seen-bars.ts';
import { measureShade } from './shade.ts';

/** What a panel says. */
export interface Decoded {
  /** Mid-exposure of picture row `row` on CLOCK_MONOTONIC, in us, modulo `RANGE_US`. */
  readonly timeUs: number;
  /** Standard error of `timeUs`, in us. */
  readonly sigmaUs: number;
  /** A place on the panel: a row of the picture, the upper one is 0, and a fraction. */
  readonly row: number;
  /** From one row of the picture to the next, in us, with its standard error. */
  readonly rowUs: number;
  readonly rowSigmaUs: number;
  readonly common: CommonPhase | undefined;
  /** Estimate of the exposure's length, in us; undefined where it is too short to smear a bar visibly. */
  readonly exposureUs: number | undefined;
  /** How far cells of the bars are from what they show by all of it, the same cells in any panel, in 1/32 level. */
  readonly cellErrors: Int16Array;
}

/** The time shown wraps at this many us: 407 days. */
export const RANGE_US = STEPS * STEP_US;

/** A code cell this close to the middle of black and white, as a share of their difference, may be either. */
const UNSURE = 0.2;

/** How far a code cell may be from what it must show at the time read. */
const CODE_TOLERANCE = 0.3;

/**
 * No exposure explains bars whose swings are further off than this, as a share of the full one: they are of several
 * frames mixed.
 */
const MOST_MISFIT = 0.12;

/** A shorter exposure than this, in us, takes less than 2 % of the finest bar's swing. */
const LEAST_EXPOSURE_US = 250;

/**
 * Reads the panel at a known place. Undefined where it is not there, hidden, or not certain.
 * @param rows Where it lies in the picture.
 */
export function decodePanel(plane: LumaPlane, at: Geometry, rows: PanelRows): Decoded | undefined {
  const shade = measureShade(plane, at);
  if (!shade) return undefined;
  const code = shade(CODE_CELLS);
  const steps = stepsShown(code);
  if (steps.length === 0) return undefined;
  const bars = new SeenBars(shade, rows);
  for (const step of steps) {
    const time = bars.time((step + 0.5) * STEP_US);
    if (!time) continue;
    const smearUs = Math.abs(time.rowUs) * rows.unit * INSIDE;
    const exposureUs = estimateExposure(bars.fits, smearUs);
    if (swingMisfit(bars.fits, exposureUs, smearUs) > MOST_MISFIT) continue;
    const timeAt = (cell: Cell): number => time.timeUs + (rows.of(cell) - time.row) * time.rowUs;
    if (!codeAgrees(code, timeAt, exposureUs)) continue;
    return {
      ...time,
      timeUs: ((time.timeUs % RANGE_US) + RANGE_US) % RANGE_US,
      exposureUs: exposureUs < LEAST_EXPOSURE_US ? undefined : exposureUs,
      cellErrors: bars.errors(),
    };
  }
  return undefined;
}

/** Code cells of one row of modules, which a rolling shutter exposes together: their bits. */
const CODE_ROWS: readonly (readonly number[])[] = [1, 2].map((row) =>
  CODE_CELLS.flatMap((cell, bit) => (cell.row === row ? [bit] : [])),
);

/**
 * The step counts that the code's upper row, which has all of the count, may show. Where the exposure holds the change
 * from one step to the next, the one Gray bit that changes is between black and white, and both values of it are tried
 * against those checksum bits that are clear. A rolling shutter may show the step before or after it in the lower row.
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
    const shows = (row: number, shown: number): boolean => {
      const right = encodeStep(shown);
      return (CODE_ROWS[row] as readonly number[]).every((i) => i < STEP_BITS || right[i] === bits[i] || isUnsure(i));
    };
    if (shows(0, step) && [step, step + 1, step - 1].some((shown) => shows(1, shown))) steps.push(step);
  }
  return steps;
}

/**
 * True where every code cell shows what it must at the time of its row. An exposure that holds the change from one step
 * to the next shows both, mixed in the same proportion in every cell of the row that differs.
 */
function codeAgrees(code: Float64Array, timeAt: (cell: Cell) => number, exposureUs: number): boolean {
  return CODE_ROWS.every((bits) => {
    const timeUs = timeAt(CODE_CELLS[bits[0] as number] as Cell);
    const next = Math.round(timeUs / STEP_US);
    const pastUs = timeUs - next * STEP_US;
    const before = encodeStep(next - 1);
    const after = encodeStep(next);
    let share = pastUs > 0 ? 1 : 0;
    // The exposure is an estimate, and a poor one where it is short: near the change, the cells themselves say how much
    // of each they saw.
    if (Math.abs(pastUs) < 0.6 * exposureUs + 750) {
      let [changed, sum] = [0, 0];
      for (const i of bits) {
        if (before[i] === after[i]) continue;
        changed++;
        sum += after[i] === 1 ? (code[i] as number) : 1 - (code[i] as number);
      }
      if (changed > 0) share = Math.min(1, Math.max(0, sum / changed));
    }
    return bits.every((i) => {
      const expected = (1 - share) * (before[i] as number) + share * (after[i] as number);
      return Math.abs((code[i] as number) - expected) < CODE_TOLERANCE;
    });
  });
}
