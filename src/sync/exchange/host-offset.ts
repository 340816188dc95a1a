/**
 * How another host's boot clock lies against this host's. Plain numbers: it goes from process to process as it is.
 */
export interface HostOffset {
  /** The other host's boot clock minus ours, as it is estimated, in us. */
  readonly offsetUs: number;
  /** How much faster its boot clock runs than ours, as it is estimated, in ppm. */
  readonly driftPpm: number;
  /** Standard error of `offsetUs`, in us. It knows nothing of a path that is longer one way than the other. */
  readonly standardErrorUs: number;
  /**
   * The true offset lies within this of `offsetUs`, in us, whatever the path, as long as clocks drift by what is
   * allowed.
   */
  readonly boundUs: number;
  /** The true drift lies within this of `driftPpm`, in ppm: by so much the bound grows. */
  readonly allowancePpm: number;
  /** Our boot time at which all this holds, in us. */
  readonly atBootUs: number;
}

/** The same offset at another moment, with what the drift may have added to its error and to its bound. */
export function offsetAt(offset: HostOffset, bootUs: number): HostOffset {
  const elapsedUs = bootUs - offset.atBootUs;
  const doubtUs = offset.allowancePpm * 1e-6 * Math.abs(elapsedUs);
  return {
    ...offset,
    offsetUs: offset.offsetUs + offset.driftPpm * 1e-6 * elapsedUs,
    standardErrorUs: Math.hypot(offset.standardErrorUs, DOUBT_SHARE * doubtUs),
    boundUs: offset.boundUs + doubtUs,
    atBootUs: bootUs,
  };
}

/** What is spread evenly within a doubt has this share of it as standard deviation. */
const DOUBT_SHARE = 1 / Math.sqrt(3);
