import { createWriteStream, type WriteStream } from 'node:fs';
import { basename } from 'node:path';
import { isHalted } from '../../host/halted.ts';
import type { TakeCamera } from '../../record/take.ts';
import type { TakeFormat } from '../../record/take-format.ts';
import type { Clock } from '../../time/clock.ts';
import type { CameraSnapshot, CameraState } from '../camera/snapshot.ts';
import type { ServerListener } from '../files/server-listener.ts';
import type { CameraEnd, TakeCameraEvents, TakeCameraProcess } from '../plan/camera.ts';
import {
  argumentsForSteering,
  type StockFiles,
  type StockRequest,
  stockArguments,
  stockTimeoutMs,
} from './arguments.ts';
import { addedForSteering, stockEnvironment } from './environment.ts';
import { Growth } from './growth.ts';
import { ProcessSteering, type StockSteering } from './process-steering.ts';
import { spawnWatched, type Watched } from './spawn.ts';
import { StockVoice } from './voice.ts';

export interface StockProcessOptions {
  readonly name: string;
  /** What its files are called, without their endings: as the camera, or, where it was started again, more. */
  readonly base: string;
  readonly spec: string;
  /** Path of `rpicam-vid`. */
  readonly program: string;
  /** First line of the program's `--version`. */
  readonly version: string | undefined;
  readonly request: StockRequest;
  /** Container of the take's videos. */
  readonly format: TakeFormat;
  /** The others follow its frames. */
  readonly leads: boolean;
  /** What is known of the camera beforehand. */
  readonly about: Partial<TakeCamera>;
  /** What the take's server announces. */
  readonly server: ServerListener;
  /** How it is steered; without, it follows by its own algorithm. */
  readonly steering?: StockSteering | undefined;
  /** This host's wall clock, which the messages and the camera's own times are on. */
  readonly clock: Clock;
}

/** One that joins a take that runs has to have begun this long after its start, in ms. */
const JOIN_MS = 20_000;

/** How often its files are looked at, in ms. */
const LOOK_MS = 250;
/** A camera that records nothing for this long has stalled, in ms. */
const STALLED_MS = 5_000;
/** A process that was stopped (SIGSTOP) is ended after this long, in ms: it can't say anything itself. */
const HALTED_MS = 3_000;
/** A process that was interrupted, or said that its time is up, and has not ended after this long is killed, in ms. */
const FINISH_MS = 10_000;
/** From a frame's time to its being in the file, in ms: a camera is not stopped before that. */
const PIPELINE_MS = 500;
/** A process that outlives us ends this long after all its frames are in the file, in ms. */
const SPARE_MS = 500;
/** The process goes on for this long after we have died, behind its set time, in s. */
const GRACE_S = 15;
/**
 * A stock client says nothing until the recording begins. By then it needs some messages: one correction a message,
 * each in force before the next comes 6 frames later. Half a frame off, at a rate near the sensor's fastest, takes the
 * most.
 */
const MESSAGES_TO_STEP = 10;

/**
 * A camera that the machine's own `rpicam-vid` runs. It says little: what it prints, how its files grow and how it ends
 * is all that is known before its metadata are read.
 */
export class StockProcess implements TakeCameraProcess {
  readonly name: string;
  readonly spec: string;
  readonly ended: Promise<CameraEnd>;
  readonly args: readonly string[];
  end: CameraEnd | undefined;
  snapshot: CameraSnapshot | undefined;
  /** What is known of its file of the take, once there is one. */
  conformed: Partial<TakeCamera> | undefined;
  private readonly options: StockProcessOptions;
  private readonly events: TakeCameraEvents;
  private readonly process: Watched;
  private readonly log: WriteStream;
  private readonly growth: Growth;
  private readonly timers: NodeJS.Timeout[] = [];
  private state: CameraState = 'starting';
  private passedOver = false;
  private recordingMs: number | undefined;
  private messagesBefore = 0;
  private stopped = false;
  private haltedMs: number | undefined;
  private failure: string | undefined;
  private readonly voice: StockVoice;
  private readonly steered: ProcessSteering | undefined;
  private readonly startedMs = performance.now();
  /** It was ended since it has all frames of the take. */
  private complete = false;

