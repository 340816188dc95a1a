import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { REPORT_FILE, type Take, type TakeCamera, writeTake } from '../../record/take.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import type { Report } from '../../verify/alignment.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import { StockCameras } from '../stock/cameras.ts';
import type { TakeCameraEvents, TakeCameraProcess } from './camera.ts';
import { CameraProcess } from './camera-process.ts';
import { describeTake } from './describe.ts';
import { makeTakeFolder, unmakeTakeFolder } from './folder.ts';
import { matchExposure } from './match-exposure.ts';
import { isStock, type TakeEvents, type TakeOptions, type TakeResult } from './options.ts';
import { proveTake } from './prove.ts';
import { vidArguments } from './vid-arguments.ts';

/** A process that has not reported a first snapshot after this long has failed to start, in ms. */
const START_MS = 15_000;
/** How far ahead of the frame last seen the cameras are stopped, so that each hears of it in time, in ms. */
const STOP_AHEAD_MS = 400;
/** All cameras are in step for this long before the recording begins, in ms. */
const STEADY_MS = 500;
/** A process that was told to stop and has not ended after this long is killed, in ms. */
const STOP_MS = 20_000;

/** One take: a process a camera, watched from start to end, then proved. */
export class TakeRun {
  private options: TakeOptions;
  private readonly events: TakeEvents;
  private readonly problems: string[] = [];
  private stock: StockCameras | undefined;
  private processes: TakeCameraProcess[] = [];
  /** What is known of cameras besides what their processes told, by name. */
  private more: ReadonlyMap<string, Partial<TakeCamera>> = new Map();
  private exposureMatched = false;
  private interrupted = false;
  /** Fires when the take is interrupted. */
  private readonly interrupting = new AbortController();
  private stopping = false;
  /** The frame before which all were told to stop. */
  private stopIndex: number | undefined;
  private beginning: NodeJS.Timeout | undefined;
  private readonly locked = new Set<string>();

  constructor(options: TakeOptions, events: TakeEvents = {}) {
    this.options = options;
    this.events = events;
  }

  /**
   * Makes the folder, before anything is started.
   * @throws UsageError where it can't be used, or where there is no such stock camera.
   */
  async prepare(): Promise<void> {
    const { options } = this;
    if (options.specs.some(isStock)) this.stock = await StockCameras.find(options);
    await makeTakeFolder(options.folder, options.force);
  }

  /**
   * Records and proves, in a folder that was prepared; what fails on the way is in the result.
   * @throws UsageError where a camera can't do what was asked for.
   */
  async run(): Promise<TakeResult> {
    const started = new Date();
    await writeTake(this.options.folder, this.describe('recording', started));
    try {
      await this.stock?.open((text) => this.events.onNote?.(text));
      await this.match();
      await this.record();
    } catch (error) {
      // Nothing is recorded yet: what fails later is in the result.
      if (this.processes.length === 0) await unmakeTakeFolder(this.options.folder);
      throw error;
    } finally {
      await this.stock?.close();
    }
    if (this.interrupted && this.processes.length === 0) return this.nothing(started);
    await this.refuse();
    this.checkRecorded();
    await this.conform();
    const state = this.problems.length > 0 ? 'failed' : this.interrupted ? 'interrupted' : 'complete';
    const take = this.describe(state, started, new Date());
    await writeTake(this.options.folder, take);
    return this.result(take, await this.prove(take));
  }

  /** Ends the take: all cameras before the same frame; at once where none records yet. */
  stop(): void {
    this.interrupted = true;
    this.interrupting.abort();
    this.stopAll();
  }

  /** A take that was interrupted before any camera was started leaves nothing behind. */
  private async nothing(started: Date): Promise<TakeResult> {
    const { folder } = this.options;
    await unmakeTakeFolder(folder);
    const take = this.describe('interrupted', started, new Date());
    return { folder, take, report: undefined, problems: [], interrupted: true, good: false };
  }

