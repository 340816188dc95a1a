import { decodeMessage, type SyncMessage } from '../wire/message.ts';
import { Contradictions } from './contradictions.ts';
import { outOfReason, type Unreasonable } from './reason.ts';
import { isOnThisHost } from './same-host.ts';

/** A server whose frame duration is further off than this share runs at another rate. */
const RATE_TOLERANCE = 0.002;
/** What a steady server's estimate of its frame duration wobbles by, and its stamps, in us. */
const RATE_WOBBLE_US = 2;
const MISSED_US = 1_000;
/** Messages in a row that must agree before they replace what was believed. */
const AGREEING = 3;
/**
 * A server whose clock differs by more than this is worth a warning, in us. One message that is late says it of no
 * clock: the freshest of the first `AGREEING` does, of which a busy process may hear several at once; so the last is
 * heard `COMPARED_OVER_US` after the first, at least.
 */
const CLOCK_WARNING_US = 100_000;
const COMPARED_OVER_US = 1_000_000;
/**
 * Before a recording, a first message whose clock differs by more than this is not taken, in us: no message that is of
 * use is under way for so long, so the clocks differ, and frames would get the numbers of others. A host between TAI
 * and UTC is 37 s off.
 */
const CLOCKS_APART_US = 1_000_000;
/**
 * A server whose clock is apart is spoken of once it has said so for this long, in us: what one stray datagram says is
 * not worth a word.
 */
const APART_US = 2_500_000;
/** It is spoken of again after so long, in us: whoever comes to the screen later must see why a client waits. */
const APART_AGAIN_US = 60_000_000;
/** Silent for this many of its own message periods, a server is forgotten. */
const SILENT_PERIODS = 3;
/** The shortest message period that silence is measured by, in frames: the stock default. */
const ASSUMED_PERIOD_FRAMES = 30;
/** A message that is this much later under way than the quickest is of no use, in us. */
const LATEST_US = 1_000_000;
/**
 * Where the last messages were all late (a busy machine, a path that was down), the next one seems to be early: by this
 * much at most, in us.
 */
const EARLIEST_US = 2_000_000;
/**
 * What the frame duration on the wire is rounded to, in us either way: the doubt that each frame adds to an
 * extrapolation.
 */
const ROUNDING_US = 0.5;
/** Distances of messages that the period is taken from. */
const GAPS = 3;
/** So many strangers, and other rates, are spoken of at most. */
const MENTIONS = 16;
/** Deliveries that the least delay is taken over, so that it can rise again after a step of either clock. */
const DELAYS = 5;

/**
 * A server's frames come at the rate that it tells, on the clock that it tells it by: no two crystals differ by more
 * than this share.
 */
const PACE = 300e-6;
/**
 * What the times that a server tells are off besides, at most: one that has just begun knows them no better than its
 * first stamps do. In us.
 */
const PACE_NOISE_US = 60;

/** Why a datagram was not taken. */
export type Refusal =
  | 'too short'
  | Unreasonable
  | 'clock too far off'
  | 'another server'
  | 'off the grid'
  | 'older than the last'
  | 'other frame rate';

/** What the guard has to say besides the message itself; each is said once a server, not once a message. */
export type GuardNotice =
  | { kind: 'server'; from: string }
  | { kind: 'clock-difference'; from: string; differenceUs: number }
  /**
   * A server is not followed, since its clock and this host's are further apart than any delay. Both in us since 1970,
   * at the same moment.
   */
  | { kind: 'clocks-apart'; from: string; serverUs: number; hostUs: number }
  | { kind: 'second-server'; from: string; current: string }
  | { kind: 'regrid'; from: string; reason: 'step' | 'restart' }
  | { kind: 'other-rate'; from: string; serverFps: number }
  | { kind: 'server-gone'; from: string };

/** What the guard says of a datagram. */
export interface Verdict {
  /** The message to act on, where there is one. */
  readonly message?: SyncMessage;
  /** Why it was turned away; absent where it was let in. */
  readonly refused?: Refusal;
  /** What there is to tell a user. */
  readonly notices: readonly GuardNotice[];
}

