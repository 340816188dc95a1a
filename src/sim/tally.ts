/**
 * Offsets summed up one by one, in us: count, rms, 99th percentile and largest of the sizes, all exact, without keeping
 * them.
 *
 * The percentile rests on the largest hundredth alone, which is kept in a heap with its smallest on top.
 */
export class Tally {
  count = 0;
  private squares = 0;
  private max = 0;
  private readonly top: Float64Array;
  private kept = 0;

  /** @param most values there will be at the most. */
  constructor(most: number) {
    this.top = new Float64Array(Math.floor(0.01 * most) + 1);
  }

  add(offsetUs: number): void {
    const size = Math.abs(offsetUs);
    this.count++;
    this.squares += offsetUs * offsetUs;
    if (size > this.max) this.max = size;
    if (this.kept < this.top.length) this.rise(this.kept++, size);
    else if (size > (this.top[0] as number)) this.sink(size);
  }

  get rmsUs(): number | null {
    return this.count === 0 ? null : Math.sqrt(this.squares / this.count);
  }

  get maxUs(): number | null {
    return this.count === 0 ? null : this.max;
  }

  /** The size that 99 % of the values do not exceed. */
  get p99Us(): number | null {
    if (this.count === 0) return null;
    const above = this.count - Math.ceil(0.99 * this.count);
    const sizes = this.top.slice(0, this.kept).sort();
    return sizes[Math.max(0, this.kept - 1 - above)] as number;
  }

  private rise(from: number, size: number): void {
    const { top } = this;
    let at = from;
    while (at > 0 && (top[(at - 1) >> 1] as number) > size) {
      top[at] = top[(at - 1) >> 1] as number;
      at = (at - 1) >> 1;
    }
    top[at] = size;
  }

  /** Takes the place of the smallest. */
  private sink(size: number): void {
    const { top, kept } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= kept) break;
      if (child + 1 < kept && (top[child + 1] as number) < (top[child] as number)) child++;
      if ((top[child] as number) >= size) break;
      top[at] = top[child] as number;
      at = child;
    }
    top[at] = size;
  }
}
