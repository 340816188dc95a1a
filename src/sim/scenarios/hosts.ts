import { modeFrameUs } from '../world.ts';
import { closeAgainWithin, closeThroughout, fromTheFirst, locksWithin, rmsWithin, slotsRight } from './musts.ts';
import {
  clientCamera,
  OURS,
  type Scenario,
  SECOND,
  SERVER_PPM,
  sensor,
  serverCamera,
  type Variant,
  variant,
} from './scenario.ts';

const DAY_US = 86_400 * SECOND;
const FIRST_US = 1000;
const EVENT_US = 70 * SECOND;
const NEW_SESSION = '6e65772073657276';

const clients = [clientCamera(), clientCamera({ ppm: -5 }), clientCamera({ mode: sensor('imx708'), ppm: -40 })];

/**
 * The server ends at `EVENT_US`, and another run of it begins `awaySeconds` later, with frames that lie `phase` of a
 * frame beside the old ones.
 */
function another(
  name: string,
  awaySeconds: number,
  phase: number,
  first: { bootAtUs: number; bootPpm?: number },
  second: { upUs: number; bootPpm?: number; session?: string },
): Variant {
  const server = serverCamera({ host: first });
  const trueFrameUs = modeFrameUs(server.mode, server.frameUs) / (1 + SERVER_PPM * 1e-6);
  const frames = Math.round((EVENT_US + awaySeconds * SECOND - FIRST_US) / trueFrameUs);
  const backUs = FIRST_US + (frames + phase) * trueFrameUs;
  const { upUs, session, bootPpm = 0 } = second;
  return variant({
    name,
    untilUs: backUs + 50 * SECOND,
    serverRuns: [
      { startUs: FIRST_US, endUs: EVENT_US },
      {
        startUs: backUs,
        endUs: Number.POSITIVE_INFINITY,
        host: { bootAtUs: upUs - backUs, bootPpm },
        ...(session !== undefined && { session }),
      },
    ],
    server,
    clients,
    stock: undefined,
    // What stands in the window is the time with the new server, once it is found.
    windowUs: [backUs + 10 * SECOND, backUs + 49 * SECOND],
    eventUs: backUs,
    recountedUs: EVENT_US,
    musts: [slotsRight, fromTheFirst, closeAgainWithin(10), rmsWithin(1.1)],
  });
}

export const serverHostReboots: Scenario = {
  name: 'server-host-reboots',
  about:
    "three clients record while the server's host reboots: its boot clock begins anew, its frames have another phase",
  limits: 'all in the same slot, none lost or doubled, within 100 us again in 10 s, rms at most 1.1 x limit',
  variants: [
    another('after-15s', 15, 0.5, { bootAtUs: 5 * DAY_US }, { upUs: 12 * SECOND, session: NEW_SESSION }),
    another('same-session', 15, 0.3, { bootAtUs: 5 * DAY_US }, { upUs: 12 * SECOND }),
    another('after-1s', 1, 0.75, { bootAtUs: 900 * SECOND }, { upUs: 0.5 * SECOND, session: NEW_SESSION }),
    another('same-session-after-1s', 1, 0.25, { bootAtUs: 900 * SECOND }, { upUs: 0.5 * SECOND }),
  ],
};

export const anotherHostTakesOver: Scenario = {
  name: 'another-host-takes-over',
  about: 'three clients record while the server ends and another host, with a boot clock of its own, takes its place',
  limits: 'all in the same slot, none lost or doubled, within 100 us again in 10 s, rms at most 1.1 x limit',
  variants: [
    another('up-longer', 2, 0.28, { bootAtUs: 3600 * SECOND }, { upUs: 30 * DAY_US, session: NEW_SESSION }),
    another('up-shorter', 2, 0.6, { bootAtUs: 30 * DAY_US }, { upUs: 3600 * SECOND, session: NEW_SESSION }),
    another('up-alike', 5, 0.9, { bootAtUs: DAY_US }, { upUs: DAY_US + 84 * SECOND, session: NEW_SESSION }),
    another(
      'clocks-run-apart',
      5,
      0.5,
      { bootAtUs: DAY_US, bootPpm: 40 },
      { upUs: 2 * DAY_US, bootPpm: -40, session: NEW_SESSION },
    ),
    another('same-session', 2, 0.4, { bootAtUs: 3600 * SECOND }, { upUs: 400 * DAY_US }),
  ],
};

const APART = { server: { bootAtUs: 200 * DAY_US, bootPpm: 35 }, client: { bootAtUs: 30 * SECOND, bootPpm: -35 } };
const step = (us: number) => (at: number) => (at > EVENT_US ? us : 0);
const slew = (at: number): number => 500e-6 * Math.max(0, at - EVENT_US);

function apart(name: string, part: Partial<Variant> & Pick<Variant, 'musts'>): Variant {
  return variant({
    name,
    server: serverCamera({ host: APART.server }),
    clients: [clientCamera({ host: APART.client }), clientCamera({ host: APART.client, mode: sensor('imx708') })],
    ours: OURS,
    stock: undefined,
    eventUs: EVENT_US,
    ...part,
    musts: [slotsRight, fromTheFirst, ...part.musts],
  });
}

