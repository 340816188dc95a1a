import dgram from 'node:dgram';
import type { Readable } from 'node:stream';
import type { MetadataEntry } from '../../rpicam/metadata-reader.ts';
import { type FrameLog, SteeringLog } from '../../rpicam/steering-log.ts';
import type { ClientFrame } from '../../sync/client.ts';
import type { FollowedGrid } from '../../sync/steering/followed-grid.ts';
import type { FrameReport } from '../../sync/steering/report.ts';
import type { Steerer } from '../../sync/steering/steerer.ts';
import type { SteeredState } from '../../sync/steering/way.ts';
import type { Clock } from '../../time/clock.ts';
import { bootUs, nsToUs } from '../../time/units.ts';
import { LiveMetadata } from './live-metadata.ts';
import { PolledStream } from './polled-stream.ts';
import { wakeInMs } from './wake.ts';

/** Where a stock process of this host hears what is sent to its port. */
const LOOPBACK = '127.0.0.1';
/** What a process logs of one frame it logs at once: so long after its length there is no more to come, in us. */
const FRAME_LOG_US = 3_000;
/** The machine is asked when it wants to be woken at least so often, in ms: what it hears may move that. */
const LOOK_MS = 50;
/** Where nothing was heard of the camera for so long, moments tell a followed grid how the clocks stand, in us. */
const UNHEARD_US = 500_000;
/** A camera that is in its place begins to record so many frames later: its process has to be told of it. */
export const TOLD_AHEAD_FRAMES = 12;

export interface SteeringShellOptions {
  /** The grid of a server on the network: it is told of the camera's frames, and how this host's clocks stand. */
  readonly followed?: FollowedGrid | undefined;
  /** Told what each of these is to the grid that is followed. */
  onFollowed?(frame: ClientFrame): void;
  /** Told of each frame of the camera, before it is steered by. */
  onReport?(report: FrameReport): void;
  /** Told after each frame that the camera is steered by. */
  onSteered?(): void;
  /** Where the process writes its metadata, as JSON: read once its log can't be heard. */
  readonly metadataFile?: string | undefined;
}

/**
 * The shell around a steerer: a stock process is heard by what it logs, line by line, and by its metadata; messages go
 * to its own port.
 */
export class SteeringShell {
  private readonly steerer: Steerer;
  private readonly port: number;
  private readonly clock: Clock;
  private readonly options: SteeringShellOptions;
  private readonly log = new SteeringLog();
  private readonly socket = dgram.createSocket({ type: 'udp4', lookup: (at, _, found) => found(null, at, 4) });
  private metadata: LiveMetadata | undefined;
  private waking: NodeJS.Timeout | undefined;
  private stderr: PolledStream | undefined;
  private heardUs = Number.NEGATIVE_INFINITY;
  private closed = false;

  /** @param port on which the process listens, alone. */
  constructor(steerer: Steerer, port: number, clock: Clock, options: SteeringShellOptions = {}) {
    this.steerer = steerer;
    this.port = port;
    this.clock = clock;
    this.options = options;
    // A process that has ended listens no more.
    this.socket.on('error', () => {});
    this.socket.unref();
    steerer.start(clock.boot());
    this.wakeNext();
  }

  /** What is known of the frame that the camera makes now. */
  get state(): SteeredState {
    return this.steerer.at(this.clock.boot());
  }

  /** The process is seen to run: from now on it is expected to be heard. */
  running(): void {
    this.steerer.start(this.clock.boot());
  }

  /**
   * Where the process writes: that is read when the steerer is woken, half-way from one decision of the process
   * to the next. Sooner nothing would be done with what it says.
   */
  listen(stderr: Readable | null): void {
    if (stderr !== null) this.stderr = new PolledStream(stderr);
  }

  /** The process wrote a line to stderr, whatever it says. */
  hear(line: string): void {
    const frame = this.log.push(line);
    if (frame !== undefined) this.report(frame);
  }

  /** An entry of its metadata came. */
  heard({ sensorNs, wallNs, durationUs }: MetadataEntry): void {
    if (sensorNs === undefined || wallNs === undefined) return;
    const at = { sensorUs: bootUs(nsToUs(sensorNs)), wallUs: nsToUs(wallNs) };
    this.tell({ channel: 'metadata', ...at, ...(durationUs !== undefined && { durationUs }) }, this.clock.boot());
    this.wakeNext();
  }

  close(): void {
    this.closed = true;
    this.stderr?.release();
    this.metadata?.close();
    clearTimeout(this.waking);
    this.socket.close();
  }

  private report({ sensorNs, wallNs, lines, lineUs, loggedUs, taken }: FrameLog): void {
    const at = { sensorUs: bootUs(nsToUs(sensorNs)), wallUs: nsToUs(wallNs) };
    const now = this.clock.boot();
    // What it says was known when it was logged, whenever it is read.
    const logged = loggedUs === undefined ? now : loggedUs + now - this.clock.mono();
    const known = logged >= at.sensorUs && logged <= now ? logged : now;
    this.tell({ channel: 'log', ...at, lines, lineUs, ...(taken && { taken }) }, known);
  }

  private tell(report: FrameReport, nowUs: number): void {
    if (this.closed) return;
    this.heardUs = nowUs;
    this.follow(this.options.followed?.report(report));
    this.options.onReport?.(report);
    this.steerer.report(report, nowUs);
    this.options.onSteered?.();
  }

  private follow(frame: ClientFrame | undefined): void {
    if (frame !== undefined) this.options.onFollowed?.(frame);
  }

  private wakeNext(): void {
    clearTimeout(this.waking);
    if (this.closed) return;
    const { wakeUs = Number.POSITIVE_INFINITY, periodUs } = this.steerer;
    this.waking = setTimeout(() => this.wake(), wakeInMs(wakeUs, this.clock.boot(), periodUs, LOOK_MS));
  }

  private wake(): void {
    const { followed, metadataFile } = this.options;
    this.stderr?.poll();
    // That a frame took no message is not logged.
    const frame = this.log.flush(this.clock.mono() - FRAME_LOG_US);
    if (frame !== undefined) this.report(frame);
    const { bootUs: now, wallUs } = this.clock.pair();
    if (now - this.heardUs > UNHEARD_US) this.follow(followed?.tick(wallUs, now));
    const message =
      (this.steerer.wakeUs ?? Number.POSITIVE_INFINITY) <= now ? this.steerer.wake(now, wallUs) : undefined;
    if (message !== undefined) this.socket.send(message, this.port, LOOPBACK);
    if (this.steerer.channel !== 'log') this.stderr?.release();
    if (metadataFile !== undefined && this.steerer.channel !== 'log')
      this.metadata ??= new LiveMetadata(metadataFile, (entry) => this.heard(entry));
    this.wakeNext();
  }
}
