/*
 * Sequence parameter sets of H.264 (ITU-T H.264, 7.3.2.1.1 and E.1.1), as far as size and colours.
 */

/** What a sequence parameter set says of the pictures. */
export interface SequenceParameters {
  /** seq_parameter_set_id, 0 to 31. */
  readonly id: number;
  /** Luma samples, cropping taken off. */
  readonly width: number;
  readonly height: number;
  /** chroma_format_idc: 1 is 4:2:0. */
  readonly chroma: number;
  readonly lumaBits: number;
  readonly chromaBits: number;
  /** True where luma uses 0 to 255. */
  readonly fullRange: boolean;
  /** Code points of ITU-T H.273; 2 where the stream does not say. */
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
}

const UNSPECIFIED = 2;
const EXTENDED_SAR = 255;

/** profile_idc values whose sets hold chroma format and scaling lists. */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/** Reads a set, header byte first, no start code. Undefined where it breaks off or makes no sense. */
export function parseSps(nal: Uint8Array): SequenceParameters | undefined {
  const bits = new BitReader(nal.subarray(1));
  const profile = bits.read(8);
  bits.read(16);
  const id = bits.unsigned();
  let [chroma, separate, lumaBits, chromaBits] = [1, false, 8, 8];
  if (HIGH_PROFILES.includes(profile)) {
    chroma = bits.unsigned();
    separate = chroma === 3 && bits.flag();
    lumaBits = 8 + bits.unsigned();
    chromaBits = 8 + bits.unsigned();
    bits.flag();
    if (bits.flag()) skipScalingLists(bits, chroma === 3 ? 12 : 8);
  }
  bits.unsigned();
  skipOrderCount(bits);
  bits.unsigned();
  bits.flag();
  const widthInMbs = bits.unsigned() + 1;
  const heightInUnits = bits.unsigned() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.flag();
  bits.flag();
  const [left, right, top, bottom] = bits.flag()
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0];
  const sampled = !separate && chroma > 0;
  const unitX = sampled && chroma < 3 ? 2 : 1;
  const unitY = (sampled && chroma === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = widthInMbs * 16 - unitX * (left + right);
  const height = heightInUnits * 16 * (framesOnly ? 1 : 2) - unitY * (top + bottom);
  const colour = readColour(bits);
  if (bits.exhausted || id > 31 || width <= 0 || height <= 0) return undefined;
  return { id, width, height, chroma, lumaBits, chromaBits, ...colour };
}

/** pic_parameter_set_id of a picture parameter set (7.3.2.2), header byte first. */
export const parsePpsId = (nal: Uint8Array): number => new BitReader(nal.subarray(1)).unsigned();

function skipScalingLists(bits: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!bits.flag()) continue;
    let [last, next] = [8, 8];
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (last + bits.signed() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

function skipOrderCount(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return;
  bits.flag();
  bits.signed();
  bits.signed();
  for (let left = bits.unsigned(); left > 0 && !bits.exhausted; left--) bits.signed();
}

function readColour(bits: BitReader): Pick<SequenceParameters, 'fullRange' | 'primaries' | 'transfer' | 'matrix'> {
  const unknown = { fullRange: false, primaries: UNSPECIFIED, transfer: UNSPECIFIED, matrix: UNSPECIFIED };
  if (!bits.flag()) return unknown;
  if (bits.flag() && bits.read(8) === EXTENDED_SAR) bits.read(32);
  if (bits.flag()) bits.flag();
  if (!bits.flag()) return unknown;
  bits.read(3);
  const fullRange = bits.flag();
  if (!bits.flag()) return { ...unknown, fullRange };
  return { fullRange, primaries: bits.read(8), transfer: bits.read(8), matrix: bits.read(8) };
}

/** Bits of a NAL unit's payload, without the bytes that prevent start codes (7.4.1). Zeros behind the end. */
class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(payload: Uint8Array) {
    this.bytes = payload.filter((byte, i) => !(byte === 3 && i >= 2 && payload[i - 1] === 0 && payload[i - 2] === 0));
  }

  get exhausted(): boolean {
    return this.at > this.bytes.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) {
      value = value * 2 + (((this.bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** ue(v), 9.1. */
  unsigned(): number {
    let zeros = 0;
    while (!this.exhausted && zeros < 32 && this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v), 9.1.1. */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
