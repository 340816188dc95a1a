import { join } from 'node:path';
import { FailureError, UsageError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import type { Sender } from '../../host/sync-socket.ts';
import type { ClientFrame } from '../../sync/client.ts';
import { FollowedGrid } from '../../sync/steering/followed-grid.ts';
import type { Learned } from '../../sync/steering/learned.ts';
import type { Channel, FrameReport } from '../../sync/steering/report.ts';
import { Steerer } from '../../sync/steering/steerer.ts';
import { framesPerSecond, periodUs } from '../../time/frame-rate.ts';
import type { Summary } from '../../time/statistics.ts';
import { ClockWatch } from '../camera/clock-watch.ts';
import { type Line, noticeLine } from '../camera/notices.ts';
import { SyncLink, type SyncNetwork } from '../camera/sync-link.ts';
import { TOLD_AHEAD_FRAMES } from '../steering/shell.ts';
import { UNHEARD_TO_STEP_MS } from '../stock/process-steering.ts';
import type { SteeredRequest } from '../stock/steered-camera.ts';
import { StockVoice } from '../stock/voice.ts';
import { metadataArguments } from './arguments.ts';
import { findStockCamera, makeSteerable, type SteerableCamera } from './camera.ts';
import { Phases } from './phases.ts';
import { SteeredProcess } from './process.ts';
import { type RowSources, SteeredRows } from './rows.ts';

/** What a stock camera that follows a server on the network is run with. */
export interface SteeredClientOptions {
  /** The camera's number, as rpicam-vid counts them. */
  readonly number: number;
  readonly request: SteeredRequest;
  readonly network: SyncNetwork;
  /** What rpicam-vid is told besides, as the user told it. */
  readonly args: readonly string[];
  /** The user's own tuning file. */
  readonly tuningFile: string | undefined;
  /** True where it writes its recording to stdout. */
  readonly toStdout: boolean;
  /** By what it is steered. */
  readonly steer: 'auto' | Channel;
  /** Where it writes its metadata; without `file` it is asked to, into one that is removed. Undefined: it can't. */
  readonly metadata: { readonly file?: string | undefined } | undefined;
  /** A file of rows to write, and what they are made of beside the metadata, which there must be. */
  readonly rows?: ({ readonly file: string } & Omit<RowSources, 'metadata'>) | undefined;
}

export interface SteeredClientEvents {
  /** It is known how rpicam-vid is run. */
  onCommand(words: readonly string[], camera: SteerableCamera): void;
  onState(state: SteeredClientState): void;
  onLine(line: Line): void;
}

/** What it is doing: there is no server yet; on the way; in its place; its process records. */
export type SteeredClientState = 'waiting' | 'acquiring' | 'locked' | 'recording';

/** What came of it. */
export interface SteeredClientResult {
  /** True where it recorded. */
  readonly recorded: boolean;
  readonly interrupted: boolean;
  /** How far its frames were from the server's while it recorded, by their stamps, in us. */
  readonly phases: Summary | undefined;
  readonly learned: Learned | undefined;
}

/** How often it is looked at, in ms. */
const LOOK_MS = 50;
/** Its process goes on for so long after this one has died, in s. */
const GRACE_S = 15;

/**
 * A client of ours whose camera rpicam-vid runs: it hears the server on the network, and its process hears nobody but
 * the steerer. The recording is the process's own.
 */
export class SteeredClient {
  private readonly options: SteeredClientOptions;
  private readonly clock: HostClock;
  private readonly events: SteeredClientEvents;
  private readonly clockWatch = new ClockWatch();
  private readonly voice: StockVoice;
  private rows: SteeredRows | undefined;
  private grid: FollowedGrid | undefined;
  private phases: Phases | undefined;
  private steerer: Steerer | undefined;
  private process: SteeredProcess | undefined;
  private state: SteeredClientState | undefined;
  private messages = 0;
  private beginsWith: number | undefined;
  private recording = false;
  private interrupted = false;
  private toldOf: Channel = 'log';
  /** Since when it is steered without being heard, on the boot clock. */
  private unheardUs: number | undefined;

  constructor(options: SteeredClientOptions, clock: HostClock, events: SteeredClientEvents) {
    this.options = options;
    this.clock = clock;
    this.events = events;
    this.voice = new StockVoice({
      onRunning: () => this.process?.running(),
      onBegan: () => {
        this.recording = true;
      },
      onTimeUp: () => {},
      onLine: events.onLine,
    });
  }

  /** Runs until rpicam-vid ends. @throws UsageError for what can't be had, FailureError where rpicam-vid fails. */
  async run(): Promise<SteeredClientResult> {
    const { number, request, network, tuningFile } = this.options;
    const found = await findStockCamera(number, request);
    const camera = await makeSteerable(found, request, network.group, tuningFile);
    const link = new SyncLink(network, undefined, this.clock, {
      onMessage: (bytes, from) => this.receive(bytes, from),
      onAnnounced: () => {},
      onError: ({ message }) => this.events.onLine({ level: 'warning', text: message }),
    });
    let looking: NodeJS.Timeout | undefined;
    try {
      const { rows } = this.options;
      if (rows !== undefined) this.rows = await SteeredRows.open(rows.file, request.frameRate);
      const steerer = this.steer(camera);
      await link.open('client');
      looking = setInterval(() => this.look(), LOOK_MS);
      const end = this.interrupted ? undefined : await this.start(camera, steerer).ended;
      try {
        if (this.recording) await this.writeRows(camera);
      } finally {
        // Why the process failed is why there are no rows.
        if (end !== undefined) this.judge(end);
      }
      return {
        recorded: this.recording,
        interrupted: this.interrupted,
        phases: this.phases?.summary,
        learned: steerer.learned,
      };
    } finally {
      clearInterval(looking);
      await link.close();
      await this.rows?.close();
      await camera.close();
    }
  }

  /** rpicam-vid finishes its files, and ends. */
  stop(): void {
    this.interrupted = true;
    this.process?.stop();
  }

  /** rpicam-vid gets a signal of its own. */
  signal(name: NodeJS.Signals): void {
    this.process?.signal(name);
  }

  private steer({ run }: SteerableCamera): Steerer {
    const { camera } = run;
    const grid = new FollowedGrid({ ...camera, restUs: run.restUs }, periodUs(this.options.request.frameRate));
    const { steer, metadata } = this.options;
    const channel = steer === 'auto' && metadata === undefined ? 'log' : steer;
    // The file is the user's: it begins with the server's frame 0, and no sooner.
    const steerer = new Steerer(camera, grid, { channel, startsOnTime: true });
    this.toldOf = steerer.channel;
    this.grid = grid;
    this.phases = new Phases(grid);
    this.steerer = steerer;
    return steerer;
  }

  private start(camera: SteerableCamera, steerer: Steerer): SteeredProcess {
    const { program, configFile, port } = camera;
    const { metadata } = this.options;
    const metadataFile = this.metadataFile(camera);
    const own = metadata !== undefined && metadata.file === undefined ? metadataArguments(metadataFile as string) : [];
    const args = [...camera.args, ...own, ...this.options.args];
    this.events.onCommand([program, ...args], camera);
    const { clock } = this;
    const hearing = {
      followed: this.grid,
      onFollowed: (frame: ClientFrame) => this.notice(frame),
      onReport: ({ sensorUs, channel }: FrameReport) => {
        // They are written of frames that it records alone.
        if (channel === 'metadata') this.recording = true;
        if (this.recording) this.phases?.add(sensorUs);
      },
      metadataFile,
    };
    const options = { program, args, configFile, steerer, port, clock, graceS: GRACE_S, hearing };
    this.process = new SteeredProcess(options, this.voice, this.options.toStdout);
    return this.process;
  }

  private metadataFile({ folder }: SteerableCamera): string | undefined {
    const { metadata } = this.options;
    return metadata && (metadata.file ?? join(folder, 'metadata.json'));
  }

  private async writeRows(camera: SteerableCamera): Promise<void> {
    const { rows } = this.options;
    const metadata = this.metadataFile(camera);
    if (rows === undefined || metadata === undefined) return;
    for (const text of (await this.rows?.write({ ...rows, metadata }, this.clock)) ?? [])
      this.events.onLine({ level: 'warning', text });
  }

  private receive(bytes: Uint8Array, { address, port }: Sender): void {
    const { wallUs, bootUs } = this.clock.pair();
    const client = this.grid?.client;
    if (client === undefined) return;
    const from = `${address}:${port}`;
    client.receive(bytes, from, wallUs, bootUs);
    this.rows?.hear(bytes, from, wallUs, bootUs);
    if (client.guard.accepted === this.messages) return;
    this.messages = client.guard.accepted;
    void this.clockWatch.heard(address).then((line) => line && this.events.onLine(line));
  }

  private notice({ notices }: ClientFrame): void {
    const fps = framesPerSecond(this.options.request.frameRate);
    const here = this.clockWatch.here && this.clock.injected === undefined;
    for (const notice of notices) this.events.onLine(noticeLine(notice, this.recording, fps, here));
  }

  private look(): void {
    const { grid, steerer, process } = this;
    if (grid === undefined || steerer === undefined || process === undefined) return;
    this.begin(grid, steerer, process.state.state, this.clock.boot());
    this.tell(process.state.state);
    const { channel, reason } = steerer;
    if (channel !== 'log') this.unheardUs ??= this.clock.boot();
    if (channel !== this.toldOf)
      this.events.onLine({
        level: 'warning',
        text: `is steered by ${channel} (${reason})${channel === 'grid' ? ', which is less exact' : ''}`,
      });
    this.toldOf = channel;
  }

  /** The process begins with the server's frame 0; where that is over, with a frame once it is in its place. */
  private begin(grid: FollowedGrid, steerer: Steerer, state: string, nowUs: number): void {
    const { readyNumber } = grid;
    if (readyNumber === undefined || this.recording) return;
    const origin = grid.at(0) ?? nowUs;
    const number = Math.round((nowUs - origin) / grid.periodUs);
    if (number < readyNumber) {
      steerer.begin(readyNumber);
      this.beginsWith = readyNumber;
      return;
    }
    // The beginning that it was told of is under way.
    if (this.beginsWith !== undefined && number < this.beginsWith + TOLD_AHEAD_FRAMES) return;
    if (!this.inPlace(state, nowUs)) return;
    this.beginsWith = number + TOLD_AHEAD_FRAMES;
    steerer.begin(this.beginsWith);
    this.events.onLine({
      level: 'warning',
      text: `joined late: the recording begins with frame ${this.beginsWith - readyNumber} of the server's`,
    });
  }

  /** Of one that is not heard nothing tells: it is given the time that it takes. */
  private inPlace(state: string, nowUs: number): boolean {
    return state === 'locked' || (this.unheardUs !== undefined && nowUs - this.unheardUs > 1000 * UNHEARD_TO_STEP_MS);
  }

  private tell(steered: 'waiting' | 'acquiring' | 'locked'): void {
    const heard = this.grid?.client.followed !== undefined;
    const state = this.recording ? 'recording' : heard ? steered : 'waiting';
    if (state !== this.state) this.events.onState(state);
    this.state = state;
  }

  private judge({ code, signal, error }: Awaited<SteeredProcess['ended']>): void {
    const { errors, usage } = this.voice;
    if (error !== undefined) throw new UsageError(error);
    if (code === 0) {
      if (errors !== undefined) this.events.onLine({ level: 'warning', text: errors });
      return;
    }
    // Before it records, rpicam-vid may end by the signal that was to end it.
    if (this.interrupted && signal !== null) return;
    const text = this.voice.endText(code, signal);
    throw usage ? new UsageError(text) : new FailureError(text);
  }
}
