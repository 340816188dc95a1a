import { encodeEnvelope, HEADER_BYTES, LENGTH_AT, RECORD_HEADER_BYTES, SIGNATURE } from './envelope.ts';
import { STOCK_BYTES } from './message.ts';
import { u64 } from './numbers.ts';

const SEQUENCE_BYTES = 8;
/** What stands at the end of a signed message: HMAC-SHA-256 of all before it, its first 16 bytes. */
export const MESSAGE_MAC_BYTES = 16;
const RECORD_BYTES = RECORD_HEADER_BYTES + SEQUENCE_BYTES + MESSAGE_MAC_BYTES;
const MOST_LENGTH = 0xffff;

/** A message as whoever checks it takes it apart. */
export interface SignedMessage {
  /** The sender's own count of it: each is higher than the one before. */
  readonly sequence: number;
  /** All that is signed, the 40 stock bytes and the sequence among it. */
  readonly signed: Uint8Array;
  /** The signature itself, unchecked. */
  readonly mac: Uint8Array;
}

/**
 * A message with room for a signature at its end: a record of the envelope, the last one, with the sequence and 16
 * bytes of 0. A stock message gets an envelope.
 * @throws RangeError where the sequence or the message does not fit.
 */
export function withSignature(bytes: Uint8Array, sequence: number): Uint8Array {
  if (!Number.isSafeInteger(sequence) || sequence < 0) throw new RangeError(`${sequence} is no sequence`);
  const envelope = bytes.length > STOCK_BYTES ? bytes.subarray(STOCK_BYTES) : encodeEnvelope({});
  const message = new Uint8Array(STOCK_BYTES + envelope.length + RECORD_BYTES);
  message.set(bytes.subarray(0, STOCK_BYTES));
  message.set(envelope, STOCK_BYTES);
  const view = new DataView(message.buffer);
  const length = envelope.length - HEADER_BYTES + RECORD_BYTES;
  if (length > MOST_LENGTH) throw new RangeError('the message has no room for a signature');
  view.setUint16(STOCK_BYTES + LENGTH_AT, length, true);
  const at = STOCK_BYTES + envelope.length;
  message[at] = SIGNATURE;
  view.setUint16(at + 1, SEQUENCE_BYTES + MESSAGE_MAC_BYTES, true);
  view.setBigUint64(at + RECORD_HEADER_BYTES, BigInt(sequence), true);
  return message;
}

/** Takes a message apart. @returns undefined where it has no signature, or something stands behind that. */
export function signedMessage(bytes: Uint8Array): SignedMessage | undefined {
  const at = bytes.length - RECORD_BYTES;
  if (at < STOCK_BYTES + HEADER_BYTES || bytes[at] !== SIGNATURE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(at + 1, true) !== SEQUENCE_BYTES + MESSAGE_MAC_BYTES) return undefined;
  if (view.getUint16(STOCK_BYTES + LENGTH_AT, true) !== bytes.length - STOCK_BYTES - HEADER_BYTES) return undefined;
  const sequence = u64(view, at + RECORD_HEADER_BYTES);
  const macAt = bytes.length - MESSAGE_MAC_BYTES;
  return { sequence, signed: bytes.subarray(0, macAt), mac: bytes.subarray(macAt) };
}