  constructor(options: StockProcessOptions, events: TakeCameraEvents) {
    this.options = options;
    this.events = events;
    this.name = options.name;
    this.spec = options.spec;
    const { request, program } = options;
    const { files } = request;
    this.args = stockArguments(request);
    this.voice = new StockVoice({
      onRunning: () => this.running(),
      onBegan: () => this.began(),
      onTimeUp: () => this.after(FINISH_MS, () => this.process.kill()),
      onLine: events.onLine,
    });
    this.growth = new Growth(files.pts, [files.video, files.metadata]);
    this.log = createWriteStream(files.log);
    this.log.on('error', (error) => this.warn(`its log can't be written: ${error.message}`));
    const command = [program, ...this.args].join(' ');
    this.log.write(`$ ${command}\n`);
    events.onLine({ level: 'info', text: `$ ${command}` });
    const steers = options.steering !== undefined;
    if (steers) events.onLine({ level: 'info', text: forSteering(request) });
    const graceS = stockTimeoutMs(request.frames, request.frameRate, request.earlyMs) / 1000 + GRACE_S;
    this.process = spawnWatched(program, this.args, graceS, stockEnvironment(steers, request.configFile));
    const { child } = this.process;
    const { steering, clock } = options;
    if (steering !== undefined) this.steered = new ProcessSteering(steering, clock, files.metadata, events.onLine);
    for (const stream of [child.stdout, child.stderr]) this.voice.listen(stream, (line) => this.hear(line));
    this.steered?.listen(child.stderr);
    this.ended = new Promise((resolve) => {
      const over = (end: CameraEnd): void => {
        for (const timer of this.timers) clearInterval(timer);
        this.steered?.close();
        this.log.end();
        this.end ??= end;
        this.state = 'done';
        if (this.snapshot !== undefined) this.report();
        resolve(this.end);
      };
      child.on('error', (error) => over({ ok: false, error: `${program}: ${error.message}`, usage: false }));
      child.on('close', (code, signal) => void this.growth.end().then(() => over(this.outcome(code, signal))));
    });
    this.timers.push(setInterval(() => void this.look(), LOOK_MS));
  }

  get part(): TakeCameraProcess['part'] {
    return { file: `${this.base}.${this.options.format}`, framesCsv: `${this.base}.frames.csv` };
  }

  get base(): string {
    return this.options.base;
  }

  /** Of one that was started again: it was in its place from this slot of the take on. */
  get fromSlot(): number | undefined {
    return this.steered?.fromSlot;
  }

  get pid(): number | undefined {
    return this.process.child.pid;
  }

  get inStep(): boolean {
    if (this.state === 'recording' || this.options.request.sync === 'server') return this.state === 'recording';
    if (this.steered !== undefined) return this.steered.inPlace;
    return this.state === 'waiting' && this.options.server.messages - this.messagesBefore >= MESSAGES_TO_STEP;
  }

  /**
   * It ends a moment after frame `index` was due, so that this frame is in its file; what is behind it is left out
   * later.
   */
  stop(index?: number): void {
    this.stopped = true;
    const dueUs = index === undefined ? undefined : this.options.server.timeOf(index);
    const inMs = dueUs === undefined ? 0 : (dueUs - this.options.clock.wall()) / 1000 + this.pipelineMs;
    if (inMs <= 0) this.finish();
    else this.after(inMs, () => this.finish());
  }

  /** When the recording begins is fixed from the start. */
  begin(): void {}

  kill(): void {
    this.process.kill();
  }

  describe(): Partial<TakeCamera> {
    const { about, program, version, request } = this.options;
    const { log, metadata, pts } = request.files;
    return {
      ...about,
      stock: {
        program,
        ...(version !== undefined && { version }),
        arguments: this.args,
        log: basename(log),
        metadata: basename(metadata),
        pts: basename(pts),
        ...(this.steered && { steering: this.steered.describe() }),
      },
      ...this.conformed,
    };
  }

  /** The files that it writes. */
  get files(): StockFiles {
    return this.options.request.files;
  }

  get sync(): 'server' | 'client' {
    return this.options.leads ? 'server' : 'client';
  }

  /** From a frame's time to its being in the file: an encoder that keeps frames back is heard later by as much. */
  private get pipelineMs(): number {
    return PIPELINE_MS + (this.steered?.latencyUs ?? 0) / 1000;
  }

  private hear(line: string): boolean {
    const forSteerer = this.steered?.hear(line) ?? false;
    if (!forSteerer) this.log.write(`${line}\n`);
    return !forSteerer;
  }

  private running(): void {
    if (this.state !== 'starting') return;
    this.state = this.options.request.sync === 'server' ? 'counting' : 'waiting';
    this.steered?.running();
    this.messagesBefore = this.options.server.messages;
    this.report();
  }

  /** It writes frames. One that is steered may do so before the take begins: those are cut off. */
  private began(): void {
    if (this.recordingMs !== undefined) return;
    if (this.steered !== undefined && !this.isDue(0)) return;
    this.recordingMs = performance.now();
    this.state = 'recording';
    const { server, request } = this.options;
    const endUs = request.frames === undefined ? undefined : server.timeOf(request.frames);
    if (this.steered !== undefined && endUs !== undefined)
      this.process.endBy(endUs + 1000 * (this.pipelineMs + SPARE_MS));
    this.report();
  }