interface Heard {
  readonly message: SyncMessage;
  /** When it came in: on this host's steady clock, which goes on as the wall clock did at first and is never set. */
  readonly atUs: number;
  /** The same on its wall clock. */
  readonly wallUs: number;
  /** The sender's clocks are this host's: what the message is early or late by is its way, and says nothing of them. */
  readonly sameHost: boolean;
}

/** What is known of the server that is listened to. */
interface Peer {
  readonly from: string;
  /** The last message that was taken. */
  last: Heard;
  /** When it was last heard with a message that was taken, or may be of a new grid. */
  heardUs: number;
  /** Silent for longer than this after it was heard, it is forgotten, in us. */
  patienceUs: number;
  /** Distances of its last messages, in us. */
  readonly gaps: number[];
  /** When it was met, in us, and whether its clock was compared with this host's since. */
  readonly metUs: number;
  compared: boolean;
  /** From a message's frame to its reception, for the last `DELAYS` messages, in us. */
  readonly delays: number[];
}

/**
 * Decides which datagrams are messages to act on.
 *
 * A message is believed when its fields are within reason and, from a server already heard, when it lies on the grid
 * that the earlier ones predict: frame k of that server at the time frame k must have, within half a frame, and not
 * from the future. Messages that don't, but agree among themselves `AGREEING` times in a row, are a new grid (a clock
 * was stepped, a server restarted). There is no authentication: who can forge three consistent messages in a row is
 * believed. Where the server's own word comes as well, the two contradict each other, and it is known by how much.
 *
 * Before a recording, a server whose clock is further from this host's than any delay is not followed; during one,
 * frames keep their numbers, whatever clocks say.
 *
 * Times are the client's clock at reception, in us: the wall clock to compare with the server's, and a steady one for
 * all that is a matter of how long things take.
 */
export class MessageGuard {
  private readonly nominalUs: number;
  private peer: Peer | undefined;
  /** Messages of the known server off its grid, as long as each agrees with the one before. */
  private readonly candidates: Heard[] = [];
  /** The last message under the known server's name that was off its grid. */
  private stray: Heard | undefined;
  private otherRate: { from: string; heard: Heard } | undefined;
  private readonly strangers = new Set<string>();
  private readonly otherRates = new Set<string>();
  private readonly differing = new Set<string>();
  private apartSaidUs: number | undefined;
  private apart: { from: string; firstUs: number; last: Heard } | undefined;
  private readonly contradictions = new Contradictions();
  /** True once a recording runs. */
  recording = false;
  /** Datagrams turned away, by reason. */
  readonly refused = new Map<Refusal, number>();
  /** Messages that were let in. */
  accepted = 0;

  constructor(nominalFrameUs: number) {
    this.nominalUs = nominalFrameUs;
  }

  /** The server that is listened to, where there is one. */
  get server(): string | undefined {
    return this.peer?.from;
  }

  /**
   * A datagram came in from `from` (address and port, or anything that tells senders apart): at `wallUs` of this host's
   * wall clock, `steadyUs` of a clock that is never set, and `bootUs` of the boot clock, which tells a message of this
   * host from others.
   */
  receive(bytes: Uint8Array, from: string, wallUs: number, steadyUs = wallUs, bootUs?: number): Verdict {
    const notices = [...this.tick(steadyUs)];
    const message = decodeMessage(bytes);
    if (message === undefined) return this.refuse('too short', notices);
    const unreasonable = outOfReason(message);
    if (unreasonable !== undefined) return this.refuse(unreasonable, notices);
    const sender = message.envelope?.sessionId ?? from;
    const sameHost = bootUs !== undefined && isOnThisHost(message, wallUs - bootUs);
    const heard = { message, atUs: steadyUs, wallUs, sameHost };
    if (this.peer !== undefined && this.peer.from !== sender) {
      return this.secondServer(sender, notices);
    }
    if (Math.abs(message.frameDurationUs / this.nominalUs - 1) > RATE_TOLERANCE) {
      return this.offRate(sender, heard, notices);
    }
    this.otherRate = undefined;
    if (this.peer !== undefined) return this.known(this.peer, heard, notices);
    if (!this.recording && Math.abs(message.wallClockUs - wallUs) > furthestUs(message)) {
      return this.farOff(sender, heard, notices);
    }
    return this.accept(this.acquire(sender, heard, notices), heard, notices);
  }

