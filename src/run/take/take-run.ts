import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { size } from '../../amounts.ts';
import { isStock } from '../../camera/backends.ts';
import { counted } from '../../counted.ts';
import { inOrder } from '../../errors.ts';
import { type HostClock, openClock } from '../../host/clock.ts';
import { OVERLOADED } from '../../record/recorder.ts';
import { type Take, type TakeCamera, writeTake } from '../../record/take.ts';
import { lateStart } from '../../rpicam/late-start.ts';
import { framesPerSecond, periodUs } from '../../time/frame-rate.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { Announcement } from '../camera/take-filter.ts';
import type { DiskWatch } from '../files/disk-watch.ts';
import { EarlierTake } from '../files/earlier-take.ts';
import { makeTakeFolder, unmakeTakeFolder } from '../files/folder.ts';
import { TakeJournal } from '../files/journal.ts';
import { alone, type Hold, hold } from '../files/lock.ts';
import { refuseLiving } from '../repair/living.ts';
import { holdsFrames } from '../repair/look.ts';
import { bringBack, repairTake } from '../repair/repair.ts';
import { StockCameras } from '../stock/cameras.ts';
import type { TakeCameraEvents, TakeCameraProcess } from './camera.ts';
import { CameraChain, type Failure } from './camera-chain.ts';
import { CameraProcess } from './camera-process.ts';
import { describeTake } from './describe.ts';
import { checkRoom, watchDisk } from './disk.ts';
import { problemOf, type RecordedTake, TakeFinish } from './finish.ts';
import { matchExposure } from './match-exposure.ts';
import type { TakeEvents, TakeOptions, TakeResult } from './options.ts';
import { refusal } from './refusal.ts';
import { describeSoftware } from './software.ts';
import { TakeLimits } from './take-limits.ts';
import { TakeMessages } from './take-messages.ts';
import { vidArguments } from './vid-arguments.ts';
import { withoutServer } from './without-server.ts';

/** A process that has not reported a first snapshot after this long has failed to start, in ms. */
const START_MS = 15_000;
/** How far ahead of the frame last seen the cameras are stopped, so that each hears of it in time, in ms. */
const STOP_AHEAD_MS = 400;
/** All cameras are in step for this long before the recording begins, in ms. */
const STEADY_MS = 500;
/** A process that was told to stop at a frame, and has not got there two frames and this long later, is told to stop at once, in ms. */
const STOP_NOW_MS = 2_000;
/** How often the time limits are looked after, in ms. */
const LIMITS_MS = 100;
/** A process that was told to stop and has not ended after this long is killed, in ms. */
const STOP_MS = 20_000;
/** A take that `--force` replaces goes so long after the first frame, in ms: frames are on the disk by then. */
const REPLACE_MS = 2_000;

/** One take: a process a camera, watched from start to end; then it is finished and proved (`TakeFinish`). */
export class TakeRun {
  private options: TakeOptions;
  private readonly events: TakeEvents;
  private readonly clock: HostClock = openClock();
  private readonly messages: TakeMessages;
  private readonly journal: TakeJournal;
  private readonly started = new Date();
  private readonly problems: string[] = [];
  private stock: StockCameras | undefined;
  private cameras: CameraChain[] = [];
  private disk: DiskWatch | undefined;
  private exposureMatched = false;
  private software: Take['software'];
  private interrupted = false;
  /** Why the take was stopped, where nobody asked for it. */
  private stopReason: string | undefined;
  /** Fires when the take is interrupted. */
  private readonly interrupting = new AbortController();
  private stopping = false;
  private recordingOver = false;
  /** The frame before which all were told to stop. */
  private stopIndex: number | undefined;
  /** The take that this one is to replace, until it does. */
  private earlier: EarlierTake | undefined;
  private held: Hold | undefined;
  private replacing: NodeJS.Timeout | undefined;
  private beginning: NodeJS.Timeout | undefined;
  private limits: TakeLimits | undefined;
  /** Names this take among all that send on its network. Undefined where the server is a stock camera, which has no session. */
  private readonly session: string | undefined;
  /** The processes of our own cameras, to all of which the server's word is passed on. */
  private readonly own: CameraProcess[] = [];
  private readonly serverPorts: number[] = [];
  private announcement: Announcement | undefined;

