import { FailureError, inOrder } from '../../errors.ts';
import { type HostClock, openClock } from '../../host/clock.ts';
import { utcOffsetMinutes } from '../../host/utc-offset.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { TakeOptions } from '../plan/options.ts';
import { Lead } from '../steering/lead.ts';
import { Beginning } from '../take/beginning.ts';
import { CameraProcess } from '../take/camera-process.ts';
import { problemOf } from '../take/finish.ts';
import { ForkedCamera } from '../take/forked-camera.ts';
import { refusal } from '../take/refusal.ts';
import { ServerRelay } from '../take/server-relay.ts';
import { startedAll } from '../take/started.ts';
import { type LateCamera, TakeLimits } from '../take/take-limits.ts';
import { TakeMessages } from '../take/take-messages.ts';
import { TakeTies } from '../take/ties.ts';
import { vidArguments } from '../take/vid-arguments.ts';
import { SessionCamera } from './session-camera.ts';

/** How often it is looked whether all are in step, in ms. */
const LOOK_MS = 20;

export interface SessionCamerasEvents {
  onSnapshots(snapshots: readonly CameraSnapshot[]): void;
  onLine(name: string, line: Line): void;
  onNote(text: string): void;
  /** A camera is gone for good, and the session with it. */
  onLost(error: Error): void;
}

/**
 * The cameras of a session, open from its start to its end, and the timeline that they share: it begins once all are in
 * step, and runs on through all takes.
 */
export class SessionCameras {
  private readonly options: TakeOptions;
  private readonly events: SessionCamerasEvents;
  private readonly clock: HostClock = openClock();
  private readonly messages: TakeMessages;
  private readonly relay: ServerRelay;
  private readonly ties: TakeTies;
  private readonly lead: Lead | undefined;
  private cameras: readonly SessionCamera[] = [];
  private runs = false;
  private closed = false;
  private failure: Error | undefined;

  constructor(options: TakeOptions, events: SessionCamerasEvents) {
    this.options = options;
    this.events = events;
    this.messages = new TakeMessages(options, this.clock);
    this.relay = new ServerRelay(this.messages);
    const led = options.lead === 'grid';
    this.ties = new TakeTies(options, led);
    if (!led) return;
    this.lead = new Lead({
      periodUs: periodUs(options.frameRate),
      sessionId: this.ties.session as string,
      syncPeriod: options.syncPeriod,
      readyFrames: undefined,
      clock: this.clock,
      say: (message) => this.relay.say(message),
    });
  }

  /**
   * Opens them and waits until all are in step and the timeline runs.
   * @throws UsageError where a camera can't do what was asked for, FailureError where one fails or is late.
   */
  async open(): Promise<void> {
    const { session } = this.ties;
    const led = this.lead !== undefined;
    const ports = { session, own: undefined, lateFrames: 0, leads: led, onMessage: () => {} };
    await this.messages.open(ports, (text) => this.events.onNote(text));
    if (led) this.relay.recordLeads();
    this.check();
    this.cameras = this.options.specs.map((spec, number) => this.start(number, spec));
    const late: string[] = [];
    const all = await startedAll(this.cameras, (name, text) => late.push(problemOf(name, text)));
    if (!all) throw this.notStarted(late);
    this.lead?.start(true);
    await this.lock();
  }

  /** Who else sends sync messages here, once somebody does. */
  get otherServer(): string | undefined {
    return this.messages.otherServer;
  }

  /** The camera of this number. */
  at(number: number): SessionCamera {
    return this.cameras[number] as SessionCamera;
  }

  /** The frame of the timeline that is due now. */
  get placeNow(): number | undefined {
    const place = this.messages.server.placeAt(this.clock.pair().bootUs);
    return place === undefined ? undefined : Math.round(place);
  }

  /** When a frame of the timeline is due, where it runs. */
  startAt(place: number): TimelineStart {
    const { server } = this.messages;
    const now = this.clock.pair();
    const framesLeft = place - (server.placeAt(now.bootUs) ?? place);
    const wallUs = Math.round(now.wallUs + framesLeft * server.periodUs);
    return { wallUs, utcOffsetMinutes: server.start?.utcOffsetMinutes ?? utcOffsetMinutes(wallUs) };
  }

