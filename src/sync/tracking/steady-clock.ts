/** What the reading of a pair of clocks may be off, in us. */
const READING_US = 15;
/** So much more while the host's clock recovery settles, which takes `SETTLE_US`: both in us. */
const UNSETTLED_US = 100;
const SETTLE_US = 400_000;
/**
 * A wall clock that is left alone keeps its rate against boot time to this, of which nothing more is known at first;
 * faster is a slew or a step.
 */
const NATURAL_RATE = 50e-6;
/** A rate that was learned for long is known to this: crystals wander. */
const LEARNED_TO = 2e-6;
/** The rate is learned over so long at most, in us: then anew. */
const LEARN_US = 20e6;
/**
 * A reading is compared with one that is so old, in us: what moves so slowly that it is not seen by then passes for a
 * crystal's wandering.
 */
const LOOK_BACK_US = 3e6;
/** Between the readings that are kept to look back at, in us. */
const KEEP_EVERY_US = 250_000;
/** A clock has come to rest when it has kept its rate for so long, and for so many readings. In us. */
const REST_US = 1e6;
const REST_READINGS = 3;
/** What each movement that is over may have left in the offset besides, in us. */
const LEFT_US = 2;
/** No clock daemon slews faster where it can be told from a step: a share. */
const FASTEST_SLEW = 600e-6;

/**
 * A host's wall clock without its steps and slews.
 *
 * Fed with the offset between a host's wall clock and its boot time, frame by frame. As long as the offset goes on at
 * one rate, which is learned and at first may be any that crystals have, it passes; when it jumps or runs away from
 * that, somebody is setting the clock, and the offset is carried on at the rate that was learned until that is over.
 * What frames are compared by then goes on as if nothing had happened.
 *
 * State: `rate`, known to `rateDoubt`; `movedUs`, what the offset changed by while it was carried on, and `carriedUs`,
 * for how long that was: the part of it that was the clock's own rate is taken to be what is known of the rate now, so
 * that a rate learned later mends what was carried on before. Assumptions: rates of clocks that are left alone lie
 * within `NATURAL_RATE`; a slew that is slower than that and begins before the rate is known can't be told from one;
 * later those of 10 ppm and more can.
 */
export class SteadyClock {
  private rate = 0;
  private rateDoubt = NATURAL_RATE;
  /** Where the rate is learned from. */
  private from: Reading | undefined;
  /** Readings to look back at, the oldest first. */
  private readonly trail: Reading[] = [];
  private movedUs = 0;
  private carriedUs = 0;
  private movements = 0;
  /** The reading that the offset is carried on from while the clock is being set. */
  private held: Reading | undefined;
  /** The first of the readings that have kept to the rate since, and how many they are. */
  private calm: Reading | undefined;
  private calmReadings = 0;
  private beganUs = 0;
  /** The last reading: one object for all of them, written anew with each frame. What is kept of it is a copy. */
  private readonly last = { bootUs: 0, offsetUs: 0 };
  private readings = 0;
  /** What the last reading is away from where the rate would have it, in us. */
  private awayUs = 0;
  /** What passed for noise before the rate was known, and may have been a movement, in us. */
  private unsettledUs = 0;
  /**
   * As long as the rate is not known: what may have passed unseen, by the rates that readings tell, in us; undefined
   * before anything tells.
   */
  private firstUs: number | undefined;
  /** What passed before the last movement was seen, in us; 0 once it was asked for. */
  private slippedUs = 0;
  private mended: { us: number; rate: number } | undefined;

  /** True while the clock is being set. */
  get moving(): boolean {
    return this.held !== undefined;
  }

  /** True once a movement would be seen, one that was over just behind the first reading too. */
  get settled(): boolean {
    if (this.last.bootUs - this.beganUs <= SETTLE_US) return false;
    return this.readings >= 3 && (this.firstUs !== undefined || this.rateDoubt < NATURAL_RATE);
  }

  /** How far the offset may be from what it would be had nobody set the clock, in us. */
  get doubtUs(): number {
    const { held, last } = this;
    const carriedUs = this.carriedUs + (held === undefined ? 0 : last.bootUs - held.bootUs);
    const unsettledUs = Math.max(this.unsettledUs, this.firstUs ?? 0);
    return this.awayUs + unsettledUs + this.rateDoubt * carriedUs + LEFT_US * this.movements;
  }

  /** How far the offset at a moment may be from the one of the last reading, `agoUs` before or after it, in us. */
  doubtAt(agoUs: number): number {
    return this.rateDoubt * Math.abs(agoUs);
  }

  /** By how much the offset changes in a time, in us. */
  changeIn(us: number): number {
    return this.rate * us;
  }