  constructor(options: TakeOptions, events: TakeEvents = {}) {
    this.options = options;
    this.events = events;
    this.messages = new TakeMessages(options, this.clock);
    this.session = options.specs.slice(0, 1).some(isStock) ? undefined : randomBytes(8).toString('hex');
    this.journal = new TakeJournal(options.folder, () => {});
  }

  /**
   * Makes the folder, before anything is started.
   * @throws UsageError where it can't be used, where there is no room in it, or where there is no such stock camera.
   */
  async prepare(): Promise<void> {
    const { options } = this;
    if (options.specs.some(isStock)) {
      this.stock = await StockCameras.find(options, this.messages.server, this.clock);
    }
    if (options.force) await this.repairBefore();
    try {
      this.earlier = await makeTakeFolder(options.folder, options.force, () => this.hold());
    } catch (error) {
      this.held?.release();
      throw error;
    }
    try {
      this.events.onNote?.(await checkRoom(options));
    } catch (error) {
      await this.unmake();
      throw error;
    }
  }

  /**
   * Records and proves, in a folder that was prepared; what fails on the way is in the result.
   * @throws UsageError where a camera can't do what was asked for.
   */
  async run(): Promise<TakeResult> {
    try {
      await writeTake(this.options.folder, this.describe('recording'));
      // From here on the description tells who is at work.
      this.held?.release();
      this.held = undefined;
      await this.stock?.open((text) => this.events.onNote?.(text));
      await this.match();
      const ports = { session: this.session, own: this.stock?.port, lateFrames: this.lateFrames };
      await this.messages.open(ports, (text) => this.events.onNote?.(text));
      await this.record();
    } catch (error) {
      // Nothing is recorded yet: what fails later is in the result.
      if (this.cameras.length === 0) {
        await this.unmake().catch((failed: Error) => this.events.onNote?.(`warning: ${failed.message}`));
      }
      throw error;
    } finally {
      this.recordingOver = true;
      this.disk?.stop();
      await inOrder(
        () => this.messages.close(),
        () => this.stock?.close(),
        () => this.journal.settled(),
      );
    }
    if (this.interrupted && this.cameras.length === 0) return this.nothing();
    await this.refuse();
    this.checkRecorded();
    const { options, events, cameras, stock, interrupted, stopIndex, problems } = this;
    const describe: RecordedTake['describe'] = (state, ended, more) => this.describe(state, ended, more);
    const recorded = { options, cameras, stock, interrupted, stopIndex, problems, describe };
    const result = await new TakeFinish(recorded, events).run(this.stopReason);
    if (this.anyRecorded && result.take.frames !== 0) await this.replace();
    if (this.earlier === undefined) return result;
    await this.unmake();
    events.onNote?.(`${options.folder}: nothing was recorded: the take before is left as it was`);
    return { ...result, kept: false };
  }

  /**
   * Ends the take: all cameras before the same frame; at once where none records yet.
   * @returns false where the recording is over already: then there is nothing to end.
   */
  stop(): boolean {
    if (this.recordingOver) return false;
    this.interrupted = true;
    this.interrupting.abort();
    this.stopAll();
    return true;
  }

  /** A take that was interrupted before any camera was started leaves nothing behind. */
  private async nothing(): Promise<TakeResult> {
    await this.unmake();
    this.events.onNote?.('stopped before the cameras were started: nothing is recorded');
    const { folder } = this.options;
    const take = this.describe('interrupted', new Date());
    return { folder, kept: false, take, report: undefined, problems: [], interrupted: true, good: false };
  }

  /** Nobody else works in the folder until its description tells that this process does. */
  private async hold(): Promise<void> {
    const { folder, force } = this.options;
    this.held = await hold(folder, (pid) =>
      this.events.onNote?.(`${folder}: process ${pid} is at work in it; waiting until done`),
    );
    if (force) await refuseLiving(folder);
  }

  /** A take that was cut off before it replaced another: it holds something, or the other one is back. */
  private async repairBefore(): Promise<void> {
    const { folder } = this.options;
    if (await EarlierTake.isWaiting(folder)) {
      await refuseLiving(folder);
      await bringBack(folder);
    }
    if (await EarlierTake.isWaiting(folder)) await repairTake(folder);
  }

