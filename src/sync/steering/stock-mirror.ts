import { StockFrames } from '../stock-frames.ts';

/**
 * What the stock client does with its clock, replayed: which frames its algorithm runs on, and which time it takes them
 * to have. Whole us of the process's wall clock, as the original.
 */
export class StockMirror {
  private readonly frames: StockFrames;
  private readonly skipBelowUs: number;
  private readonly halfUs: number;
  private reported = -1;
  private run: { readonly frame: number; readonly sensorUs: number; readonly t: number } | undefined;

  /** @param limitUs frame duration that the process asks for, in whole us. */
  constructor(limitUs: number, skipBelowUs: number) {
    this.frames = new StockFrames(limitUs);
    this.halfUs = Math.trunc(limitUs / 2);
    this.skipBelowUs = skipBelowUs;
  }

  /**
   * A frame was reported.
   * @param saidUs its time as the algorithm says it, where it does: then it ran.
   * @returns its time; undefined where it was left out.
   */
  frame(frame: number, sensorUs: number, wallUs: number, saidUs: number | undefined): number | undefined {
    this.reported = frame;
    if (saidUs === undefined && !this.runsAt(sensorUs)) return undefined;
    const { t } = this.frames.begin(saidUs ?? Math.floor(wallUs));
    this.frames.end(t);
    this.run = { frame, sensorUs, t };
    return t;
  }

  /**
   * The first frame from `from` on with which the algorithm will run.
   * @param start when a frame starts, in us by the sensor's clock.
   */
  nextRun(from: number, start: (frame: number) => number): number {
    let run = this.run;
    if (run === undefined) return from;
    // Of those that were reported it is known.
    for (let frame = Math.max(run.frame, this.reported) + 1; ; frame++) {
      const sensorUs = start(frame);
      if (sensorUs - run.sensorUs < this.skipBelowUs) continue;
      if (frame >= from) return frame;
      run = { ...run, frame, sensorUs };
    }
  }

  /**
   * The time that the algorithm will take a coming frame to have.
   * @param runs how many it runs on until then, that one included.
   */
  expect(wallUs: number, runs: number): number {
    // Behind a clock that was set back it goes on by half a frame a frame.
    return this.run === undefined ? wallUs : Math.max(wallUs, this.run.t + runs * this.halfUs);
  }

  /**
   * Frames from the last one that it ran on to a coming one, if it runs on that one, by how it goes now.
   * @param start when a frame before that one starts, in us by the sensor's clock.
   */
  runsUntil(frame: number, start: (frame: number) => number): number {
    const run = this.run;
    if (run === undefined) return 1;
    if (frame <= run.frame) return 0;
    let runs = 1;
    let lastUs = run.sensorUs;
    for (let at = Math.max(run.frame, this.reported) + 1; at < frame; at++) {
      const sensorUs = start(at);
      if (sensorUs - lastUs < this.skipBelowUs) continue;
      runs++;
      lastUs = sensorUs;
    }
    return runs;
  }

  private runsAt(sensorUs: number): boolean {
    return this.run === undefined || sensorUs - this.run.sensorUs >= this.skipBelowUs;
  }
}
