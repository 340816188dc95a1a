import type { SimCameraOptions } from '../world.ts';
import { fromTheFirst, locksWithin, rmsWithin, slotsRight, stockTimes } from './musts.ts';
import { clientCamera, type Must, type Scenario, sensor, variant } from './scenario.ts';

const MODELS = ['imx219', 'imx708', 'imx477', 'imx296', 'ov9281'] as const;

/** A camera of each model, every other one fast by so many ppm, the others slow. */
const cameras = (ppm: number): SimCameraOptions[] =>
  MODELS.map((model, i) => clientCamera({ mode: sensor(model), ppm: i % 2 === 0 ? ppm : -ppm }));

/** One limit for the ov9281, whose lines are hardly longer than its stamps are noisy, and one for the others. */
const within =
  (factor: number, ov9281: number): Must =>
  (run) =>
    rmsWithin(run.options.mode.model === 'ov9281' ? ov9281 : factor)(run);

export const steered: Scenario = {
  name: 'steered',
  about: 'stock cameras of five models at 30 fps, each steered by what its debug log says, 35 ppm fast or slow',
  limits: 'rms against the grid at most 1.1 x limit, ov9281 1.25; stock at least 7 times ours; locked within 2 s',
  variants: [
    variant({
      clients: cameras(35),
      steering: {},
      musts: [within(1.1, 1.25), stockTimes(7), slotsRight, fromTheFirst, locksWithin(2)],
    }),
  ],
};
