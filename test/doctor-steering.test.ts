import { describe, expect, it } from 'vitest';
import { type SteeringTrial, steeringFinding, steeringRefused } from '../src/doctor/steering.ts';

const LEARNED = { lineUs: 18.9035, delayFrames: 3, rounding: 'floor', noiseUs: 3, latencyFrames: 0.6 } as const;
const trial = (part: Partial<SteeringTrial> = {}): SteeringTrial => ({
  ...{ frames: 290, channel: 'log', reason: 'as asked for', learned: LEARNED, lockedAfterS: 1.1 },
  ...{ phases: { rms: 6.2, max: 14 }, limitRmsUs: 5.46 },
  ...part,
});
const found = (part: Partial<SteeringTrial> = {}) => steeringFinding('rpicam:0', 'imx219', trial(part));

describe('what is thought of a camera that was steered for a while', () => {
  it('is good where its frames are held to whole lines, and says what was learned', () => {
    expect(found()).toEqual({
      check: 'steering',
      of: 'rpicam:0',
      verdict: 'good',
      value: 'imx219: held within 6.2 us rms, 1.14 x the limit of whole lines, 14 us at most; in its place after 1.1 s',
      limits: [
        'heard by its log 0.6 frames late; a line is 18.9035 us, lengths are floored to lines, an order shapes the frame 3 behind the one that took it, stamps are noisy by 3.0 us',
      ],
    });
  });

  it('allows for the noise of stamps: short lines with noisy stamps are no worse', () => {
    const short = { phases: { rms: 6.5, max: 20 }, limitRmsUs: 2.78 };
    expect(found({ ...short, learned: { ...LEARNED, noiseUs: 5 } }).verdict).toBe('good');
    expect(found({ ...short, learned: { ...LEARNED, noiseUs: 1 } }).verdict).toBe('warn');
  });

  it.each([
    [{ phases: { rms: 40, max: 200 } }, 'warn', /a busy machine/],
    [{ channel: 'grid', reason: 'no log within 6 s', learned: undefined }, 'warn', /full-upgrade/],
    [{ lockedAfterS: undefined, phases: undefined }, 'fail', /--steer stock/],
  ] as const)('%o: %s, and says what to do', (part, verdict, advice) => {
    expect(found(part)).toMatchObject({ verdict, advice: expect.stringMatching(advice) });
  });

  it('a camera that can not be tried lets a take fail, one whose sensor is not known does not', () => {
    const words = 'rpicam-vid ended with exit code 255: ERROR: *** failed to acquire camera ***';
    expect(steeringRefused('rpicam:0', words, true)).toMatchObject({ verdict: 'fail', value: words });
    expect(steeringRefused('rpicam:0', 'nothing is known of its sensor', false)).toMatchObject({ verdict: 'warn' });
  });
});