  /** Whether a reading is of the clock that was read last: of that boot of that host, and not set since. */
  continues(bootUs: number, offsetUs: number): boolean {
    const { last, readings } = this;
    if (readings === 0 || bootUs < last.bootUs) return false;
    return Math.abs(offsetUs - last.offsetUs) <= READING_US + FASTEST_SLEW * (bootUs - last.bootUs);
  }

  /** From here on the clock counts as it is: what it was moved by so far is no longer taken out. */
  rebase(): void {
    this.movedUs = 0;
    this.carriedUs = 0;
    this.movements = 0;
    this.unsettledUs = 0;
    this.firstUs = undefined;
    this.trail.length = 0;
    if (this.readings > 0) this.trail.push({ ...this.last });
    if (this.held !== undefined) this.held = { ...this.last };
  }

  /**
   * How much of a movement passed as the offset before it was seen, in us; 0 where there was none since this was asked
   * last.
   */
  takeSlipped(): number {
    const { slippedUs } = this;
    this.slippedUs = 0;
    return slippedUs;
  }

  /**
   * What has been made of the offset so far may be off by so much, since the rate is known better now: in us, and as a
   * share; asked for once.
   */
  takeMended(): { us: number; rate: number } | undefined {
    const { mended } = this;
    this.mended = undefined;
    return mended;
  }

  /** A reading: wall minus boot time, at `bootUs`. @returns the offset without steps and slews, in us. */
  offset(bootUs: number, offsetUs: number): number {
    if (this.readings === 0) this.beganUs = bootUs;
    this.last.bootUs = bootUs;
    this.last.offsetUs = offsetUs;
    this.readings++;
    if (this.held === undefined) this.watch(this.last);
    else this.rest({ ...this.last }, this.held);
    const { held } = this;
    const at = held === undefined ? offsetUs : held.offsetUs + this.rate * (bootUs - held.bootUs);
    return at - this.movedUs + this.rate * this.carriedUs;
  }

  private watch(reading: Reading): void {
    const { trail } = this;
    this.from ??= { ...reading };
    if (trail.length === 0) trail.push({ ...reading });
    const back = trail[0] as Reading;
    const recent = trail.at(-1) as Reading;
    const settling = reading.bootUs - this.beganUs <= SETTLE_US;
    const unsettledUs = settling ? UNSETTLED_US : 0;
    const backUs = READING_US + unsettledUs + this.rateDoubt * (reading.bootUs - back.bootUs);
    const recentUs = READING_US + unsettledUs + this.rateDoubt * (reading.bootUs - recent.bootUs);
    const away = Math.abs(this.away(back, reading));
    if (away > backUs || Math.abs(this.away(recent, reading)) > recentUs) {
      this.slippedUs = recentUs;
      this.held = back;
      this.awayUs = 0;
      this.calm = { ...reading };
      this.calmReadings = 1;
      return;
    }
    this.awayUs = this.rateDoubt < NATURAL_RATE ? away : 0;
    if (this.rateDoubt === NATURAL_RATE) {
      const natural = this.rateDoubt * (reading.bootUs - back.bootUs);
      this.unsettledUs = Math.max(this.unsettledUs, away - natural);
      this.firstUs = this.judgeFirst(reading);
    }
    this.learnRate(recent);
    if (reading.bootUs - recent.bootUs >= KEEP_EVERY_US) trail.push({ ...reading });
    while (trail.length > 1 && reading.bootUs - (trail[1] as Reading).bootUs >= LOOK_BACK_US) trail.shift();
  }

  private rest(reading: Reading, held: Reading): void {
    const calm = this.calm ?? reading;
    const calmUs = reading.bootUs - calm.bootUs;
    if (Math.abs(this.away(calm, reading)) > READING_US + this.rateDoubt * calmUs) {
      this.calm = reading;
      this.calmReadings = 1;
      return;
    }
    if (calmUs < REST_US || ++this.calmReadings < REST_READINGS) return;
    // The clock has come to rest: what it moved by stays taken out.
    this.movedUs += reading.offsetUs - held.offsetUs;
    this.carriedUs += reading.bootUs - held.bootUs;
    this.movements++;
    this.mended = { us: 0, rate: this.rateDoubt };
    this.held = undefined;
    this.from = reading;
    this.trail.length = 0;
    this.trail.push(reading);
  }

  private away(from: Reading, to: Reading): number {
    return to.offsetUs - from.offsetUs - this.rate * (to.bootUs - from.bootUs);
  }

