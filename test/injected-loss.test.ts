import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { injectedLoss } from '../src/host/injected-loss.ts';

describe('losses of sync messages on purpose', () => {
  it('are of the share that was asked for, and the same ones for the same seed', () => {
    const losses = (text: string) => {
      const lost = injectedLoss(text);
      return Array.from({ length: 10_000 }, () => lost());
    };
    const first = losses('loss=0.2,seed=3');
    expect(first.filter(Boolean).length / first.length).toBeCloseTo(0.2, 1);
    expect(losses('loss=0.2,seed=3')).toEqual(first);
    expect(losses('loss=0.2,seed=4')).not.toEqual(first);
    expect(losses('').some(Boolean)).toBe(false);
    expect(losses('loss=1').every(Boolean)).toBe(true);
  });

  it.each(['loss=2', 'loss', '0.5', 'loss=0.5,delay=3'])('refuse %s in a line that names the variable', (text) => {
    expect(() => injectedLoss(text)).toThrow(UsageError);
    expect(() => injectedLoss(text)).toThrow(`GENLOCK_LINK='${text}'`);
  });
});
