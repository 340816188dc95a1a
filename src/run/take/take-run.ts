import { isStock } from '../../camera/backends.ts';
import { inOrder } from '../../errors.ts';
import { type HostClock, openClock } from '../../host/clock.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { TakeOptions } from '../plan/options.ts';
import { Lead } from '../steering/lead.ts';
import { StockCameras } from '../stock/cameras.ts';
import { Beginning } from './beginning.ts';
import { type CameraChain, endsTake, type Failure } from './camera-chain.ts';
import { TakeCameras } from './cameras.ts';
import { Elsewhere } from './elsewhere.ts';
import type { TakeEvents } from './events.ts';
import { matchExposure } from './match-exposure.ts';
import { refusal } from './refusal.ts';
import type { TakeResult } from './result.ts';
import { ServerRelay } from './server-relay.ts';
import { describeSoftware } from './software.ts';
import { frame0Of, TakeSounds } from './sounds.ts';
import { startedAll } from './started.ts';
import { Stopping } from './stopping.ts';
import { type LateCamera, TakeLimits } from './take-limits.ts';
import { TakeMessages } from './take-messages.ts';
import { TakeRecord } from './take-record.ts';
import { TakeTies } from './ties.ts';
import { withoutServer } from './without-server.ts';

/** How often the time limits are looked after, in ms. */
const LIMITS_MS = 100;

/** One take: a process a camera, watched from start to end; then it is finished and proved (`TakeFinish`). */
export class TakeRun {
  private options: TakeOptions;
  private readonly events: TakeEvents;
  private readonly clock: HostClock = openClock();
  private readonly record: TakeRecord;
  private ties: TakeTies;
  private readonly messages: TakeMessages;
  private readonly relay: ServerRelay;
  private readonly elsewhere: Elsewhere;
  private cameras: TakeCameras;
  private readonly sounds: TakeSounds;
  private readonly beginning = new Beginning(() => this.begin());
  private readonly stopping: Stopping;
  private stock: StockCameras | undefined;
  /** `record` itself, where it is the server. */
  private lead: Lead | undefined;
  private limits: TakeLimits | undefined;
  private interrupted = false;
  /** Why the take was stopped, where nobody asked for it. */
  private stopReason: string | undefined;
  /** Fires when the take is interrupted. */
  private readonly interrupting = new AbortController();
  private recordingOver = false;

  constructor(options: TakeOptions, events: TakeEvents = {}) {
    this.options = options;
    this.events = events;
    this.ties = new TakeTies(options);
    this.messages = new TakeMessages(options, this.clock);
    this.relay = new ServerRelay(this.messages);
    this.elsewhere = new Elsewhere(this.relay, (text) => this.note(text));
    this.sounds = new TakeSounds(options, this.clock, {
      onSnapshots: (snapshots) => this.events.onSounds?.(snapshots),
      onLost: (name, why) => {
        this.problem(name, why);
        this.note(`warning: ${name}: ${why}`);
        this.record.writeDown();
      },
    });
    const source = {
      cameras: () => this.cameras.all,
      sounds: () => this.sounds.describe(),
      readyTimeUs: () => this.messages.server.readyTimeUs,
      otherServer: () => this.messages.otherServer,
    };
    this.record = new TakeRecord(options, source, events);
    this.stopping = new Stopping(options.frameRate);
    this.cameras = this.makeCameras();
  }

  private makeCameras(): TakeCameras {
    return new TakeCameras(this.ties, this.relay, {
      onSnapshot: () => this.onSnapshot(),
      onLine: (name, line) => {
        this.record.troubles.heard(name, line);
        this.events.onLine?.(name, line);
      },
      mayRestart: (number, spec, failure) => this.mayRestart(number, spec, failure),
      onFailure: (number, failure, again) => this.failed(number, failure, again),
      onRestarted: () => this.record.writeDown(),
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
    await this.record.prepare();
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
      say: (message) => this.relay.say(message),
    });
  }

