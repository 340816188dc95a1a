/**
 * This host's time as its wall clock told it first, carried on by its boot clock: nobody sets it. How long something
 * took is measured by it.
 */
export class SteadyNow {
  /** Wall minus boot time when it was read first, and when it was read last, in us. */
  private first: number | undefined;
  private last = 0;

  /**
   * @param bootUs of the same moment as `wallUs`; where it is not known, the wall clock is taken to be where it was
   *   read last.
   */
  at(wallUs: number, bootUs: number | undefined): number {
    if (bootUs === undefined) return this.first === undefined ? wallUs : wallUs - this.last + this.first;
    this.last = wallUs - bootUs;
    this.first ??= this.last;
    return bootUs + this.first;
  }
}
