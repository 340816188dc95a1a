import { u64 } from './numbers.ts';

/**
 * A datagram of the exchange of times between hosts. Question and answer are as long as each other, so nobody makes
 * more traffic than he sends himself.
 *
 *      0  4 bytes   magic "GLX1"
 *      4  u8        version, 1
 *      5  u8        kind: 1 question, 2 answer
 *      6  2 bytes   0
 *      8  8 bytes   id of the host that sends
 *     16  8 bytes   id of the host that it is sent to; 0 as long as that is not known
 *     24  u64       sequence, by whoever asks
 *     32  u64       when it was asked, boot time of whoever asks
 *     40  u64       when it came in, boot time of whoever answers; 0 in a question
 *     48  u64       when the answer was sent, the same; 0 in a question
 *     56  16 bytes  signature: HMAC-SHA-256 of bytes 0 to 55, its first 16 bytes
 *
 * All numbers are little-endian; times are in units of 2^-10 us.
 */
export interface ExchangeDatagram {
  readonly kind: 'question' | 'answer';
  /** Id of the run of the host that sends: 16 lower-case hex digits. */
  readonly from: string;
  /** Id of the host that it is sent to; undefined as long as that is not known. */
  readonly to: string | undefined;
  /** The question's number, repeated in the answer. */
  readonly sequence: number;
  /** When it was asked, on the boot clock of whoever asks, in us: with the sequence, what its answer is known by. */
  readonly askedUs: number;
  /** When it came in, on the boot clock of whoever answers, in us; 0 in a question. */
  readonly heardUs: number;
  /** When the answer was sent, on the same clock, in us; 0 in a question. */
  readonly answeredUs: number;
}

/** Length of a datagram, and what of it is signed, in bytes: the signature is the rest. */
export const EXCHANGE_BYTES = 72;
export const EXCHANGE_SIGNED_BYTES = 56;

const MAGIC = [0x47, 0x4c, 0x58, 0x31]; // "GLX1"
const VERSION = 1;
const KINDS = ['question', 'answer'] as const;
/** Units of a time on the wire to a us. */
const UNITS = 1024;
const NOBODY = '0'.repeat(16);

/** A time as it is read back from a datagram, in us. */
export const exchangeTime = (us: number): number => Math.round(us * UNITS) / UNITS;

/**
 * Writes a datagram, with 0 in the place of its signature. A time is rounded to the nearest unit (`exchangeTime`): what
 * the asker keeps to compare with is that.
 * @throws RangeError for what does not fit its place.
 */
export function encodeExchange(datagram: ExchangeDatagram): Uint8Array {
  const bytes = new Uint8Array(EXCHANGE_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([...MAGIC, VERSION, KINDS.indexOf(datagram.kind) + 1]);
  setId(view, 8, datagram.from);
  setId(view, 16, datagram.to ?? NOBODY);
  setNumber(view, 24, 'sequence', datagram.sequence);
  setNumber(view, 32, 'askedUs', datagram.askedUs * UNITS);
  setNumber(view, 40, 'heardUs', datagram.heardUs * UNITS);
  setNumber(view, 48, 'answeredUs', datagram.answeredUs * UNITS);
  return bytes;
}

/** Reads a datagram, its signature unchecked. @returns undefined where it is none. */
export function decodeExchange(bytes: Uint8Array): ExchangeDatagram | undefined {
  if (bytes.length !== EXCHANGE_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const kind = KINDS[(bytes[5] as number) - 1];
  if (bytes[4] !== VERSION || kind === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sequence = u64(view, 24);
  if (!Number.isSafeInteger(sequence)) return undefined;
  const to = id(view, 16);
  return {
    kind,
    from: id(view, 8),
    to: to === NOBODY ? undefined : to,
    sequence,
    askedUs: u64(view, 32) / UNITS,
    heardUs: u64(view, 40) / UNITS,
    answeredUs: u64(view, 48) / UNITS,
  };
}

function setId(view: DataView, at: number, text: string): void {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new RangeError(`a host's id is 16 lower-case hex digits, not "${text}"`);
  view.setBigUint64(at, BigInt(`0x${text}`));
}

const id = (view: DataView, at: number): string => view.getBigUint64(at).toString(16).padStart(16, '0');

function setNumber(view: DataView, at: number, name: string, units: number): void {
  const whole = Math.round(units);
  if (!(whole >= 0 && whole < 2 ** 63)) throw new RangeError(`${name} does not fit its place in the datagram`);
  view.setBigUint64(at, BigInt(whole), true);
}