  /** Time passes. @returns a notice once the server has been silent for too long and is forgotten. */
  tick(nowUs: number): readonly GuardNotice[] {
    const { peer } = this;
    if (peer === undefined || nowUs - peer.heardUs <= peer.patienceUs) return NOTHING;
    this.peer = undefined;
    this.strangers.clear();
    this.otherRates.clear();
    this.candidates.length = 0;
    return [{ kind: 'server-gone', from: peer.from }];
  }

  private known(peer: Peer, heard: Heard, notices: GuardNotice[]): Verdict {
    const { message } = heard;
    const onGrid = fits(peer, heard);
    const inPace = onGrid && keepsPace(peer, heard);
    if (onGrid) this.contradict(peer, heard, 0);
    if (!inPace && this.straysAgain(heard)) this.contradict(peer, heard, Number.POSITIVE_INFINITY);
    if (inPace && inTime(peer, heard)) {
      this.candidates.length = 0;
      const gapUs = message.wallClockUs - peer.last.message.wallClockUs;
      if (gapUs <= 0) return this.refuse('older than the last', notices);
      peer.gaps.push(gapUs);
      if (peer.gaps.length > GAPS) peer.gaps.shift();
      return this.accept(peer, heard, notices);
    }
    const previous = this.candidates.at(-1);
    if (previous !== undefined && !agree(previous, heard)) this.candidates.length = 0;
    this.candidates.push(heard);
    if (this.candidates.length > 1) peer.heardUs = heard.atUs;
    if (this.candidates.length < AGREEING) return this.refuse('off the grid', notices);
    // Nobody spoke for the old grid meanwhile: the server moved, and does not contradict itself.
    this.contradictions.forgetSince((this.candidates[0] as Heard).atUs);
    // The server's word is as it was, and takes another time to come: nobody's clock was set.
    if (onGrid) return this.accept(this.acquire(peer.from, heard, notices), heard, notices);
    const frames = framesBetween(peer.last.message, message) ?? indexOf(message) - indexOf(peer.last.message);
    const restarted = frames < -0.5;
    notices.push({ kind: 'regrid', from: peer.from, reason: restarted ? 'restart' : 'step' });
    return this.accept(this.acquire(peer.from, heard, notices), heard, notices);
  }

  /**
   * Whether a message off the grid goes on from an earlier one that was: one alone may be garbled, two are another word
   * than the one that is followed.
   */
  private straysAgain(heard: Heard): boolean {
    const { stray } = this;
    this.stray = heard;
    return stray !== undefined && agree(stray, heard);
  }

  /**
   * A message of a frame that was told of already, or of one before, or at most `mostFrames` later: is it the same
   * word?
   */
  private contradict(peer: Peer, { message, atUs }: Heard, mostFrames: number): void {
    const last = peer.last.message;
    const frames = framesBetween(last, message);
    if (frames === undefined || frames > mostFrames) return;
    const [from, to] = [last.envelope?.bootUs, message.envelope?.bootUs];
    const gapUs = from === undefined || to === undefined ? message.wallClockUs - last.wallClockUs : to - from;
    const period = periodOf(last);
    const us = Math.abs(gapUs - frames * period);
    this.contradictions.add(us, frames === 0 ? Math.abs(periodOf(message) / period - 1) : 0, atUs);
  }

  /**
   * By how much the server was contradicted lately, by messages under its own name, in us: who of them is right is not
   * known.
   */
  contradictedUs(nowUs: number): number {
    return this.contradictions.us(nowUs);
  }

  private acquire(from: string, heard: Heard, notices: GuardNotice[]): Peer {
    const differenceUs = heard.message.wallClockUs - heard.wallUs;
    if (this.peer?.from !== from) notices.push({ kind: 'server', from });
    // No message is under way for so long: one is enough.
    if (Math.abs(differenceUs) > furthestUs(heard.message)) this.differs(from, heard, differenceUs, notices);
    this.apart = undefined;
    this.candidates.length = 0;
    return {
      ...{ from, last: heard, heardUs: heard.atUs, patienceUs: 0, metUs: heard.atUs },
      ...{ compared: false, gaps: [], delays: [] },
    };
  }

