/**
 * Delays that occur: of the statistics, 1 or 2, and of the sensor, 2 or 3, and what an algorithm too late or a dropped
 * frame adds or takes.
 */
const DELAYS: readonly number[] = [2, 3, 4, 5, 6, 7];
/** What was wrong is remembered by this share from one frame to the next. */
const MEMORY = 0.93;
/** Another delay must have been right so many times oftener. */
const CLEARLY = 1.5;

/**
 * Frames from the one that takes an order to the one that it shapes, and by how many frames reports of lengths come
 * beside the truth. A probe tells both; in the take the delay may move, which shows by which orders match which
 * reported lengths.
 */
export class ShapingDelay {
  private delayFrames: number;
  private shiftFrames = 0;
  private readonly wrong = new Map<number, number>();

  constructor(frames: number) {
    this.delayFrames = frames;
  }

  get frames(): number {
    return this.delayFrames;
  }

  /** A length reported with frame n is that of frame n less this. */
  get shift(): number {
    return this.shiftFrames;
  }

  /** As a probe told. */
  set(frames: number, shift: number): void {
    this.delayFrames = frames;
    this.shiftFrames = shift;
    this.wrong.clear();
  }

  /** A length was reported. @param fits whether it is what orders make of the frame, with a given delay. */
  observe(fits: (delay: number) => boolean): void {
    const wrong = (delay: number): number => this.wrong.get(delay) ?? 0;
    const judge = (delay: number): void => {
      this.wrong.set(delay, MEMORY * wrong(delay) + (fits(delay) ? 0 : 1));
    };
    for (const delay of DELAYS) judge(delay);
    if (!DELAYS.includes(this.delayFrames)) judge(this.delayFrames);
    // Delays move by one at a time.
    for (const delay of [this.delayFrames - 1, this.delayFrames + 1]) {
      if (!this.wrong.has(delay) || wrong(delay) + CLEARLY > wrong(this.delayFrames)) continue;
      this.delayFrames = delay;
      return;
    }
  }
}