export const bootClocksApart: Scenario = {
  name: 'boot-clocks-apart',
  about:
    'hosts that are up for 200 days and for half a minute, with boot clocks that run 70 ppm apart; wall clocks are set meanwhile',
  limits:
    'locked within 0.5 s, rms at most 1.1 x limit; below 100 us throughout where a clock is stepped or both are slewed',
  variants: [
    apart('quiet', { musts: [locksWithin(0.5), rmsWithin(1.1), closeThroughout] }),
    apart('server-steps', {
      server: serverCamera({ host: APART.server, clockErrorUs: step(SECOND) }),
      musts: [closeThroughout],
    }),
    apart('client-steps', {
      clients: [clientCamera({ host: APART.client, clockErrorUs: step(-SECOND) })],
      musts: [closeThroughout],
    }),
    apart('slew-both', {
      server: serverCamera({ host: APART.server, clockErrorUs: slew }),
      clients: [clientCamera({ host: APART.client, clockErrorUs: slew })],
      musts: [closeThroughout],
    }),
    apart('carried-on', {
      server: serverCamera({ host: APART.server }),
      clients: [clientCamera({ host: APART.server }), clientCamera({ host: APART.server, ppm: -40 })],
      standBy: { fromUs: EVENT_US, everyFrames: 30 },
      musts: [rmsWithin(1.3), closeThroughout],
    }),
  ],
};

/** A server's crystal and its boot clock keep their rates; whoever drags faster than that is not followed. */
const dragged = (usAFrame: number): Variant =>
  variant({
    name: `${usAFrame}us-a-frame`,
    untilUs: EVENT_US + 10 * SECOND,
    clients,
    stock: undefined,
    eventUs: EVENT_US,
    windowUs: [60 * SECOND, 80 * SECOND],
    stranger: { drag: { fromUs: EVENT_US, usAFrame } },
    musts: [slotsRight, fromTheFirst, closeThroughout, rmsWithin(1.3)],
  });

/**
 * A drag that begins when the server's rate is not known yet: it may be followed, for nobody can tell which of the two
 * is the server, but not as `locked` where it is off by more than the stated bound (which every scenario checks).
 */
const draggedEarly = (seconds: number, usAFrame: number, more: Partial<Variant> = {}): Variant =>
  variant({
    name: `${usAFrame}us-a-frame-after-${seconds}s`,
    untilUs: 30 * SECOND,
    clients,
    stock: undefined,
    stranger: { drag: { fromUs: seconds * SECOND, usAFrame } },
    musts: [],
    ...more,
  });

/** Faster than crystals differ: not followed from the first message on. */
const tooFast = (seconds: number, usAFrame: number): Variant =>
  draggedEarly(seconds, usAFrame, {
    windowUs: [10 * SECOND, 29 * SECOND],
    musts: [slotsRight, fromTheFirst, locksWithin(3), closeThroughout, rmsWithin(1.3)],
  });

const ONE_HOST = { bootAtUs: 3600 * SECOND };
const server = serverCamera({ host: ONE_HOST });
const onOneHost = clients.map((client) => ({ ...client, host: ONE_HOST }));

/**
 * A stranger who takes more pains: he jumps first, tells the rate that he makes up, speaks behind the server instead of
 * before it, goes on for long.
 */
const pains: readonly Variant[] = [
  ...[-1, 2, 40].flatMap((usAFrame) =>
    [0, 300, -5000].flatMap((jumpUs) =>
      [50, 30_000].map((afterUs) =>
        draggedEarly(0, usAFrame, {
          name: `${usAFrame}us-and-its-rate-from-${jumpUs}us-${afterUs}us-later`,
          stranger: { drag: { fromUs: 0, usAFrame, jumpUs, afterUs, tellsRate: true } },
          ...(jumpUs !== 300 && { server, clients: onOneHost }),
        }),
      ),
    ),
  ),
  // Beyond half a frame from the server, too.
  draggedEarly(1, 9, { name: '9us-a-frame-for-long', untilUs: 150 * SECOND }),
];

/** Just below and just above what crystals can do, 300 ppm, and so slow that it passes for one. */
const SLOW_US = [0.3, 3, 9, 11] as const;

export const draggedAway: Scenario = {
  name: 'dragged-away',
  about:
    "a stranger says the server's messages before it does, with times that run away by 0.3 to 100 us a frame (9 to 3,000 ppm), early and late",
  limits:
    'below 100 us throughout, rms at most 1.3 x limit, for any drag once the rate is known and for those beyond 300 ppm at any time; for others: never locked outside of the bound',
  variants: [
    ...[2, -2, 10, -10, 40].map(dragged),
    ...[0, 0.5, 1, 2, 3, 5].flatMap((seconds) => [2, -2, 11].map((us) => draggedEarly(seconds, us))),
    ...[0, 0.3, 1, 3].flatMap((seconds) => [-20, 40, 100].map((us) => tooFast(seconds, us))),
    ...SLOW_US.map((us) => draggedEarly(10, us)),
    ...pains,
  ],
};
