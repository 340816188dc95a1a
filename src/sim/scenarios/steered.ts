import type { StockProcessOptions } from '../stock-process.ts';
import {
  calmRmsWithin,
  endsWithin,
  fromTheFirst,
  locksWithin,
  maxWithin,
  rmsWithin,
  slotsRight,
  stockTimes,
} from './musts.ts';
import {
  clientCamera,
  FRAME_US,
  type Must,
  type Scenario,
  SECOND,
  sensor,
  serverCamera,
  type Variant,
  variant,
} from './scenario.ts';

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

/**
 * With libx264's frame threads metadata come this many frames late; on a busy machine far more; and when they come too
 * late to steer by.
 */
const LATE = 8;
const VERY_LATE = 30;
const TOO_LATE = 60;

export const steeredByMetadata: Scenario = {
  name: 'steered-metadata',
  about: `stock cameras of five models that write no log, steered by their metadata, which come ${LATE} or ${VERY_LATE} frames late`,
  limits:
    'rms against the grid at most 1.15 x limit; 30 frames late 1.3; slots right; on time: the recording begins with frame 0, though nothing is heard before',
  variants: [
    { name: `late-${LATE}`, late: LATE, factor: 1.15 },
    { name: `late-${VERY_LATE}`, late: VERY_LATE, factor: 1.3 },
    { name: 'on-time', late: LATE, factor: 1.15, startsOnTime: true },
  ].flatMap(({ name, late, factor, startsOnTime = false }) =>
    // Mistakes are few: over a longer time their number is surer.
    crystals(35, {
      untilUs: 241 * SECOND,
      windowUs: [30 * SECOND, 240 * SECOND],
      // What comes so late takes seconds until all is learned.
      steering: {
        channel: 'metadata',
        startsOnTime,
        readyUs: late > LATE ? 10 * SECOND : 4 * SECOND,
        process: () => ({ log: false, metadataLate: late }),
      },
      musts: [rmsWithin(factor), slotsRight, fromTheFirst],
    }).map((each) => ({ ...each, name: `${name}${each.name}` })),
  ),
};

export const steeredTooLate: Scenario = {
  name: 'steered-grid',
  about: `no log, and metadata ${TOO_LATE} frames late, or nothing at all: messages tell of the grid, and what is known of the drift is fed forward`,
  limits: 'falls to that by itself; rms against the grid at most 2.3 x limit, where nothing is heard 5; slots right',
  variants: [
    { name: 'too-late', metadataLate: TOO_LATE, factor: 2.3 },
    { name: 'unheard', metadataLate: undefined, factor: 5 },
  ].flatMap(({ name, metadataLate, factor }) =>
    crystals(35, {
      // It takes some seconds to know that nothing is heard in time.
      steering: {
        readyUs: 10 * SECOND,
        process: () => ({ log: false, ...(metadataLate !== undefined && { metadataLate }) }),
      },
      musts: [rmsWithin(factor), slotsRight, fromTheFirst],
    }).map((each) => ({ ...each, name: `${name}${each.name}` })),
  ),
};

const FAST_MODES: readonly (readonly [model: string, mode: string])[] = [
  ['imx219', '640x480'],
  ['imx708', '1536x864'],
  ['imx477', '1332x990'],
  ['imx296', '1456x1088'],
  ['ov9281', '1280x800'],
];

/**
 * At 60 fps, once with libcamera as it is and once with its configuration set so that the algorithm runs on every
 * frame.
 */
const fast = (name: string, skipBelowUs: number, factor: number): Variant[] =>
  [35, -35].map((ppm) =>
    variant({
      name: `${name}${ppm > 0 ? '+' : ''}${ppm}ppm`,
      clients: FAST_MODES.map(([model, mode]) =>
        clientCamera({ mode: sensor(model, mode), ppm, frameUs: SECOND / 60 }),
      ),
      steering: { process: () => ({ skipBelowUs }) },
      musts: [rmsWithin(factor), slotsRight, fromTheFirst],
    }),
  );

export const steeredFast: Scenario = {
  name: 'steered-60fps',
  about: 'five models at 60 fps, steered by the log: the stock algorithm runs on every second frame, or on every one',
  limits: 'rms against the grid at most 1.6 x limit; on every frame 1.3',
  variants: [...fast('second', 30_000, 1.6), ...fast('every', 0, 1.3)],
};