  private accept(peer: Peer, heard: Heard, notices: GuardNotice[]): Verdict {
    peer.last = heard;
    peer.heardUs = heard.atUs;
    // Lost messages make a gap long now and then: the shortest of the last ones is the period.
    const period = peer.gaps.length === GAPS ? least(peer.gaps) : 0;
    peer.patienceUs = SILENT_PERIODS * Math.max(period, ASSUMED_PERIOD_FRAMES * heard.message.frameDurationUs);
    peer.delays.push(heard.atUs - heard.message.wallClockUs);
    if (peer.delays.length > DELAYS) peer.delays.shift();
    if (!peer.compared && peer.delays.length >= AGREEING && heard.atUs - peer.metUs >= COMPARED_OVER_US) {
      peer.compared = true;
      const lateUs = (peer.delays.at(-1) as number) - least(peer.delays);
      this.differs(peer.from, heard, heard.message.wallClockUs - heard.wallUs + lateUs, notices);
    }
    this.peer = peer;
    this.accepted++;
    return { message: heard.message, notices };
  }

  private differs(from: string, { sameHost }: Heard, differenceUs: number, notices: GuardNotice[]): void {
    if (sameHost) return;
    if (Math.abs(differenceUs) > CLOCK_WARNING_US && unmentioned(this.differing, from))
      notices.push({ kind: 'clock-difference', from, differenceUs });
  }

  private secondServer(from: string, notices: GuardNotice[]): Verdict {
    if (this.peer !== undefined && unmentioned(this.strangers, from)) {
      notices.push({ kind: 'second-server', from, current: this.peer.from });
    }
    return this.refuse('another server', notices);
  }

  /** A first message of a server whose clock is not this host's. */
  private farOff(from: string, heard: Heard, notices: GuardNotice[]): Verdict {
    if (heard.sameHost) return this.refuse('clock too far off', notices);
    const { apart } = this;
    if (apart?.from !== from || !agree(apart.last, heard)) this.apart = { from, firstUs: heard.atUs, last: heard };
    else apart.last = heard;
    const again = heard.atUs - (this.apartSaidUs ?? Number.NEGATIVE_INFINITY) >= APART_AGAIN_US;
    const worth = heard.atUs - (this.apart?.firstUs ?? heard.atUs) >= APART_US;
    if (worth && (unmentioned(this.differing, from) || again)) {
      this.apartSaidUs = heard.atUs;
      notices.push({ kind: 'clocks-apart', from, serverUs: heard.message.wallClockUs, hostUs: heard.wallUs });
    }
    return this.refuse('clock too far off', notices);
  }

  /**
   * One message may be garbled, and a stepped clock puts a stock server's estimate off for seconds; two that lie
   * exactly on a grid of their own rate are a server at that rate.
   */
  private offRate(from: string, heard: Heard, notices: GuardNotice[]): Verdict {
    const previous = this.otherRate;
    const duration = heard.message.frameDurationUs;
    if (this.peer?.from === from) this.peer.heardUs = heard.atUs;
    if (previous?.from === from && Math.abs(duration - previous.heard.message.frameDurationUs) <= RATE_WOBBLE_US) {
      const gapUs = heard.message.wallClockUs - previous.heard.message.wallClockUs;
      const frames = Math.round(gapUs / duration);
      const receivedUs = heard.atUs - previous.heard.atUs;
      const exact = Math.abs(gapUs - frames * duration) < frames * RATE_WOBBLE_US + MISSED_US;
      if (frames > 0 && exact && Math.abs(gapUs - receivedUs) < gapUs / 4) {
        if (unmentioned(this.otherRates, from)) notices.push({ kind: 'other-rate', from, serverFps: 1e6 / duration });
      }
    }
    this.otherRate = { from, heard };
    return this.refuse('other frame rate', notices);
  }

  private refuse(reason: Refusal, notices: readonly GuardNotice[]): Verdict {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    return { refused: reason, notices };
  }
}

const NOTHING: readonly GuardNotice[] = [];

