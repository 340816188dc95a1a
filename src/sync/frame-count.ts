import type { BootUs } from '../time/units.ts';

/** How fast the grid follows the stamps: share of an error that moves its phase, and its period. */
const PHASE_GAIN = 0.1;
const PERIOD_GAIN = 0.005;
/** The period is within this share of the nominal one. */
const PERIOD_RANGE = 0.01;
/** Stamps that jitter by more than this share of a period (mean size) don't tell a drop one by one. */
const JITTERY = 0.1;
/** How slowly the jitter is learned: share of a new value. */
const JITTER_GAIN = 0.05;
/** Jittery stamps tell a drop by the median of this many. */
const MEDIAN_OF = 9;

/**
 * Counts the frames of a free-running camera by their timestamps, dropped ones included. Timestamps are the camera's
 * own, which no step of a wall clock moves.
 *
 * The stamps are held against a grid that follows them slowly. A sensor's stamps are even: one that comes a period late
 * tells of a dropped frame. A stream's stamps jitter by more than a period: there only several in a row do.
 */
export class FrameCount {
  private readonly nominalUs: number;
  private periodUs: number;
  private expectedUs: number | undefined;
  private jitter = 0;
  private readonly late: number[] = [];

  constructor(nominalFrameUs: number) {
    this.nominalUs = nominalFrameUs;
    this.periodUs = nominalFrameUs;
  }

  /** A frame comes in. @returns how many frames it is after the one before, at least 1; 0 for the first. */
  advance(bootUs: BootUs): number {
    if (this.expectedUs === undefined) {
      this.expectedUs = bootUs + this.periodUs;
      return 0;
    }
    const late = (bootUs - this.expectedUs) / this.periodUs;
    const missed = Math.max(0, Math.round(this.jitter > JITTERY ? this.median(late) : late));
    if (missed > 0) this.late.length = 0;
    const error = (late - missed) * this.periodUs;
    this.jitter += (Math.min(1, Math.abs(late - missed)) - this.jitter) * JITTER_GAIN;
    const range = PERIOD_RANGE * this.nominalUs;
    const period = this.periodUs + PERIOD_GAIN * Math.max(-this.periodUs, Math.min(this.periodUs, error));
    this.periodUs = Math.max(this.nominalUs - range, Math.min(this.nominalUs + range, period));
    this.expectedUs += (missed + 1) * this.periodUs + PHASE_GAIN * error;
    return missed + 1;
  }

  private median(late: number): number {
    this.late.push(late);
    if (this.late.length > MEDIAN_OF) this.late.shift();
    if (this.late.length < MEDIAN_OF) return 0;
    return [...this.late].sort((a, b) => a - b)[MEDIAN_OF >> 1] as number;
  }
}
