import { randomBytes } from 'node:crypto';
import { readTimeService } from '../../host/ask-time-service.ts';
import type { HostClock } from '../../host/clock.ts';
import { describeHostClock, hostClockAdvice } from '../../host/clock-advice.ts';
import { utcOffsetMinutes } from '../../host/utc-offset.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import { GridServer } from '../../sync/grid-server.ts';
import { RecordingPlan } from '../../sync/recording-plan.ts';
import type { ServerFrame } from '../../sync/server.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import type { FramePhase } from '../../time/rate-grid.ts';
import type { Line } from '../camera/notices.ts';
import { SyncLink, type SyncNetwork } from '../camera/sync-link.ts';

/** What a server without a camera is run with. */
export interface GridRunOptions {
  /** What it is called in lines. */
  readonly name: string;
  readonly rate: FrameRate;
  /** Frame N lies at N / rate since 1970 on this host's wall clock; else N periods after the start. */
  readonly epoch: boolean;
  readonly phase: FramePhase;
  readonly network: SyncNetwork;
  readonly syncSettings: Pick<SyncSettings, 'syncPeriod' | 'readyFrame'>;
  /** Frames of the timeline, or of the recording where those of pauses don't count; undefined goes on until stopped. */
  readonly frames: number | undefined;
  readonly countPauses: boolean;
  /** `pause`: nothing is recorded until that is resumed. */
  readonly initial: 'record' | 'pause';
}

/** What came of it. */
export interface GridResult {
  /** Frames of the timeline that it told of, from frame 0 on. */
  readonly frames: number;
  readonly messages: number;
  /** True where it was stopped before its set end. */
  readonly interrupted: boolean;
}

/** A server without a camera, live: the shell around a `GridServer`. It records nothing. */
export class GridRun {
  private readonly options: GridRunOptions;
  private readonly clock: HostClock;
  private readonly say: (line: Line) => void;
  private readonly link: SyncLink;
  private readonly plan = new RecordingPlan();
  private server: GridServer | undefined;
  private waking: NodeJS.Timeout | undefined;
  private readonly ended: Promise<void>;
  private end: () => void = () => {};
  private index: number | undefined;
  private messages = 0;
  private timesSet = 0;
  private interrupted = false;
  private over = false;

  constructor(options: GridRunOptions, clock: HostClock, say: (line: Line) => void) {
    this.options = options;
    this.clock = clock;
    this.say = say;
    this.link = new SyncLink(options.network, undefined, clock, {
      onMessage: () => {},
      onAnnounced: () => {},
      onError: ({ message }) => say({ level: 'warning', text: message }),
    });
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Runs to its end, or until it is stopped. @throws UsageError where the network can't be used. */
  async run(): Promise<GridResult> {
    const { options, clock } = this;
    await this.link.open('server');
    if (options.epoch) void this.tellOfClock();
    try {
      const { rate, epoch, phase, syncSettings, initial } = options;
      const { syncPeriod, readyFrame } = syncSettings;
      const sessionId = randomBytes(8).toString('hex');
      const server = new GridServer(
        { sessionId, syncPeriod, readyFrame, rate, epoch, phase, utcOffset: utcOffsetMinutes },
        clock.pair(),
      );
      this.server = server;
      if (initial === 'pause') this.change('pause');
      if (!this.interrupted) this.wakeNext(server);
      await this.ended;
    } finally {
      this.over = true;
      clearTimeout(this.waking);
      await this.link.close();
    }
    return { frames: Math.max(0, (this.index ?? -1) + 1), messages: this.messages, interrupted: this.interrupted };
  }

  stop(): void {
    this.interrupted = true;
    clearTimeout(this.waking);
    this.end();
  }

  /** Pauses the recordings of all clients, or resumes them. @returns a line that says what comes of it. */
  toggle(): string {
    const pausing = !this.plan.recorded(Number.MAX_SAFE_INTEGER);
    const index = this.change(pausing ? 'resume' : 'pause');
    return index === undefined
      ? 'too early: it is not running yet'
      : `${pausing ? 'recording' : 'paused'} from frame ${index} on`;
  }

  /** Saves the circular buffers of all clients. @returns a line that says what comes of it. */
  save(): string {
    const index = this.change('save');
    return index === undefined ? 'nothing recorded yet: nothing to save' : `saving up to frame ${index - 1}`;
  }

  /** @returns from which frame on; undefined where it changes nothing. */
  private change(kind: 'pause' | 'resume' | 'save'): number | undefined {
    const change = this.server?.change(kind);
    if (change !== undefined) this.plan.add(change);
    return change?.index;
  }

  private wakeNext(server: GridServer): void {
    const inMs = Math.max(0, (server.wakeUs - this.clock.boot()) / 1000);
    this.waking = setTimeout(() => this.wake(server), Math.ceil(inMs));
  }

  private wake(server: GridServer): void {
    const frame = server.wake(this.clock.pair());
    if (frame !== undefined) this.frame(frame);
    if (server.timesSet > this.timesSet && this.options.epoch)
      this.say({ level: 'warning', text: "this host's clock was set: the frames go where it says" });
    this.timesSet = server.timesSet;
    if (frame !== undefined && frame.index >= this.lastIndex) this.end();
    else this.wakeNext(server);
  }

  private frame({ index, send, start }: ServerFrame): void {
    if (send !== undefined) {
      this.link.send(send);
      this.messages++;
    }
    const before = this.index;
    this.index = index;
    if (before === undefined && start !== undefined)
      this.say({ level: 'news', text: `frame 0 at ${new Date(start.wallUs / 1000).toISOString()}` });
    if ((before ?? -1) < 0 && index >= 0) this.say({ level: 'news', text: 'clients record from here on' });
  }

  /** Index of the last frame. */
  private get lastIndex(): number {
    const { frames, countPauses } = this.options;
    if (frames === undefined) return Number.POSITIVE_INFINITY;
    return (countPauses ? frames : (this.plan.indexEnding(0, frames) ?? Number.POSITIVE_INFINITY)) - 1;
  }

  /** Hosts agree without a word as well as their clocks do. */
  private async tellOfClock(): Promise<void> {
    const service = await readTimeService();
    if (this.over) return;
    const advice = hostClockAdvice(service);
    this.say(
      advice === undefined ? { level: 'news', text: describeHostClock(service) } : { level: 'warning', text: advice },
    );
  }
}
