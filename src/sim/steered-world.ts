import { Random } from '../sensor/random.ts';
import type { ClientFrame } from '../sync/client.ts';
import { SYNC_DEFAULTS } from '../sync/controller.ts';
import { tracking } from '../sync/controllers/tracking.ts';
import type { ServerMachine } from '../sync/machine.ts';
import { limitFor, SKIP_BELOW_US, STATISTICS_FRAMES } from '../sync/steering/camera.ts';
import { FollowedGrid } from '../sync/steering/followed-grid.ts';
import { EvenGrid, type Grid } from '../sync/steering/grid.ts';
import { LeaderGrid } from '../sync/steering/leader-grid.ts';
import { Leading } from '../sync/steering/leading.ts';
import type { Channel } from '../sync/steering/report.ts';
import { Steerer } from '../sync/steering/steerer.ts';
import type { SteeredState } from '../sync/steering/way.ts';
import { bootOf, type HostClocks, hostClocks } from './host-clocks.ts';
import { Link, type LinkOptions } from './link.ts';
import { serverMachine, steeredCamera } from './machines.ts';
import {
  type Busy,
  FollowingWriter,
  LeadingWriter,
  SteeredCamera,
  SteeringWriter,
  StockWriter,
} from './steered-camera.ts';
import { type ProcessFrame, StockProcess, type StockProcessOptions } from './stock-process.ts';
import type { Truth } from './truth.ts';
import type { Watch } from './watch.ts';
import { SimCamera, type SimCameraOptions } from './world.ts';

/** When frame 0 of the grid is, in true time, and how long after it the recording begins, in us. */
const ORIGIN_US = 20_000;
const READY_US = 4e6;
/** Virtual time that a camera is let run on by at once, in us. */
const STRIDE_US = 5e6;
/** Where a camera leads, it and the others take turns; and a frame is judged so much later. In us. */
const LED_STRIDE_US = 5_000;
const JUDGED_AFTER_US = 200_000;

/** The grid's frames, and which of them is the first of the recording. */
interface Plan {
  readonly periodUs: number;
  readonly readyFrame: number;
  /** Which frame of the recording a true time belongs to. */
  readonly slotOf: (trueUs: number) => number;
  /** The grid as a steerer on a host knows it. */
  readonly grid: (host: HostClocks) => Grid;
}

/** How stock cameras are steered in a world. */
export interface Steering {
  /** What a camera's process is like, where it is not the usual. */
  readonly process?: (camera: SimCameraOptions, i: number) => Partial<StockProcessOptions>;
  /** What the steerers are told to use. Default `auto`. */
  readonly channel?: 'auto' | Channel;
  /**
   * When the process of the camera that leads dies, in true time: the world's server leads, as a stock camera that runs
   * free.
   */
  readonly leaderDiesUs?: number;
  /** The process records from its time on alone, though its metadata come only then. */
  readonly startsOnTime?: boolean;
  /**
   * The grid comes over the network from our server, with the world's server camera; `delayUs` and the like are of that
   * way.
   */
  readonly under?: LinkOptions;
  /** How long after frame 0 of the grid the recording begins, in us. Default 4 s. */
  readonly readyUs?: number;
  /** The way of messages to the process. */
  readonly link?: LinkOptions;
  /** What else the steerer's host does. */
  readonly busy?: Busy;
}

/**
 * Runs stock cameras with a steerer each, or behind a stock server without a camera, beside an even grid.
 * @returns the frames made.
 */
