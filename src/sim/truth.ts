/** Frames kept: a power of two, and more than fall between a server let ahead and the slowest client. */
const KEPT = 16_384;

/** When a server's frames really were, the last few thousand of them. */
export class Truth {
  private readonly times = new Float64Array(KEPT);
  private readonly indices = new Float64Array(KEPT);
  private readonly runs = new Float64Array(KEPT);
  /** Frames so far. */
  private count = 0;

  /** A frame of one of the server's runs. */
  frame(trueUs: number, index: number, run = 0): void {
    this.runs[this.count % KEPT] = run;
    this.times[this.count % KEPT] = trueUs;
    this.indices[this.count % KEPT] = index;
    this.count++;
  }

  timeOf(place: number): number {
    return this.times[place % KEPT] as number;
  }

  runOf(place: number): number {
    return this.runs[place % KEPT] as number;
  }

  indexOf(place: number): number {
    return this.indices[place % KEPT] as number;
  }

  /**
   * Place of the frame nearest to a time, looking on from `from`, a place found before (0 at first).
   * @returns undefined where there is no frame yet.
   */
  nearest(trueUs: number, from: number): number | undefined {
    if (this.count === 0) return undefined;
    let place = Math.max(from, this.count - KEPT);
    // The gap of a server that was away is long; the frame on its far side may be the nearer all the same.
    while (
      place + 1 < this.count &&
      Math.abs(this.timeOf(place + 1) - trueUs) <= Math.abs(this.timeOf(place) - trueUs)
    ) {
      place++;
    }
    return place;
  }
}
