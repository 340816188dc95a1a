import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeExchange, EXCHANGE_BYTES, EXCHANGE_SIGNED_BYTES, encodeExchange } from '../src/wire/exchange.ts';
import { decodeMessage, encodeMessage } from '../src/wire/message.ts';

const host = fc.stringMatching(/^[0-9a-f]{16}$/).filter((id) => id !== '0'.repeat(16));
/** Times of a host that is up for up to a hundred days, to 2^-10 us. */
const time = fc.integer({ min: 0, max: 2 ** 53 - 1 }).map((units) => units / 1024);
const datagram = fc.record({
  kind: fc.constantFrom('question' as const, 'answer' as const),
  from: host,
  to: fc.option(host, { nil: undefined }),
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  askedUs: time,
  heardUs: time,
  answeredUs: time,
});

describe('a datagram of the exchange', () => {
  it('comes back from the wire as it went in, whatever is in the place of its signature', () => {
    fc.assert(
      fc.property(datagram, fc.uint8Array({ minLength: 16, maxLength: 16 }), (said, signature) => {
        const bytes = encodeExchange(said);
        expect(bytes.length).toBe(EXCHANGE_BYTES);
        bytes.set(signature, EXCHANGE_SIGNED_BYTES);
        expect(decodeExchange(bytes)).toEqual(said);
      }),
    );
  });

  it('lies on the wire as the page says', () => {
    const bytes = encodeExchange({
      kind: 'answer',
      from: '0102030405060708',
      to: undefined,
      sequence: 9,
      askedUs: 1,
      heardUs: 0.25,
      answeredUs: 2,
    });
    const words = [9, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0];
    const ids = [1, 2, 3, 4, 5, 6, 7, 8, ...new Array(8).fill(0)];
    expect([...bytes]).toEqual([...Buffer.from('GLX1'), 1, 2, 0, 0, ...ids, ...words, ...new Array(16).fill(0)]);
  });

  it('of another kind, version or length is none, and no bytes at all make it throw', () => {
    const question = { kind: 'question', from: 'ab'.repeat(8), to: undefined, sequence: 1 } as const;
    const bytes = encodeExchange({ ...question, askedUs: 1, heardUs: 0, answeredUs: 0 });
    expect(decodeExchange(bytes.subarray(1))).toBeUndefined();
    expect(decodeExchange(Uint8Array.from([...bytes, 0]))).toBeUndefined();
    for (const [at, value] of [
      [0, 0x48],
      [4, 2],
      [5, 0],
      [5, 3],
      [31, 0xff],
    ] as const) {
      expect(decodeExchange(Uint8Array.from(bytes).fill(value, at, at + 1)), `byte ${at}`).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: EXCHANGE_BYTES, maxLength: EXCHANGE_BYTES }), (any) => {
        any.set(bytes.subarray(0, 6));
        expect(decodeExchange(any)?.kind ?? 'question').toBe('question');
      }),
    );
  });

  it('a message says which host its boot time is of: type 10', () => {
    const envelope = { hostId: '00112233445566ff' };
    const bytes = encodeMessage({ frameDurationUs: 1, wallClockUs: 2, readyTimeUs: 3, envelope });
    expect([...bytes.subarray(47)]).toEqual([10, 8, 0, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff]);
    expect(decodeMessage(bytes)?.envelope).toEqual(envelope);
    expect(() =>
      encodeMessage({ frameDurationUs: 1, wallClockUs: 2, readyTimeUs: 3, envelope: { hostId: 'pi' } }),
    ).toThrow('hostId');
  });
});
