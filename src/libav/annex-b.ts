/*
 * H.264 as a bare byte stream (ITU-T H.264, annex B): NAL units behind start codes, and the rules of 7.4.1.2.3 for
 * where one picture ends and the next begins. Frame pictures in decoding order; no fields, no layers (SVC, MVC).
 */

/** All bytes of one picture, with its start codes and whatever stands before it (delimiter, parameter sets, SEI). */
export interface AccessUnit {
  readonly bytes: Uint8Array;
  /** An IDR picture: decoding can begin here. */
  readonly keyframe: boolean;
}

/** Types of NAL units (table 7-1). */
export const NAL_SLICE = 1;
const NAL_PARTITION_A = 2;
export const NAL_IDR = 5;
const NAL_SEI = 6;
export const NAL_SPS = 7;
export const NAL_PPS = 8;
const NAL_DELIMITER = 9;

/** What begins a new access unit when it comes behind a slice: SEI, parameter sets, delimiter, and 14 to 18. */
const opensUnit = (type: number): boolean => (type >= NAL_SEI && type <= NAL_DELIMITER) || (type >= 14 && type <= 18);

const isSlice = (type: number): boolean => type === NAL_SLICE || type === NAL_PARTITION_A || type === NAL_IDR;

/** Cuts a byte stream, handed in by pieces of any size, into access units. */
export class AnnexBSplitter {
  /** What is not given back yet: `buffer[begin]` to `buffer[filled - 1]`, the start of a unit. */
  private buffer = Buffer.alloc(1 << 16);
  private begin = 0;
  private filled = 0;
  /** Where the search for the next start code goes on. */
  private searched = 0;
  private picture = false;
  private keyframe = false;
  private sawBFrames = false;

  /** True when a B slice was seen: then the units are not in the order of presentation. */
  get bFrames(): boolean {
    return this.sawBFrames;
  }

  /** Takes the next bytes. Returns the units that are complete by them; their bytes are copies. */
  push(bytes: Uint8Array): AccessUnit[] {
    this.append(bytes);
    const units: AccessUnit[] = [];
    for (;;) {
      const code = this.find();
      // A slice is known by its first byte behind the header.
      if (code < 0 || code + 4 >= this.filled) return units;
      this.searched = code + 4;
      const type = (this.buffer[code + 3] ?? 0) & 0x1f;
      const first = this.buffer[code + 4] ?? 0;
      // first_mb_in_slice is an Exp-Golomb number: 0 is a single set bit.
      const startsPicture = isSlice(type) && (first & 0x80) !== 0;
      if (this.picture && (startsPicture || opensUnit(type))) {
        // The zero byte of a start code of four bytes belongs to what follows it.
        units.push(this.cut(this.buffer[code - 1] === 0 ? code - 1 : code));
      }
      if (!isSlice(type)) continue;
      this.picture = true;
      this.keyframe ||= type === NAL_IDR;
      if (startsPicture && isB(first)) this.sawBFrames = true;
    }
  }

  /** The stream is over. Returns the last unit, if it holds a picture, be it cut off. */
  end(): AccessUnit[] {
    const code = this.find();
    // A NAL unit whose first bytes are missing is of no use to a decoder.
    const last = this.picture ? [this.cut(code < 0 ? this.filled : code)] : [];
    this.begin = this.filled = this.searched = 0;
    return last;
  }

  /** The index of the next 00 00 01 behind what is searched, else -1. */
  private find(): number {
    const code = this.buffer.subarray(0, this.filled).indexOf(START_CODE, this.searched);
    // A start code may lie across the border to the next bytes.
    this.searched = code < 0 ? Math.max(this.searched, this.filled - 2) : code;
    return code;
  }

  private cut(end: number): AccessUnit {
    const unit = { bytes: new Uint8Array(this.buffer.subarray(this.begin, end)), keyframe: this.keyframe };
    this.begin = end;
    this.picture = false;
    this.keyframe = false;
    return unit;
  }

  private append(bytes: Uint8Array): void {
    if (this.filled + bytes.length > this.buffer.length) {
      const kept = this.buffer.subarray(this.begin, this.filled);
      const needed = kept.length + bytes.length;
      // Room for as much again, so that a unit that grows byte by byte is moved seldom.
      if (2 * needed > this.buffer.length) this.buffer = Buffer.concat([kept], 2 * needed);
      else this.buffer.copyWithin(0, this.begin, this.filled);
      this.searched -= this.begin;
      this.filled -= this.begin;
      this.begin = 0;
    }
    this.buffer.set(bytes, this.filled);
    this.filled += bytes.length;
  }
}

const START_CODE = Buffer.from([0, 0, 1]);

/** slice_type behind a first_mb_in_slice of 0: 1 or 6 is B (table 7-6), in Exp-Golomb 010 and 00111. */
const isB = (first: number): boolean => (first & 0xf0) === 0xa0 || (first & 0xfc) === 0x9c;

/** The NAL units of an access unit, without their start codes: header byte first. */
export function* nalUnits(bytes: Uint8Array): Generator<{ readonly type: number; readonly bytes: Uint8Array }> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let begin = buffer.indexOf(START_CODE);
  while (begin >= 0) {
    const next = buffer.indexOf(START_CODE, begin + 3);
    let end = next < 0 ? buffer.length : next;
    // Zero bytes behind a unit are filling, or the first byte of a start code of four.
    while (end > begin + 3 && buffer[end - 1] === 0) end--;
    if (end > begin + 3) yield { type: (buffer[begin + 3] ?? 0) & 0x1f, bytes: bytes.subarray(begin + 3, end) };
    begin = next;
  }
}
