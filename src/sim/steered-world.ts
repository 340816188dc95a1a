import { Random } from '../sensor/random.ts';
import type { ClientFrame } from '../sync/client.ts';
import { SYNC_DEFAULTS } from '../sync/controller.ts';
import { limitFor, SKIP_BELOW_US, STATISTICS_FRAMES } from '../sync/steering/camera.ts';
import { EvenGrid } from '../sync/steering/grid.ts';
import type { Channel } from '../sync/steering/report.ts';
import { Steerer } from '../sync/steering/steerer.ts';
import type { SteeredState } from '../sync/steering/way.ts';
import { bootOf, hostClocks } from './host-clocks.ts';
import type { LinkOptions } from './link.ts';
import { steeredCamera } from './machines.ts';
import { SteeredCamera, SteeringWriter, StockWriter, type Writer } from './steered-camera.ts';
import { type ProcessFrame, StockProcess, type StockProcessOptions } from './stock-process.ts';
import type { Truth } from './truth.ts';
import type { Watch } from './watch.ts';
import type { SimCameraOptions } from './world.ts';

/** When frame 0 of the grid is, in true time, and how long after it the recording begins, in us. */
const ORIGIN_US = 20_000;
const READY_US = 4e6;
/** Virtual time that a camera is let run on by at once, in us. */
const STRIDE_US = 5e6;

/** The grid's frames, and which of them is the first of the recording. */
interface Plan {
  readonly periodUs: number;
  readonly readyFrame: number;
}

/** How stock cameras are steered in a world. */
export interface Steering {
  /** What a camera's process is like, where it is not the usual. */
  readonly process?: (camera: SimCameraOptions, i: number) => Partial<StockProcessOptions>;
  /** What the steerers are told to use. Default `auto`. */
  readonly channel?: 'auto' | Channel;
  /** The way of messages to the process. */
  readonly link?: LinkOptions;
}

/** Runs stock cameras with a steerer each, or behind a stock server without a camera, beside an even grid. @returns the frames made. */
export function runSteered(
  world: {
    readonly steering: Steering;
    readonly cameras: readonly SimCameraOptions[];
    readonly untilUs: number;
    readonly seed: number;
  },
  column: 'ours' | 'stock',
  truth: Truth,
  watches: readonly Watch[],
): number {
  const { steering, cameras, untilUs, seed } = world;
  const periodUs = cameras[0]?.frameUs ?? 0;
  const plan: Plan = { periodUs, readyFrame: Math.ceil(READY_US / periodUs) };
  const runs = cameras.map((camera, i) => {
    const watch = watches[i] as Watch;
    const made = makeCamera(camera, i, steering, column, plan, seed);
    return { camera: made, watch, teller: new Teller(watch, plan, startsBefore(camera, i, steering)) };
  });
  let frames = 0;
  let grid = 0;
  for (let us = STRIDE_US; us < untilUs + STRIDE_US; us += STRIDE_US) {
    const nowUs = Math.min(us, untilUs);
    for (; ORIGIN_US + grid * periodUs < nowUs + STRIDE_US; grid++)
      truth.frame(ORIGIN_US + grid * periodUs, grid - plan.readyFrame);
    for (const { camera, teller } of runs) {
      camera.run(nowUs, (frame, state) => {
        frames++;
        teller.frame(frame, state);
      });
    }
  }
  return frames;
}

function makeCamera(
  camera: SimCameraOptions,
  i: number,
  steering: Steering,
  column: 'ours' | 'stock',
  { periodUs, readyFrame }: Plan,
  seed: number,
): SteeredCamera {
  const host = hostClocks(seed, i + 1, camera.host);
  const { lineUs, delay, height } = camera.mode;
  const delayFrames = STATISTICS_FRAMES + delay.frameLength;
  const options: StockProcessOptions = {
    // The stock way too with the frame rate that suits it best: what differs is who writes the messages.
    limitUs: limitFor(periodUs, lineUs),
    delayFrames: () => delayFrames,
    log: true,
    skipBelowUs: SKIP_BELOW_US,
    minAdjustmentUs: column === 'ours' ? 0 : SYNC_DEFAULTS.minAdjustmentUs,
    ...steering.process?.(camera, i),
  };
  const process = new StockProcess(camera, options, new Random(seed * 1009 + i + 1), host);
  let writer: Writer;
  if (column === 'stock') {
    writer = new StockWriter(ORIGIN_US, periodUs, readyFrame, (trueUs) => process.wall(trueUs));
  } else {
    const { shortestFrameUs } = steeredCamera(camera);
    const { limitUs, skipBelowUs } = options;
    const steerer = new Steerer(
      { lineUs, limitUs, shortestFrameUs, readoutUs: height * lineUs, delayFrames, skipBelowUs },
      new EvenGrid(bootOf(host, ORIGIN_US), periodUs),
      { channel: steering.channel ?? 'auto' },
    );
    steerer.begin(readyFrame);
    writer = new SteeringWriter(steerer, host, (trueUs) => process.wall(trueUs));
  }
  return new SteeredCamera(process, writer, steering.link ?? {}, seed * 2003 + i);
}

/**
 * Where only metadata are heard, the process begins at once, since it says nothing before; and one whose algorithm leaves out frames may begin a frame
 * too soon.
 */
function startsBefore(camera: SimCameraOptions, i: number, { process, channel = 'auto' }: Steering): boolean {
  const { log = true, skipBelowUs = SKIP_BELOW_US } = process?.(camera, i) ?? {};
  return channel === 'metadata' || (channel === 'auto' && !log) || skipBelowUs > camera.frameUs;
}

/** Tells a watch of a process's frames. */
class Teller {
  readonly #watch: Watch;
  readonly #plan: Plan;
  readonly #conformed: boolean;
  #first: number | undefined;

  /** @param conformed true where the recording begins before frame 0, and frames are put in their slots by their stamps afterwards. */
  constructor(watch: Watch, plan: Plan, conformed: boolean) {
    this.#conformed = conformed;
    this.#watch = watch;
    this.#plan = plan;
  }

  frame({ trueUs, dropped, ready, correctionUs }: ProcessFrame, { state, phaseUs, boundUs }: SteeredState): void {
    this.#watch.message(trueUs);
    if (dropped) return;
    const slot = Math.round((trueUs - ORIGIN_US) / this.#plan.periodUs) - this.#plan.readyFrame;
    // Frame N of the file is the N-th after the process's own beginning, which the grid's frame 0 must be.
    if (ready) this.#first ??= this.#conformed ? 0 : slot;
    const index = slot - (this.#first ?? 0);
    const decision: ClientFrame = {
      index,
      phaseUs,
      ready,
      timerUs: undefined,
      correctionUs,
      state,
      ...(boundUs !== undefined && { boundUs }),
      notices: [],
      changes: [],
    };
    this.#watch.frame({ trueUs, decision, run: 0 });
  }
}
