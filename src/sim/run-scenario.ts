import { modeName } from '../sensor/sensor-models.ts';
import { RecordingPlan } from '../sync/recording-plan.ts';
import { runHunted } from './hunted-world.ts';
import { clientMachine, type Pairing, refusalOf, serverMachine } from './machines.ts';
import { lockedIsLocked } from './scenarios/musts.ts';
import type { ClientRun, Scenario, Variant } from './scenarios/scenario.ts';
import { runSteered } from './steered-world.ts';
import { Truth } from './truth.ts';
import { type Figures, type Observed, Watch } from './watch.ts';
import { modeFrameUs, World } from './world.ts';

/**
 * Virtual time that the world is let run on by at once; the server is as much ahead again. In us. Long, since each
 * client begins with memory that is far away; and short enough for `Truth` to know the frames of twice as long at the
 * highest rate there is, 248 a second.
 */
const STRIDE_US = 20e6;
/** Stamp noise of a simulated camera, unless said otherwise: standard deviation, in us. */
const DEFAULT_NOISE_US = 3;

/** Which of the two columns a run stands in. */
export type Column = 'ours' | 'stock';

/** How a scenario is run. */
export interface RunOptions {
  /** All chance in it comes from here: the same seed gives the same run. */
  readonly seed: number;
  /** Seconds on any clock that only goes on: to say how fast the simulator is, which has no clock of its own. */
  readonly seconds?: () => number;
  /**
   * Seconds of processor time, where there is such a clock: what a scenario asks of a core is judged by it. Default
   * `seconds`.
   */
  readonly coreSeconds?: () => number;
  /** Called for every true offset of every client. */
  readonly trace?: (column: Column, run: { variant: string; client: number }, trueUs: number, offsetUs: number) => void;
}

/** One client in one variant, as it is reported. */
export interface CameraResult {
  /** The world that it was in. */
  readonly variant: string;
  /** Which of its clients. */
  readonly camera: string;
  /** The sensor, for example `imx219`. */
  readonly model: string;
  /** The sensor's mode, for example `1640x1232`. */
  readonly mode: string;
  /** Duration of one of its lines, in us. */
  readonly lineUs: number;
  /** Noise of its timestamps, standard deviation in us. */
  readonly noiseUs: number;
  /** Frames that the camera made in our run. */
  readonly frames: number;
  /** The best that whole lines allow: line / sqrt 12, in us. */
  readonly limitRmsUs: number;
  /** Not null where the camera has no room to follow at this rate. */
  readonly refused: { readonly highestSafeFps: number } | null;
  /** What was measured in our column; null where it was refused. */
  readonly ours: Figures | null;
  /** What was measured in the stock column; null where nothing ran there. */
  readonly stock: Figures | null;
}

/** What came of a scenario, as `genlock simulate --json` prints it. */
export interface ScenarioResult {
  /** The scenario's name. */
  readonly scenario: string;
  /** The seed that it was run with. */
  readonly seed: number;
  /** True where all held that had to. */
  readonly pass: boolean;
  /** Simulated camera frames a second of wall time; null without a clock. */
  readonly framesPerSecond: number | null;
  /** Each client of each variant. */
  readonly cameras: readonly CameraResult[];
  /** What had to hold and does not, one line each. */
  readonly failures: readonly string[];
}

/** A scenario's result, and all that was observed on the way to it. */
export interface ScenarioRun {
  /** What is reported of it. */
  readonly result: ScenarioResult;
  /** Each client of each variant, with all that was observed. */
  readonly clients: readonly ClientRun[];
}

/** Runs a scenario: each variant with our controllers and with the stock ones, and checks what must hold. */
export function runScenario(scenario: Scenario, options: RunOptions): ScenarioRun {
  const elapsed = stopwatch(options.seconds);
  const worked = stopwatch(options.coreSeconds ?? options.seconds);
  let frames = 0;
  const run = (variant: Variant, seed: number, columns: readonly Column[], trace: RunOptions['trace']): ClientRun[] => {
    const made = runVariant(variant, seed, columns, trace);
    frames += made.frames;
    return made.clients;
  };
  const clients = scenario.variants.flatMap((variant) => run(variant, options.seed, ['ours', 'stock'], options.trace));
  const failures = clients.flatMap((client) => broken(client));
  if (scenario.survey !== undefined) {
    failures.push(...scenario.survey((variant, seed) => run(variant, seed, ['ours'], undefined), options.seed));
  }
  const rate = (seconds: number | undefined): number | null =>
    seconds === undefined ? null : Math.round(frames / Math.max(seconds, 1e-6));
  const framesPerSecond = rate(elapsed());
  const framesPerCore = rate(worked());
  const least = scenario.leastFramesPerSecond;
  if (framesPerCore !== null && least !== undefined && framesPerCore < least)
    failures.push(`${framesPerCore} camera frames a second of a core, less than ${least}`);
  const result = {
    scenario: scenario.name,
    seed: options.seed,
    pass: failures.length === 0,
    framesPerSecond,
    cameras: clients.map(report),
    failures,
  };
  return { result, clients };
}

/** Seconds since it was started; undefined without a clock. */
function stopwatch(clock: (() => number) | undefined): () => number | undefined {
  const begun = clock?.();
  return () => (clock === undefined || begun === undefined ? undefined : clock() - begun);
}

