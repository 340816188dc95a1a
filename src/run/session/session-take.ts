import { OVERLOADED } from '../../record/recorder.ts';
import type { TakeCameraProcess } from '../plan/camera.ts';
import type { TakeOptions } from '../plan/options.ts';
import { CameraChain, type Failure } from '../take/camera-chain.ts';
import type { TakeEvents } from '../take/events.ts';
import type { TakeResult } from '../take/result.ts';
import { Stopping } from '../take/stopping.ts';
import { type LateCamera, TakeLimits } from '../take/take-limits.ts';
import { TakeRecord } from '../take/take-record.ts';

/** How often the time limits are looked after, in ms. */
const LIMITS_MS = 100;

/** What a take needs of its session. */
export interface TakeHost {
  /** Has the camera of this number record the take. @param run counts its processes in this take. */
  order(camera: number, run: number): TakeCameraProcess;
  /** Whether the camera of this number can come back. */
  alive(camera: number): boolean;
  /** The frame of the take that is due now, by what the server was heard to say. */
  indexNow(): number | undefined;
  /** When its frame 0 is, on the server's wall clock, in us. */
  readyTimeUs(): number | undefined;
  otherServer(): string | undefined;
  /** From its order to its frame 0. */
  readonly leadFrames: number;
}

/** One take of a session, from its order to its end. */
export class SessionTake {
  /** Resolves when all cameras are done with it, and their files are closed. */
  readonly over: Promise<void>;
  readonly record: TakeRecord;
  private readonly options: TakeOptions;
  private readonly events: TakeEvents;
  private readonly host: TakeHost;
  private readonly stopping: Stopping;
  private chains: readonly CameraChain[] = [];
  private interrupted = false;
  private stopReason: string | undefined;
  private began: () => void = () => {};
  private ended: () => void = () => {};
  /** Resolves when it has its first frame, or is over without any. */
  readonly begun: Promise<void>;

  constructor(options: TakeOptions, host: TakeHost, events: TakeEvents) {
    this.options = options;
    this.host = host;
    this.events = events;
    this.stopping = new Stopping(options.frameRate);
    const source = {
      cameras: () => this.chains,
      readyTimeUs: () => host.readyTimeUs(),
      otherServer: () => host.otherServer(),
    };
    this.record = new TakeRecord(options, source, events);
    this.begun = new Promise((resolve) => {
      this.began = resolve;
    });
    this.over = new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  get folder(): string {
    return this.options.folder;
  }

  /** True until its end was asked for, or all its cameras are done. */
  get records(): boolean {
    return !this.stopping.asked && (this.chains.length === 0 || this.chains.some(({ end }) => end === undefined));
  }

  /** The cameras begin with it. */
  begin(): void {
    const { names, specs } = this.options;
    this.chains = names.map(
      (name, number) =>
        new CameraChain({
          name,
          spec: specs[number] as string,
          start: (run) => this.start(number, run),
          again: () => this.mayRestart(number),
          onFailure: (failure, again) => this.failed(name, failure, again),
        }),
    );
    this.record.writeDown();
    this.record.watchDisk((reason) => this.stopFor(reason));
    const limits = this.limits();
    const looking = setInterval(() => limits.look(this.chains, performance.now()), LIMITS_MS);
    void Promise.all(this.chains.map(({ ended }) => ended)).then(() => {
      clearInterval(looking);
      this.began();
      this.ended();
    });
  }

  /** Cameras have told of themselves. */
  look(): void {
    this.record.look();
    if (this.record.anyRecorded) this.began();
  }

  /** A line of one of the cameras. */
  heard(name: string, line: Parameters<TakeRecord['troubles']['heard']>[1]): void {
    this.record.troubles.heard(name, line);
  }

  /** Ends it: all cameras before the same frame. */
  stop(): void {
    if (!this.records) return;
    // One that has no set end has what was asked for.
    this.interrupted = this.options.frames !== undefined;
    this.stopAll();
  }

  /** Finishes and proves it, once it is over. What fails on the way is in the result. */
  async finish(): Promise<TakeResult> {
    await this.record.settle();
    const { interrupted, stopReason, stopping } = this;
    return this.record.finish({ interrupted, stopReason, stopping, stock: undefined });
  }

  private start(camera: number, run: number): TakeCameraProcess {
    if (run > 0) this.record.writeDown();
    return this.host.order(camera, run);
  }

  private mayRestart(camera: number): boolean {
    return this.options.restart && !this.stopping.asked && this.record.anyRecorded && this.host.alive(camera);
  }

  private failed(name: string, { error }: Failure, again: boolean): void {
    this.record.problem(name, again ? `${error}; started again` : error);
    // Who wants to know of an overload by a failure wants no take with it.
    const tooSlow = this.options.onOverload === 'fail' && error.includes(OVERLOADED);
    if (!this.record.anyRecorded || tooSlow) {
      this.stopAll();
      return;
    }
    if (this.stopping.asked) return;
    const what = again ? 'goes on in a further file' : 'is out of this take, the others go on';
    this.events.onNote?.(`warning: ${name}: ${error}; it ${what}`);
    this.record.writeDown();
  }

  private stopFor(reason: string): void {
    this.stopReason = `${reason}: all cameras were stopped at the same frame`;
    this.events.onNote?.(`warning: ${reason}: stopping all cameras at the same frame`);
    this.stop();
  }

  private stopAll(): void {
    this.stopping.stop(this.chains, this.host.indexNow());
  }

  private limits(): TakeLimits {
    const actions = {
      onLate: (late: readonly LateCamera[]) => {
        for (const { name, text } of late) this.record.problem(name, text);
        this.stopAll();
      },
      onOver: (name: string, text: string) => this.record.problem(name, text),
    };
    // The timeline runs: frame 0 is due so many frames from now, as behind a countdown.
    const options = { ...this.options, readyFrames: this.host.leadFrames };
    return new TakeLimits(options, actions, performance.now(), this.options.lead === 'grid');
  }
}