export function runSteered(
  world: {
    readonly steering: Steering;
    /** The camera that leads, where one does. */
    readonly server: SimCameraOptions;
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
  const readyFrame = Math.ceil((steering.readyUs ?? READY_US) / periodUs);
  const slotOf = (us: number): number => Math.round((us - ORIGIN_US) / periodUs) - readyFrame;
  const even = (host: HostClocks): Grid => new EvenGrid(bootOf(host, ORIGIN_US), periodUs);
  const leader =
    steering.under !== undefined
      ? new SimServer(world.server, steering.under, seed)
      : steering.leaderDiesUs !== undefined
        ? new SimLeader(world.server, steering, readyFrame, seed)
        : undefined;
  const plan: Plan = {
    periodUs,
    readyFrame,
    slotOf: leader?.slotOf ?? slotOf,
    grid: leader instanceof SimLeader ? leader.gridFor : even,
  };
  const server = leader instanceof SimServer ? leader : undefined;
  const runs = cameras.map((camera, i) => ({
    camera: makeCamera(camera, i, steering, column, plan, seed, server),
    teller: new Teller(watches[i] as Watch, plan, startsBefore(camera, i, steering)),
    unjudged: [] as { frame: ProcessFrame; state: SteeredState }[],
  }));
  let frames = 0;
  let grid = 0;
  const strideUs = leader === undefined ? STRIDE_US : LED_STRIDE_US;
  for (let us = strideUs; us < untilUs + strideUs; us += strideUs) {
    const nowUs = Math.min(us, untilUs);
    for (const { camera, unjudged } of runs) camera.run(nowUs, (frame, state) => unjudged.push({ frame, state }));
    // What the leader says is heard by the others a stride later, never sooner.
    leader?.run(nowUs, truth);
    for (; leader === undefined && ORIGIN_US + grid * periodUs < nowUs + STRIDE_US; grid++)
      truth.frame(ORIGIN_US + grid * periodUs, grid - readyFrame);
    for (const { teller, unjudged } of runs) {
      // A frame is judged once the leader's next ones are known.
      while (
        unjudged[0] !== undefined &&
        (leader === undefined || unjudged[0].frame.trueUs < nowUs - JUDGED_AFTER_US)
      ) {
        const { frame, state } = unjudged.shift() as (typeof unjudged)[0];
        frames++;
        teller.frame(frame, state);
      }
    }
  }
  return frames;
}

function makeCamera(
  camera: SimCameraOptions,
  i: number,
  steering: Steering,
  column: 'ours' | 'stock',
  { periodUs, readyFrame, grid }: Plan,
  seed: number,
  server: SimServer | undefined,
): SteeredCamera {
  const host = hostClocks(seed, i + 1, camera.host);
  const options = processOptions(camera, i, steering, periodUs, column);
  const process = new StockProcess(camera, options, new Random(seed * 1009 + i + 1), host);
  const link = steering.link ?? {};
  const wall = (trueUs: number): number => process.wall(trueUs);
  if (column === 'stock') {
    const writer = new StockWriter(ORIGIN_US, periodUs, readyFrame, wall);
    return new SteeredCamera(process, writer, link, seed * 2003 + i, steering.busy);
  }
  const { lineUs, delay, height } = camera.mode;
  const { limitUs, skipBelowUs } = options;
  const { shortestFrameUs } = steeredCamera(camera);
  const steered = {
    lineUs,
    limitUs,
    shortestFrameUs,
    readoutUs: height * lineUs,
    delayFrames: STATISTICS_FRAMES + delay.frameLength,
    skipBelowUs,
  };
  const { channel = 'auto', startsOnTime = false } = steering;
  const how = { channel, startsOnTime };
  if (server !== undefined) {
    const restUs = Math.floor(limitUs / lineUs) * lineUs;
    const followed = new FollowedGrid({ lineUs, shortestFrameUs, restUs }, periodUs);
    const writer = new FollowingWriter(new Steerer(steered, followed, how), followed, host, wall);
    server.sendTo((atUs, bytes) => writer.arrives(atUs, bytes));
    return new SteeredCamera(process, writer, link, seed * 2003 + i, steering.busy);
  }
  const steerer = new Steerer(steered, grid(host), how);
  steerer.begin(readyFrame);
  return new SteeredCamera(process, new SteeringWriter(steerer, host, wall), link, seed * 2003 + i, steering.busy);
}

function processOptions(
  camera: SimCameraOptions,
  i: number,
  steering: Steering,
  periodUs: number,
  column: 'ours' | 'stock',
): StockProcessOptions {
  const { lineUs, delay } = camera.mode;
  const delayFrames = STATISTICS_FRAMES + delay.frameLength;
  const own = steering.process?.(camera, i) ?? {};
  const skipBelowUs = own.skipBelowUs ?? SKIP_BELOW_US;
  return {
    // Each way with the frame rate that suits it best: for the stock way the least with the nearest number of lines.
    limitUs:
      column === 'ours' ? limitFor(periodUs, lineUs, skipBelowUs) : Math.ceil(Math.round(periodUs / lineUs) * lineUs),
    delayFrames: () => delayFrames,
    log: true,
    skipBelowUs,
    minAdjustmentUs: column === 'ours' ? 0 : SYNC_DEFAULTS.minAdjustmentUs,
    ...own,
  };
}

/** A stock camera that leads the others: on their host, so that one boot clock is everybody's. */
class SimLeader {
  private readonly camera: SteeredCamera;
  private readonly grid: LeaderGrid;
  private readonly readyFrame: number;
  /** True times of its frames. */
  private readonly times: number[] = [];
  /** Its first frame of the recording. */
  private first: number | undefined;

  constructor(options: SimCameraOptions, steering: Steering, readyFrame: number, seed: number) {
    const host = hostClocks(seed, 0, options.host);
    const { frameUs, mode } = options;
    const process = new StockProcess(
      options,
      processOptions(options, -1, steering, frameUs, 'ours'),
      new Random(seed * 1009),
      host,
    );
    this.readyFrame = readyFrame;
    this.grid = new LeaderGrid(Math.round(frameUs / mode.lineUs) * mode.lineUs);
    const leading = new Leading(this.grid, SKIP_BELOW_US);
    leading.begin(readyFrame);
    const writer = new LeadingWriter(leading, host, steering.leaderDiesUs ?? Number.POSITIVE_INFINITY);
    this.camera = new SteeredCamera(process, writer, {}, seed * 2003 - 1);
  }

  gridFor = (): Grid => this.grid;

  run(untilUs: number, truth: Truth): void {
    this.camera.run(untilUs, ({ trueUs, ready }) => {
      const number = this.times.push(trueUs) - 1;
      if (ready) this.first ??= number;
      truth.frame(trueUs, number - (this.first ?? this.readyFrame));
    });
  }

  /** Which of its frames one at a true time belongs to, counted from the beginning of the recording. */
  slotOf = (us: number): number => {
    let number = this.times.length - 1;
    while (
      number > 0 &&
      Math.abs((this.times[number - 1] as number) - us) < Math.abs((this.times[number] as number) - us)
    )
      number--;
    return number - (this.first ?? this.readyFrame);
  };
}

/** Our server with a camera of its own, on another host. */
class SimServer {
  private readonly camera: SimCamera;
  private readonly machine: ServerMachine;
  private readonly link: Link;
  private readonly to: ((atUs: number, bytes: Uint8Array) => void)[] = [];
  /** True times of its frames, and their indices. */
  private readonly frames: { readonly us: number; readonly index: number }[] = [];

  constructor(options: SimCameraOptions, link: LinkOptions, seed: number) {
    const random = new Random(seed * 1009);
    const startUs = options.startUs ?? random.between(0, options.frameUs);
    this.camera = new SimCamera(options, random, startUs, hostClocks(seed, 0, options.host));
    this.machine = serverMachine(tracking, options);
    this.link = new Link(link, new Random(seed * 2003));
  }

  /** Whoever hears it. */
  sendTo(receive: (atUs: number, bytes: Uint8Array) => void): void {
    this.to.push(receive);
  }

  run(untilUs: number, truth: Truth): void {
    const camera = this.camera;
    while (camera.dueUs <= untilUs) {
      const sentUs = camera.dueUs;
      const { readoutUs: us } = camera.sensor.next();
      const stampUs = camera.stamp(us);
      const { index, send } = this.machine.frame(camera.wall(stampUs), camera.boot(stampUs));
      truth.frame(us, index);
      this.frames.push({ us, index });
      if (send === undefined) continue;
      for (const to of this.to) for (const atUs of this.link.arrivals(sentUs)) to(atUs, send);
    }
  }

  /** Index of the frame that one at a true time belongs to. */
  slotOf = (us: number): number => {
    const frames = this.frames;
    let i = frames.length - 1;
    const away = (at: number): number => Math.abs((frames[at] as { us: number }).us - us);
    while (i > 0 && away(i - 1) < away(i)) i--;
    return (frames[i] as { index: number }).index;
  };
}

/**
 * Where only metadata are heard, the process begins at once, since it says nothing before; and one whose algorithm
 * leaves out frames may begin a frame too soon. Where frames are dropped, frame 0 may be one of them.
 */
function startsBefore(camera: SimCameraOptions, i: number, steering: Steering): boolean {
  const { process, channel = 'auto', startsOnTime = false } = steering;
  const { log = true, skipBelowUs = SKIP_BELOW_US } = process?.(camera, i) ?? {};
  const byMetadata = channel === 'metadata' || (channel === 'auto' && !log);
  return (byMetadata && !startsOnTime) || skipBelowUs > camera.frameUs || (camera.drop ?? 0) > 0;
}

/** Tells a watch of a process's frames. */
class Teller {
  private readonly watch: Watch;
  private readonly plan: Plan;
  private readonly conformed: boolean;
  private first: number | undefined;

  /**
   * @param conformed true where the recording begins before frame 0, and frames are put in their slots by their stamps
   *   afterwards.
   */
  constructor(watch: Watch, plan: Plan, conformed: boolean) {
    this.conformed = conformed;
    this.watch = watch;
    this.plan = plan;
  }

  frame({ trueUs, dropped, ready, correctionUs }: ProcessFrame, { state, phaseUs, boundUs }: SteeredState): void {
    this.watch.message(trueUs);
    if (dropped) return;
    const slot = this.plan.slotOf(trueUs);
    // Frame N of the file is the N-th after the process's own beginning, which the grid's frame 0 must be.
    if (ready) this.first ??= this.conformed ? 0 : slot;
    const index = slot - (this.first ?? 0);
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
    this.watch.frame({ trueUs, decision, run: 0 });
  }
}
