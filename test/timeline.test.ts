import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../src/sync/timeline.ts';

/** Any date will do for frame 0. */
const EPOCH_US = 1_700_000_000_000_000;
const FRAME_US = 1e6 / 30;

/** Frame durations that cameras have, in us: 250 to 5 frames a second. */
const durations = fc.double({ min: 4_000, max: 200_000, noNaN: true });
const ppms = fc.double({ min: -100, max: 100, noNaN: true });

describe('the timeline', () => {
  it('knows nothing before its first anchor, and says so', () => {
    const timeline = new Timeline(FRAME_US);
    expect(timeline.known).toBe(false);
    expect(timeline.periodUs).toBe(FRAME_US);
    expect(() => timeline.indexAt(EPOCH_US)).toThrow('no anchor yet');
  });

  it('goes by the period that the first anchor tells until a second one comes', () => {
    const timeline = new Timeline(FRAME_US);
    timeline.anchor(-70, EPOCH_US, 40_000);
    expect(timeline.known).toBe(true);
    expect(timeline.periodUs).toBe(40_000);
    expect(timeline.indexAt(EPOCH_US)).toBe(-70);
    expect(timeline.indexAt(EPOCH_US + 100_000)).toBe(-67.5);
    expect(timeline.indexAt(EPOCH_US - 40_000)).toBe(-71);
  });

  it('learns the period from two anchors on, whatever is said of it', () => {
    const timeline = new Timeline(40_000);
    timeline.anchor(0, EPOCH_US, 40_000);
    timeline.anchor(30, EPOCH_US + 30 * 40_002, 40_000);
    expect(timeline.periodUs).toBeCloseTo(40_002, 6);
    expect(timeline.indexAt(EPOCH_US + 60 * 40_002)).toBeCloseTo(60, 9);
  });

  it('learns the true period of any grid and names every frame rightly between and after its anchors', () => {
    fc.assert(
      fc.property(
        durations,
        ppms,
        fc.array(fc.tuple(fc.integer({ min: 5, max: 90 }), fc.integer({ min: -20, max: 20 })), {
          minLength: 2,
          maxLength: 80,
        }),
        (nominalUs, ppm, messages) => {
          const trueUs = nominalUs * (1 + ppm * 1e-6);
          const timeline = new Timeline(nominalUs);
          const indices: number[] = [];
          let index = -70;
          for (const [frames, noiseUs] of messages) {
            index += frames;
            indices.push(index);
            const us = EPOCH_US + index * trueUs;
            timeline.anchor(index, us + noiseUs, Math.round(trueUs));
            expect(Math.abs(timeline.indexAt(us) - index)).toBeLessThan(0.5);
            expect(Math.abs(timeline.indexAt(us - trueUs) - (index - 1))).toBeLessThan(0.5);
          }
          // 40 us of noise over the stretch that is learned from, one and a half times for the weights of least
          // squares.
          const stretch = index - (indices.slice(-32)[0] as number);
          expect(Math.abs(timeline.periodUs - trueUs)).toBeLessThan(60 / stretch + 1e-3);
          expect(Math.abs(timeline.indexAt(EPOCH_US + (index + stretch) * trueUs) - (index + stretch))).toBeLessThan(
            0.5,
          );
        },
      ),
    );
  });

  it('is within a few us of the grid after a minute of messages with 10 us of noise, and 10 ppm of its period', () => {
    fc.assert(
      fc.property(
        ppms,
        fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 60, maxLength: 60 }),
        (ppm, noises) => {
          const trueUs = FRAME_US * (1 + ppm * 1e-6);
          const timeline = new Timeline(FRAME_US);
          for (const [i, noiseUs] of noises.entries()) {
            timeline.anchor(i * 30, EPOCH_US + i * 30 * trueUs + noiseUs, 33_333);
          }
          expect(Math.abs(timeline.periodUs / trueUs - 1) * 1e6).toBeLessThan(10);
          const phaseUs = (timeline.indexAt(EPOCH_US + 1800 * trueUs) - 1800) * trueUs;
          expect(Math.abs(phaseUs)).toBeLessThan(25);
        },
      ),
    );
  });

  it('carries on for ten minutes without an anchor at a fraction of a frame', () => {
    const trueUs = FRAME_US * (1 + 50e-6);
    const timeline = new Timeline(FRAME_US);
    for (let i = 0; i <= 32; i++) timeline.anchor(i * 30, EPOCH_US + i * 30 * trueUs + (i % 2 === 0 ? 3 : -3), 33_333);
    const later = 960 + 18_000;
    expect(timeline.indexAt(EPOCH_US + later * trueUs)).toBeCloseTo(later, 1);
  });

  it('follows a period that changes slowly, as crystals do', () => {
    const timeline = new Timeline(FRAME_US);
    let [us, trueUs] = [EPOCH_US, FRAME_US];
    for (let index = 0; index < 108_000; index++) {
      if (index % 30 === 0) {
        timeline.anchor(index, us, 33_333);
        expect(Math.abs(timeline.indexAt(us + trueUs) - index - 1)).toBeLessThan(0.001);
      }
      trueUs += FRAME_US * 1e-9; // 3.6 ppm a minute
      us += trueUs;
    }
  });

  it('moves to where an anchor off the grid says, and keeps the period that it learned', () => {
    const trueUs = FRAME_US * (1 - 80e-6);
    for (const stepUs of [1e6, -1e6, 1_500, -1_500, 3600e6]) {
      const timeline = new Timeline(FRAME_US);
      for (let i = 0; i <= 20; i++) timeline.anchor(i * 30, EPOCH_US + i * 30 * trueUs, 33_333);
      const learned = timeline.periodUs;
      const us = EPOCH_US + 630 * trueUs + stepUs;
      timeline.anchor(630, us, 33_333);
      expect(timeline.periodUs).toBe(learned);
      expect(timeline.indexAt(us)).toBe(630);
      timeline.anchor(660, us + 30 * trueUs, 33_333);
      expect(timeline.periodUs).toBeCloseTo(trueUs, 3);
    }
  });

  it('takes an anchor that is a little off for noise: it goes on from there and the period hardly moves', () => {
    const timeline = new Timeline(FRAME_US);
    for (let i = 0; i <= 31; i++) timeline.anchor(i * 30, EPOCH_US + i * 1e6, 33_333);
    timeline.anchor(960, EPOCH_US + 32e6 + 900, 33_333);
    expect(Math.abs(timeline.periodUs / FRAME_US - 1) * 1e6).toBeLessThan(10);
  });

  it('starts anew with an anchor of a fresh grid: its index, its moment and its period', () => {
    const timeline = new Timeline(FRAME_US);
    for (let i = 0; i <= 20; i++) timeline.anchor(i * 30, EPOCH_US + i * 1e6, 33_333);
    timeline.anchor(-5, EPOCH_US + 21e6, 33_340, true);
    expect(timeline.periodUs).toBe(33_340);
    expect(timeline.indexAt(EPOCH_US + 21e6)).toBe(-5);
  });

  it('takes the same frame anchored twice, and one from before', () => {
    const timeline = new Timeline(FRAME_US);
    timeline.anchor(30, EPOCH_US + 1e6, 33_333);
    timeline.anchor(30, EPOCH_US + 1e6 + 10, 33_333);
    expect(timeline.periodUs).toBe(33_333);
    timeline.anchor(0, EPOCH_US, 33_333);
    expect(timeline.periodUs).toBeCloseTo(FRAME_US, 0);
    expect(timeline.indexAt(EPOCH_US)).toBe(0);
  });

  it('runs forward and gives no NaN, whatever anchors it is given: any index, any time, fresh or not', () => {
    const anchor = fc.record({
      index: fc.oneof(fc.integer({ min: -100, max: 2000 }), fc.integer({ min: -1e12, max: 1e12 })),
      us: fc.oneof(fc.integer({ min: 0, max: 100_000_000 }), fc.nat(Number.MAX_SAFE_INTEGER - EPOCH_US)),
      fresh: fc.boolean(),
    });
    fc.assert(
      fc.property(durations, fc.array(anchor, { minLength: 1, maxLength: 80 }), (nominalUs, anchors) => {
        const timeline = new Timeline(nominalUs);
        for (const { index, us, fresh } of anchors) {
          timeline.anchor(index, EPOCH_US + us, Math.round(nominalUs), fresh);
          expect(timeline.periodUs).toBeGreaterThan(0);
          expect(timeline.periodUs).toBeLessThan(1e7);
          const here = timeline.indexAt(EPOCH_US + us);
          expect(here).toBe(index);
          expect(timeline.indexAt(EPOCH_US + us + nominalUs)).toBeGreaterThan(here);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
