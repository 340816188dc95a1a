/**
 * What the stock server and the stock client do alike at each frame: smooth its wall clock and count frames.
 *
 * A wall clock that steps forward looks like dropped frames; one that steps back is walked at half a frame a frame
 * until it is caught up. All arithmetic is in whole us, as in the original.
 */
export class StockFrames {
  /** Nominal frame duration, in whole us. */
  readonly durationUs: number;
  /** Frames so far, dropped ones included. */
  count = 0;
  private last: number | undefined;

  constructor(frameDurationUs: number) {
    this.durationUs = Math.trunc(frameDurationUs);
  }

  /**
   * A frame comes in.
   * @returns its wall clock as used from here on, the one before it, and how many were dropped between.
   */
  begin(wallUs: number): { t: number; last: number | undefined; dropped: number } {
    const last = this.last;
    if (last === undefined) return { t: wallUs, last, dropped: 0 };
    const half = Math.trunc(this.durationUs / 2);
    const t = Math.max(wallUs, last + half);
    const dropped = Math.trunc((t - last - half) / this.durationUs);
    this.count += dropped;
    return { t, last, dropped };
  }

  end(t: number): void {
    this.last = t;
    this.count++;
  }
}