/** What a steerer assumes wrongly: the process is otherwise. */
const UNLIKE: readonly (readonly [name: string, process: Partial<StockProcessOptions>])[] = [
  ['acts-after-3', { delayFrames: () => 3 }],
  ['acts-after-6', { delayFrames: () => 6 }],
  ['rounds', { rounds: true }],
  ['reported-late', { reportShift: 1 }],
  ['reported-early', { reportShift: -1 }],
  ['line+1%', { lineFactor: 1.01 }],
  ['all', { delayFrames: () => 3, rounds: true, reportShift: 1, lineFactor: 1.01 }],
];

export const steeredUnknown: Scenario = {
  name: 'steered-unknown',
  about:
    'cameras that act after another number of frames, round, report lengths beside the truth or have longer lines than assumed',
  limits: 'learned before the recording: rms against the grid at most 1.15 x limit, locked within 2 s',
  variants: UNLIKE.map(([name, process]) =>
    variant({
      name,
      clients: ['imx219', 'imx708', 'imx477', 'imx296'].map((model, i) =>
        clientCamera({ mode: sensor(model), ppm: i % 2 === 0 ? 35 : -35 }),
      ),
      steering: { process: () => process },
      stock: undefined,
      musts: [rmsWithin(1.15), slotsRight, fromTheFirst, locksWithin(2)],
    }),
  ),
};

const lossy = (name: string, part: { loss?: number; drop?: number }, factor: number): Variant[] =>
  crystals(35, {
    steering: { link: { loss: part.loss ?? 0 } },
    stock: undefined,
    musts: [rmsWithin(factor), slotsRight],
  }).map((each) => ({
    ...each,
    name: `${name}${each.name}`,
    clients: each.clients.map((client) => ({ ...client, ...(part.drop && { drop: part.drop }) })),
  }));

export const steeredLossy: Scenario = {
  name: 'steered-lossy',
  about: 'five models steered by the log, with messages lost on the way to the process, or frames dropped in it',
  limits:
    'rms at most 1.15 x limit with 1 % of messages lost or of frames dropped, 1.4 with 5 % of messages; slots right',
  variants: [
    ...lossy('messages-1%', { loss: 0.01 }, 1.15),
    ...lossy('messages-5%', { loss: 0.05 }, 1.4),
    ...lossy('frames-1%', { drop: 0.01 }, 1.15),
  ],
};

export const steeredBusy: Scenario = {
  name: 'steered-busy',
  about: 'five models steered by the log, on a host where the steerer is kept from its work again and again',
  limits: 'away for up to 20 ms twice a second, rms at most 1.15 x limit, ov9281 1.35; up to 70 ms, 1.5; slots right',
  variants: [
    ...crystals(35, {
      steering: { busy: { everyUs: SECOND / 2, mostUs: 20_000 } },
      stock: undefined,
      musts: [within(1.15, 1.35), slotsRight, fromTheFirst],
    }),
    ...crystals(35, {
      steering: { busy: { everyUs: SECOND / 2, mostUs: 70_000 } },
      stock: undefined,
      musts: [within(1.5, 1.5), slotsRight, fromTheFirst],
    }),
  ].map((each, i) => ({ ...each, name: `${i < 2 ? '20' : '70'}ms${each.name}` })),
};

/**
 * In mid-take an algorithm comes late and adds a frame, or a frame that is dropped takes one out: at these times, in
 * us.
 */
const MOVES = Array.from({ length: 10 }, (_, i) => (20 + 8 * i) * SECOND);
/** So long after each a steerer may take to be what it was, in us. */
const SETTLES_US = 3 * SECOND;
const sinceMove = (us: number): number => us - (MOVES.findLast((move) => move <= us) ?? Number.NEGATIVE_INFINITY);

export const steeredDelayMoves: Scenario = {
  name: 'steered-x-moves',
  about:
    'frames from an order to its effect become one more or less, ten times in the take; four models steered by the log',
  limits: 'slots right, never more than 150 us off, 3 s after each again rms at most 1.5 x limit',
  variants: [35, -35].map((ppm) =>
    variant({
      name: `${ppm > 0 ? '+' : ''}${ppm}ppm`,
      clients: ['imx219', 'imx708', 'imx477', 'imx296'].map((model) => clientCamera({ mode: sensor(model), ppm })),
      steering: {
        process: ({ mode }) => ({
          delayFrames: (us) => 2 + mode.delay.frameLength + (MOVES.filter((move) => move <= us).length % 2),
        }),
      },
      untilUs: 105 * SECOND,
      windowUs: [10 * SECOND, 104 * SECOND],
      calm: (us) => sinceMove(us) > SETTLES_US,
      stock: undefined,
      musts: [slotsRight, fromTheFirst, maxWithin(150), calmRmsWithin(1.5)],
    }),
  ),
};

