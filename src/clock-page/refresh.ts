import { median } from '../time/statistics.ts';

/** Intervals that the refresh is learned from. */
const INTERVALS = 61;

/** How long a refresh of the screen lasts, learned from when frames are drawn. */
export class Refresh {
  private readonly intervals: number[] = [];
  private lastMs: number | undefined;

  /** A frame is drawn. @returns the duration of a refresh, in us; 1/60 s until more is known. */
  frame(ms: number): number {
    if (this.lastMs !== undefined) this.intervals.push(ms - this.lastMs);
    this.lastMs = ms;
    if (this.intervals.length > INTERVALS) this.intervals.shift();
    return 1000 * ((this.intervals.length < 5 ? undefined : median(this.intervals)) ?? 1000 / 60);
  }
}