  /**
   * Records and proves, in a folder that was prepared; what fails on the way is in the result.
   * @throws UsageError where a camera can't do what was asked for.
   */
  async run(): Promise<TakeResult> {
    try {
      await this.record.begin();
      await this.stock?.open(this.lead, (text) => this.note(text));
      await this.match();
      await this.elsewhere.open(this.options, this.ties, this.clock, this.interrupting.signal);
      const { session, lateFrames, recordLeads: leads } = this.ties;
      const onMessage = (bytes: Uint8Array, from: string) => this.stock?.hear(bytes, from);
      const { signing } = this.elsewhere;
      await this.messages.open({ session, own: this.stock?.port, lateFrames, leads, signing, onMessage }, (text) =>
        this.note(text),
      );
      if (this.messages.unicastPort !== undefined) this.relay.hears(undefined, this.messages.unicastPort);
      if (leads) this.relay.recordLeads();
      if (!this.stopping.asked) await this.sounds.open();
      await this.runCameras();
    } catch (error) {
      // Nothing is recorded yet: what fails later is in the result.
      if (this.cameras.all.length === 0) {
        await this.record.unmake().catch((failed: Error) => this.note(`warning: ${failed.message}`));
      }
      throw error;
    } finally {
      this.recordingOver = true;
      this.lead?.close();
      await inOrder(
        () => this.sounds.finish(),
        () => this.messages.close(),
        () => this.stock?.close(),
        () => this.elsewhere.close(),
        () => this.record.settle(),
      );
    }
    if (this.interrupted && this.cameras.all.length === 0) return this.record.nothing();
    await this.refuse();
    const { interrupted, stopReason, stopping, stock } = this;
    return this.record.finish({ interrupted, stopReason, stopping, stock });
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
      this.record.options = this.options;
      this.record.exposureMatched = true;
    } catch (error) {
      // Who interrupts ends the measurement.
      if (!this.stopping.asked) throw error;
    }
  }

  /** The cameras, from their start to their end. */
  private async runCameras(): Promise<void> {
    if (this.stopping.asked) return;
    const started = this.ties.beginOnceLocked ? await this.startTogether() : await this.startClientsFirst();
    if (!started || this.stopping.asked) return this.ends();
    this.lead?.start(this.stock?.plan.leads !== true);
    // Not before: it takes a moment that the cameras need for their start.
    this.record.software = await describeSoftware(this.options.encoder);
    this.record.writeDown();
    this.record.watchDisk((reason) => this.stopFor(reason));
    this.limits = this.watchTime();
    const limits = setInterval(() => this.look(performance.now()), LIMITS_MS);
    try {
      await this.ends();
    } finally {
      clearInterval(limits);
    }
  }

  private look(nowMs: number): void {
    this.limits?.look(this.cameras.all, nowMs);
    this.lookForBeginning();
    this.elsewhere.look(this.cameras, this.stopping.asked || this.limits?.isOver(nowMs) === true);
  }

  private async startTogether(): Promise<boolean> {
    const cameras = this.options.specs.map((_, number) => this.start(number));
    // From here on `take.json` tells whose processes they are: they outlive this one.
    this.record.writeDown();
    return this.running(cameras);
  }

  /** Clients wait for the server, which counts down from its first frame on: none of them misses the beginning. */
  private async startClientsFirst(): Promise<boolean> {
    const clients = this.options.specs.slice(1).map((_, i) => this.start(i + 1));
    this.record.writeDown();
    if (!(await this.running(clients)) || this.stopping.asked) return false;
    const server = this.start(0);
    this.record.writeDown();
    return this.running([server]);
  }

  private start(number: number): CameraChain {
    return this.cameras.start(number, this.options, { stock: this.stock, hosts: this.elsewhere.hosts });
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
    this.record.look();
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

  /** Sounds begin where the pictures do. */
  private lookForBeginning(): void {
    this.sounds.look(frame0Of(this.messages.server, this.options.elsewhere?.[0] !== undefined));
  }

  private watchTime(): TakeLimits {
    const actions = {
      onLate: (late: readonly LateCamera[]) => {
        for (const { name, text, notLocked } of late) {
          this.problem(name, text);
          if (notLocked !== undefined)
            this.record.troubles.add({ kind: 'not-locked-in-time', camera: name, state: notLocked });
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
  private mayRestart(number: number, spec: string, failure: Failure): boolean {
    if (!this.options.restart || this.stopping.asked || endsTake(this.options, failure)) return false;
    // It goes on where it is.
    if (failure.lost) return false;
    if (isStock(spec) && this.stock?.steers(spec) !== true) return false;
    return this.cameras.anyRecorded && (number !== 0 || this.relay.takeOver());
  }

  private failed(number: number, failure: Failure, again: boolean): void {
    const { error } = failure;
    const name = this.options.names[number] as string;
    this.problem(name, again ? `${error}; started again` : error);
    if (!this.cameras.anyRecorded || endsTake(this.options, failure)) {
      this.stopAll();
      return;
    }
    if (this.stopping.asked) return;
    const others = this.cameras.all.filter((camera) => camera.name !== name && camera.end === undefined);
    const leads = number === 0 && this.options.lead === 'camera';
    const carriedOn = leads && others.length > 0 && this.relay.takeOver();
    const what = again ? 'it is started again' : others.length > 0 ? 'the others go on' : 'the take ends';
    const time = !leads ? '' : withoutServer(others, this.options.controller, carriedOn);
    this.note(`warning: ${name}: ${error}; ${what}${time}`);
    this.record.writeDown();
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

  /** A take that never began because of what was asked for leaves nothing behind. */
  private async refuse(): Promise<void> {
    const asked = this.cameras.all.some(({ end }) => end?.ok === false && end.usage);
    if (!asked || this.cameras.anyRecorded) return;
    await this.record.unmake();
    throw refusal(this.record.problems, this.cameras.all);
  }

  private note(text: string): void {
    this.events.onNote?.(text);
  }

  private problem(name: string, text: string): void {
    this.record.problem(name, text);
  }
}
