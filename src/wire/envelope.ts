import type { TimelineStart } from '../time/timecode.ts';
import { i64, u64 } from './numbers.ts';
import type { RecordingChange } from './recording-change.ts';

/**
 * What genlock puts behind the 40 bytes that stock cameras read. They never see it.
 *
 *     0  4 bytes  magic "GLK1"
 *     4  u8       version, 1
 *     5  u16      length of the records, in bytes
 *     7  records  each: u8 type, u16 length, then that many bytes of value
 *
 * All numbers are little-endian, as in the stock part. A record of unknown type is skipped; so is one of known type and
 * unexpected length. A version other than 1, or lengths that don't fit, make the envelope unreadable as a whole.
 */
export interface Envelope {
  /** Names one run of a server: 8 bytes as 16 lower-case hex digits. */
  readonly sessionId?: string;
  /**
   * The index of the frame that the message speaks of; frame 0 is the first of the recording, before it is negative.
   * Absent as long as the server has not fixed when the recording begins.
   */
  readonly frameIndex?: number;
  /**
   * The server's own count of that frame, from 0 at its first, dropped ones included; of a server without a camera from
   * 2^20, or from 1970 on.
   */
  readonly frameNumber?: number;
  /** The server's frame duration, in us, to 2^-20 us: the stock part rounds it to 1 us. */
  readonly periodUs?: number;
  /** Boot time of the same moment on the server's host, in us to 2^-10 us: shows steps and slews of its wall clock. */
  readonly bootUs?: number;
  /** Exposure of the server's frames, in us to 0.001 us, and their gain to 2^-16. */
  readonly exposureUs?: number;
  /** Gain of the server's frames, a factor. */
  readonly gain?: number;
  /** The last changes of the recording, by rising index. */
  readonly changes?: readonly RecordingChange[];
  /**
   * When frame 0 of the recording is, decided once: the ready time of the stock part is estimated anew for each
   * message.
   */
  readonly start?: TimelineStart;
  /**
   * Names the run of the server's host that `bootUs` is of, where hosts exchange times: 8 bytes as 16 lower-case hex
   * digits.
   */
  readonly hostId?: string;
}

const MAGIC = [0x47, 0x4c, 0x4b, 0x31]; // "GLK1"
const VERSION = 1;
/** What stands before the records, and where in it their length is, in bytes. */
export const HEADER_BYTES = 7;
export const LENGTH_AT = 5;
export const RECORD_HEADER_BYTES = 3;

/** Types of records, and their lengths in bytes. */
const SESSION_ID = 1; // 8 bytes
const FRAME_INDEX = 2; // i64
const CHANGES = 8; // for each change: u8 kind, i64 index
const CHANGE_BYTES = 9;
const START = 9; // u64 us since 1970, i16 minutes that local time is ahead of UTC
const START_BYTES = 10;
const HOST_ID = 10; // 8 bytes
/** Behind all others, and skipped here: signature.ts. u64 sequence, 16 bytes of HMAC. */
export const SIGNATURE = 11;
/** What 8 bytes hold and a number tells to a unit of the last place. */
const MOST_UNITS = 2 ** 63;
/** So many changes are told at most: a longer list is nobody's. */
export const MOST_CHANGES = 64;
/** No place on Earth is further ahead of UTC, or behind it, in minutes. */
const FURTHEST_OFFSET = 14 * 60;
/** A change's kind on the wire is its place here. */
const CHANGE_KINDS = ['pause', 'resume', 'save'] as const;
/** Numbers, each in a record of its own: how they lie on the wire, and what one unit of theirs is. */
const NUMBERS = [
  { type: 3, name: 'frameNumber', bytes: 8, unit: 1 },
  { type: 4, name: 'periodUs', bytes: 8, unit: 2 ** -20 },
  { type: 5, name: 'bootUs', bytes: 8, unit: 2 ** -10 },
  { type: 6, name: 'exposureUs', bytes: 4, unit: 0.001 },
  { type: 7, name: 'gain', bytes: 4, unit: 2 ** -16 },
] as const;

/** Writes what follows a stock message. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const records: number[] = [];
  const record = (type: number, value: Uint8Array) =>
    records.push(type, value.length & 0xff, value.length >> 8, ...value);
  if (envelope.sessionId !== undefined) record(SESSION_ID, idBytes('sessionId', envelope.sessionId));
  if (envelope.frameIndex !== undefined) record(FRAME_INDEX, indexBytes('frameIndex', envelope.frameIndex));
  for (const { type, name, bytes, unit } of NUMBERS) {
    const value = envelope[name];
    if (value !== undefined) record(type, numberBytes(name, value / unit, bytes));
  }
  if (envelope.changes !== undefined) record(CHANGES, changesBytes(envelope.changes));
  if (envelope.start !== undefined) record(START, startBytes(envelope.start));
  if (envelope.hostId !== undefined) record(HOST_ID, idBytes('hostId', envelope.hostId));
  return Uint8Array.from([...MAGIC, VERSION, records.length & 0xff, records.length >> 8, ...records]);
}

/**
 * Reads what stands behind byte 40.
 * @param from where in `bytes` that begins.
 * @returns undefined where it is no envelope, or not one that can be read.
 */
