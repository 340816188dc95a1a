import { NAL_PPS, NAL_SPS, nalUnits } from './annex-b.ts';
import { parseSps } from './h264-sps.ts';

/** Profiles whose record tells of chroma and bit depths (ISO/IEC 14496-15, 5.3.3.1.2). */
const HIGH_PROFILES = [100, 110, 122, 144];

/**
 * The record of parameter sets that containers hold for H.264 (ISO/IEC 14496-15, 5.3.3.1), from a picture's bytes.
 * Undefined where they hold no sequence or no picture parameter set.
 */
export function makeAvcC(unit: Uint8Array): Buffer | undefined {
  const units = [...nalUnits(unit)];
  const sequence = units.filter(({ type }) => type === NAL_SPS).map(({ bytes }) => bytes);
  const picture = units.filter(({ type }) => type === NAL_PPS).map(({ bytes }) => bytes);
  const [first] = sequence;
  const parameters = first && parseSps(first);
  if (!first || !parameters || picture.length === 0) return undefined;
  // Version 1; profile, constraints and level as the set has them; lengths of four bytes.
  const head = [1, first[1] ?? 0, first[2] ?? 0, first[3] ?? 0, 0xff, 0xe0 | sequence.length];
  const { chroma, lumaBits, chromaBits } = parameters;
  const tail = HIGH_PROFILES.includes(first[1] ?? 0)
    ? [0xfc | chroma, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8), 0]
    : [];
  return Buffer.concat([
    Buffer.from(head),
    ...sequence.flatMap(withLength16),
    Buffer.from([picture.length]),
    ...picture.flatMap(withLength16),
    Buffer.from(tail),
  ]);
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
