import type { BootUs } from '../time/units.ts';

/** Frames that the period is averaged over. */
const MEAN_FRAMES = 100;

/**
 * Counts the frames of a free-running camera by their timestamps, dropped ones included: how many periods have passed
 * since the frame before, the period as learned. Timestamps are the sensor's own, which no step of a wall clock moves.
 */
export class FrameCount {
  private periodUs: number;
  private intervals = 0;
  private lastUs: number | undefined;

  constructor(nominalFrameUs: number) {
    this.periodUs = nominalFrameUs;
  }

  /** A frame comes in. @returns how many frames it is after the one before, at least 1; 0 for the first. */
  advance(bootUs: BootUs): number {
    const { lastUs } = this;
    this.lastUs = bootUs;
    if (lastUs === undefined) return 0;
    const gapUs = bootUs - lastUs;
    const frames = Math.max(1, Math.round(gapUs / this.periodUs));
    this.intervals = Math.min(this.intervals + 1, MEAN_FRAMES);
    this.periodUs += (gapUs / frames - this.periodUs) / (this.intervals + 1);
    return frames;
  }
}
