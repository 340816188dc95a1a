import type { SyncMessage } from '../../wire/message.ts';
import { decodeMessage, encodeMessage } from '../../wire/message.ts';
import { type HostOffset, offsetAt } from './host-offset.ts';

/** An offset is gone by from this standard error on, in us, or after so long, in us, as well as it is known then. */
const CLOSE_US = 40;
const LONG_ENOUGH_US = 12e6;
/** Once it was gone by it is until its standard error is this, in us: then times are too old to tell frames by. */
const TOO_FAR_US = 200;
/** Clocks are followed by so much more than they drift, in ppm: less than what messages of a server are held to. */
const FOLLOWED_PPM = 10;

/** Hosts whose clocks are kept: a take's server, and who carries on its word. */
const MOST_HOSTS = 4;

/** How a clock is read: without jumps. */
interface Followed {
  readonly atUs: number;
  readonly offsetUs: number;
  readonly driftPpm: number;
}

interface KnownHost {
  offset: HostOffset;
  /** Since when it is told of, on our boot clock. */
  readonly sinceUs: number;
  followed: Followed | undefined;
}

/** How another host's boot clock is read here, at one moment. */
export interface HostReading {
  /** What its clock is taken to be ahead, in us. */
  readonly offsetUs: number;
  /** The truth lies within this of it, in us. */
  readonly boundUs: number;
}

/**
 * Messages of servers on other hosts, brought to this host's clocks before anybody reads them: boot time to boot time,
 * by the offset that the hosts' exchange tells, and from there to this host's wall clock. So a message reads as one of
 * a server on this host, and wall clocks need not agree. What is read of a clock has no jumps: it goes after what is
 * known of it slowly, as long as it is the same clock.
 */
export class HostMessages {
  private readonly own: string | undefined;
  private readonly hosts = new Map<string, KnownHost>();
  private last: string | undefined;

  /** @param own this host's run: its messages are by this very clock. */
  constructor(own?: string) {
    this.own = own;
  }

  /** What is known now of the clock of a host's run. Of those that were told of last, four are kept. */
  tell(hostId: string, offset: HostOffset): void {
    const known = this.hosts.get(hostId);
    if (known !== undefined) known.offset = offset;
    else {
      this.hosts.set(hostId, { offset, sinceUs: offset.atBootUs, followed: undefined });
      if (this.hosts.size > MOST_HOSTS) this.hosts.delete(this.hosts.keys().next().value as string);
    }
  }

  /**
   * Brings a message here.
   * @param wallUs this host's wall clock, at the same moment as `bootUs`.
   * @returns the message, as it came where it names no host, or this one; undefined where nothing is known of the
   *   host's clock, or no longer enough: a time that is a guess is none.
   */
  bring(bytes: Uint8Array, wallUs: number, bootUs: number): Uint8Array | undefined {
    const message = decodeMessage(bytes);
    const { hostId, bootUs: theirUs } = message?.envelope ?? {};
    if (message === undefined || hostId === undefined || hostId === this.own) return bytes;
    const host = this.hosts.get(hostId);
    if (theirUs === undefined || host === undefined) return undefined;
    const followed = follow(host, bootUs);
    if (followed === undefined) return undefined;
    this.last = hostId;
    return encodeMessage(broughtHere(message, theirUs, followed, bootUs, wallUs));
  }

  /**
   * How a host's clock is read at a moment; undefined before a message of it was brought here.
   * @param hostId Default: the one whose message was the last.
   */
  reading(bootUs: number, hostId = this.last): HostReading | undefined {
    const { offset, followed } = (hostId === undefined ? undefined : this.hosts.get(hostId)) ?? {};
    if (offset === undefined || followed === undefined) return undefined;
    const known = offsetAt(offset, bootUs);
    const offsetUs = carried(followed, bootUs);
    return { offsetUs, boundUs: known.boundUs + Math.abs(known.offsetUs - offsetUs) };
  }
}

/** @returns how the clock is read from now on; undefined where it can't be. */
function follow(host: KnownHost, bootUs: number): Followed | undefined {
  const known = offsetAt(host.offset, bootUs);
  const { followed } = host;
  if (followed === undefined) {
    if (known.standardErrorUs > CLOSE_US && bootUs - host.sinceUs < LONG_ENOUGH_US) return undefined;
    host.followed = { atUs: bootUs, offsetUs: known.offsetUs, driftPpm: known.driftPpm };
    return host.followed;
  }
  if (known.standardErrorUs > TOO_FAR_US) return undefined;
  const now = carried(followed, bootUs);
  const elapsedUs = Math.max(0, bootUs - followed.atUs);
  const most = FOLLOWED_PPM * 1e-6 * elapsedUs;
  const offsetUs = now + Math.min(Math.max(known.offsetUs - now, -most), most);
  host.followed = { atUs: followed.atUs + elapsedUs, offsetUs, driftPpm: known.driftPpm };
  return host.followed;
}

const carried = ({ atUs, offsetUs, driftPpm }: Followed, at: number): number =>
  offsetUs + driftPpm * 1e-6 * (at - atUs);

/** The same message as a server on this host would say it. */
function broughtHere(
  message: SyncMessage,
  theirUs: number,
  { driftPpm, offsetUs }: Followed,
  bootUs: number,
  wallUs: number,
): SyncMessage {
  // The frame was some time ago: the other clock was less far ahead then.
  const ago = bootUs + offsetUs - theirUs;
  const frameUs = theirUs - offsetUs + driftPpm * 1e-6 * ago;
  const wallClockUs = Math.round(frameUs + wallUs - bootUs);
  const { hostId: _, periodUs, ...envelope } = message.envelope ?? {};
  const ours = (durationUs: number): number => durationUs / (1 + driftPpm * 1e-6);
  return {
    frameDurationUs: Math.round(ours(periodUs ?? message.frameDurationUs)),
    wallClockUs,
    readyTimeUs: wallClockUs + Math.round(ours(message.readyTimeUs - message.wallClockUs)),
    envelope: {
      ...envelope,
      ...(periodUs !== undefined && { periodUs: ours(periodUs) }),
      // The boot time of the very microsecond that stands in the stock part.
      bootUs: wallClockUs - (wallUs - bootUs),
    },
  };
}
