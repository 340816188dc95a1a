import { MESSAGE_MAC_BYTES, signedMessage, withSignature } from '../../wire/signature.ts';
import { isMac, macOf } from './mac.ts';

/** What comes by several ways comes within so many messages: that is nobody's attack. */
const TWINS_AMONG = 64;

/** Signs what a server says in a session. */
export class SessionSigner {
  private readonly key: Uint8Array;
  private next: number;

  /**
   * @param key of the session.
   * @param from the first sequence: of another process of the same session it is beyond all of the ones before.
   */
  constructor(key: Uint8Array, from = 0) {
    this.key = key;
    this.next = from;
  }

  sign(message: Uint8Array): Uint8Array {
    const bytes = withSignature(message, this.next++);
    const signed = bytes.length - MESSAGE_MAC_BYTES;
    bytes.set(macOf(this.key, bytes.subarray(0, signed)), signed);
    return bytes;
  }
}

/**
 * What is to be thought of a message: it is the session's; it came before, or is older than one that did, by little;
 * or it is none: forged, of another session, or played again.
 */
export type Judgement = 'good' | 'twin' | 'none';

/** Tells a session's messages from all else that comes. */
export class SignedSession {
  private readonly key: Uint8Array;
  private lastSequence = -1;

  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** The highest sequence that was heard; -1 before any. */
  get last(): number {
    return this.lastSequence;
  }

  /** Judges a message that came in. Each is good once, and none is behind a later one. */
  judge(bytes: Uint8Array): Judgement {
    const message = signedMessage(bytes);
    if (message === undefined || !isMac(this.key, message.signed, message.mac)) return 'none';
    const { sequence } = message;
    if (sequence <= this.lastSequence) return this.lastSequence - sequence < TWINS_AMONG ? 'twin' : 'none';
    this.lastSequence = sequence;
    return 'good';
  }
}
