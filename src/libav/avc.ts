import { NAL_PPS, NAL_SPS, nalUnits } from './annex-b.ts';
import { parsePpsId, parseSps, type SequenceParameters } from './h264-sps.ts';

/** Profiles whose record tells of chroma and bit depths (ISO/IEC 14496-15, 5.3.3.1.2). */
const HIGH_PROFILES = [100, 110, 122, 144];

/** What a stream's parameter sets say, and the record that containers hold of them. */
export interface StreamParameters extends SequenceParameters {
  /** The sets themselves, with start codes. */
  readonly sets: Uint8Array;
  readonly avcC: Uint8Array;
  readonly profile: number;
  readonly level: number;
}

/**
 * The record of parameter sets that containers hold for H.264 (ISO/IEC 14496-15, 5.3.3.1), from bytes that have them: a
 * stream's first picture, or several streams' with sets of different ids. Sizes and colours are the first one's.
 * Undefined where there is no sequence or no picture parameter set.
 */
export function readParameters(bytes: Uint8Array): StreamParameters | undefined {
  const units = distinct([...nalUnits(bytes)].filter(({ type }) => type === NAL_SPS || type === NAL_PPS));
  const sequence = units.filter(({ type }) => type === NAL_SPS).map((unit) => unit.bytes);
  const picture = units.filter(({ type }) => type === NAL_PPS).map((unit) => unit.bytes);
  const parameters = sequence[0] && parseSps(sequence[0]);
  if (!parameters || picture.length === 0) return undefined;
  // The profile and level that are enough for all, and what holds for all.
  const profile = Math.max(...sequence.map((set) => set[1] ?? 0));
  const level = Math.max(...sequence.map((set) => set[3] ?? 0));
  const constraints = sequence.reduce((all, set) => all & (set[2] ?? 0), 0xff);
  const { chroma, lumaBits, chromaBits } = parameters;
  const high = [0xfc | chroma, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8), 0];
  const avcC = Buffer.concat([
    // Version 1; lengths of four bytes.
    Buffer.from([1, profile, constraints, level, 0xff, 0xe0 | sequence.length]),
    ...sequence.flatMap(withLength16),
    Buffer.from([picture.length]),
    ...picture.flatMap(withLength16),
    Buffer.from(HIGH_PROFILES.includes(profile) ? high : []),
  ]);
  const sets = Buffer.concat(units.flatMap((unit) => [Buffer.from([0, 0, 0, 1]), unit.bytes]));
  return { ...parameters, sets, avcC, profile, level };
}

/** Ids of the picture parameter sets in these bytes. */
export function pictureSetIds(bytes: Uint8Array): number[] {
  return [...nalUnits(bytes)].filter(({ type }) => type === NAL_PPS).map((unit) => parsePpsId(unit.bytes));
}

function distinct<T extends { readonly bytes: Uint8Array }>(units: readonly T[]): T[] {
  return [...new Map(units.map((unit) => [Buffer.from(unit.bytes).toString('latin1'), unit])).values()];
}

/** A picture with each NAL unit's length, in four bytes, in place of its start code. */
export function withLengths(unit: Uint8Array): Buffer {
  return Buffer.concat(
    [...nalUnits(unit)].flatMap(({ bytes }) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

function withLength16(bytes: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return [length, bytes];
}