  private async unmake(): Promise<void> {
    clearTimeout(this.replacing);
    const { earlier, held } = this;
    this.earlier = undefined;
    this.held = undefined;
    await unmakeTakeFolder(this.options.folder, earlier, held);
  }

  /** Once it is sure that frames of this take are on the disk, the take before goes. */
  private replaceSoon(): void {
    if (this.anyRecorded && this.earlier !== undefined) {
      this.replacing ??= setTimeout(() => void this.replaceOnceSafe(), REPLACE_MS);
    }
  }

  /** A disk that stalls, or one frame in seconds, takes longer than that. */
  private async replaceOnceSafe(): Promise<void> {
    const { folder } = this.options;
    for (const name of this.cameras.flatMap((camera) => this.describeFiles(camera))) {
      if (await holdsFrames(join(folder, name))) return this.replace();
    }
    this.replacing = undefined;
  }

  private async replace(): Promise<void> {
    clearTimeout(this.replacing);
    const { earlier } = this;
    this.earlier = undefined;
    if (earlier === undefined) return;
    await alone(
      this.options.folder,
      () => {},
      () => earlier.remove(),
    ).catch((error: Error) => this.events.onNote?.(`warning: ${error.message}`));
  }

  /** A take that never began because of what was asked for leaves nothing behind. */
  private async refuse(): Promise<void> {
    const asked = this.cameras.some(({ end }) => end?.ok === false && end.usage);
    if (!asked || this.anyRecorded) return;
    await this.unmake();
    throw refusal(this.problems, this.cameras);
  }

