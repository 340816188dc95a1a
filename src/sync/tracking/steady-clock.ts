/** The wall clock's rate is watched over this long, in us. */
const WINDOW_US = 400_000;
/** A wall clock that is left alone keeps its rate against boot time to this; faster is a slew or a step. */
const SLEW_LIMIT = 50e-6;
/** Readings that the window spans at least: where they come once a second, the one held must be older than the slew. */
const WINDOW_READINGS = 3;
/** What the reading of a pair of clocks may be off, in us. */
const READING_US = 15;
/** What is left of that once the clock has come to rest, in us. */
const REST_US = 2;
/** How well the rate is known once it is learned: a share. */
const LEARNED_TO = 2e-6;
/** No clock daemon slews faster where it can be told from a step: a share. */
const FASTEST_SLEW = 600e-6;

/**
 * A host's wall clock without its steps and slews.
 *
 * Fed with the offset between a host's wall clock and its boot time, frame by frame. As long as the offset moves as slowly as crystals do, it
 * passes; when it jumps or runs away faster than `SLEW_LIMIT`, somebody is setting the clock, and the offset is held where it was until that
 * is over. What frames are compared by then goes on as if nothing had happened.
 */
export class SteadyClock {
  /** What the wall clock was moved by so far, in us: taken out of `offset`. */
  private movedUs = 0;
  private readonly window: Reading[] = [];
  /** Where the rate is learned from while the clock is left alone. */
  private anchor: Reading | undefined;
  private rate = 0;
  private learned = false;
  private held: Reading | undefined;
  private readings = 0;
  private beganUs = Number.POSITIVE_INFINITY;
  private last: Reading | undefined;
  /** What movements that are over may have left in the offset, in us. */
  private leftUs = 0;

  /** True while the clock is being set. */
  get moving(): boolean {
    return this.held !== undefined;
  }

  /** True once a movement would be seen. */
  get settled(): boolean {
    return this.last !== undefined && this.readings >= WINDOW_READINGS && this.last.bootUs - this.beganUs > WINDOW_US;
  }

  /** How far the offset may be from what it would be had nobody set the clock, in us: while it is held, it goes on at the rate that was learned. */
  get doubtUs(): number {
    const { held, last } = this;
    return this.leftUs + (held === undefined || last === undefined ? 0 : this.rateDoubt * (last.bootUs - held.bootUs));
  }

  /** Whether a reading is of the clock that was read last: of that boot of that host, and not set since. */
  continues(bootUs: number, offsetUs: number): boolean {
    const { last } = this;
    if (last === undefined || bootUs < last.bootUs) return false;
    return Math.abs(offsetUs - last.offsetUs) <= READING_US + FASTEST_SLEW * (bootUs - last.bootUs);
  }

  /** From here on the clock counts as it is: what it was moved by so far is no longer taken out. */
  rebase(): void {
    const { last } = this;
    this.movedUs = 0;
    this.leftUs = 0;
    if (this.held !== undefined && last !== undefined) this.held = last;
  }

  /** A reading: wall minus boot time, at `bootUs`. @returns the offset without steps and slews, in us. */
  offset(bootUs: number, offsetUs: number): number {
    const { window } = this;
    this.beganUs = Math.min(this.beganUs, bootUs);
    this.last = { bootUs, offsetUs };
    window.push({ bootUs, offsetUs });
    while (window.length > WINDOW_READINGS && bootUs - (window[1] as Reading).bootUs >= WINDOW_US) window.shift();
    const first = window[0] as Reading;
    const movedUs = offsetUs - first.offsetUs - this.rate * (bootUs - first.bootUs);
    // The first readings may be off while the host's clock recovery settles: there is nothing yet that could have moved.
    const settled = ++this.readings > WINDOW_READINGS && bootUs - this.beganUs > WINDOW_US;
    const moving = settled && Math.abs(movedUs) > READING_US + SLEW_LIMIT * (bootUs - first.bootUs);
    if (moving && this.held === undefined)
      this.held = { bootUs: first.bootUs, offsetUs: first.offsetUs - this.movedUs };
    if (!moving && this.held !== undefined) {
      // The clock has come to rest: what it moved by stays taken out.
      this.movedUs = offsetUs - this.carried(bootUs);
      this.leftUs += this.rateDoubt * (bootUs - this.held.bootUs) + REST_US;
      this.held = undefined;
      this.anchor = undefined;
      window.splice(0, window.length - 1);
    }
    if (this.held !== undefined) return this.carried(bootUs);
    this.learnRate(window[0] as Reading);
    return offsetUs - this.movedUs;
  }

  private get rateDoubt(): number {
    return this.learned ? LEARNED_TO : SLEW_LIMIT;
  }

  private carried(bootUs: number): number {
    const { held } = this;
    return held === undefined ? 0 : held.offsetUs + this.rate * (bootUs - held.bootUs);
  }

  /** From readings a window old: a movement that has begun but is not seen yet must not pass for the rate. */
  private learnRate(reading: Reading): void {
    this.anchor ??= reading;
    const elapsedUs = reading.bootUs - this.anchor.bootUs;
    if (elapsedUs > LEARN_US) this.learned = true;
    if (elapsedUs > LEARN_US) this.rate = (reading.offsetUs - this.anchor.offsetUs) / elapsedUs;
    if (elapsedUs > 4 * LEARN_US) this.anchor = undefined;
  }
}

interface Reading {
  readonly bootUs: number;
  readonly offsetUs: number;
}

/** The rate is learned over at least this long, in us. */
const LEARN_US = 5e6;
