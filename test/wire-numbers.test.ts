import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { i64, u64 } from '../src/wire/numbers.ts';

describe('64-bit numbers of the wire', () => {
  it('are what a bigint of the same bytes rounds to', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const view = new DataView(new ArrayBuffer(12));
        view.setBigUint64(3, value, true);
        expect(u64(view, 3)).toBe(Number(value));
        expect(i64(view, 3)).toBe(Number(BigInt.asIntN(64, value)));
      }),
    );
  });
});
