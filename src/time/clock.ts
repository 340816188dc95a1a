import type { BootUs, MonoUs, WallUs } from './units.ts';

/** Both clocks of a host read at the same moment. */
export interface ClockPair {
  /** The clock since the host was started, in us. */
  readonly bootUs: BootUs;
  /** The wall clock, in us since 1970 (UTC). */
  readonly wallUs: WallUs;
}

/**
 * The clocks of one host. All code takes its time from one of these, handed in; so a process can stand for another
 * host, and a test for any clock at all.
 */
export interface Clock {
  /** Where the readings come from, for the take: for example `clock_gettime` or `Date.now`. */
  readonly source: string;
  /** How far a reading may be from the host's own clock because of the way it is read, in us. */
  readonly resolutionUs: number;
  /** The wall clock, in us since 1970 (UTC). */
  wall(): WallUs;
  /** The clock since the host was started, suspended or not, in us. */
  boot(): BootUs;
  /** CLOCK_MONOTONIC of the machine, never injected with an error: what virtual cameras live by. */
  mono(): MonoUs;
  /** Wall and boot read back to back, the wall reading taken at the middle of two boot readings. */
  pair(): ClockPair;
}
