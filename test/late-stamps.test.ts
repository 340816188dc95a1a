import { describe, expect, it } from 'vitest';
import { runScenario } from '../src/sim/run-scenario.ts';
import { clientCamera, SECOND, sensor, serverCamera, variant } from '../src/sim/scenarios/scenario.ts';
import { framesSince } from '../src/sync/tracking/frames-since.ts';

describe('a stamp that is late', () => {
  it('by less than a frame is no frame more', () => {
    expect([1, 0.95, 1.3, 1.6, 1.85].map(framesSince)).toEqual([1, 1, 1, 1, 1]);
    expect([1.95, 2, 2.05, 2.7, 7.01].map(framesSince)).toEqual([2, 2, 2, 2, 7]);
  });

  it('by a whole frame is taken for the next one, which is none more when it comes', () => {
    expect([0, 0.02, -0.01, -3].map(framesSince)).toEqual([0, 0, 0, 0]);
  });

  it.each([1, 2, 3])(
    'is late by up to a frame at 200 frames a second, on server and client: they stay in step (%i)',
    (seed) => {
      const camera = {
        ...{ mode: sensor('imx219', '640x480'), frameUs: 5000, noiseUs: 10 },
        outliers: { share: 0.01, lateUs: [300, 4000] as const },
      };
      const world = variant({
        ...{ untilUs: 21 * SECOND, windowUs: [5 * SECOND, 20 * SECOND] as const, stock: undefined, musts: [] },
        ...{ server: serverCamera(camera), clients: [clientCamera(camera), clientCamera({ ...camera, ppm: 40 })] },
      });
      const { result } = runScenario({ name: 'late', about: '', limits: '', variants: [world] }, { seed });
      for (const { ours } of result.cameras) {
        expect(ours?.lockSeconds).toBeLessThan(0.5);
        expect(ours?.slotsWrong).toBe(0);
        expect(ours?.maxUs).toBeLessThan(100);
      }
    },
  );
});
