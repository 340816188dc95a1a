import { size } from '../../amounts.ts';
import { isStock } from '../../camera/backends.ts';
import { counted } from '../../counted.ts';
import { inOrder } from '../../errors.ts';
import { type HostClock, openClock } from '../../host/clock.ts';
import { OVERLOADED } from '../../record/recorder.ts';
import { type Take, writeTake } from '../../record/take.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { DiskWatch } from '../files/disk-watch.ts';
import { TakeJournal } from '../files/journal.ts';
import type { TakeOptions } from '../plan/options.ts';
import { Lead } from '../steering/lead.ts';
import { StockCameras } from '../stock/cameras.ts';
import { Beginning } from './beginning.ts';
import type { CameraChain, Failure } from './camera-chain.ts';
import { TakeCameras } from './cameras.ts';
import { describeTake } from './describe.ts';
import { checkRoom, watchDisk } from './disk.ts';
import type { TakeEvents } from './events.ts';
import { problemOf, type RecordedTake, TakeFinish } from './finish.ts';
import { matchExposure } from './match-exposure.ts';
import { refusal } from './refusal.ts';
import type { TakeResult } from './result.ts';
import { describeSoftware } from './software.ts';
import { startedAll } from './started.ts';
import { Stopping } from './stopping.ts';
import { TakeFolder } from './take-folder.ts';
import { type LateCamera, TakeLimits } from './take-limits.ts';
import { TakeMessages } from './take-messages.ts';
import { TakeTies } from './ties.ts';
import { Troubles } from './troubles.ts';
import { withoutServer } from './without-server.ts';

/** How often the time limits are looked after, in ms. */
const LIMITS_MS = 100;

/** One take: a process a camera, watched from start to end; then it is finished and proved (`TakeFinish`). */
export class TakeRun {
  private options: TakeOptions;
  private readonly events: TakeEvents;
  private readonly clock: HostClock = openClock();
  private readonly folder: TakeFolder;
  private ties: TakeTies;
  private readonly messages: TakeMessages;
  private readonly journal: TakeJournal;
  private cameras: TakeCameras;
  private readonly beginning = new Beginning(() => this.begin());
  private readonly stopping: Stopping;
  private readonly started = new Date();
  private readonly problems: string[] = [];
  private readonly troubles = new Troubles();
  private stock: StockCameras | undefined;
  /** `record` itself, where it is the server. */
  private lead: Lead | undefined;
  private disk: DiskWatch | undefined;
  private limits: TakeLimits | undefined;
  private exposureMatched = false;
  private software: Take['software'];
  private interrupted = false;
  /** Why the take was stopped, where nobody asked for it. */
  private stopReason: string | undefined;
  /** Fires when the take is interrupted. */
  private readonly interrupting = new AbortController();
  private recordingOver = false;

  constructor(options: TakeOptions, events: TakeEvents = {}) {
    this.options = options;
    this.events = events;
    this.folder = new TakeFolder(options.folder, options.names, options.force, (text) => this.note(text));
    this.ties = new TakeTies(options);
    this.messages = new TakeMessages(options, this.clock);
    this.journal = new TakeJournal(options.folder, () => {});
    this.stopping = new Stopping(options.frameRate);
    this.cameras = this.makeCameras();
  }

  private makeCameras(): TakeCameras {
    return new TakeCameras(this.ties, this.messages, {
      onSnapshot: () => this.onSnapshot(),
      onLine: (name, line) => {
        this.troubles.heard(name, line);
        this.events.onLine?.(name, line);
      },
      mayRestart: (number, spec) => this.mayRestart(number, spec),
      onFailure: (number, failure, again) => this.failed(number, failure, again),
      onRestarted: () => this.writeDown(),
    });
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
    this.settleLead();
    await this.folder.make();
    try {
      this.note(await checkRoom(options));
    } catch (error) {
      await this.folder.unmake();
      throw error;
    }
  }

  /** Who leads depends on which stock cameras can be steered. */
  private settleLead(): void {
    const { options, stock } = this;
    const led = options.lead === 'grid' || stock?.plan.led === true;
    this.ties = new TakeTies(options, led, (spec) => stock?.steers(spec) ?? false);
    this.cameras = this.makeCameras();
    if (!led) return;
    this.lead = new Lead({
      periodUs: stock?.plan.gridUs ?? periodUs(options.frameRate),
      sessionId: this.ties.session as string,
      syncPeriod: options.syncPeriod,
      readyFrames: options.readyFrames,
      clock: this.clock,
      say: (message) => this.cameras.say(message),
    });
  }