  /**
   * Waits until all are in step again, where one was started anew.
   * @throws FailureError where that takes too long, or the session is over meanwhile.
   */
  async inStep(): Promise<void> {
    this.check();
    const { lockTimeout } = this.options;
    const untilMs = performance.now() + lockTimeout * 1000;
    if (!this.ready) this.events.onNote('the take begins once all cameras are in step');
    while (!this.ready) {
      if (performance.now() >= untilMs) {
        const late = this.cameras.filter((camera) => !camera.ready).map(({ name }) => name);
        throw new FailureError(`${late.join(', ')}: not in step within ${lockTimeout} s: no take was begun`);
      }
      await this.moment();
    }
  }

  /** Lets all of them go. */
  async close(): Promise<void> {
    this.closed = true;
    for (const camera of this.cameras) camera.stop();
    await Promise.all(this.cameras.map(({ ended }) => ended));
    this.lead?.close();
    await inOrder(() => this.messages.close());
  }

  private start(number: number, spec: string): SessionCamera {
    const name = this.options.names[number] as string;
    return new SessionCamera({
      name,
      spec,
      start: (run) => this.spawn(number, run),
      mayRestart: () => this.mayRestart(number),
      onDied: (error, again) => this.died(name, error, again),
    });
  }

  private spawn(number: number, run: number): CameraProcess {
    const { options, ties } = this;
    const name = options.names[number] as string;
    // Each take says where its files are.
    const part = { file: `${name}.${options.format}`, framesCsv: `${name}.frames.csv` };
    const files = { video: part.file, framesCsv: part.framesCsv };
    const args = vidArguments(number, { ...options, frames: undefined }, files, run > 0, undefined, ties.recordLeads);
    const tie = { ...ties.ofProcess(undefined), inARow: true };
    const camera = new CameraProcess(name, options.specs[number] as string, part, new ForkedCamera(args, tie), {
      onSnapshot: () => this.events.onSnapshots(this.cameras.flatMap(({ snapshot }) => snapshot ?? [])),
      onLine: (line) => this.events.onLine(name, line),
      onSending: (ports) => this.relay.serverSends(ports),
      onAnnounced: (announcement) => this.relay.serverAnnounced(announcement),
    });
    this.relay.add(camera, { server: number === 0 });
    return camera;
  }

  /** Waits until all are in step; then the timeline begins, and is waited for. */
  private async lock(): Promise<void> {
    const { messages, cameras, ties } = this;
    let late: readonly LateCamera[] = [];
    const onLate = (found: readonly LateCamera[]): void => {
      late = found;
    };
    const limits = new TakeLimits(this.options, { onLate, onOver: () => {} }, performance.now(), ties.recordLeads);
    const beginning = new Beginning(() => {
      limits.begun(performance.now());
      if (this.lead !== undefined) this.lead.begin();
      else cameras[0]?.begin();
    });
    while ((this.placeNow ?? Number.NEGATIVE_INFINITY) < 0 || !this.ready) {
      if (messages.server.readyTimeUs === undefined) beginning.look(cameras, ties.recordLeads);
      limits.look(cameras, performance.now());
      if (late.length > 0) throw new FailureError(late.map(({ name, text }) => problemOf(name, text)).join('; '));
      await this.moment();
    }
    this.runs = true;
  }

  private get ready(): boolean {
    return this.cameras.every((camera) => camera.ready);
  }

  private async moment(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    this.check();
  }

  /** @throws FailureError where it is over. */
  private check(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.closed) throw new FailureError('the session is over');
  }

  /**
   * A camera comes back where the timeline runs. The word of a server that died is carried on here, and its camera
   * follows from then on.
   */
  private mayRestart(number: number): boolean {
    if (!this.runs || this.closed) return false;
    return number !== 0 || this.lead !== undefined || this.relay.takeOver();
  }

  private died(name: string, error: string, again: boolean): void {
    if (again) {
      this.events.onNote(`warning: ${name}: ${error}; its camera is opened again`);
      return;
    }
    this.failure ??= new FailureError(`${problemOf(name, error)}; the session is over`);
    if (this.runs) this.events.onLost(this.failure);
  }

  private notStarted(late: readonly string[]): Error {
    const ends = this.cameras.flatMap(({ name, end }) => (end?.ok === false ? [{ name, end }] : []));
    const problems = [...late, ...ends.map(({ name, end }) => problemOf(name, end.error))];
    if (ends.some(({ end }) => end.usage)) return refusal(problems, this.cameras);
    return new FailureError(problems.length > 0 ? problems.join('; ') : 'the session was ended before it began');
  }
}
