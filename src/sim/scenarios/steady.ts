import { fromTheFirst, locksWithin, rmsWithin, slotsRight, stockTimes, unlessRefused } from './musts.ts';
import { clientCamera, FRAME_US, type Scenario, sensor, serverCamera, variant } from './scenario.ts';

/** What any undisturbed client does besides. */
const FROM_THE_START = [slotsRight, fromTheFirst, locksWithin(0.5)];

export const sameModel: Scenario = {
  name: 'same-model',
  about: 'an imx219 serves an imx219, their crystals 35 ppm apart',
  limits: 'rms at most 1.05 x limit; stock at least 6 times ours',
  variants: [variant({ musts: [rmsWithin(1.05), stockTimes(6), ...FROM_THE_START] })],
};

export const crystals: Scenario = {
  name: 'crystal-100ppm',
  about: 'crystals +50 and -50 ppm',
  limits: 'rms at most 1.05 x limit; stock at least 10 times ours',
  variants: [
    variant({
      server: serverCamera({ ppm: -50 }),
      clients: [clientCamera({ ppm: 50 })],
      musts: [rmsWithin(1.05), stockTimes(10), ...FROM_THE_START],
    }),
  ],
};

export const mixedModels: Scenario = {
  name: 'mixed-models',
  about: 'an imx219 serves an imx708, an imx477, an ov9281 and an imx296',
  limits: 'rms at most 1.05 x limit each; stock at least 15 times ours on each',
  variants: [
    variant({
      clients: ['imx708', 'imx477', 'ov9281', 'imx296'].map((model) => clientCamera({ mode: sensor(model) })),
      musts: [rmsWithin(1.05), stockTimes(15), ...FROM_THE_START],
    }),
  ],
};

/** A busy machine: stamps that scatter, and one in a hundred that comes far too late. */
const NOISY = { noiseUs: 10, outliers: { share: 0.01, lateUs: [300, 5000] } } as const;

export const noisyTimestamps: Scenario = {
  name: 'noisy-timestamps',
  about: '10 us of noise on each timestamp, and 1 % of them 0.3 to 5 ms late',
  limits: 'rms at most 1.5 x limit',
  variants: [
    variant({
      server: serverCamera(NOISY),
      clients: [clientCamera(NOISY)],
      musts: [rmsWithin(1.5), slotsRight, fromTheFirst],
    }),
  ],
};

const RATES: readonly (readonly [name: string, fps: number, model: string, mode?: string])[] = [
  ['15', 15, 'imx219'],
  ['24', 24, 'imx219'],
  ['25', 25, 'imx219'],
  ['29.97', 30000 / 1001, 'imx219'],
  ['50', 50, 'imx708', '1536x864'],
  ['60', 60, 'imx708', '1536x864'],
  ['90', 90, 'imx708', '1536x864'],
  ['110', 110, 'ov9281'],
  ['200', 200, 'imx219', '640x480'],
];

export const frameRates: Scenario = {
  name: 'frame-rates',
  about: '15 to 200 frames a second',
  limits: 'rms at most 1.1 x limit',
  variants: RATES.map(([name, fps, model, mode]) => {
    const part = { mode: sensor(model, mode), frameUs: 1e6 / fps };
    return variant({
      name: `fps-${name}`,
      server: serverCamera(part),
      clients: [clientCamera(part)],
      musts: [rmsWithin(1.1), ...FROM_THE_START],
    });
  }),
};

const TIGHT: readonly (readonly [name: string, frameUs: number, model: string, mode: string])[] = [
  ['imx477-34', 1e6 / 34, 'imx477', '2028x1520'],
  ['imx708-120', 1e6 / 120, 'imx708', '1536x864'],
  ['imx708-hdr-30', FRAME_US, 'imx708', 'hdr'],
];

export const noHeadroom: Scenario = {
  name: 'no-headroom',
  about: 'little or no room to shorten frames',
  limits: 'rms at most 1.1 x limit, or refused with the highest safe rate',
  variants: TIGHT.map(([name, frameUs, model, mode]) => {
    const part = { mode: sensor(model, mode), frameUs };
    return variant({
      name,
      server: serverCamera(part),
      clients: [clientCamera(part)],
      musts: [unlessRefused(rmsWithin(1.1), slotsRight)],
    });
  }),
};

export const droppedFrames: Scenario = {
  name: 'dropped-frames',
  about: '5 % of the frames dropped on both sides',
  limits: 'slots right; rms at most 1.2 x limit',
  variants: [
    variant({
      server: serverCamera({ drop: 0.05 }),
      clients: [clientCamera({ drop: 0.05 })],
      musts: [rmsWithin(1.2), slotsRight],
    }),
  ],
};
