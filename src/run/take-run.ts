import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVirtual } from '../camera/open.ts';
import { UsageError } from '../errors.ts';
import { REPORT_FILE, type Take, type TakeCamera, writeTake } from '../record/take.ts';
import { SYNC_DEFAULTS, type SyncSettings } from '../sync/controller.ts';
import type { SyncAlign } from '../sync/tracking/client.ts';
import { type FrameRate, formatFrameRate, framesPerSecond } from '../time/frame-rate.ts';
import type { Report } from '../verify/alignment.ts';
import type { ReadProgress } from '../verify/read-times.ts';
import { compareTimestamps, verifyTake } from '../verify/verify.ts';
import { version } from '../version.ts';
import { CameraProcess } from './camera-process.ts';
import type { Line } from './notices.ts';
import type { ControllerName } from './role.ts';
import type { CameraSnapshot } from './snapshot.ts';
import { makeTakeFolder, unmakeTakeFolder } from './take-folder.ts';

/**
 * How a take is synchronised unless told otherwise: as stock cameras are, but for the dead band. The stock 50 us let a client drift to about
 * 100 us between corrections; 20 us is one line of an imx219, the smallest step that a correction can make.
 */
export const RECORD_SYNC = { ...SYNC_DEFAULTS, minAdjustmentUs: 20 };

export interface TakeOptions {
  readonly folder: string;
  readonly force: boolean;
  /** Specs of the cameras; the first is the server. */
  readonly specs: readonly string[];
  readonly frameRate: FrameRate;
  readonly frames: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly exposureUs?: number | undefined;
  readonly gain?: number | undefined;
  readonly encoder?: string | undefined;
  readonly network: { readonly group: string; readonly port: number; readonly interface?: string | undefined };
  readonly syncSettings: Omit<SyncSettings, 'frameDurationUs'>;
  readonly controller: ControllerName;
  readonly align: SyncAlign;
  /** The recording begins once every camera is locked, not after a fixed count of frames. */
  readonly startWhenLocked: boolean;
  readonly lockTimeoutMs: number;
  readonly toleranceUs?: number | undefined;
  readonly commandLine?: readonly string[];
}

export interface TakeEvents {
  onSnapshots?(snapshots: readonly CameraSnapshot[]): void;
  onLine?(name: string, line: Line): void;
  /** All files are closed; the proof begins. */
  onVerifying?(): void;
  onVerifyProgress?: ReadProgress;
}

export interface TakeResult {
  readonly folder: string;
  readonly take: Take;
  /** Undefined where the files can't be compared. */
  readonly report: Report | undefined;
  /** What went wrong, a line each, each naming its camera. */
  readonly problems: readonly string[];
  readonly interrupted: boolean;
  /** True where every camera finished and the verdict is `locked` or `aligned`. */
  readonly good: boolean;
}

/** A process that has not reported a first snapshot after this long has failed to start, in ms. */
const START_MS = 15_000;
/** How far ahead of the frame last seen the cameras are stopped, so that each hears of it in time, in ms. */
const STOP_AHEAD_MS = 400;
/** All cameras are in step for this long before the recording begins, in ms. */
const STEADY_MS = 500;
/** A process that was told to stop and has not ended after this long is killed, in ms. */
const STOP_MS = 20_000;
const LOOPBACK = '127.0.0.1';

/** One take: a process a camera, watched from start to end, then proved. */
export class TakeRun {
  private readonly options: TakeOptions;
  private readonly events: TakeEvents;
  private readonly problems: string[] = [];
  private processes: CameraProcess[] = [];
  private interrupted = false;
  private stopping = false;
  private beginning: NodeJS.Timeout | undefined;
  private readonly locked = new Set<string>();

  constructor(options: TakeOptions, events: TakeEvents = {}) {
    this.options = options;
    this.events = events;
  }

  /**
   * Makes the folder, before anything is started.
   * @throws UsageError where it can't be used.
   */
  async prepare(): Promise<void> {
    await makeTakeFolder(this.options.folder, this.options.force);
  }

