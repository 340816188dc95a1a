/** Round trips that are tried at a time; the fastest is believed. */
const TRIES = 6;
/** A measurement that is slower than the best so far by this counts again after this long, in ms. */
const KEPT_MS = 60_000;

/** This page's time against that of the machine that serves it, so that all its screens show one time. */
export class ServerTime {
  /**
   * What is added to this page's own time, in us, and how far off that may be; undefined where the server was never
   * reached.
   */
  offsetUs = 0;
  errorUs: number | undefined;
  private measuredMs = Number.NEGATIVE_INFINITY;

  /** @param ask Asks for the server's time, in us. @param nowMs This page's time. */
  async measure(ask: () => Promise<number>, nowMs: () => number): Promise<void> {
    for (let i = 0; i < TRIES; i++) {
      const before = nowMs();
      const serverUs = await ask();
      const after = nowMs();
      const errorUs = ((after - before) / 2) * 1000;
      const old = after - this.measuredMs > KEPT_MS;
      if (this.errorUs !== undefined && errorUs > this.errorUs && !old) continue;
      this.offsetUs = serverUs - ((before + after) / 2) * 1000;
      this.errorUs = errorUs;
      this.measuredMs = after;
    }
  }
}