  private async result(take: Take, report: Report | undefined): Promise<TakeResult> {
    const { folder, frames, specs } = this.options;
    if (report !== undefined) await writeFile(join(folder, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
    const wanted = frames === undefined || report?.frames === frames;
    const { problems, interrupted } = this;
    const proved = report?.cameras.length === specs.length && report.verdict !== 'not locked';
    return { folder, take, report, problems, interrupted, good: problems.length === 0 && proved && wanted };
  }

  /** A take that never began because of what was asked for leaves nothing behind. */
  private async refuse(): Promise<void> {
    const asked = this.processes.some(({ end }) => end?.ok === false && end.usage);
    if (!asked || this.snapshots().some(({ recording }) => recording)) return;
    await unmakeTakeFolder(this.options.folder);
    throw new UsageError(this.problems.join('; '));
  }

  /** A camera that ended well and yet recorded nothing, or less than was asked for, spoils the take. */
  private checkRecorded(): void {
    if (!this.snapshots().some(({ recording }) => recording)) return;
    for (const camera of this.processes) {
      const { end } = camera;
      if (!end?.ok || this.problems.some((problem) => problem.startsWith(`${camera.name}: `))) continue;
      if (end.frames === 0 && this.stopping) this.problem(camera.name, 'recorded nothing');
      if (end.frames > 0 && end.interrupted && !this.stopping) {
        this.problem(camera.name, `was stopped from outside after ${end.frames} frames`);
      }
    }
  }

  private async match(): Promise<void> {
    const { options, events } = this;
    if (!options.matchExposure || this.stopping) return;
    try {
      const note = (text: string): void => events.onNote?.(text);
      const exposure = await matchExposure(options, this.stock, note, this.interrupting.signal);
      this.options = { ...options, ...exposure };
      this.exposureMatched = true;
    } catch (error) {
      // Who interrupts ends the measurement.
      if (!this.stopping) throw error;
    }
  }

  private async record(): Promise<void> {
    const { specs, lockTimeoutMs } = this.options;
    if (this.stopping) return;
    // Clients first: they wait for the server, so that none misses the beginning.
    const clients = specs.slice(1).map((spec, i) => this.spawn(i + 1, spec));
    this.processes = clients;
    const startedAll = await this.started(clients);
    if (!startedAll || this.stopping) return this.finish();
    const server = this.spawn(0, specs[0] as string);
    this.processes = [server, ...clients];
    if (!(await this.started([server])) || this.stopping) return this.finish();
    const lock = setTimeout(() => this.checkLocks(clients, lockTimeoutMs), lockTimeoutMs);
    try {
      await this.finish();
    } finally {
      clearTimeout(lock);
    }
  }

  /** Waits until all have ended; a camera that fails before anything is recorded ends the take, a later one only itself. */
  private async finish(): Promise<void> {
    await Promise.all(
      this.processes.map(async (camera) => {
        const end = await camera.ended;
        if (end.ok && (end.frames > 0 || this.stopping)) return;
        this.problem(camera.name, end.ok ? 'recorded nothing: it ended before the recording began' : end.error);
        if (!this.processes.some(({ snapshot }) => snapshot?.recording)) this.stopAll();
      }),
    );
  }

  private async started(cameras: readonly TakeCameraProcess[]): Promise<boolean> {
    const results = await Promise.all(
      cameras.map(async (camera) => {
        const reported = await Promise.race([this.firstSnapshot(camera), camera.ended]);
        if (reported === 'late') this.problem(camera.name, `did not start within ${START_MS / 1000} s`);
        return reported === 'started';
      }),
    );
    const all = results.every(Boolean);
    if (!all) this.stopAll();
    return all;
  }

  private firstSnapshot(camera: TakeCameraProcess): Promise<'started' | 'late'> {
    return new Promise((resolve) => {
      const deadline = performance.now() + START_MS;
      const poll = setInterval(() => {
        const started = camera.snapshot !== undefined;
        if (!started && camera.end === undefined && performance.now() < deadline) return;
        clearInterval(poll);
        resolve(started ? 'started' : 'late');
      }, 20);
    });
  }

  /** Once every client has been in step for a moment, the server fixes when the recording begins. */
  private beginWhenLocked(): void {
    if (!this.options.startWhenLocked || this.processes.length < this.options.specs.length) return;
    const [server, ...clients] = this.processes as [TakeCameraProcess, ...TakeCameraProcess[]];
    const steady = clients.every(({ inStep }) => inStep);
    if (!steady) clearTimeout(this.beginning);
    if (!steady || server.snapshot === undefined) this.beginning = undefined;
    else this.beginning ??= setTimeout(() => server.begin(), STEADY_MS);
  }

  private checkLocks(clients: readonly TakeCameraProcess[], timeoutMs: number): void {
    const late = clients.filter(({ name, end }) => end === undefined && !this.locked.has(name));
    for (const camera of late) {
      const { state, offsetUs } = camera.snapshot ?? {};
      const at = offsetUs === undefined ? '' : ` (${offsetUs.toFixed(0)} us off)`;
      this.problem(camera.name, `did not lock within ${timeoutMs / 1000} s: ${state ?? 'no frame'}${at}`);
    }
    if (late.length > 0) this.stopAll();
  }

  private spawn(number: number, spec: string): TakeCameraProcess {
    const name = `cam${number}`;
    const events: TakeCameraEvents = {
      onSnapshot: () => this.onSnapshot(),
      onLine: (line) => this.events.onLine?.(name, line),
    };
    if (this.stock !== undefined && isStock(spec)) return this.stock.start(name, number, this.options, events);
    const file = (ending: string): string => join(this.options.folder, `${name}.${ending}`);
    const args = vidArguments(number, this.options, { video: file('mp4'), framesCsv: file('frames.csv') });
    return new CameraProcess(name, spec, args, events);
  }

  private onSnapshot(): void {
    for (const { name, inStep } of this.processes) if (inStep) this.locked.add(name);
    this.events.onSnapshots?.(this.snapshots());
    this.beginWhenLocked();
  }

  private snapshots(): CameraSnapshot[] {
    return this.processes.flatMap(({ snapshot }) => snapshot ?? []);
  }

  private stopAll(): void {
    if (this.stopping) return;
    this.stopping = true;
    const ahead = Math.ceil((STOP_AHEAD_MS / 1000) * framesPerSecond(this.options.frameRate));
    const indices = this.snapshots().flatMap(({ index }) => index ?? []);
    const furthest = Math.max(Number.NEGATIVE_INFINITY, this.stock?.indexNow() ?? Number.NEGATIVE_INFINITY, ...indices);
    // Snapshots are a little old: cameras that are about to record may do so already.
    if (furthest > -ahead) this.stopIndex = Math.max(furthest, 0) + ahead;
    for (const camera of this.processes) {
      camera.stop(this.stopIndex);
      const timer = setTimeout(() => camera.kill(), STOP_MS);
      void camera.ended.then(() => clearTimeout(timer));
    }
  }

  private problem(name: string, text: string): void {
    this.problems.push(`${name}: ${text.replace(new RegExp(`^${name}: `), '')}`);
  }

  /** What stock cameras recorded is made into files of the same slots as the others'. */
  private async conform(): Promise<void> {
    if (this.stock === undefined) return;
    const { frames } = this.options;
    const wanted = this.stopIndex === undefined ? frames : Math.min(this.stopIndex, frames ?? this.stopIndex);
    const others = this.processes.flatMap((camera) => {
      const { firstIndex = 0, frames } = isStock(camera.spec) ? {} : camera.describe();
      return frames === undefined ? [] : firstIndex + frames;
    });
    this.more = await this.stock.conform(
      { wanted, others },
      {
        onProblem: (name, text) => this.problem(name, text),
        onNote: (text) => this.events.onNote?.(text),
        ...(this.events.onConformProgress && { onProgress: this.events.onConformProgress }),
      },
    );
  }

  /** What was recorded is compared, also where a camera failed on the way. */
  private async prove(whole: Take): Promise<Report | undefined> {
    const { folder, toleranceUs } = this.options;
    const recorded = this.processes.filter(({ snapshot }) => snapshot?.recording).map(({ name }) => name);
    const cameras = whole.cameras.filter(
      ({ name, stock }) => recorded.includes(name) && (stock === undefined || stock.conformed !== undefined),
    );
    if (cameras.length === 0) return undefined;
    this.events.onVerifying?.();
    const options = {
      ...(toleranceUs !== undefined && { toleranceUs }),
      ...(this.events.onVerifyProgress && { onProgress: this.events.onVerifyProgress }),
    };
    try {
      return await proveTake(folder, { ...whole, cameras }, options, (text) => this.events.onNote?.(text));
    } catch (error) {
      this.problems.push((error as Error).message);
      return undefined;
    }
  }

  private describe(state: Take['state'], started: Date, ended?: Date): Take {
    return describeTake(this.options, {
      state,
      started,
      ended,
      cameras: this.processes,
      more: this.more,
      readyTimeUs: this.stock?.readyTimeUs,
      exposureMatched: this.exposureMatched,
    });
  }
}