export function decodeEnvelope(bytes: Uint8Array, from = 0): Envelope | undefined {
  if (bytes.length < from + HEADER_BYTES || MAGIC.some((byte, i) => bytes[from + i] !== byte)) return undefined;
  if (bytes[from + MAGIC.length] !== VERSION) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = from + HEADER_BYTES + view.getUint16(from + LENGTH_AT, true);
  if (end > bytes.length) return undefined;
  const envelope: { -readonly [K in keyof Envelope]: Envelope[K] } = {};
  let at = from + HEADER_BYTES;
  while (at < end) {
    if (at + RECORD_HEADER_BYTES > end) return undefined;
    const length = view.getUint16(at + 1, true);
    const value = at + RECORD_HEADER_BYTES;
    if (value + length > end) return undefined;
    const type = bytes[at];
    if (type === SESSION_ID && length === 8) {
      envelope.sessionId = hex(bytes, value, value + 8);
    } else if (type === HOST_ID && length === 8) {
      envelope.hostId = hex(bytes, value, value + 8);
    } else if (type === FRAME_INDEX && length === 8) {
      const index = i64(view, value);
      if (Number.isSafeInteger(index)) envelope.frameIndex = index;
    } else if (type === CHANGES && length % CHANGE_BYTES === 0 && length <= MOST_CHANGES * CHANGE_BYTES) {
      envelope.changes = changesOf(view, value, length);
    } else if (type === START && length === START_BYTES) {
      const start = startOf(view, value);
      if (start !== undefined) envelope.start = start;
    }
    const number = NUMBERS.find((candidate) => candidate.type === type && candidate.bytes === length);
    if (number !== undefined) {
      const whole = number.bytes === 8 ? u64(view, value) : view.getUint32(value, true);
      // In units of a fraction of a us a host's uptime passes 2^53 after a hundred days.
      if (whole * number.unit <= Number.MAX_SAFE_INTEGER) envelope[number.name] = whole * number.unit;
    }
    at = value + length;
  }
  return envelope;
}

function idBytes(name: string, id: string): Uint8Array {
  if (!/^[0-9a-f]{16}$/.test(id)) throw new RangeError(`${name} must be 16 lower-case hex digits, not "${id}"`);
  return Uint8Array.from(id.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function indexBytes(name: string, index: number): Uint8Array {
  if (!Number.isSafeInteger(index)) throw new RangeError(`${name} must be a whole number, not ${index}`);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(index), true);
  return new Uint8Array(view.buffer);
}

function changesBytes(changes: readonly RecordingChange[]): Uint8Array {
  return Uint8Array.from(
    changes.flatMap(({ kind, index }) => [CHANGE_KINDS.indexOf(kind), ...indexBytes('index of a change', index)]),
  );
}

/** Changes of unknown kind, and indices that are no numbers of frames, are left out. */
function changesOf(view: DataView, from: number, length: number): RecordingChange[] {
  const changes: RecordingChange[] = [];
  for (let at = from; at < from + length; at += CHANGE_BYTES) {
    const kind = CHANGE_KINDS[view.getUint8(at)];
    const index = i64(view, at + 1);
    if (kind !== undefined && Number.isSafeInteger(index)) changes.push({ kind, index });
  }
  return changes;
}

function startBytes({ wallUs, utcOffsetMinutes }: TimelineStart): Uint8Array {
  if (!(Number.isInteger(utcOffsetMinutes) && Math.abs(utcOffsetMinutes) <= FURTHEST_OFFSET)) {
    throw new RangeError(`utcOffsetMinutes: ${utcOffsetMinutes} is no difference from UTC`);
  }
  const bytes = new Uint8Array(START_BYTES);
  bytes.set(numberBytes('start', wallUs, 8));
  new DataView(bytes.buffer).setInt16(8, utcOffsetMinutes, true);
  return bytes;
}

/** Undefined for what is no time of day anywhere. */
function startOf(view: DataView, at: number): TimelineStart | undefined {
  const wallUs = u64(view, at);
  const utcOffsetMinutes = view.getInt16(at + 8, true);
  const plausible = Number.isSafeInteger(wallUs) && Math.abs(utcOffsetMinutes) <= FURTHEST_OFFSET;
  return plausible ? { wallUs, utcOffsetMinutes } : undefined;
}

function numberBytes(name: string, units: number, bytes: 4 | 8): Uint8Array {
  const whole = Math.round(units);
  if (!(whole >= 0 && whole <= (bytes === 8 ? MOST_UNITS : 0xffffffff))) {
    throw new RangeError(`${name} does not fit its place in the message`);
  }
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 8) view.setBigUint64(0, BigInt(whole), true);
  else view.setUint32(0, whole, true);
  return new Uint8Array(view.buffer);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += HEX[bytes[i] as number];
  return text;
}
