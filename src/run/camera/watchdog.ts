/**
 * How long a camera has been silent, by the time in which this process could have heard it: while it was stopped
 * (SIGSTOP, a machine that sleeps) nothing reached it. All times on a clock that only goes on, in ms.
 */
export class Watchdog {
  private readonly everyMs: number;
  private heardMs: number;
  private lookedMs: number;

  /** @param everyMs How often `look` is called. */
  constructor(everyMs: number, nowMs: number) {
    this.everyMs = everyMs;
    this.heardMs = nowMs;
    this.lookedMs = nowMs;
  }

  heard(nowMs: number): void {
    this.heardMs = nowMs;
  }

  /** @returns for how long nothing was heard. */
  look(nowMs: number): number {
    const missedMs = nowMs - this.lookedMs - this.everyMs;
    // A look that is a little late is none that was missed.
    if (missedMs > this.everyMs) this.heardMs = Math.min(nowMs, this.heardMs + missedMs);
    this.lookedMs = nowMs;
    return nowMs - this.heardMs;
  }
}