  /**
   * Records and proves, in a folder that was prepared; what fails on the way is in the result.
   * @throws UsageError where a camera can't do what was asked for.
   */
  async run(): Promise<TakeResult> {
    const { options } = this;
    const started = new Date();
    await writeTake(options.folder, this.describe('recording', started));
    await this.record();
    await this.refuse();
    this.checkRecorded();
    const state = this.problems.length > 0 ? 'failed' : this.interrupted ? 'interrupted' : 'complete';
    const take = { ...this.describe(state, started), ended: new Date().toISOString() };
    await writeTake(options.folder, take);
    const report = await this.prove(take);
    if (report !== undefined) {
      await writeFile(join(options.folder, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
    }
    const wanted = options.frames === undefined || report?.frames === options.frames;
    return {
      folder: options.folder,
      take,
      report,
      problems: this.problems,
      interrupted: this.interrupted,
      good:
        this.problems.length === 0 &&
        report?.cameras.length === options.specs.length &&
        report.verdict !== 'not locked' &&
        wanted,
    };
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
      if (end.result.frames === 0 && this.stopping) this.problem(camera, 'recorded nothing');
      if (end.result.frames > 0 && end.result.interrupted && !this.stopping) {
        this.problem(camera, `was stopped from outside after ${end.result.frames} frames`);
      }
    }
  }

  /** Ends the take: all cameras before the same frame; at once where none records yet. */
  stop(): void {
    this.interrupted = true;
    this.stopAll();
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
        if (end.ok && (end.result.frames > 0 || this.stopping)) return;
        this.problem(camera, end.ok ? 'recorded nothing: it ended before the recording began' : end.error);
        if (!this.processes.some(({ snapshot }) => snapshot?.recording)) this.stopAll();
      }),
    );
  }

  private async started(cameras: readonly CameraProcess[]): Promise<boolean> {
    const results = await Promise.all(
      cameras.map(async (camera) => {
        const reported = await Promise.race([this.firstSnapshot(camera), camera.ended]);
        if (reported === 'late') this.problem(camera, `did not start within ${START_MS / 1000} s`);
        return reported === 'started';
      }),
    );
    const all = results.every(Boolean);
    if (!all) this.stopAll();
    return all;
  }

  private firstSnapshot(camera: CameraProcess): Promise<'started' | 'late'> {
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
    const [server, ...clients] = this.processes as [CameraProcess, ...CameraProcess[]];
    const steady = clients.every(({ snapshot }) => snapshot?.state === 'locked' || snapshot?.state === 'matched');
    if (!steady) clearTimeout(this.beginning);
    if (!steady || server.snapshot === undefined) this.beginning = undefined;
    else this.beginning ??= setTimeout(() => server.begin(), STEADY_MS);
  }

  private checkLocks(clients: readonly CameraProcess[], timeoutMs: number): void {
    const late = clients.filter(({ name, end }) => end === undefined && !this.locked.has(name));
    for (const camera of late) {
      const { state, offsetUs } = camera.snapshot ?? {};
      const at = offsetUs === undefined ? '' : ` (${offsetUs.toFixed(0)} us off)`;
      this.problem(camera, `did not lock within ${timeoutMs / 1000} s: ${state ?? 'no frame'}${at}`);
    }
    if (late.length > 0) this.stopAll();
  }

  private spawn(number: number, spec: string): CameraProcess {
    const { options } = this;
    const name = `cam${number}`;
    const { group, port } = options.network;
    const { syncPeriod, readyFrame, minAdjustmentUs } = options.syncSettings;
    const args = [
      ...['--camera', spec, '--name', name, '--sync', number === 0 ? 'server' : 'client', '--codec', 'libav'],
      ...['-o', join(options.folder, `${name}.mp4`), '--frames-csv', join(options.folder, `${name}.frames.csv`)],
      ...['--framerate', `${options.frameRate.num}/${options.frameRate.den}`],
      ...['--width', String(options.width), '--height', String(options.height)],
      ...(options.frames === undefined ? ['-t', '0'] : ['--frames', String(options.frames)]),
      ...(options.exposureUs === undefined ? [] : ['--shutter', `${options.exposureUs}us`]),
      ...(options.gain === undefined ? [] : ['--gain', String(options.gain)]),
      ...(options.encoder === undefined ? [] : ['--encoder', options.encoder]),
      ...['--sync-group', group, '--sync-port', String(port), '--sync-period', String(syncPeriod)],
      ...['--sync-controller', options.controller, '--sync-align', options.align],
      ...(number === 0 && options.startWhenLocked ? ['--open-ready'] : []),
      ...['--ready-frames', String(readyFrame), '--min-adjustment', `${minAdjustmentUs}us`],
      ...(this.networkInterface() === undefined ? [] : ['--sync-interface', this.networkInterface() as string]),
    ];
    return new CameraProcess(name, args, {
      onSnapshot: (snapshot) => {
        if (snapshot.state === 'locked' || snapshot.state === 'matched') this.locked.add(name);
        this.events.onSnapshots?.(this.snapshots());
        this.beginWhenLocked();
      },
      onLine: (line) => this.events.onLine?.(name, line),
    });
  }

  /** Virtual cameras live on this machine alone, and so do their messages. */
  private networkInterface(): string | undefined {
    const { network, specs } = this.options;
    return network.interface ?? (specs.every(isVirtual) ? LOOPBACK : undefined);
  }

  private snapshots(): CameraSnapshot[] {
    return this.processes.flatMap(({ snapshot }) => snapshot ?? []);
  }

  private stopAll(): void {
    if (this.stopping) return;
    this.stopping = true;
    const ahead = Math.ceil((STOP_AHEAD_MS / 1000) * framesPerSecond(this.options.frameRate));
    const furthest = Math.max(...this.snapshots().map((snapshot) => snapshot.index ?? Number.NEGATIVE_INFINITY));
    // Snapshots are a little old: cameras that are about to record may do so already.
    const index = furthest > -ahead ? Math.max(furthest, 0) + ahead : undefined;
    for (const camera of this.processes) {
      camera.stop(index);
      const timer = setTimeout(() => camera.kill(), STOP_MS);
      void camera.ended.then(() => clearTimeout(timer));
    }
  }

  private problem({ name }: CameraProcess, text: string): void {
    this.problems.push(`${name}: ${text.replace(new RegExp(`^${name}: `), '')}`);
  }

  /** What was recorded is compared, also where a camera failed on the way. */
  private async prove(whole: Take): Promise<Report | undefined> {
    const recorded = this.processes.filter(({ snapshot }) => snapshot?.recording).map(({ name }) => name);
    const cameras = whole.cameras.filter(({ name }) => recorded.includes(name));
    if (cameras.length === 0) return undefined;
    const take = { ...whole, cameras };
    this.events.onVerifying?.();
    const { toleranceUs } = this.options;
    const options = {
      ...(toleranceUs !== undefined && { toleranceUs }),
      ...(this.events.onVerifyProgress && { onProgress: this.events.onVerifyProgress }),
    };
    const visible = cameras.every(({ pixelClock, spec }) => pixelClock ?? isVirtual(spec));
    try {
      return await (visible ? verifyTake : compareTimestamps)(this.options.folder, take, options);
    } catch (error) {
      this.problems.push((error as Error).message);
      return undefined;
    }
  }

  private describe(state: Take['state'], started: Date): Take {
    const { options } = this;
    const cameras = options.specs.map((spec, number) => this.describeCamera(spec, number));
    const counts = cameras.map(({ frames }) => frames);
    const same = counts.every((count) => count !== undefined && count === counts[0]) ? counts[0] : undefined;
    const frames = state === 'recording' ? options.frames : (same ?? options.frames);
    const networkInterface = this.networkInterface();
    return {
      format: 'framelock take',
      version: 1,
      framelock: version,
      ...(options.commandLine && { commandLine: [...options.commandLine] }),
      state,
      started: started.toISOString(),
      frameRate: options.frameRate,
      ...(frames !== undefined && { frames }),
      width: options.width,
      height: options.height,
      sync: {
        controller: options.controller,
        group: options.network.group,
        port: options.network.port,
        ...(networkInterface !== undefined && { interface: networkInterface }),
        periodFrames: options.syncSettings.syncPeriod,
        readyFrames: options.syncSettings.readyFrame,
        minAdjustmentUs: options.syncSettings.minAdjustmentUs,
      },
      cameras,
    };
  }

  private describeCamera(spec: string, number: number): TakeCamera {
    const name = `cam${number}`;
    const end = this.processes.find((camera) => camera.name === name)?.end;
    const base = {
      name,
      sync: number === 0 ? ('server' as const) : ('client' as const),
      spec,
      file: `${name}.mp4`,
      framesCsv: `${name}.frames.csv`,
    };
    const opened = this.processes.find((camera) => camera.name === name)?.opened;
    const known = opened === undefined ? base : { ...base, ...describeOpened(opened) };
    if (end === undefined) return known;
    if (!end.ok) return { ...known, error: end.error };
    const { info: _, clock: __, ...counts } = end.result;
    return { ...known, ...counts, encoder: counts.encoder ?? 'none' };
  }
}

/** What is known of a camera once it is open. */
function describeOpened({ info, clock }: NonNullable<CameraProcess['opened']>) {
  const { steering } = info;
  return {
    model: info.model,
    mode: info.mode,
    steered: steering.kind === 'steered',
    ...(steering.kind === 'steered' ? { lineUs: steering.lineUs } : { whyNotSteered: steering.reason }),
    pixelClock: info.pixelClock,
    clock,
  };
}

/** One line that says what will be recorded. */
export const takeHeadline = ({ specs, frames, frameRate, width, height }: TakeOptions): string => {
  const many = `${specs.length} ${specs.every(isVirtual) ? 'virtual ' : ''}camera${specs.length === 1 ? '' : 's'}`;
  const length =
    frames === undefined ? 'until stopped' : `${frames} frames (${(frames / framesPerSecond(frameRate)).toFixed(1)} s)`;
  return `recording ${many}, ${width}x${height} at ${formatFrameRate(frameRate)} fps, ${length}`;
};
