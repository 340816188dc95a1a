import { randomBytes } from 'node:crypto';
import type { Camera, CameraInfo, CameraRequest, CapturedFrame } from '../../camera/camera.ts';
import { openCamera } from '../../camera/open.ts';
import { FailureError, inOrder } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { type ClockInfo, clockInfo } from '../../host/clock-info.ts';
import type { SyncInterfaces } from '../../host/interfaces.ts';
import { openSyncSocket, type Sender, type SyncSocket } from '../../host/sync-socket.ts';
import { isStream } from '../../record/encoders/outputs/address.ts';
import type { ClientNotice } from '../../sync/client.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import type { SyncController } from '../../sync/controllers/sync-controller.ts';
import type { SyncAlign } from '../../sync/names.ts';
import { RecordingPlan } from '../../sync/recording-plan.ts';
import { ClockRecovery } from '../../time/clock-recovery.ts';
import { framesPerSecond, periodUs } from '../../time/frame-rate.ts';
import { ClockWatch } from './clock-watch.ts';
import { FileSet, type FileSetOptions } from './file-set.ts';
import { checkHeadroom } from './headroom.ts';
import type { TakeTie } from './ipc.ts';
import { JoinGate } from './join-gate.ts';
import { clocksApart, endsCamera, type Line, noticeLine } from './notices.ts';
import { Recording } from './recording.ts';
import { openRole, type Role, type RoleFrame } from './role.ts';
import type { RecordedFrame, RunFiles } from './run-files.ts';
import type { CameraResult, CameraSnapshot, SyncMode } from './snapshot.ts';
import { type Announcement, announcementIn, TakeFilter, toldStock } from './take-filter.ts';
import { Watchdog } from './watchdog.ts';

export interface CameraRunOptions {
  readonly camera: CameraRequest;
  readonly sync: SyncMode;
  readonly syncSettings: Omit<SyncSettings, 'frameDurationUs'>;
  readonly controller: SyncController;
  readonly align?: SyncAlign;
  /** A server's recording begins when `begin` is called, not after a fixed count of frames. */
  readonly openReady?: boolean;
  readonly network: { readonly group: string; readonly port: number; readonly interface?: SyncInterfaces | undefined };
  /** The take that the camera is one of. Without, it follows whichever server it hears. */
  readonly take?: TakeTie | undefined;
  /** Frames to record; undefined goes on until stopped. */
  readonly frames: number | undefined;
  /** True where frames of pauses count as well. */
  readonly countPauses?: boolean;
  /** The recording ends before this index of the timeline, whichever it began with. */
  readonly endFrame?: number | undefined;
  /** A client that joins a recording which runs begins its own once it is locked. */
  readonly joinLocked?: boolean;
  /** `pause`: nothing is recorded until the recording is resumed. A client begins as its server does. */
  readonly initial?: 'record' | 'pause';
  readonly files: FileSetOptions;
}

export interface CameraRunEvents {
  /** The camera is open. */
  onOpened?(info: CameraInfo, clock: ClockInfo): void;
  onSnapshot(snapshot: CameraSnapshot): void;
  /** A server: the ports that it sends from, and what it decided of the recording, each time that is more. */
  onSending?(ports: readonly number[]): void;
  onAnnounced?(announcement: Announcement): void;
  onLine(line: Line): void;
}

/** A camera that delivers nothing for this long has failed, in ms. */
const STALLED_MS = 5_000;
/** A camera that is closed has that long, in ms: then files are finished without. */
const CLOSE_MS = 5_000;
/** How often that is looked after, in ms. */
const LOOK_MS = 500;
/** An endless recording that nobody can stop any more ends at a multiple of this, in seconds of its timeline. */
const ORPHAN_STEP_S = 5;
/** A camera that nobody can stop any more waits this long for its recording to begin, in ms. */
const ORPHAN_WAIT_MS = 15_000;
/** Snapshots are this far apart at least, in ms; changes of state are told at once. */
const SNAPSHOT_MS = 100;

/**
 * One camera from start to end: its frames through the sync machine, its corrections back to the camera, its recording into files.
 * This is the shell; what is decided is decided in the machines.
 */
