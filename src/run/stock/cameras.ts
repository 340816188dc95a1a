import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isStock } from '../../camera/backends.ts';
import {
  findStockProgram,
  firstLine,
  listStockCameras,
  noSuchCamera,
  stockVersionText,
} from '../../camera/rpicam/program.ts';
import { stockNumber } from '../../camera/rpicam/spec.ts';
import { OptionError, UsageError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { clockInfo } from '../../host/clock-info.ts';
import { type HeldPort, holdFreePort } from '../../host/free-port.ts';
import { ipv4Interfaces, type SyncInterfaces } from '../../host/interfaces.ts';
import { defaultInterface } from '../../host/sync-links.ts';
import { lateStart } from '../../rpicam/late-start.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { parseStockVersion } from '../../rpicam/version.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { ServerListener } from '../files/server-listener.ts';
import { inLocalTime } from '../local-time.ts';
import type { TakeCameraEvents } from '../plan/camera.ts';
import { takeInterfaces } from '../plan/network.ts';
import { optionsOf, type TakeOptions } from '../plan/options.ts';
import type { Lead } from '../steering/lead.ts';
import { type ConformEvents, type ConformPlan, conformTake, type StockSource } from './conform.ts';
import { notPassedOn } from './environment.ts';
import { StockProcess } from './process.ts';
import { checkRate } from './rate.ts';
import { SteeredCameras } from './steered-cameras.ts';
import { planSteering, type SteeringPlan } from './steering-plan.ts';
import { stockTuning } from './tuning.ts';

/** Steered by its metadata a process begins at once: before, it says nothing. */
const MAY_BEGIN_EARLY: ReadonlySet<TakeOptions['steer']> = new Set(['auto', 'metadata']);

/** The stock cameras of a take: the program that runs them, and what is heard of the take's server. */
export class StockCameras {
  readonly program: string;
  readonly version: string | undefined;
  readonly cameras: readonly ListedCamera[];
  private readonly options: TakeOptions;
  private readonly clock: HostClock;
  private readonly server: ServerListener;
  private readonly processes: StockProcess[] = [];
  private held: HeldPort | undefined;
  /** Which of them are steered, and how. */
  readonly plan: SteeringPlan;
  private readonly steered: SteeredCameras;
  private lead: Lead | undefined;
  /** By spec; undefined where the installed one does. */
  private readonly tuningFiles = new Map<string, string | undefined>();
  /** Libcamera's configuration of those that need one of their own, by spec. */
  private readonly configFiles = new Map<string, string>();

  /**
   * @param server what the take's server announces, on `clock`.
   * @throws UsageError where there is no program, or it has no such camera.
   */
  static async find(options: TakeOptions, server: ServerListener, clock: HostClock): Promise<StockCameras> {
    const wanted = options.specs.filter(isStock);
    const named = (spec: string | undefined): string => `cameras[${options.specs.lastIndexOf(spec ?? '')}]`;
    const program = await findStockProgram(options.rpicamVid);
    if (program === undefined) {
      throw new OptionError(
        named(wanted[0]),
        wanted[0],
        'there is no rpicam-vid on PATH; install rpicam-apps, or give the program with {rpicamVid}',
      );
    }
    const [{ cameras, failed }, versionText] = await Promise.all([
      listStockCameras(program),
      stockVersionText(program),
    ]);
    // A program that can't list may still record; it says itself what is wrong.
    const missing = wanted.find((spec) => !cameras.some(({ index }) => index === stockNumber(spec)));
    if (failed === undefined && missing !== undefined) {
      throw new OptionError(named(missing), missing, noSuchCamera(program, cameras));
    }
    const twice = wanted.find((spec, i) => wanted.indexOf(spec) !== i);
    if (twice !== undefined) throw new OptionError(named(twice), twice, 'given twice; a camera can be in a take once');
    for (const camera of cameras) {
      if (wanted.some((spec) => stockNumber(spec) === camera.index)) checkRate(camera, options.frameRate);
    }
    const { libcamera } = parseStockVersion(versionText);
    const listed = (spec: string) => cameras.find(({ index }) => index === stockNumber(spec));
    const plan = await planSteering(options, listed, libcamera);
    return new StockCameras(options, server, clock, program, firstLine(versionText), cameras, plan);
  }

  private constructor(
    options: TakeOptions,
    server: ServerListener,
    clock: HostClock,
    program: string,
    version: string | undefined,
    cameras: readonly ListedCamera[],
    plan: SteeringPlan,
  ) {
    this.options = options;
    this.plan = plan;
    this.steered = new SteeredCameras(plan, clock);
    this.program = program;
    this.version = version;
    this.cameras = cameras;
    this.clock = clock;
    this.server = server;
  }

  /**
   * Makes ready what the processes need.
   * @param lead who makes the grid that they are steered to, where `record` does: then all of them follow.
   * @throws UsageError where messages can't reach a stock camera.
   */
  async open(lead: Lead | undefined, note: (text: string) => void): Promise<void> {
    const { group, port } = this.options;
    const interfaces = takeInterfaces(this.options);
    const told = this.options.interfaces !== undefined;
    if (!told) await this.checkRoute();
    this.lead = lead;
    this.held = await holdFreePort();
    await this.steered.open(lead);
    for (const text of this.plan.notes) note(text);
    const unsteered = this.options.specs.some((spec) => isStock(spec) && !this.steers(spec));
    for (const text of notPassedOn(unsteered)) note(text);
    try {
      await this.tune(this.held.port);
    } catch (error) {
      if (this.steered.any) throw error;
      await this.close();
      await this.tune(port);
      const why = (error as Error).message.replace(/^.*?tuning file: /, '').replace(/, or leave (it|them) out$/, '');
      note(
        `warning: stock cameras hear whatever sends to port ${port}, for they can't be told a port of their own: ${why}`,
      );
    }
    note(await describeNetwork(interfaces, told, group, port));
  }

  /** The UDP port that this take's stock cameras hear alone; undefined where they can't be told of one. */
  get port(): number | undefined {
    return this.held?.port;
  }

  /** Lets go of the port. */
  async close(): Promise<void> {
    await this.steered.close();
    await this.held?.close();
    this.held = undefined;
  }

  /** A message of the take's server came in from `from`. */
  hear(bytes: Uint8Array, from: string): void {
    this.steered.hear(bytes, from);
  }

  /** True where a camera's frames are steered, by its spec. */
  steers(spec: string): boolean {
    return this.plan.runs.has(spec);
  }

  private async tune(port: number): Promise<void> {
    const { folder, specs, names } = this.options;
    for (const [number, spec] of specs.entries()) {
      if (!isStock(spec)) continue;
      const file = join(folder, `${names[number]}.tuning.json`);
      const own = this.steered.portOf(spec);
      const steered = own !== undefined && { port: own, minAdjustmentUs: 0 };
      const told = { ...this.options, port, ...steered };
      this.tuningFiles.set(spec, await stockTuning(told, this.camera(spec), file));
      const config = this.steered.runOf(spec)?.config;
      if (config === undefined) continue;
      const configFile = join(folder, `${names[number]}.libcamera.yaml`);
      await writeFile(configFile, config);
      this.configFiles.set(spec, configFile);
    }
  }

  /**
   * Starts a process of one camera.
   * @param number its place in the take: 0 is the server, or leads.
   * @param again how often it was started before.
   */
  start(name: string, number: number, again: number, options: TakeOptions, events: TakeCameraEvents): StockProcess {
    const spec = options.specs[number] as string;
    const camera = this.camera(spec);
    const base = again === 0 ? name : `${name}-${again + 1}`;
    const file = (ending: string): string => join(options.folder, `${base}.${ending}`);
    const run = this.steered.runOf(spec);
    const { exposureUs, gain, awbGains } = optionsOf(number, options);
    const own = options.own?.[number];
    const leads = number === 0 && options.lead === 'camera';
    const process = new StockProcess(
      {
        name,
        base,
        spec,
        program: this.program,
        server: this.server,
        clock: this.clock,
        leads,
        steering: this.steered.steering(spec, number, again, options, this.earlyFrames),
        about: {
          ...(camera && { model: camera.model }),
          ...run?.about,
          ...(own?.exposureUs !== undefined && { exposureUs: own.exposureUs }),
          ...(own?.gain !== undefined && { gain: own.gain }),
          steered: true,
          encoder: 'rpicam-vid',
          clock: clockInfo(this.clock),
        },
        version: this.version,
        format: options.format,
        request: {
          number: stockNumber(spec) ?? 0,
          sync: leads && this.lead === undefined ? 'server' : 'client',
          files: { video: file('h264'), metadata: file('metadata.json'), pts: file('pts'), log: file('log') },
          width: options.width,
          height: options.height,
          frameRate: options.frameRate,
          frames: options.frames,
          earlyMs: run !== undefined && MAY_BEGIN_EARLY.has(options.steer) ? 1000 * options.lockTimeout : undefined,
          exposureUs,
          gain,
          awbGains,
          bitrate: options.bitrate,
          profile: options.profile,
          tuningFile: this.tuningFiles.get(spec),
          configFile: this.configFiles.get(spec),
          steered: run,
        },
      },
      events,
    );
    this.processes.push(process);
    return process;
  }

  /** Makes what was recorded into the files of the take: the processes describe them from then on. */
  async conform(plan: ConformPlan, events: ConformEvents): Promise<void> {
    const { bootUs, wallUs } = this.clock.pair();
    const timeline = {
      frameRate: this.options.frameRate,
      readyTimeUs: this.server.readyTimeUs,
      start: this.server.start && inLocalTime(this.server.start),
      anchors: this.server.anchors,
      wallOf: (sensorUs: number) => sensorUs - bootUs + wallUs,
    };
    const recorded = this.processes.filter(({ snapshot }) => snapshot?.recording === true);
    const conformed = await conformTake(recorded.map(sourceOf), timeline, this.options, plan, events);
    for (const process of recorded) process.conformed = conformed.get(process.base);
  }

  /** Beside cameras of ours a take begins behind what its stock ones are told. */
  private get earlyFrames(): number {
    const { frameRate, specs } = this.options;
    return specs.every(isStock) ? 0 : lateStart(periodUs(frameRate));
  }

  /** The model of a camera, and the mode that it is told to have where it is steered. */
  foresee(spec: string): { readonly model: string | undefined; readonly mode: string | undefined } {
    return { model: this.camera(spec)?.model, mode: this.steered.runOf(spec)?.about.mode };
  }

  private camera(spec: string): ListedCamera | undefined {
    return this.cameras.find(({ index }) => index === stockNumber(spec));
  }

  private async checkRoute(): Promise<void> {
    const { group, port } = this.options;
    try {
      await defaultInterface(group, port);
    } catch (cause) {
      throw new UsageError(
        `no route for multicast to ${group}: stock cameras use the default route only; connect this host to a network, ` +
          `or keep the messages on it: sudo ip route add ${group} dev lo`,
        { cause },
      );
    }
  }
}

function sourceOf(process: StockProcess): StockSource {
  const { name, base, sync, files, end, fromSlot } = process;
  const how = end?.ok !== true ? 'failed' : end.interrupted ? 'interrupted' : 'well';
  const { model, stock } = process.describe();
  return { name, base, fromSlot, model, sync, files, end: how, stock };
}

/** One line on where messages go. */
async function describeNetwork(
  interfaces: SyncInterfaces | undefined,
  told: boolean,
  group: string,
  port: number,
): Promise<string> {
  const named = (address: string): string => ipv4Interfaces().find((each) => each.address === address)?.name ?? address;
  if (told) {
    const where = typeof interfaces === 'string' ? [interfaces] : (interfaces ?? []);
    return `sync messages go out and are heard on ${where.map(named).join(' and ')}, as told; stock cameras use the default route whatever is told`;
  }
  const route = await defaultInterface(group, port);
  const loopback = named('127.0.0.1');
  return route === loopback
    ? `sync messages go out and are heard on ${loopback}, where stock cameras are led by the routes`
    : `sync messages go out and are heard on ${route}, where stock cameras are, and on ${loopback}`;
}