/** What had to hold for a client and does not. */
function broken(client: ClientRun): string[] {
  const { variant, camera, options } = client;
  const who = [variant.name, variant.clients.length > 1 ? `${camera} (${options.mode.model})` : ''].filter(Boolean);
  return [...variant.musts, lockedIsLocked]
    .map((must) => must(client))
    .filter((failure) => failure !== undefined)
    .map((failure) => [...who, failure].join(': '));
}

function runVariant(
  variant: Variant,
  seed: number,
  columns: readonly Column[],
  trace: RunOptions['trace'],
): { clients: ClientRun[]; frames: number } {
  const refusals = variant.clients.map((camera) =>
    variant.steering === undefined && variant.hunting === undefined ? refusalOf(variant.ours.client, camera) : null,
  );
  let frames = 0;
  const columnOf = (column: Column): readonly Watch[] | undefined => {
    const pairing = variant[column];
    if (pairing === undefined || !columns.includes(column)) return undefined;
    if (column === 'ours' && refusals.every((refused) => refused !== null)) return undefined;
    const made = runWorld(variant, column, pairing, seed, (client) =>
      trace === undefined
        ? undefined
        : (trueUs, offsetUs) => trace(column, { variant: variant.name, client }, trueUs, offsetUs),
    );
    frames += made.frames;
    return made.watches;
  };
  const ours = columnOf('ours');
  const stock = columnOf('stock');
  const clients = variant.clients.map((options, i) => ({
    variant,
    camera: `cam${i + 1}`,
    options,
    limitRmsUs: options.mode.lineUs / Math.sqrt(12),
    refused: refusals[i] ?? null,
    ours: refusals[i] ? null : (ours?.[i] ?? null),
    stock: stock?.[i] ?? null,
  }));
  return { clients, frames };
}

/** One world, with one pairing of controllers, watched. */
function runWorld(
  variant: Variant,
  column: Column,
  pairing: Pairing,
  seed: number,
  trace: (client: number) => ((trueUs: number, offsetUs: number) => void) | undefined,
): { watches: Watch[]; frames: number } {
  const { server, clients, link, serverRuns, asks, standBy, stranger, steering, hunting, grid, exchange, untilUs } =
    variant;
  const truth = new Truth();
  const agreed = new RecordingPlan();
  const watches: Watch[] = [];
  for (const [i, camera] of clients.entries()) {
    const options = {
      frameUs: camera.frameUs,
      serverFrameUs:
        steering === undefined && hunting === undefined && grid === undefined
          ? modeFrameUs(server.mode, server.frameUs) / (1 + server.ppm * 1e-6)
          : camera.frameUs,
      windowUs: variant.windowUs,
      calm: variant.calm,
      eventUs: variant.eventUs,
      recountedUs: variant.recountedUs,
      drops: (camera.drop ?? 0) > 0,
      trace: trace(i),
      agreed: asks === undefined ? undefined : agreed,
    };
    watches.push(new Watch(options, truth, watches[0]));
  }
  if (steering !== undefined) {
    const cameras = { steering, server, cameras: clients, untilUs, seed };
    return { watches, frames: runSteered(cameras, column, truth, watches) };
  }
  if (hunting !== undefined)
    return { watches, frames: runHunted({ hunting, cameras: clients, seed }, column, truth, watches) };
  const world = new World({
    seed,
    server,
    clients,
    ...(link !== undefined && { link }),
    ...(serverRuns !== undefined && { serverRuns }),
    ...(asks !== undefined && { asks }),
    standBy,
    stranger,
    grid,
    exchange,
    serverMachine: ({ session }, hostId) => serverMachine(pairing.server, server, session, hostId),
    clientMachine: (camera) => clientMachine(pairing.client, camera),
  });
  let frames = 0;
  world.onServerFrame = ({ trueUs, decision, run }) => {
    frames++;
    truth.frame(trueUs, decision.index, run);
    for (const change of decision.changes) agreed.add(change);
  };
  world.onMessage = (client, trueUs) => (watches[client] as Watch).message(trueUs);
  world.onClientFrame = (client, frame) => {
    frames++;
    (watches[client] as Watch).frame(frame);
  };
  for (let us = STRIDE_US; us < untilUs + STRIDE_US; us += STRIDE_US) {
    const nowUs = Math.min(us, untilUs);
    world.run(nowUs, nowUs + STRIDE_US);
  }
  return { watches, frames };
}

function report({ variant, camera, options, limitRmsUs, refused, ours, stock }: ClientRun): CameraResult {
  const { mode, noiseUs = DEFAULT_NOISE_US } = options;
  return {
    variant: variant.name,
    camera,
    model: mode.model,
    mode: modeName(mode),
    lineUs: mode.lineUs,
    noiseUs,
    frames: ours?.frames ?? stock?.frames ?? 0,
    limitRmsUs,
    refused,
    ours: figures(ours),
    stock: figures(stock),
  };
}

function figures(observed: Observed | null): Figures | null {
  if (observed === null) return null;
  const { lockSeconds, rmsUs, p99Us, maxUs, slotsWrong } = observed;
  return { lockSeconds, rmsUs, p99Us, maxUs, slotsWrong };
}