export class CameraRun {
  private readonly options: CameraRunOptions;
  private readonly events: CameraRunEvents;
  private readonly clock: HostClock;
  private readonly open: typeof openCamera;
  private readonly recovery = new ClockRecovery();
  private readonly clockWatch: ClockWatch | undefined;
  private role: Role | undefined;
  private readonly frameUs: number;
  private files: RunFiles | undefined;
  private recording: Recording | undefined;
  private camera: Camera | undefined;
  private socket: SyncSocket | undefined;
  /** What the take lets in, on a client of one. */
  private readonly filter: TakeFilter | undefined;
  private announced = '';
  private toldOtherRate = false;
  /** Settles when the camera has to end, for whatever reason; it may be asked to at any time, also before it runs. */
  private readonly end: Promise<void>;
  private ended: (error?: Error) => void = () => {};
  private interrupted = false;

  private state: CameraSnapshot['state'] = 'starting';
  private index: number | undefined;
  private offsetUs: number | undefined;
  private correctedLast = false;
  private lastDurationUs: number | undefined;
  private boundUs: number | undefined;
  private corrections = 0;
  private gate: JoinGate | undefined;
  private watchdog: Watchdog | undefined;
  private lastSnapshotMs = 0;
  private readonly warnings: string[] = [];

  /** @param open What opens the camera. */
  constructor(options: CameraRunOptions, clock: HostClock, events: CameraRunEvents, open = openCamera) {
    this.options = options;
    this.open = open;
    this.clock = clock;
    this.events = events;
    if (options.sync !== 'off') this.clockWatch = new ClockWatch();
    if (options.take !== undefined) this.filter = new TakeFilter(options.take.session, options.take.lateFrames);
    this.frameUs = periodUs(options.camera.frameRate);
    this.end = new Promise<void>((resolve, reject) => {
      this.ended = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.end.catch(() => {});
  }

  /**
   * Runs to the end. Files are closed and valid when this resolves or rejects.
   * @throws UsageError where what was asked for can't be had, FailureError where something failed on the way.
   */
  async run(): Promise<CameraResult> {
    await this.prepareFiles();
    const giveUp = new AbortController();
    this.end.catch(() => {}).then(() => giveUp.abort());
    const idleFirst = this.options.sync !== 'off';
    const camera = await this.open({ ...this.options.camera, idleFirst, signal: giveUp.signal }, this.clock);
    this.camera = camera;
    let failure: Error | undefined;
    // One that can't be closed keeps none of the others open, and is told where all else went well.
    await inOrder(
      () => this.work(camera),
      async () => {
        failure = await this.closed(camera);
      },
      () => this.socket?.close(),
      () => this.finish(),
      () => {
        if (failure !== undefined) throw failure;
      },
    );
    this.state = 'done';
    this.report(true);
    return this.result();
  }

  /**
   * Ends the recording before frame `index`, or with the last frame taken. A camera that records nothing yet ends at once, unless it is told an
   * index and knows when that will be.
   */
  stop(index?: number): void {
    this.interrupted = true;
    if (this.recording !== undefined) this.recording.leaving = true;
    this.files?.leave();
    if (this.index === undefined || (this.firstIndex === undefined && index === undefined)) {
      this.ended();
      return;
    }
    if (this.recording?.endBefore(Math.max(this.index + 1, index ?? 0)) !== false) this.ended();
  }

  /** Pauses the recording, or resumes it, on all cameras of this server. @returns a line that says what comes of it. */
  toggle(): string {
    if (this.options.sync === 'client') return 'a client pauses and resumes with its server: ask there';
    const { pausing = false, waiting = false } = this.recording ?? {};
    const change = this.role?.change(pausing ? 'resume' : 'pause');
    if (change === undefined) return 'too early: the camera is not running yet';
    this.recording?.change(change);
    return `${!pausing ? 'paused' : waiting ? 'recording' : 'recording again'} from frame ${change.index} on`;
  }

  /**
   * Saves the circular buffer, on all cameras of this server; on a client, its own. Where the recording waits in a pause from the beginning on
   * it begins instead. @returns a line that says what comes of it.
   */
  save(): string {
    if (this.recording?.waiting) return this.toggle();
    const index = (this.index ?? -1) + 1;
    const change = this.options.sync === 'client' ? ({ kind: 'save', index } as const) : this.role?.change('save');
    if (change === undefined || this.firstIndex === undefined) return 'nothing recorded yet: nothing to save';
    this.recording?.change(change);
    return `saving up to frame ${change.index - 1}`;
  }

  /**
   * Who started this camera is gone: nobody can stop it any more. A recording with an end goes on to it; one without ends at
   * the next whole `ORPHAN_STEP_S`, which is the same frame for every camera of the take.
   */
  orphaned(): void {
    this.filter?.orphan();
    const step = Math.round(ORPHAN_STEP_S * framesPerSecond(this.options.camera.frameRate));
    if (this.options.frames === undefined && this.options.endFrame === undefined) {
      const soon = (this.index ?? 0) + step / 5;
      this.recording?.endBefore(Math.ceil(Math.max(soon, 1) / step) * step);
    }
    // A client whose server was never started would wait for ever.
    const waitMs = ORPHAN_WAIT_MS + (this.options.syncSettings.readyFrame * this.frameUs) / 1000;
    setTimeout(() => {
      if (this.firstIndex === undefined) this.ended();
    }, waitMs).unref();
  }

  /** Fixes the beginning of the recording, on a server that left it open. */
  begin(): void {
    this.role?.begin();
  }

  /** The take's server, or who carries on its word, sends from these ports of this host. */
  serverSends(ports: readonly number[]): void {
    this.filter?.sending(ports);
  }

  /** The take's server decided this. */
  serverAnnounced(announcement: Announcement): void {
    this.filter?.announce(announcement);
  }

  private openRole(info: CameraInfo): Role {
    const { options } = this;
    const { exposureUs, gain } = info;
    return openRole(
      {
        mode: options.sync,
        controller: options.controller,
        settings: { ...options.syncSettings, frameDurationUs: this.frameUs },
        open: options.openReady ?? false,
        align: options.align ?? 'end',
        sessionId: options.take?.session ?? randomBytes(8).toString('hex'),
        pinned: options.take?.session !== undefined,
        channel: options.take?.channel ?? false,
      },
      info,
      { ...(exposureUs !== undefined && { us: exposureUs }), ...(gain !== undefined && { gain }) },
    );
  }

  private async openSocket(): Promise<SyncSocket> {
    const { network, sync } = this.options;
    return openSyncSocket({
      group: network.group,
      port: network.port,
      alsoPort: this.options.take?.alsoPort,
      interface: network.interface,
      role: sync === 'server' ? 'server' : 'client',
      onMessage: (bytes, from) => this.receive(bytes, from),
      onError: (error) => this.line({ level: 'warning', text: error.message }),
    });
  }

  private receive(bytes: Uint8Array, from: Sender): void {
    const { address, port } = from;
    const { messages = 0 } = this.role ?? {};
    const message = this.filter === undefined ? bytes : this.filter.pass(bytes, from);
    if (message === undefined) return;
    const { wallUs, bootUs } = this.clock.pair();
    this.role?.receive(message, `${address}:${port}`, wallUs, bootUs);
    if ((this.role?.messages ?? 0) === messages) return;
    void this.clockWatch?.heard(address).then((line) => line && this.line(line));
  }

  private get steered(): boolean {
    return this.camera?.info.steering.kind === 'steered';
  }

  private onFrame(frame: CapturedFrame): void {
    if (this.state === 'done') return;
    this.watchdog?.heard(performance.now());
    this.recovery.add(this.clock.pair());
    const wallUs = this.recovery.toWall(frame.sensorUs);
    const step = this.role?.frame(wallUs, frame.sensorUs, frame.durationUs);
    if (step === undefined) return;
    if (step.send !== undefined) this.send(step.send);
    if (step.durationUs === undefined) this.steer(step.correctionUs);
    else this.steerTo(step.durationUs);
    for (const notice of step.notices) this.notice(notice);
    const state = this.steered || !['acquiring', 'locked'].includes(step.state) ? step.state : 'matched';
    const stateChanged = this.state !== state;
    this.state = state;
    this.index = step.index;
    this.offsetUs = step.phaseUs;
    this.boundUs = step.boundUs;
    const began = this.firstIndex === undefined;
    for (const change of step.changes) this.recording?.change(change);
    if (!this.tooEarlyToJoin(step)) {
      const slotUs = wallUs - (step.phaseUs ?? 0);
      const following = step.phaseUs !== undefined;
      this.recording?.frame(frame, step.index, slotUs, () => this.row(frame, step, wallUs), step.start, following);
    }
    this.report(stateChanged || (began && this.firstIndex !== undefined));
  }

  private send(bytes: Uint8Array): void {
    this.socket?.send(bytes, toldStock(bytes, this.options.take?.lateFrames ?? 0));
    const announcement = this.filter && announcementIn(bytes);
    const text = JSON.stringify(announcement) ?? '';
    if (announcement === undefined || text === this.announced) return;
    this.announced = text;
    this.events.onAnnounced?.(announcement);
  }

  /** Files are opened meanwhile, so that the recording begins with the frame it is locked in. */
  private tooEarlyToJoin(step: RoleFrame): boolean {
    const { joinLocked, camera, endFrame } = this.options;
    const { index } = step;
    if (!joinLocked || !this.steered || this.firstIndex !== undefined || index === undefined || index < 0) return false;
    this.gate ??= new JoinGate(framesPerSecond(camera.frameRate), endFrame);
    if (this.gate.admits(step)) return false;
    void this.recording?.open(this.clock.wall() - index * this.frameUs);
    return true;
  }

  /** A correction lasts one frame: the next one asks for the usual length again. */
  private steer(correctionUs: number): void {
    if (!this.steered) return;
    if (correctionUs !== 0) {
      this.corrections++;
      this.camera?.setFrameDuration(Math.trunc(this.frameUs) - correctionUs);
    } else if (this.correctedLast) {
      this.camera?.setFrameDuration(Math.trunc(this.frameUs));
    }
    this.correctedLast = correctionUs !== 0;
  }

  /** For a controller that says each frame's length. */
  private steerTo(durationUs: number): void {
    if (!this.steered || durationUs === this.lastDurationUs) return;
    this.lastDurationUs = durationUs;
    this.corrections++;
    this.camera?.setFrameDuration(durationUs);
  }

  private row(frame: CapturedFrame, step: RoleFrame, wallUs: number): RecordedFrame {
    return {
      wallClockUs: wallUs,
      sensorUs: frame.sensorUs,
      exposureUs: frame.exposureUs,
      gain: frame.gain,
      durationUs: frame.durationUs,
      colourGains: frame.colourGains,
      digitalGain: frame.digitalGain,
      scalerCrop: frame.scalerCrop,
      phaseUs: step.phaseUs,
      correctionUs: step.correctionUs,
      timerUs: step.timerUs,
      ready: step.ready,
      sync: this.options.sync !== 'off',
    };
  }

  private async prepareFiles(): Promise<void> {
    const { options } = this;
    const plan = new RecordingPlan();
    const about = () => ({
      name: options.camera.name,
      model: this.camera?.info.model,
      take: options.take?.name,
    });
    this.files = await FileSet.prepare(options.files, plan, (line) => this.line(line), about);
    this.recording = new Recording(
      this.files,
      plan,
      {
        frames: options.frames,
        countPauses: options.countPauses ?? false,
        endFrame: options.endFrame,
        frameUs: this.frameUs,
        sync: options.sync !== 'off',
      },
      {
        onEnd: (error) => this.ended(error),
        onLine: (line) => this.line(line),
      },
    );
  }

  private get firstIndex(): number | undefined {
    return this.recording?.firstIndex;
  }

  private async finish(): Promise<void> {
    const { options, recording } = this;
    await recording?.finish();
    const unplanned = options.frames !== undefined && !this.interrupted && recording?.firstIndex !== undefined;
    if (!unplanned || !recording.cutShort) return;
    const text = `the camera ended after ${this.files?.summary()?.frames ?? 0} of ${options.frames} frames`;
    this.line({ level: 'warning', text });
  }

  /** The camera's frames, until it has to end. */
  private async work(camera: Camera): Promise<void> {
    const { options, clock } = this;
    this.events.onOpened?.(camera.info, clockInfo(clock));
    for (const text of camera.info.notes ?? []) this.line({ level: 'warning', text });
    if (options.sync === 'client' && !this.steered && (options.align ?? 'end') !== 'end') {
      const text = `alignment by the ${options.align} of exposures: no effect on a camera that can't be steered; its frames are matched as they are`;
      this.line({ level: 'warning', text });
    }
    this.role = this.openRole(camera.info);
    if (options.initial === 'pause') this.role.change('pause');
    let watching: NodeJS.Timeout | undefined;
    try {
      if (options.sync === 'client') checkHeadroom(camera.info, options.syncSettings, options.controller);
      if (options.sync !== 'off') this.socket = await this.openSocket();
      if (options.sync === 'server') this.events.onSending?.(this.socket?.ports ?? []);
      // The first line through a fresh clock pair would be extrapolated from one reading.
      for (let i = 0; i < 3; i++) this.recovery.add(clock.pair());
      // A stream waits for its reader before the camera runs.
      const early = options.sync === 'off' || isStream(options.files.video.file ?? '');
      if (early && !this.interrupted) await this.recording?.open(clock.wall());
      const watchdog = new Watchdog(LOOK_MS, performance.now());
      this.watchdog = watchdog;
      watching = setInterval(() => this.watch(watchdog), LOOK_MS);
      const source = camera.run((frame) => this.onFrame(frame)).then(() => this.ended());
      await Promise.race([this.end, source]);
    } finally {
      clearInterval(watching);
    }
  }

  /** Closes the camera, which is not waited for for ever. @returns what went wrong. */
  private async closed(camera: Camera): Promise<Error | undefined> {
    const { name } = this.options.camera;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it does not answer for ${CLOSE_MS / 1000} s`)), CLOSE_MS);
    });
    try {
      await Promise.race([camera.close(), late]);
      return undefined;
    } catch (cause) {
      return new FailureError(`${name}: the camera could not be closed: ${(cause as Error).message}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  private notice(notice: ClientNotice): void {
    const recording = this.firstIndex !== undefined;
    if (notice.kind === 'clocks-apart' && endsCamera(notice, { recording, inTake: this.filter !== undefined })) {
      this.ended(new FailureError(clocksApart(notice)));
      return;
    }
    if (notice.kind === 'other-rate') {
      // Anybody can send so: it ends nothing, and is said once.
      if (this.toldOtherRate) return;
      this.toldOtherRate = true;
    }
    this.line(noticeLine(notice, recording, framesPerSecond(this.options.camera.frameRate)));
  }

  private line(line: Line): void {
    if (line.level === 'warning') this.warnings.push(line.text);
    this.events.onLine(line);
  }

  private watch(watchdog: Watchdog): void {
    const silentMs = watchdog.look(performance.now());
    if (silentMs > Math.max(STALLED_MS, this.frameUs / 100)) {
      this.ended(new FailureError(`${this.options.camera.name}: no frame for ${(silentMs / 1000).toFixed(0)} s`));
    }
  }

  private report(now: boolean): void {
    const ms = performance.now();
    if (!now && ms - this.lastSnapshotMs < SNAPSHOT_MS) return;
    this.lastSnapshotMs = ms;
    const summary = this.files?.summary();
    this.events.onSnapshot({
      name: this.options.camera.name,
      sync: this.options.sync,
      state: this.state,
      recording: this.firstIndex !== undefined,
      index: this.index,
      paused: this.recording?.paused ?? false,
      frames: summary?.frames ?? 0,
      wanted: this.options.frames,
      offsetUs: this.offsetUs,
      boundUs: this.boundUs,
      corrections: this.corrections,
      drops: (this.recording?.drops ?? 0) + (summary?.dropped ?? 0),
      overload: summary?.dropped ?? 0,
      repeated: summary?.repeated ?? 0,
      messages: this.role?.messages ?? 0,
      refused: total(this.role?.refused ?? new Map()) + (this.filter?.turnedAway ?? 0),
    });
  }

  private result(): CameraResult {
    const summary = this.files?.summary();
    return {
      info: (this.camera as Camera).info,
      clock: clockInfo(this.clock, undefined, this.clockWatch?.timeService),
      encoder: this.files?.encoderName,
      files: this.files?.written ?? [],
      firstIndex: this.firstIndex ?? 0,
      frames: summary?.frames ?? 0,
      captured: summary?.captured ?? 0,
      repeated: summary?.repeated ?? 0,
      drops: (this.recording?.drops ?? 0) + (summary?.dropped ?? 0),
      overload: summary?.dropped ?? 0,
      corrections: this.corrections,
      messages: this.role?.messages ?? 0,
      refused: {
        ...Object.fromEntries(this.role?.refused ?? []),
        ...(this.filter !== undefined && this.filter.turnedAway > 0 && { 'not of this take': this.filter.turnedAway }),
      },
      // Who was stopped behind the last frame has all of them.
      interrupted: this.interrupted && this.recording?.cutShort !== false,
      warnings: this.warnings,
    };
  }
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
