import { isOwnAddress } from '../../host/interfaces.ts';
import type { Sender } from '../../host/sync-socket.ts';
import { SignedSession } from '../../hosts/key/signed-session.ts';
import type { RecordingChange } from '../../sync/recording-change.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../../wire/message.ts';

/** What a server decided of its recording, as it tells it to its take. */
export interface Announcement {
  /** The server's own count of frame 0 of the recording. */
  readonly readyNumber: number;
  readonly start?: TimelineStart | undefined;
  readonly changes?: readonly RecordingChange[] | undefined;
}

/** What a server says in a datagram of its own; undefined as long as it has not fixed when the recording begins. */
export function announcementIn(bytes: Uint8Array): Announcement | undefined {
  const { frameNumber, frameIndex, start, changes } = decodeMessage(bytes)?.envelope ?? {};
  if (frameNumber === undefined || frameIndex === undefined) return undefined;
  return { readyNumber: frameNumber - frameIndex, start, changes };
}

/**
 * What a take lets in from the network: the times of its own server's frames, and nothing else. When the recording
 * begins and what changes it comes over the channels between `record` and its cameras, where no stranger is; a datagram
 * that says otherwise is not heard in that.
 *
 * A server of ours has the session that `record` drew for it, and sends from ports of this host that it tells over its
 * channel: no other process here can have them, and from outside no datagram comes with an address of this host. A
 * stock server has neither; its take has a port of its own. In a take of several hosts the server's messages come from
 * anywhere, and are known by their signature instead: as long as the session's key has not come, nothing is.
 */
export class TakeFilter {
  /** Datagrams that were turned away. */
  turnedAway = 0;
  private readonly session: string | undefined;
  private readonly ports = new Set<number>();
  private announced: Announcement | undefined;
  private alone = false;
  private readonly signed: boolean;
  private signatures: SignedSession | undefined;
  private readonly lateFrames: number;

  /**
   * @param session of the take's server; undefined where that is a stock camera.
   * @param lateFrames the take begins so many frames behind the ready time that a stock server announces.
   * @param signed the server's messages are known by their signature.
   */
  constructor(session: string | undefined, lateFrames = 0, signed = false) {
    this.session = session;
    this.signed = signed;
    this.lateFrames = lateFrames;
  }

  /** The take's server, or who carries on its word, sends from these ports. */
  sending(ports: readonly number[]): void {
    for (const port of ports) this.ports.add(port);
  }

  /** The key of the session's signatures. */
  signedBy(key: Uint8Array): void {
    this.signatures = new SignedSession(key);
  }

  /** The highest sequence of a signed message so far. */
  get lastSequence(): number | undefined {
    return this.signatures?.last;
  }

  announce(announcement: Announcement): void {
    this.announced = announcement;
  }

  /** `record` is gone, and its channel with it: what it had not said by then is taken from the messages. */
  orphan(): void {
    this.alone = true;
  }

  /** @returns the datagram as it counts in this take; undefined where it does not. */
  pass(bytes: Uint8Array, from: Sender): Uint8Array | undefined {
    const judgement = this.signed ? this.signatures?.judge(bytes) : 'good';
    // It comes by several ways.
    if (judgement === 'twin') return undefined;
    if (judgement !== 'good') {
      this.turnedAway++;
      return undefined;
    }
    const passed = this.session === undefined ? this.stock(bytes) : this.own(bytes, from);
    if (passed === undefined) this.turnedAway++;
    return passed;
  }

  private own(bytes: Uint8Array, from: Sender): Uint8Array | undefined {
    const message = decodeMessage(bytes);
    const { sessionId, frameNumber, periodUs, bootUs } = message?.envelope ?? {};
    if (message === undefined || sessionId !== this.session) return undefined;
    if (!this.signed && !(this.ports.has(from.port) && isOwnAddress(from.address))) return undefined;
    if (frameNumber === undefined || periodUs === undefined || bootUs === undefined) return undefined;
    if (this.alone && this.announced === undefined) return bytes;
    const { wallClockUs } = message;
    const { frameIndex: _, start: __, changes: ___, ...times } = message.envelope ?? {};
    const { readyNumber, start, changes } = this.announced ?? {};
    const frameIndex = readyNumber === undefined ? undefined : frameNumber - readyNumber;
    const readyTimeUs =
      frameIndex === undefined ? message.readyTimeUs : Math.round(wallClockUs - frameIndex * periodUs);
    if (![wallClockUs, readyTimeUs].every((us) => Number.isSafeInteger(us) && us > 0)) return undefined;
    return encodeMessage({
      ...message,
      readyTimeUs,
      envelope: {
        ...times,
        ...(frameIndex !== undefined && { frameIndex }),
        ...(start && { start }),
        ...(changes && { changes }),
      },
    });
  }

  /** A stock server writes no envelope: what has one is another take's. */
  private stock(bytes: Uint8Array): Uint8Array | undefined {
    const message = decodeMessage(bytes);
    if (message?.envelope !== undefined) return undefined;
    return message === undefined ? bytes : readyLater(message, this.lateFrames * message.frameDurationUs, bytes);
  }
}

/**
 * What stock cameras are told of a server's frame: to begin early, so that the slowest of them has the take's frame 0.
 * Its frames are counted from there as well.
 * @param lateFrames so many frames, of the server's period.
 */
export function toldStock(bytes: Uint8Array, lateFrames: number): Uint8Array {
  const message = decodeMessage(bytes);
  if (message === undefined || lateFrames === 0) return bytes;
  const { envelope = {}, frameDurationUs } = message;
  const { periodUs = frameDurationUs, frameIndex } = envelope;
  const counted = frameIndex === undefined ? envelope : { ...envelope, frameIndex: frameIndex + lateFrames };
  return readyLater({ ...message, envelope: counted }, -Math.round(lateFrames * periodUs), bytes);
}

/** The message with another ready time; as it came where that is none, for whoever reads it to judge. */
function readyLater(message: SyncMessage, byUs: number, bytes: Uint8Array): Uint8Array {
  const readyTimeUs = message.readyTimeUs + byUs;
  const possible = [message.wallClockUs, readyTimeUs].every((us) => Number.isSafeInteger(us) && us > 0);
  return byUs === 0 || !possible ? bytes : encodeMessage({ ...message, readyTimeUs });
}
