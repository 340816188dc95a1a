import type { TimeService } from './time-service.ts';

/** Above this, hosts' clocks are what holds frames of different hosts apart, and not their cameras. */
const CLOCK_LIMIT_US = 100;

const WHAT_TO_DO =
  'run chronyd on all hosts, one with "local stratum 8" and "allow", the others with ' +
  '"server HOST iburst minpoll 0 maxpoll 2 xleave" (PTP is better still): docs/raspberry-pi.md';

/**
 * One line for the user where this host's clock may be more than 100 us from its source or nothing keeps it, and frames
 * that follow another host may be as far off. @returns undefined where all is well, or where how far it may be is not
 * known.
 */
export function hostClockAdvice(info: TimeService | undefined): string | undefined {
  if (info === undefined) return `nothing says whether this host's clock is synchronised; ${WHAT_TO_DO}`;
  if (!info.synchronised)
    return `this host's clock is not synchronised, its frames may be off by any time; ${WHAT_TO_DO}`;
  const mayBeUs = distanceUs(info);
  if (mayBeUs === undefined || mayBeUs <= CLOCK_LIMIT_US) return undefined;
  const whose = info.source === undefined ? 'its time source' : info.source;
  return `this host's clock may be ${span(mayBeUs)} from ${whose}, and its frames with it; ${WHAT_TO_DO}`;
}

/** What is known of the clock in one line: `clock: chrony, 12 us from raspberrypi.local, bound 45 us`. */
export function describeHostClock(info: TimeService | undefined): string {
  if (info === undefined) return 'clock: nothing is known of its synchronisation';
  if (!info.synchronised) return `clock: ${info.service}, not synchronised`;
  if (info.ownReference) return `clock: ${info.service}, a reference for other hosts, follows none`;
  const { source = 'its time source', offsetUs, boundUs } = info;
  const offset = offsetUs === undefined ? 'offset not known' : `${span(Math.abs(offsetUs))} from ${source}`;
  return `clock: ${info.service}, ${offset}, ${boundUs === undefined ? 'no bound known' : `bound ${span(boundUs)}`}`;
}

/**
 * How far the clock may be from its source, in us. The bound counts from the true time. Where the source is a host of
 * the same network, what lies beyond it moves both alike and is no matter: there it is the offset and three standard
 * deviations of the measurements, without what a path that is slower one way hides.
 */
function distanceUs({ ownReference, source, address, offsetUs, jitterUs, boundUs }: TimeService): number | undefined {
  if (ownReference) return undefined;
  if (offsetUs === undefined) return boundUs;
  const nearUs = jitterUs === undefined ? undefined : Math.abs(offsetUs) + 3 * jitterUs;
  if (nearUs !== undefined && isNear(source, address)) return nearUs;
  return boundUs ?? Math.abs(offsetUs);
}

/** True for a host of the own network: a private or link-local address (RFC 1918, RFC 3927), or a name of mDNS. */
function isNear(source: string | undefined, address: string | undefined): boolean {
  if (source?.endsWith('.local')) return true;
  return [source, address].some((host) => /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(host ?? ''));
}

function span(us: number): string {
  if (us < 1000) return `${Math.round(us)} us`;
  if (us < 1e6) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}
