import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { SUPERVISED } from '../src/run/camera/ipc.ts';
import { parseStandIn, STAND_IN, standInHere } from '../src/run/camera/stand-in.ts';

describe('what a stand-in is asked to do', () => {
  it('is read from a list of failures', () => {
    expect(parseStandIn('drop=0.01,late=2s,stall=5s,crash=7s,no-wallclock')).toEqual({
      drop: 0.01,
      lateUs: 2e6,
      stallUs: 5e6,
      crashUs: 7e6,
      wallClock: false,
    });
  });

  it.each(['drop=2', 'late=2', 'stall=', 'sleep=3s'])('%s is refused by name', (text) => {
    expect(() => parseStandIn(text)).toThrow(UsageError);
    expect(() => parseStandIn(text)).toThrow(text);
  });

  it("is no matter for a take's own cameras", () => {
    expect(standInHere({ [STAND_IN]: 'on' })).toBeDefined();
    expect(standInHere({ [STAND_IN]: 'on', [SUPERVISED]: '1' })).toBeUndefined();
    expect(standInHere({})).toBeUndefined();
  });
});
