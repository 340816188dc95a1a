import { describe, expect, it } from 'vitest';
import { cameraSpec } from '../src/camera/open.ts';
import { listStandIns, standInSpec } from '../src/cli/stand-in-cameras.ts';
import { UsageError } from '../src/errors.ts';
import { SUPERVISED } from '../src/run/camera/ipc.ts';
import { parseStandIn, STAND_IN, standInHere } from '../src/run/stand-in/behaviour.ts';

describe('what a stand-in is asked to do', () => {
  it('is read from a list', () => {
    expect(parseStandIn('drop=0.01,late=2s,stall=5s,crash=7s,no-wallclock')).toEqual({
      ...parseStandIn('on'),
      drop: 0.01,
      lateUs: 2e6,
      stallUs: 5e6,
      crashUs: 7e6,
      wallClock: 'none',
    });
    expect(
      parseStandIn('late=8,no-log,x=4,x-moves=20s,rounds,skip-below=30ms,wallclock-us,cameras=3,models=imx219+imx708'),
    ).toEqual({
      ...parseStandIn(''),
      encoderFrames: 8,
      log: false,
      orderFrames: 4,
      orderMovesUs: 20e6,
      rounds: true,
      skipBelowUs: 30_000,
      wallClock: 'us',
      cameras: 3,
      models: ['imx219', 'imx708'],
    });
  });

  it('has as many cameras as it is told, two unless it is, and no camera of a number beyond', () => {
    const numbers = (text: string) => listStandIns(parseStandIn(text)).match(/^\d+(?= : )/gm);
    expect(numbers('on')).toEqual(['0', '1']);
    expect(numbers('cameras=4')).toEqual(['0', '1', '2', '3']);
    const spec = (number: number, text: string) => standInSpec(cameraSpec(String(number)), parseStandIn(text));
    expect(spec(3, 'cameras=4,models=imx219+imx708')).toMatch(/^virtual:imx708/);
    expect(() => spec(2, 'on')).toThrow('no such camera; there are 0 to 1');
    expect(spec(0, 'drop=0.01')).toContain('drop=0.01');
  });

  it.each([
    ...['drop=2', 'late=2m', 'late=1.5', 'stall=', 'sleep=3s', 'x', 'x=a', 'x-moves=20', 'skip-below=30'],
    ...['rounds=1', 'no-log=0', 'models=', 'cameras=0', 'cameras=9', 'cameras=two', 'constructor=1'],
  ])('%s is refused by name', (text) => {
    expect(() => parseStandIn(text)).toThrow(UsageError);
    expect(() => parseStandIn(text)).toThrow(text);
  });

  it("is no matter for a take's own cameras", () => {
    expect(standInHere({ [STAND_IN]: 'on' })).toBeDefined();
    expect(standInHere({ [STAND_IN]: 'on', [SUPERVISED]: '1' })).toBeUndefined();
    expect(standInHere({})).toBeUndefined();
  });
});