export const steeredUnderOurs: Scenario = {
  name: 'steered-under-ours',
  about:
    'our server with an imx219 on another host, heard over the network; stock cameras of five models on hosts of their own, steered by the log to its frames',
  limits: 'rms against its frames at most 1.15 x limit; slots right; with 5 % of its messages lost too',
  variants: [0, 0.05].flatMap((loss) =>
    [35, -35].map((ppm) =>
      variant({
        name: `${loss > 0 ? 'lossy' : ''}${ppm > 0 ? '+' : ''}${ppm}ppm`,
        server: serverCamera({ ppm: -ppm / 2 }),
        clients: MODELS.map((model) => clientCamera({ mode: sensor(model), ppm: ppm / 2 })),
        steering: { under: { loss } },
        stock: undefined,
        musts: [rmsWithin(1.15), slotsRight, fromTheFirst],
      }),
    ),
  ),
};

/** Ten steps at other places of a frame each: some of them meet an order that is under way. In us. */
const STEP_TIMES = MOVES.map((us, i) => us + 3_700 * i);
const sinceStep = (us: number): number => us - (STEP_TIMES.findLast((at) => at <= us) ?? Number.NEGATIVE_INFINITY);
const STEPS: readonly (readonly [name: string, us: number])[] = [
  ['300us', 300],
  ['100ms', 100_000],
  ['1h', 3600 * SECOND],
];

export const steeredClockStep: Scenario = {
  name: 'steered-clock-step',
  about:
    "the host's wall clock is stepped by 300 us, 100 ms or an hour, forward or back, while four models are steered by the log",
  limits: 'slots right; a spike of at most the step or half a frame each time, over within 2 s',
  variants: STEPS.flatMap(([name, us]) =>
    [us, -us].map((step) =>
      variant({
        name: `${step > 0 ? '+' : '-'}${name}`,
        clients: ['imx219', 'imx708', 'imx477', 'imx296'].map((model, i) =>
          clientCamera({
            mode: sensor(model),
            ppm: i % 2 === 0 ? 35 : -35,
            clockErrorUs: (us) => step * STEP_TIMES.filter((at) => at <= us).length,
          }),
        ),
        steering: {},
        untilUs: 105 * SECOND,
        windowUs: [10 * SECOND, 104 * SECOND],
        calm: (at) => sinceStep(at) > 2 * SECOND,
        stock: undefined,
        musts: [
          slotsRight,
          fromTheFirst,
          // The errors of a camera that is in step come on top.
          (run) => maxWithin(Math.min(us, FRAME_US / 2) + 2 * run.options.mode.lineUs)(run),
          calmRmsWithin(1.15),
        ],
      }),
    ),
  ),
};

export const steeredStart: Scenario = {
  name: 'steered-start',
  about: 'an imx219 and an imx708 steered by the log that start with twenty phases to the grid',
  limits: "locked within 2.0 s of the process's first frame, and recording from frame 0",
  variants: Array.from({ length: 20 }, (_, i) =>
    variant({
      name: `phase-${(i / 20).toFixed(2)}`,
      clients: ['imx219', 'imx708'].map((model) =>
        clientCamera({ mode: sensor(model), startUs: 100_000 + (i / 20) * FRAME_US }),
      ),
      untilUs: 21 * SECOND,
      windowUs: [5 * SECOND, 20 * SECOND],
      steering: {},
      stock: undefined,
      musts: [locksWithin(2), slotsRight, fromTheFirst, rmsWithin(1.1)],
    }),
  ),
};

/** Leader and followers are on one Pi. */
const ONE_HOST = { bootAtUs: 86_400 * SECOND };

export const steeredLeader: Scenario = {
  name: 'steered-leader',
  about: 'a stock imx219 leads by running free, three others are steered by the log to its frames; it dies at 60 s',
  limits: 'rms against its frames at most 1.15 x limit while it lives; no slot wrong, below 20 us at 120 s',
  variants: [35, -35].map((ppm) =>
    variant({
      name: `${ppm > 0 ? '+' : ''}${ppm}ppm`,
      server: serverCamera({ host: ONE_HOST, ppm: -ppm }),
      clients: ['imx219', 'imx708', 'imx477', 'imx296'].map((model) =>
        clientCamera({ mode: sensor(model), ppm, host: ONE_HOST }),
      ),
      steering: { leaderDiesUs: 60 * SECOND },
      windowUs: [10 * SECOND, 59 * SECOND],
      eventUs: 60 * SECOND,
      stock: undefined,
      musts: [rmsWithin(1.15), slotsRight, fromTheFirst, locksWithin(2), endsWithin(20)],
    }),
  ),
};