  /** From a reading before this one: a movement that has begun but is not seen yet must not pass for the rate. */
  private learnRate(reading: Reading): void {
    const unknown = this.rateDoubt === NATURAL_RATE;
    if (unknown) this.from = this.evenSince(reading);
    if (this.from === undefined) return;
    const { from } = this;
    const elapsedUs = reading.bootUs - from.bootUs;
    // In the longest gap between readings the clock may have been set by what is no more than noise on either side of
    // it.
    const seenUs = unknown ? (elapsedUs - this.longestGapSince(from)) / 2 : elapsedUs;
    const doubt = Math.max(LEARNED_TO, READING_US / seenUs);
    if (doubt > this.rateDoubt || elapsedUs < LEAST_LEARN_US || seenUs < LEAST_SEEN_US) return;
    const rate = (reading.offsetUs - from.offsetUs) / elapsedUs;
    if (this.carriedUs > 0) {
      const change = Math.abs(rate - this.rate);
      this.mended = { us: change * this.carriedUs, rate: change };
    }
    this.rate = rate;
    this.rateDoubt = doubt;
    if (unknown) this.takeOutBefore(from);
    if (elapsedUs > LEARN_US) this.from = undefined;
  }

  /**
   * As long as the rate is not known: the reading from which on all of them, up to a recent one, lie on a line. The
   * first reading is never one.
   */
  private evenSince(recent: Reading): Reading | undefined {
    const { trail } = this;
    let since: Reading | undefined;
    for (let i = trail.length - 2; i >= 1; i--) {
      const candidate = trail[i] as Reading;
      const rate = (recent.offsetUs - candidate.offsetUs) / (recent.bootUs - candidate.bootUs);
      const off = ({ bootUs, offsetUs }: Reading): number =>
        Math.abs(offsetUs - candidate.offsetUs - rate * (bootUs - candidate.bootUs));
      if (trail.slice(i + 1, -1).some((each) => off(each) > EVEN_US)) break;
      since = candidate;
    }
    return since;
  }

  private longestGapSince(from: Reading): number {
    const { trail } = this;
    let longest = 0;
    for (let i = trail.indexOf(from) + 1; i < trail.length; i++) {
      longest = Math.max(longest, (trail[i] as Reading).bootUs - (trail[i - 1] as Reading).bootUs);
    }
    return longest;
  }

  /**
   * The rate is known by what came from a reading on: now it shows whether somebody set the clock between those before
   * it.
   */
  private takeOutBefore(from: Reading): void {
    const { trail } = this;
    let movedUs = 0;
    for (let i = 1; i < trail.length && trail[i - 1] !== from; i++) {
      const [before, after] = [trail[i - 1] as Reading, trail[i] as Reading];
      const away = Math.abs(this.away(before, after));
      if (away <= EVEN_US) {
        this.unsettledUs = Math.max(this.unsettledUs, FIRST_SHARE * away);
        continue;
      }
      this.movedUs += after.offsetUs - before.offsetUs;
      this.carriedUs += after.bootUs - before.bootUs;
      this.movements++;
      movedUs += away;
    }
    if (movedUs > 0) this.mended = { us: movedUs, rate: this.rateDoubt };
    this.firstUs = undefined;
    this.trail.splice(0, trail.indexOf(from));
  }

  /**
   * As long as the rate is not known the clock may have been set by too little to be seen, between any two readings:
   * those behind tell another rate then than the two do.
   * @returns what the offset may be off by that, in us; undefined where there are no two readings behind the first.
   */
  private judgeFirst(reading: Reading): number | undefined {
    const { trail } = this;
    if (trail.length < 2 || reading.bootUs <= (trail.at(-1) as Reading).bootUs) return this.firstUs;
    let worst = 0;
    for (let i = 1; i < trail.length; i++) {
      const [before, at] = [trail[i - 1] as Reading, trail[i] as Reading];
      const rate = (reading.offsetUs - at.offsetUs) / (reading.bootUs - at.bootUs);
      const awayUs = at.offsetUs - before.offsetUs - rate * (at.bootUs - before.bootUs);
      worst = Math.max(worst, FIRST_SHARE * Math.abs(awayUs));
    }
    return worst;
  }
}

interface Reading {
  readonly bootUs: number;
  readonly offsetUs: number;
}

/** Half of the time in which readings would have shown another rate, at the least before one is learned, in us. */
const LEAST_SEEN_US = 0.4e6;
/** Readings this close to a line are on it: less can't be told from the noise of a reading, in us. */
const EVEN_US = READING_US;
/** What the first reading is off is known by the noise of three: so much more is stated. */
const FIRST_SHARE = 1.5;
/** A rate is learned over at least this long, in us. */
const LEAST_LEARN_US = 1e6;
