import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnexBSplitter, nalUnits } from '../src/libav/annex-b.ts';

const LONG = [0, 0, 0, 1];
const SHORT = [0, 0, 1];
const AUD = [0x09, 0xf0];
const SPS = [0x67, 0x42, 0xc0, 0x1e];
const PPS = [0x68, 0xce, 0x3c, 0x80];
const SEI = [0x06, 0x05, 0x01, 0xaa, 0x80];
/** The first slice of a picture: first_mb_in_slice 0, slice_type 7 (I) or 5 (P). */
const idr = (byte: number): number[] => [0x65, 0x88, byte, 0x55];
const p = (byte: number): number[] => [0x41, 0x9a, byte, 0x55];
/** A further slice: first_mb_in_slice 40. */
const more = (byte: number): number[] => [0x41, 0x05, 0x29, byte];

interface Unit {
  readonly bytes: number[];
  readonly keyframe: boolean;
}

function split(stream: readonly number[], step = stream.length): Unit[] {
  const splitter = new AnnexBSplitter();
  const units = [];
  for (let at = 0; at < stream.length; at += step)
    units.push(...splitter.push(Uint8Array.from(stream.slice(at, at + step))));
  units.push(...splitter.end());
  return units.map(({ bytes, keyframe }) => ({ bytes: [...bytes], keyframe }));
}

describe('AnnexBSplitter', () => {
  const key = [...LONG, ...SPS, ...LONG, ...PPS, ...SHORT, ...SEI, ...SHORT, ...idr(1)];
  const second = [...LONG, ...p(2), ...SHORT, ...more(2), ...SHORT, ...more(3)];
  const third = [...SHORT, ...p(3)];
  const delimited = [...LONG, ...AUD, ...SHORT, ...p(4)];
  const withHeaders = [...LONG, ...SEI, ...LONG, ...idr(5), ...SHORT, 0x65, 0x05, 0x29, 9];
  const units = [key, second, third, delimited, withHeaders];
  const stream = units.flat();

  it('cuts by parameter sets, delimiters, SEI and first slices, and keeps the slices of a picture together', () => {
    expect(split(stream).map((unit) => unit.bytes)).toEqual(units);
    expect(split(stream).map((unit) => unit.keyframe)).toEqual([true, false, false, false, true]);
  });

  it('finds the same units whatever the chunks are', () => {
    const whole = split(stream);
    for (let step = 1; step < 20; step++) expect(split(stream, step)).toEqual(whole);
  });

  it('leaves out no byte of a stream of random pictures, and adds none', () => {
    const payload = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 40 });
    const picture = fc.record({ payload, long: fc.boolean(), headers: fc.boolean(), key: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(picture, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (pictures, step) => {
          const expected = pictures.map((each) => [
            ...(each.headers ? [...LONG, ...SPS, ...SHORT, ...PPS] : []),
            ...(each.long ? LONG : SHORT),
            ...(each.key ? [0x65, 0x88] : [0x41, 0x9a]),
            ...each.payload,
          ]);
          expect(split(expected.flat(), step).map((unit) => unit.bytes)).toEqual(expected);
        },
      ),
    );
  });

  it('takes a stream in one piece or byte by byte, longer than its first buffer', () => {
    const big = [...SHORT, ...p(7), ...Array<number>(150_000).fill(0x77)];
    expect(split([...key, ...big, ...third]).map((unit) => unit.bytes.length)).toEqual([
      key.length,
      big.length,
      third.length,
    ]);
    expect(split([...key, ...big, ...third], 7).map((unit) => unit.bytes.length)).toEqual([
      key.length,
      big.length,
      third.length,
    ]);
  });

  it('gives back the last picture of a stream that breaks off, and nothing for headers without a picture', () => {
    expect(split([...key, ...SHORT, 0x41, 0x9a, 1])).toHaveLength(2);
    expect(split([...key, ...SHORT, 0x41]).map((unit) => unit.bytes)).toEqual([key]);
    expect(split([...key, ...LONG, ...SPS, ...LONG, 0x68])).toHaveLength(1);
    expect(split([...LONG, ...SPS, ...LONG, ...PPS])).toEqual([]);
    expect(split([])).toEqual([]);
  });

  it('sees B slices, whose order is not the order of presentation', () => {
    const seen = (slice: number): boolean => {
      const splitter = new AnnexBSplitter();
      splitter.push(Uint8Array.from([...key, ...SHORT, 0x01, slice, 1, 2, 3, ...third]));
      return splitter.bFrames;
    };
    // first_mb_in_slice 0 in a bit, then slice_type 1 (010), 6 (00111), 0 (1), 5 (00110), 7 (0001000).
    expect([0b1010_0000, 0b1001_1100, 0b1100_0000, 0b1001_1000, 0b1000_1000].map(seen)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('lists the NAL units of a picture without start codes and filling', () => {
    const listed = [...nalUnits(Uint8Array.from([...LONG, ...SPS, 0, 0, ...LONG, ...PPS, ...SHORT, ...idr(1)]))];
    expect(listed.map(({ type, bytes }) => [type, [...bytes]])).toEqual([
      [7, SPS],
      [8, PPS],
      [5, idr(1)],
    ]);
  });
});
