import type { Hunting } from '../hunted-world.ts';
import { maxWithin, slotsRight } from './musts.ts';
import { clientCamera, type Scenario, SECOND, STOCK, variant } from './scenario.ts';

/** How near, how soon, and in how many rigs at least: 99 of 100. */
const WITHIN_US = 2_000;
const LIMIT_US = 30 * SECOND;
const RIGS = 300;
const GOOD_RIGS = 297;

/** Eight cameras at 30 fps: crystals within some 20 ppm, stamps of USB cameras. */
const PPM = [15, -20, 8, -12, 19, -35, -16, 3];
const NOISE_US = [50, 100, 150, 200, 250, 300, 100, 200];
const cameras = PPM.map((ppm, i) => clientCamera({ ppm, noiseUs: NOISE_US[i] as number }));

/** What counts is the middle of the recording: half a second of it. */
const hunted = (takeUs: number, start: Hunting['start']) =>
  variant({
    hunting: { withinUs: WITHIN_US, takeUs, limitUs: LIMIT_US, start },
    clients: cameras,
    stock: STOCK,
    windowUs: [takeUs / 2 - 0.25 * SECOND, takeUs / 2 + 0.25 * SECOND],
    untilUs: LIMIT_US + takeUs,
    musts: [slotsRight, maxWithin(WITHIN_US)],
  });

const anyPhase = hunted(10 * SECOND, 'any');

export const phaseHunt: Scenario = {
  name: 'phase-hunt',
  about: "eight USB cameras, which nothing steers, are started again until their frames lie near the server's",
  limits: `within 2 ms in the middle of 10 s, found in at most 30 s; in 99 of 100 rigs`,
  variants: [anyPhase],
  survey(runs, seed) {
    const missed = Array.from({ length: RIGS }, (_, i) => seed * 1000 + i).filter((rig) =>
      runs(anyPhase, rig).some((run) => anyPhase.musts.some((must) => must(run) !== undefined)),
    );
    if (missed.length <= RIGS - GOOD_RIGS) return [];
    return [`${missed.length} of ${RIGS} rigs were not within 2 ms in time: seeds ${missed.join(', ')}`];
  },
};

export const phaseHuntFixedDelay: Scenario = {
  name: 'phase-hunt-delay',
  about: 'the same with cameras whose first frame comes after a delay that repeats: the moment of a start chooses',
  limits: 'within 2 ms in the middle of 10 s and of a minute, found in at most 12 s',
  variants: [10 * SECOND, 60 * SECOND].map((takeUs) => {
    const { hunting, ...rest } = hunted(takeUs, 'delay');
    const limited = hunting && { ...hunting, limitUs: 12 * SECOND };
    return { ...rest, name: `${takeUs / SECOND} s`, ...(limited && { hunting: limited }) };
  }),
};
