/** The four times of an exchange, in us: ours on our boot clock, theirs on their own. */
export interface ExchangeTimes {
  /** We sent the question (ours). */
  readonly askedUs: number;
  /** It came in there (theirs). */
  readonly heardUs: number;
  /** The answer was sent (theirs). */
  readonly answeredUs: number;
  /** It came in here (ours). */
  readonly cameUs: number;
}

/**
 * What an exchange says: no datagram arrives before it is sent, so the other clock's offset at `atUs` is at least
 * `lowUs` and at most `highUs`. Their difference is the time under way, both ways together.
 */
export interface OffsetSample {
  /** The middle of the exchange on our boot clock, in us. */
  readonly atUs: number;
  readonly lowUs: number;
  readonly highUs: number;
}

/** Readings of a clock are good to this, in us: two of them may contradict each other by as much. */
const READING_US = 2;

/** @returns undefined for times that no exchange can have. */
export function sampleOf({ askedUs, heardUs, answeredUs, cameUs }: ExchangeTimes): OffsetSample | undefined {
  const held = answeredUs - heardUs;
  const whole = cameUs - askedUs;
  if (!(held >= 0 && whole >= 0 && held <= whole + 2 * READING_US)) return undefined;
  return {
    atUs: (askedUs + cameUs) / 2,
    lowUs: answeredUs - cameUs - READING_US,
    highUs: heardUs - askedUs + READING_US,
  };
}
