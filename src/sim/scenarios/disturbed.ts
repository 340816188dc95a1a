import { modeFrameUs } from '../world.ts';
import {
  closeAgainWithin,
  closeThroughout,
  fromTheFirst,
  rmsWithin,
  saysDivergingWithin,
  slotsRight,
} from './musts.ts';
import {
  clientCamera,
  type Scenario,
  SECOND,
  SERVER_PPM,
  sensor,
  serverCamera,
  type Variant,
  variant,
} from './scenario.ts';

const EVENT_US = 70 * SECOND;
const FIRST_US = 1000;

/** The server ends, and comes back after `awaySeconds` with frames that lie `phase` of a frame beside the old ones. */
function restart(name: string, phase: number, awaySeconds: number): Variant {
  const server = serverCamera();
  const trueFrameUs = modeFrameUs(server.mode, server.frameUs) / (1 + SERVER_PPM * 1e-6);
  const frames = Math.round((EVENT_US + awaySeconds * SECOND - FIRST_US) / trueFrameUs);
  const backUs = FIRST_US + (frames + phase) * trueFrameUs;
  return variant({
    name,
    serverRuns: [
      { startUs: FIRST_US, endUs: EVENT_US },
      { startUs: backUs, endUs: Number.POSITIVE_INFINITY },
    ],
    server,
    clients: [clientCamera(), clientCamera({ ppm: -5 }), clientCamera({ mode: sensor('imx708'), ppm: -40 })],
    // What stands in the window is the time with the new server, once it is found again.
    windowUs: [backUs + 10 * SECOND, 120 * SECOND],
    eventUs: backUs,
    recountedUs: EVENT_US,
    musts: [slotsRight, fromTheFirst, closeAgainWithin(10), rmsWithin(1.1)],
  });
}

export const serverRestart: Scenario = {
  name: 'server-restart',
  about: 'three clients record while the server ends and comes back with another phase',
  limits: 'all in the same slot, none lost or doubled, within 100 us again in 10 s',
  variants: [
    restart('phase-0', 0, 5),
    restart('phase-0.25', 0.25, 5),
    restart('phase-0.5', 0.5, 5),
    restart('phase-0.75', 0.75, 5),
    restart('phase-0.97', 0.97, 5),
    restart('phase-0.5-soon', 0.5, 1),
  ],
};

type Side = 'server' | 'client' | 'both';

/** A wall clock goes wrong on one side, or on both in the same way. */
function clockError(name: string, side: Side, error: (us: number) => number, musts: Variant['musts']): Variant {
  return variant({
    name,
    server: serverCamera(side === 'client' ? {} : { clockErrorUs: error }),
    clients: [clientCamera(side === 'server' ? {} : { clockErrorUs: error })],
    eventUs: EVENT_US,
    musts: [slotsRight, fromTheFirst, ...musts],
  });
}

const step =
  (us: number) =>
  (at: number): number =>
    at > EVENT_US ? us : 0;

/** As fast as a clock daemon slews, to the end of the run: by then it is more than half a frame. */
const SLEW = 500e-6;
const slew = (at: number): number => SLEW * Math.max(0, at - EVENT_US);

const STEPS: readonly (readonly [name: string, us: number])[] = [
  ['+1s', SECOND],
  ['-1s', -SECOND],
  ['+1h', 3600 * SECOND],
  ['-1h', -3600 * SECOND],
];

export const clockStep: Scenario = {
  name: 'clock-step',
  about: "a wall clock steps by a second or an hour, or slews by 500 ppm: the server's, the client's, both",
  limits:
    'step: no index changes, below 100 us again within 2 s; slew on both: below throughout; on one: said within 2 s',
  variants: [
    ...(['server', 'client'] as const).flatMap((side) =>
      STEPS.map(([name, us]) => clockError(`${side}${name}`, side, step(us), [closeAgainWithin(2)])),
    ),
    clockError('slew-both', 'both', slew, [closeThroughout]),
    ...(['server', 'client'] as const).map((side) => clockError(`slew-${side}`, side, slew, [saysDivergingWithin(2)])),
  ],
};