  private async look(): Promise<void> {
    // Amid the recording each other time is often enough: to look at files costs as much as to steer the camera.
    this.passedOver = this.recordingMs !== undefined && !this.passedOver;
    if (this.passedOver) return this.endOnTime();
    const before = this.growth.lastMs;
    await this.growth.look();
    if (this.growth.lastMs !== before) this.voice.grew();
    if (this.end !== undefined) return;
    this.steered?.look();
    this.watchHalt(performance.now());
    if (this.growth.frames !== undefined) this.began();
    this.endOnTime();
    this.watch();
    if (this.snapshot !== undefined) this.report();
  }

  private isDue(index: number, afterMs = 0): boolean {
    const dueUs = this.options.server.timeOf(index);
    return dueUs !== undefined && this.options.clock.wall() >= dueUs + 1000 * afterMs;
  }

  /** One that is steered may have begun sooner than the take, and its own time ends later: it is ended here. */
  private endOnTime(): void {
    const { request } = this.options;
    if (this.steered === undefined || this.stopped || this.complete || this.recordingMs === undefined) return;
    if (request.frames === undefined || !this.isDue(request.frames, this.pipelineMs)) return;
    this.complete = true;
    this.finish();
  }

  private watchHalt(nowMs: number): void {
    const halted = this.pid !== undefined && isHalted(this.pid);
    this.haltedMs = halted ? (this.haltedMs ?? nowMs) : undefined;
    if (this.haltedMs === undefined || nowMs - this.haltedMs < HALTED_MS) return;
    this.failure ??= `its process was stopped for ${HALTED_MS / 1000} s, and was ended`;
    this.process.kill();
  }

  /** Stalls, and a beginning that was missed. */
  private watch(): void {
    if (this.stopped || this.complete || this.voice.timeUp || this.failure !== undefined) return;
    if (this.recordingMs !== undefined) {
      const silentMs = performance.now() - Math.max(this.recordingMs, this.growth.lastMs ?? 0);
      if (silentMs > STALLED_MS) this.fail(`no frame for ${(silentMs / 1000).toFixed(0)} s`);
      return;
    }
    if (this.steered?.joins === true) {
      if (performance.now() - this.startedMs > JOIN_MS) this.fail(`has not begun ${JOIN_MS / 1000} s after its start`);
    } else if (this.isDue(0, STALLED_MS)) {
      this.fail(`rpicam-vid has not begun ${STALLED_MS / 1000} s after the server's first frame`);
    }
  }

  private fail(why: string): void {
    this.failure ??= why;
    this.finish();
  }

  private finish(): void {
    this.steered?.ending();
    this.process.interrupt();
    this.after(FINISH_MS, () => this.process.kill());
  }

  private after(ms: number, act: () => void): void {
    this.timers.push(setTimeout(act, ms));
  }

  private outcome(code: number | null, signal: NodeJS.Signals | null): CameraEnd {
    const { errors, stall, timeUp, usage } = this.voice;
    if (this.failure !== undefined) {
      const why = errors ?? stall;
      return { ok: false, error: why === undefined ? this.failure : `${this.failure}: ${why}`, usage: false };
    }
    if (code === 0) {
      if (errors !== undefined) this.warn(errors);
      return { ok: true, frames: this.growth.frames ?? 0, interrupted: !timeUp && !this.complete };
    }
    return { ok: false, error: this.voice.endText(code, signal), usage };
  }

  private warn(text: string): void {
    this.events.onLine({ level: 'warning', text });
  }

  private report(): void {
    const { request, server, clock } = this.options;
    const frames = this.growth.frames ?? 0;
    // Before the beginning the server's word says how long it is to go; after it nothing tells the frames apart from
    // outside.
    const index = this.recordingMs === undefined ? server.indexAt(clock.wall()) : undefined;
    const steered = this.state === 'waiting' || this.state === 'recording' ? this.steered?.state : undefined;
    this.snapshot = {
      name: this.name,
      sync: this.sync,
      state: this.sync === 'client' || this.state === 'waiting' ? (steered?.state ?? this.state) : this.state,
      recording: this.recordingMs !== undefined,
      index: index !== undefined && index < 0 ? index : undefined,
      frames: request.frames === undefined ? frames : Math.min(frames, request.frames),
      wanted: request.frames,
      offsetUs: steered?.phaseUs,
      ...(steered?.boundUs !== undefined && { boundUs: steered.boundUs }),
      corrections: undefined,
      drops: undefined,
      repeated: undefined,
      messages: undefined,
      refused: undefined,
    };
    this.events.onSnapshot(this.snapshot);
  }
}

/** What was added to its command line so that it can be steered. */
const forSteering = (request: StockRequest): string =>
  `of that for steering: ${[...argumentsForSteering(request), 'and', addedForSteering(request.configFile)].join(' ')}`;