  /**
   * Records and proves, in a folder that was prepared; what fails on the way is in the result.
   * @throws UsageError where a camera can't do what was asked for.
   */
  async run(): Promise<TakeResult> {
    try {
      await writeTake(this.options.folder, this.describe('recording'));
      this.folder.release();
      await this.stock?.open(this.lead, (text) => this.note(text));
      await this.match();
      const { session, lateFrames, recordLeads: leads } = this.ties;
      const onMessage = (bytes: Uint8Array, from: string) => this.stock?.hear(bytes, from);
      await this.messages.open({ session, own: this.stock?.port, lateFrames, leads, onMessage }, (text) =>
        this.note(text),
      );
      if (leads) this.cameras.recordLeads();
      await this.record();
    } catch (error) {
      // Nothing is recorded yet: what fails later is in the result.
      if (this.cameras.all.length === 0) {
        await this.folder.unmake().catch((failed: Error) => this.note(`warning: ${failed.message}`));
      }
      throw error;
    } finally {
      this.recordingOver = true;
      this.disk?.stop();
      this.lead?.close();
      await inOrder(
        () => this.messages.close(),
        () => this.stock?.close(),
        () => this.journal.settled(),
      );
    }
    if (this.interrupted && this.cameras.all.length === 0) return this.nothing();
    await this.refuse();
    this.checkRecorded();
    const result = await this.finished();
    if (this.cameras.anyRecorded && result.take.frames !== 0) await this.folder.replace();
    if (!this.folder.replaces) return result;
    await this.folder.unmake();
    this.note(`${this.options.folder}: nothing was recorded: the take before is left as it was`);
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

  /** The server's camera is measured, and all are set as it is, where that was asked for. */
  private async match(): Promise<void> {
    const { options } = this;
    if (!options.matchExposure || this.stopping.asked) return;
    try {
      const note = (text: string): void => this.note(text);
      const exposure = await matchExposure(options, this.stock, note, this.interrupting.signal);
      this.options = { ...options, ...exposure };
      this.exposureMatched = true;
    } catch (error) {
      // Who interrupts ends the measurement.
      if (!this.stopping.asked) throw error;
    }
  }

  /** The cameras, from their start to their end. */
  private async record(): Promise<void> {
    if (this.stopping.asked) return;
    const started = this.ties.beginOnceLocked ? await this.startTogether() : await this.startClientsFirst();
    if (!started || this.stopping.asked) return this.ends();
    this.lead?.start(this.stock?.plan.leads !== true);
    // Not before: it takes a moment that the cameras need for their start.
    this.software = await describeSoftware(this.options.encoder);
    this.writeDown();
    this.disk = this.watchDisk();
    this.limits = this.watchTime();
    const limits = setInterval(() => this.limits?.look(this.cameras.all, performance.now()), LIMITS_MS);
    try {
      await this.ends();
    } finally {
      clearInterval(limits);
    }
  }

  private async startTogether(): Promise<boolean> {
    const cameras = this.options.specs.map((_, number) => this.start(number));
    // From here on `take.json` tells whose processes they are: they outlive this one.
    this.writeDown();
    return this.running(cameras);
  }

  /** Clients wait for the server, which counts down from its first frame on: none of them misses the beginning. */
  private async startClientsFirst(): Promise<boolean> {
    const clients = this.options.specs.slice(1).map((_, i) => this.start(i + 1));
    this.writeDown();
    if (!(await this.running(clients)) || this.stopping.asked) return false;
    const server = this.start(0);
    this.writeDown();
    return this.running([server]);
  }

  private start(number: number): CameraChain {
    return this.cameras.start(number, this.options, this.stock);
  }

  /** Waits until these cameras are seen to run; one that can't ends the take. */
  private async running(cameras: readonly CameraChain[]): Promise<boolean> {
    const all = await startedAll(cameras, (name, text) => this.problem(name, text));
    if (!all) this.stopAll();
    return all;
  }

  /**
   * Waits until all have ended; a camera that fails before anything is recorded ends the take, a later one only itself.
   */
  private async ends(): Promise<void> {
    await Promise.all(
      this.cameras.all.map(async (camera) => {
        const end = await camera.ended;
        if (!end.ok || end.frames > 0 || this.stopping.asked) return;
        this.problem(camera.name, 'recorded nothing: it ended before the recording began');
        if (!this.cameras.anyRecorded) this.stopAll();
      }),
    );
  }

  private onSnapshot(): void {
    const { cameras, options } = this;
    for (const camera of cameras.all) {
      if (camera.look()) this.writeDown();
    }
    if (cameras.anyRecorded) this.folder.replaceSoon(() => cameras.files);
    this.events.onSnapshots?.(cameras.snapshots);
    const complete = cameras.all.length === options.specs.length;
    if (options.readyFrames === undefined && complete) this.beginning.look(cameras.all, this.ties.recordLeads);
  }

  /** The server fixes when the recording begins. */
  private begin(): void {
    if (this.lead !== undefined) this.lead.begin();
    else this.cameras.all[0]?.begin();
    this.limits?.begun(performance.now());
  }

  private watchDisk(): DiskWatch {
    return watchDisk(this.options, {
      files: () => this.cameras.files,
      onState: (state) => this.events.onDisk?.(state),
      onLow: ({ freeBytes }) => {
        this.troubles.add({ kind: 'disk-full' });
        this.stopFor(`the disk is nearly full (${size(freeBytes)} free)`);
      },
      onGone: () => this.stopFor(`${this.options.folder}: the folder is gone`),
    });
  }

  private watchTime(): TakeLimits {
    const actions = {
      onLate: (late: readonly LateCamera[]) => {
        for (const { name, text, notLocked } of late) {
          this.problem(name, text);
          if (notLocked !== undefined)
            this.troubles.add({ kind: 'not-locked-in-time', camera: name, state: notLocked });
        }
        this.stopAll();
      },
      onOver: (name: string, text: string) => this.problem(name, text),
    };
    return new TakeLimits(this.options, actions, performance.now(), this.ties.recordLeads);
  }

  /**
   * A stock program that is not steered comes back at any time of its frames; a server can come back only where its
   * word is carried on.
   */
  private mayRestart(number: number, spec: string): boolean {
    if (!this.options.restart || this.stopping.asked) return false;
    if (isStock(spec) && this.stock?.steers(spec) !== true) return false;
    return this.cameras.anyRecorded && (number !== 0 || this.cameras.takeOver());
  }

  private failed(number: number, { error }: Failure, again: boolean): void {
    const name = this.options.names[number] as string;
    this.problem(name, again ? `${error}; started again` : error);
    // Who wants to know of an overload by a failure wants no take with it.
    const tooSlow = this.options.onOverload === 'fail' && error.includes(OVERLOADED);
    if (!this.cameras.anyRecorded || tooSlow) {
      this.stopAll();
      return;
    }
    if (this.stopping.asked) return;
    const others = this.cameras.all.filter((camera) => camera.name !== name && camera.end === undefined);
    const leads = number === 0 && this.options.lead === 'camera';
    const carriedOn = leads && others.length > 0 && this.cameras.takeOver();
    const what = again ? 'it is started again' : others.length > 0 ? 'the others go on' : 'the take ends';
    const time = !leads ? '' : withoutServer(others, this.options.controller, carriedOn);
    this.note(`warning: ${name}: ${error}; ${what}${time}`);
    this.writeDown();
  }

  private stopFor(reason: string): void {
    this.stopReason = `${reason}: all cameras were stopped at the same frame`;
    this.note(`warning: ${reason}: stopping all cameras at the same frame`);
    this.stop();
  }

  private stopAll(): void {
    const heard = this.stock && this.messages.server.indexAt(this.clock.wall());
    this.stopping.stop(this.cameras.all, heard);
  }

  /** A take that was interrupted before any camera was started leaves nothing behind. */
  private async nothing(): Promise<TakeResult> {
    await this.folder.unmake();
    this.note('stopped before the cameras were started: nothing is recorded');
    const { folder } = this.options;
    const take = this.describe('interrupted', new Date());
    return { folder, kept: false, take, report: undefined, problems: [], advice: [], interrupted: true, good: false };
  }

  /** A take that never began because of what was asked for leaves nothing behind. */
  private async refuse(): Promise<void> {
    const asked = this.cameras.all.some(({ end }) => end?.ok === false && end.usage);
    if (!asked || this.cameras.anyRecorded) return;
    await this.folder.unmake();
    throw refusal(this.problems, this.cameras.all);
  }

  /** A camera that ended well and yet recorded nothing, or less than was asked for, spoils the take. */
  private checkRecorded(): void {
    if (!this.cameras.anyRecorded) return;
    for (const camera of this.cameras.all) {
      const { end } = camera;
      if (!end?.ok || this.problems.some((problem) => problem.startsWith(`${camera.name}: `))) continue;
      if (end.frames === 0 && this.stopping.asked) this.problem(camera.name, 'recorded nothing');
      if (end.frames > 0 && end.interrupted && !this.stopping.asked) {
        this.problem(camera.name, `was stopped from outside after ${counted(end.frames, 'frame')}`);
      }
    }
  }

  /** What comes behind the recording. */
  private finished(): Promise<TakeResult> {
    const { options, events, stock, interrupted, stopping, problems } = this;
    const describe: RecordedTake['describe'] = (state, ended) => this.describe(state, ended);
    const recorded = { options, cameras: this.cameras.all, stock, interrupted, stopIndex: stopping.index, problems };
    return new TakeFinish({ ...recorded, describe }, events).run(this.stopReason);
  }

  private note(text: string): void {
    this.events.onNote?.(text);
  }

  private problem(name: string, text: string): void {
    this.problems.push(problemOf(name, text));
  }

  /** Has `take.json` tell how things stand. */
  private writeDown(): void {
    this.journal.note(() => this.describe('recording'));
  }

  private describe(state: Take['state'], ended?: Date): Take {
    const from = this.messages.otherServer;
    if (from !== undefined) this.troubles.add({ kind: 'other-server', from });
    return describeTake(this.options, {
      state,
      started: this.started,
      ended,
      cameras: this.cameras.all,
      readyTimeUs: this.messages.server.readyTimeUs,
      exposureMatched: this.exposureMatched,
      problems: this.problems,
      troubles: this.troubles.all,
      software: this.software,
    });
  }
}