  /** A camera that ended well and yet recorded nothing, or less than was asked for, spoils the take. */
  private checkRecorded(): void {
    if (!this.anyRecorded) return;
    for (const camera of this.cameras) {
      const { end } = camera;
      if (!end?.ok || this.problems.some((problem) => problem.startsWith(`${camera.name}: `))) continue;
      if (end.frames === 0 && this.stopping) this.problem(camera.name, 'recorded nothing');
      if (end.frames > 0 && end.interrupted && !this.stopping) {
        this.problem(camera.name, `was stopped from outside after ${counted(end.frames, 'frame')}`);
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
    if (this.stopping) return;
    const started = this.waitsForClients ? await this.startTogether() : await this.startClientsFirst();
    if (!started || this.stopping) return this.finish();
    // Not before: it takes a moment that the cameras need for their start.
    this.software = await describeSoftware(this.options.encoder);
    this.journal.note(() => this.describe('recording'));
    this.disk = this.watchDisk();
    this.limits = this.watchTime();
    const limits = setInterval(() => this.limits?.look(this.cameras, performance.now()), LIMITS_MS);
    try {
      await this.finish();
    } finally {
      clearInterval(limits);
    }
  }

  /** True where the server begins once all clients are locked, and all of them are ours: none can miss the beginning. */
  private get waitsForClients(): boolean {
    const { readyFrames, specs } = this.options;
    return readyFrames === undefined && !specs.some(isStock);
  }

  private async startTogether(): Promise<boolean> {
    this.cameras = this.options.specs.map((spec, number) => this.chain(number, spec));
    // From here on `take.json` tells whose processes they are: they outlive this one.
    this.journal.note(() => this.describe('recording'));
    return this.startedAll(this.cameras);
  }

  /** Clients wait for the server, which counts down from its first frame on: none of them misses the beginning. */
  private async startClientsFirst(): Promise<boolean> {
    const { specs } = this.options;
    const clients = specs.slice(1).map((spec, i) => this.chain(i + 1, spec));
    this.cameras = clients;
    this.journal.note(() => this.describe('recording'));
    if (!(await this.startedAll(clients)) || this.stopping) return false;
    const server = this.chain(0, specs[0] as string);
    this.cameras = [server, ...clients];
    this.journal.note(() => this.describe('recording'));
    return this.startedAll([server]);
  }

  /** Waits until all have ended; a camera that fails before anything is recorded ends the take, a later one only itself. */
  private async finish(): Promise<void> {
    await Promise.all(
      this.cameras.map(async (camera) => {
        const end = await camera.ended;
        if (!end.ok || end.frames > 0 || this.stopping) return;
        this.problem(camera.name, 'recorded nothing: it ended before the recording began');
        if (!this.anyRecorded) this.stopAll();
      }),
    );
  }

  private async startedAll(cameras: readonly TakeCameraProcess[]): Promise<boolean> {
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
    if (this.options.readyFrames !== undefined || this.cameras.length < this.options.specs.length) return;
    const [server, ...clients] = this.cameras as [CameraChain, ...CameraChain[]];
    const steady = clients.every(({ inStep }) => inStep);
    if (!steady) clearTimeout(this.beginning);
    if (!steady || server.snapshot === undefined) this.beginning = undefined;
    else this.beginning ??= setTimeout(() => this.begin(server), STEADY_MS);
  }

  private begin(server: CameraChain): void {
    server.begin();
    this.limits?.begun(performance.now());
  }

  private watchTime(): TakeLimits {
    const actions = {
      onLate: (problems: readonly { name: string; text: string }[]) => {
        for (const { name, text } of problems) this.problem(name, text);
        this.stopAll();
      },
      onOver: (name: string, text: string) => this.problem(name, text),
    };
    return new TakeLimits(this.options, actions, performance.now());
  }

  private chain(number: number, spec: string): CameraChain {
    const name = `cam${number}`;
    return new CameraChain({
      name,
      spec,
      start: (run) => this.spawn(number, spec, run),
      again: () => this.mayRestart(number, spec),
      onFailure: (failure, again) => this.failed(number, name, failure, again),
    });
  }

  private spawn(number: number, spec: string, run: number): TakeCameraProcess {
    const name = `cam${number}`;
    const events: TakeCameraEvents = {
      onSnapshot: () => this.onSnapshot(),
      onLine: (line) => this.events.onLine?.(name, line),
      onSending: (ports) => this.serverSends(ports),
      onAnnounced: (announcement) => this.serverAnnounced(announcement),
    };
    if (this.stock !== undefined && isStock(spec)) return this.stock.start(name, number, this.options, events);
    const base = run === 0 ? name : `${name}-${run + 1}`;
    const part = { file: `${base}.mp4`, framesCsv: `${base}.frames.csv` };
    const { folder } = this.options;
    const files = { video: join(folder, part.file), framesCsv: join(folder, part.framesCsv) };
    // A stock server is heard on the take's own port, if it has one.
    const own = this.stock?.port;
    const port = this.session === undefined ? own : undefined;
    const args = vidArguments(number, this.options, files, run > 0, port);
    const { session, lateFrames } = this;
    const channel = this.waitsForClients && this.options.controller === 'tracking';
    const alsoPort = session === undefined ? undefined : own;
    const tie = { session, lateFrames, channel, ...(alsoPort !== undefined && { alsoPort }) };
    const camera = new CameraProcess(name, spec, part, args, tie, events);
    this.own.push(camera);
    camera.serverSends(this.serverPorts);
    if (this.announcement !== undefined) camera.serverAnnounced(this.announcement);
    if (run > 0) this.journal.note(() => this.describe('recording'));
    return camera;
  }

  /** A stock program begins a recording of its own with every start; a server can come back only where its word is carried on. */
  private mayRestart(number: number, spec: string): boolean {
    if (!this.options.restart || this.stopping || isStock(spec)) return false;
    return this.anyRecorded && (number !== 0 || this.takeOver());
  }

  private failed(number: number, name: string, { error }: Failure, again: boolean): void {
    this.problem(name, again ? `${error}; started again` : error);
    // Who wants to know of an overload by a failure wants no take with it.
    const tooSlow = this.options.onOverload === 'fail' && error.includes(OVERLOADED);
    if (!this.anyRecorded || tooSlow) {
      this.stopAll();
      return;
    }
    if (this.stopping) return;
    const others = this.cameras.filter((camera) => camera.name !== name && camera.end === undefined);
    const carriedOn = number === 0 && others.length > 0 && this.takeOver();
    const what = again ? 'it is started again' : others.length > 0 ? 'the others go on' : 'the take ends';
    const time = number !== 0 ? '' : withoutServer(others, this.options.controller, carriedOn);
    this.events.onNote?.(`warning: ${name}: ${error}; ${what}${time}`);
    this.journal.note(() => this.describe('recording'));
  }

  /** `record` carries on the word of a server that is gone, from a port of its own. */
  private takeOver(): boolean {
    const able = this.messages.takeOver();
    if (able) this.serverSends(this.messages.ports);
    return able;
  }

  private serverSends(ports: readonly number[]): void {
    this.serverPorts.push(...ports.filter((port) => !this.serverPorts.includes(port)));
    this.messages.gate.sending(ports);
    for (const camera of this.own) camera.serverSends(ports);
  }

  private serverAnnounced(announcement: Announcement): void {
    this.announcement = announcement;
    this.messages.gate.announce(announcement);
    for (const camera of this.own) camera.serverAnnounced(announcement);
  }

  private onSnapshot(): void {
    for (const camera of this.cameras) {
      if (camera.look()) this.journal.note(() => this.describe('recording'));
    }
    this.replaceSoon();
    this.events.onSnapshots?.(this.snapshots());
    this.beginWhenLocked();
  }

  /** Frames that the take begins behind what its stock cameras tell or are told. A take of stock cameras alone finds its beginning in the files. */
  private get lateFrames(): number {
    const { specs, frameRate } = this.options;
    return specs.some(isStock) && !specs.every(isStock) ? lateStart(periodUs(frameRate)) : 0;
  }

  private get anyRecorded(): boolean {
    return this.cameras.some(({ recorded }) => recorded);
  }

  private snapshots(): CameraSnapshot[] {
    return this.cameras.flatMap(({ snapshot }) => snapshot ?? []);
  }

  private watchDisk(): DiskWatch {
    return watchDisk(this.options, {
      files: () => this.cameras.flatMap((camera) => this.describeFiles(camera)),
      onState: (state) => this.events.onDisk?.(state),
      onLow: ({ freeBytes }) => this.stopFor(`the disk is nearly full (${size(freeBytes)} free)`),
      onGone: () => this.stopFor(`${this.options.folder}: the folder is gone`),
    });
  }

  private stopFor(reason: string): void {
    this.stopReason = `${reason}: all cameras were stopped at the same frame`;
    this.events.onNote?.(`warning: ${reason}: stopping all cameras at the same frame`);
    this.stop();
  }

  private describeFiles({ spec, name, part }: CameraChain): string[] {
    return isStock(spec) ? [`${name}.h264`] : [part.file];
  }

  private stopAll(): void {
    if (this.stopping) return;
    this.stopping = true;
    const ahead = Math.ceil((STOP_AHEAD_MS / 1000) * framesPerSecond(this.options.frameRate));
    const indices = this.snapshots().flatMap(({ index }) => index ?? []);
    const heard = this.stock && this.messages.server.indexAt(this.clock.wall());
    const furthest = Math.max(Number.NEGATIVE_INFINITY, heard ?? Number.NEGATIVE_INFINITY, ...indices);
    // Snapshots are a little old: cameras that are about to record may do so already.
    if (furthest > -ahead) this.stopIndex = Math.max(furthest, 0) + ahead;
    const nowMs = STOP_NOW_MS + 2000 / framesPerSecond(this.options.frameRate);
    for (const camera of this.cameras) {
      camera.stop(this.stopIndex);
      const now = setTimeout(() => camera.stop(), nowMs);
      const timer = setTimeout(() => camera.kill(), STOP_MS);
      void camera.ended.then(() => {
        clearTimeout(now);
        clearTimeout(timer);
      });
    }
  }

  private problem(name: string, text: string): void {
    this.problems.push(problemOf(name, text));
  }

  private describe(state: Take['state'], ended?: Date, more?: ReadonlyMap<string, Partial<TakeCamera>>): Take {
    return describeTake(this.options, {
      state,
      started: this.started,
      ended,
      cameras: this.cameras,
      more,
      readyTimeUs: this.messages.server.readyTimeUs,
      exposureMatched: this.exposureMatched,
      problems: this.problems,
      software: this.software,
    });
  }
}