/** Without the copy that arguments make. */
function least(values: readonly number[]): number {
  let found = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) found = Math.min(found, values[i] as number);
  return found;
}

/** True once for each of the first `MENTIONS`: a flood of senders must not become a flood of notices. */
function unmentioned(mentioned: Set<string>, what: string): boolean {
  if (mentioned.has(what) || mentioned.size >= MENTIONS) return false;
  mentioned.add(what);
  return true;
}

/** A long frame is spoken of when it is over. */
const furthestUs = ({ frameDurationUs }: SyncMessage): number => Math.max(CLOCKS_APART_US, 2 * frameDurationUs);

/**
 * Index of a message's frame by the message's own word: 0 is the first frame of the recording, before it is negative.
 */
export const indexOf = (message: SyncMessage): number =>
  message.envelope?.frameIndex ?? (message.wallClockUs - message.readyTimeUs) / message.frameDurationUs;

/** Frame duration of the server, in us, as exactly as the message has it. */
export const periodOf = (message: SyncMessage): number => message.envelope?.periodUs ?? message.frameDurationUs;

/** Frames from one message to another by the server's own count; undefined where a message has none, as a stock one. */
function framesBetween(a: SyncMessage, b: SyncMessage): number | undefined {
  const [from, to] = [a.envelope, b.envelope];
  if (from?.frameNumber !== undefined && to?.frameNumber !== undefined) return to.frameNumber - from.frameNumber;
  if (from?.frameIndex !== undefined && to?.frameIndex !== undefined) return to.frameIndex - from.frameIndex;
  return undefined;
}

/** Whether a message says: frame k at the time that frame k must have. */
function fits(peer: Peer, { message }: Heard): boolean {
  const last = peer.last.message;
  const gapUs = message.wallClockUs - last.wallClockUs;
  // A stock message tells its index through its ready time alone, extrapolated over all frames between: its error grows
  // with them.
  const frames = framesBetween(last, message);
  const counted = frames !== undefined;
  const expectedUs = counted ? frames * periodOf(message) : gapUs - (message.readyTimeUs - last.readyTimeUs);
  const doubtUs = counted ? 0 : Math.abs(indexOf(message)) * ROUNDING_US;
  return Math.abs(gapUs - expectedUs) <= last.frameDurationUs / 2 + doubtUs;
}

/**
 * Whether a server's frames went on, since its last message, as fast as it says that they do: by its own boot clock,
 * which nobody sets and by which it measures its frames. Messages that run away from that faster than crystals can are
 * somebody else's. Stock ones tell no boot time.
 */
function keepsPace(peer: Peer, { message }: Heard): boolean {
  const last = peer.last.message;
  const frames = framesBetween(last, message);
  const [from, to] = [last.envelope?.bootUs, message.envelope?.bootUs];
  const periodUs = last.envelope?.periodUs;
  if (frames === undefined || from === undefined || to === undefined || periodUs === undefined) return true;
  return Math.abs(to - from - frames * periodUs) <= PACE_NOISE_US + PACE * Math.abs(to - from);
}

/** Whether a message comes neither from the future nor too late. */
function inTime(peer: Peer, { message, atUs }: Heard): boolean {
  const laterUs = atUs - message.wallClockUs - least(peer.delays);
  return laterUs >= -EARLIEST_US && laterUs <= LATEST_US;
}

/** Whether two messages lie on one grid: as far apart as their receptions, and with one ready time. */
function agree(a: Heard, b: Heard): boolean {
  const period = b.message.frameDurationUs;
  const gapUs = b.message.wallClockUs - a.message.wallClockUs;
  const receivedUs = b.atUs - a.atUs;
  const frames = framesBetween(a.message, b.message);
  const off =
    frames === undefined ? b.message.readyTimeUs - a.message.readyTimeUs : gapUs - frames * periodOf(b.message);
  const doubtUs = frames === undefined ? Math.abs(indexOf(b.message)) * ROUNDING_US : 0;
  return (
    gapUs > 0 &&
    Math.abs(gapUs - receivedUs) < Math.max(period, receivedUs / 10) &&
    Math.abs(off) < period / 2 + doubtUs
  );
}
