import { fromTheFirst, locksWithin, rmsWithin, slotsRight, stockTimes } from './musts.ts';
import { clientCamera, type Must, type Scenario, sensor, type Variant, variant } from './scenario.ts';

const MODELS = ['imx219', 'imx708', 'imx477', 'imx296', 'ov9281'] as const;

/** Once a camera of each model that runs fast by so many ppm, once of each that runs slow. */
const crystals = (ppm: number, part: Omit<Parameters<typeof variant>[0], 'clients'>): Variant[] =>
  [ppm, -ppm].map((each) =>
    variant({
      name: `${each > 0 ? '+' : ''}${each}ppm`,
      clients: MODELS.map((model) => clientCamera({ mode: sensor(model), ppm: each })),
      ...part,
    }),
  );

/** One limit for the ov9281, whose lines are hardly longer than its stamps are noisy, and one for the others. */
const within =
  (factor: number, ov9281: number): Must =>
  (run) =>
    rmsWithin(run.options.mode.model === 'ov9281' ? ov9281 : factor)(run);

export const steered: Scenario = {
  name: 'steered',
  about: 'stock cameras of five models at 30 fps, each steered by what its debug log says, 35 ppm fast or slow',
  limits: 'rms against the grid at most 1.1 x limit, ov9281 1.25; stock at least 7 times ours; locked within 2 s',
  variants: crystals(35, {
    steering: {},
    musts: [within(1.1, 1.25), stockTimes(7), slotsRight, fromTheFirst, locksWithin(2)],
  }),
};

export const steeredFarCrystals: Scenario = {
  name: 'steered-100ppm',
  about: 'stock cameras of five models, steered by the log, 100 ppm fast or slow',
  limits: 'rms against the grid at most 1.15 x limit, ov9281 1.4; locked within 2 s',
  variants: crystals(100, {
    steering: {},
    musts: [within(1.15, 1.4), slotsRight, fromTheFirst, locksWithin(2)],
  }),
};
