import { locksWithin, rmsWithin, slotsRight } from './musts.ts';
import { clientCamera, type Scenario, SECOND, variant } from './scenario.ts';

/** Crystals of a crowd, in ppm: spread evenly over what is specified. */
const CROWD_PPM = 100;

/**
 * A client whose crystal is the server's to a fraction of a ppm stays where in a line it is, for minutes: up to half a
 * line away all the time (sqrt 3 times line / sqrt 12), and a little for noise.
 */
const STUCK = 1.85;

/** One server and many clients, ours alone, for a minute. */
export function manyCameras(cameras: number): Scenario {
  return {
    name: 'many-cameras',
    about: `${cameras.toLocaleString('en')} cameras of ours for 60 s`,
    limits: 'at least half a million camera frames a second on one core, memory flat in time',
    variants: [
      variant({
        untilUs: 60 * SECOND,
        clients: Array.from({ length: cameras }, (_, i) =>
          clientCamera({ ppm: ((2 * i) / Math.max(1, cameras - 1) - 1) * CROWD_PPM }),
        ),
        stock: undefined,
        windowUs: [10 * SECOND, 60 * SECOND],
        musts: [rmsWithin(STUCK), slotsRight, locksWithin(0.5)],
      }),
    ],
    leastFramesPerSecond: 500_000,
  };
}
