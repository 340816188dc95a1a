import { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.ts';
import { u64 } from './numbers.ts';

/** Bytes of the part that stock Raspberry Pi cameras read: a C struct as arm64 and x86-64 lay it out. */
export const STOCK_BYTES = 40;

/** One timing message of a server, with nothing checked but its length. */
export interface SyncMessage {
  /** The server's estimate of its true frame duration, in whole us (u32). */
  readonly frameDurationUs: number;
  /** Wall clock of the frame that the message speaks of, in us since 1970 on the server's clock (u64). */
  readonly wallClockUs: number;
  /** Wall clock of frame 0 of the recording, in us since 1970 on the server's clock (u64). */
  readonly readyTimeUs: number;
  /** What stands behind byte 40, where it is ours and readable. */
  readonly envelope?: Envelope;
}

/**
 * Writes a message: bytes 0 to 39 as stock cameras send them, the fields that they leave unwritten as 0, then the
 * envelope where there is one.
 * @throws RangeError where a field does not fit its place on the wire.
 */
export function encodeMessage(message: SyncMessage): Uint8Array {
  check('frameDurationUs', message.frameDurationUs, 0xffffffff);
  check('wallClockUs', message.wallClockUs, Number.MAX_SAFE_INTEGER);
  check('readyTimeUs', message.readyTimeUs, Number.MAX_SAFE_INTEGER);
  const envelope = message.envelope === undefined ? new Uint8Array(0) : encodeEnvelope(message.envelope);
  const bytes = new Uint8Array(STOCK_BYTES + envelope.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, message.frameDurationUs, true);
  view.setBigUint64(16, BigInt(message.wallClockUs), true);
  view.setBigUint64(32, BigInt(message.readyTimeUs), true);
  bytes.set(envelope, STOCK_BYTES);
  return bytes;
}

/**
 * Reads a datagram. The two 64-bit fields lose precision beyond 2^53: what is that large is no time of this
 * protocol, and the guard turns it away.
 * @returns undefined where there are fewer than 40 bytes.
 */
export function decodeMessage(bytes: Uint8Array): SyncMessage | undefined {
  if (bytes.length < STOCK_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const envelope = decodeEnvelope(bytes, STOCK_BYTES);
  const frameDurationUs = view.getUint32(0, true);
  const wallClockUs = u64(view, 16);
  const readyTimeUs = u64(view, 32);
  if (envelope === undefined) return { frameDurationUs, wallClockUs, readyTimeUs };
  return { frameDurationUs, wallClockUs, readyTimeUs, envelope };
}

function check(field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${field} must be a whole number from 0 to ${max}, not ${value}`);
  }
}
