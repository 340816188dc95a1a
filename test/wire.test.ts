import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/sync/replay.ts';
import { decodeMessage, encodeMessage, STOCK_BYTES } from '../src/wire/message.ts';

const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const duration = fc.integer({ min: 0, max: 0xffffffff });
const envelope = fc.record(
  {
    sessionId: fc.stringMatching(/^[0-9a-f]{16}$/),
    frameIndex: fc.integer({ min: -1_000_000, max: Number.MAX_SAFE_INTEGER }),
    start: fc.record({ wallUs: time, utcOffsetMinutes: fc.integer({ min: -840, max: 840 }) }),
  },
  { requiredKeys: [] },
);

describe('a sync message', () => {
  it('lies on the wire as a stock camera lays it out, with the unwritten fields 0', () => {
    const bytes = encodeMessage({
      frameDurationUs: 0x0001046b,
      wallClockUs: 0x060a24cb68afeb,
      readyTimeUs: 0x060a24cb545799,
    });
    const stock = fromHex('6b04010000000000600adc65cc550000ebaf68cb240a060020103402fd7f0000995754cb240a0600');
    stock.fill(0, 8, 16);
    stock.fill(0, 24, 32);
    expect(bytes).toEqual(stock);
  });

  it('comes back from the wire as it went in, with and without an envelope', () => {
    fc.assert(
      fc.property(
        duration,
        time,
        time,
        fc.option(envelope, { nil: undefined }),
        (frameDurationUs, wall, ready, behind) => {
          const message = {
            frameDurationUs,
            wallClockUs: wall,
            readyTimeUs: ready,
            ...(behind && { envelope: behind }),
          };
          expect(decodeMessage(encodeMessage(message))).toEqual(message);
        },
      ),
    );
  });

  it('shows a stock camera the same first 40 bytes whatever stands behind them', () => {
    const message = { frameDurationUs: 33333, wallClockUs: 1.7e15, readyTimeUs: 1.7e15 + 1 };
    const long = encodeMessage({ ...message, envelope: { sessionId: '0123456789abcdef', frameIndex: -100 } });
    expect(long.subarray(0, STOCK_BYTES)).toEqual(encodeMessage(message));
    expect(new TextDecoder().decode(long.subarray(40, 44))).toBe('GLK1');
  });

  it('is read past records of unknown type, and past known ones of unexpected length', () => {
    const bytes = encodeMessage({ frameDurationUs: 1, wallClockUs: 2, readyTimeUs: 3, envelope: { frameIndex: 7 } });
    const index = bytes.subarray(47);
    const unknown = [200, 3, 0, 9, 9, 9, /* session id of 2 bytes */ 1, 2, 0, 5, 5];
    const length = unknown.length + index.length;
    const mixed = Uint8Array.from([...bytes.subarray(0, 45), length & 0xff, length >> 8, ...unknown, ...index]);
    expect(decodeMessage(mixed)?.envelope).toEqual({ frameIndex: 7 });
  });

  it('of another version, or cut in the middle, is a plain stock message', () => {
    const bytes = encodeMessage({ frameDurationUs: 1, wallClockUs: 2, readyTimeUs: 3, envelope: { frameIndex: 7 } });
    const other = Uint8Array.from(bytes);
    other[44] = 2;
    expect(decodeMessage(other)?.envelope).toBeUndefined();
    for (let end = STOCK_BYTES; end < bytes.length; end++) {
      expect(decodeMessage(bytes.subarray(0, end))?.envelope).toBeUndefined();
    }
  });

  it('tells the start as the page says: type 9, us since 1970, minutes ahead of UTC', () => {
    const start = { wallUs: 0x0102030405, utcOffsetMinutes: -210 };
    const bytes = encodeMessage({ frameDurationUs: 1, wallClockUs: 2, readyTimeUs: 3, envelope: { start } });
    expect([...bytes.subarray(47)]).toEqual([9, 10, 0, 5, 4, 3, 2, 1, 0, 0, 0, 0x2e, 0xff]);
    // A day and more ahead of UTC is nowhere.
    const nowhere = Uint8Array.from(bytes);
    nowhere.set([0xa1, 0x05], bytes.length - 2);
    expect(decodeMessage(nowhere)?.envelope).toEqual({});
  });

  it('shorter than 40 bytes is none, and no bytes at all make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeMessage(bytes) === undefined).toBe(bytes.length < STOCK_BYTES);
      }),
    );
  });

  it('that does not fit its place on the wire is refused before it is sent', () => {
    const good = { frameDurationUs: 1, wallClockUs: 2, readyTimeUs: 3 };
    expect(() => encodeMessage({ ...good, frameDurationUs: 2 ** 32 })).toThrow(/frameDurationUs/);
    expect(() => encodeMessage({ ...good, wallClockUs: 1.5 })).toThrow(/wallClockUs/);
    expect(() => encodeMessage({ ...good, readyTimeUs: -1 })).toThrow(/readyTimeUs/);
    expect(() => encodeMessage({ ...good, envelope: { sessionId: 'XYZ' } })).toThrow(/sessionId/);
    const start = { wallUs: 1, utcOffsetMinutes: 841 };
    expect(() => encodeMessage({ ...good, envelope: { start } })).toThrow(/utcOffsetMinutes/);
  });
});
