import { randomBytes } from 'node:crypto';
import type { Camera, CameraInfo, CapturedFrame } from '../../camera/camera.ts';
import { openCamera } from '../../camera/open.ts';
import { FailureError, inOrder } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { clockInfo } from '../../host/clock-info.ts';
import type { Sender } from '../../host/sync-socket.ts';
import { isStream } from '../../record/encoders/outputs/address.ts';
import type { ClientNotice } from '../../sync/client.ts';
import type { ClockPair } from '../../time/clock.ts';
import { ClockRecovery } from '../../time/clock-recovery.ts';
import { framesPerSecond, periodUs } from '../../time/frame-rate.ts';
import { CameraTake, type OpenCamera } from './camera-take.ts';
import { ClockWatch } from './clock-watch.ts';
import { closeCamera } from './close-camera.ts';
import { FileSet } from './file-set.ts';
import { FrameLength } from './frame-length.ts';
import { checkHeadroom } from './headroom.ts';
import { HuntedCamera, type HuntedCameraMeans, huntText, PHASE_WITHIN_US } from './hunted-camera.ts';
import type { TakeOrder } from './ipc.ts';
import { clocksApart, endsCamera, type Line, noticeLine } from './notices.ts';
import { openRole, type Role, type RoleFrame } from './role.ts';
import type { CameraRunEvents, CameraRunOptions } from './run-options.ts';
import type { CameraResult, CameraSnapshot } from './snapshot.ts';
import { SyncLink } from './sync-link.ts';
import { TakeRow } from './take-row.ts';
import { Watchdog } from './watchdog.ts';

/** A camera that delivers nothing for this long has failed, in ms. */
const STALLED_MS = 5_000;
/** How often that is looked after, in ms. */
const LOOK_MS = 500;
/** An endless recording that nobody can stop any more ends at a multiple of this, in seconds of its timeline. */
const ORPHAN_STEP_S = 5;
/** A camera that nobody can stop any more waits this long for its recording to begin, in ms. */
const ORPHAN_WAIT_MS = 15_000;
/** Snapshots are this far apart at least, in ms; changes of state are told at once. */
const SNAPSHOT_MS = 100;

/**
 * One camera from start to end: its frames through the sync machine, its corrections back to the camera, its recording
 * into files. This is the shell; what is decided is decided in the machines.
 */
export class CameraRun {
  /** Its sync messages, which are told of the take's server, and of other hosts. */
  readonly link: SyncLink;
  private readonly options: CameraRunOptions;
  private readonly events: CameraRunEvents;
  private readonly clock: HostClock;
  private readonly open: typeof openCamera;
  private readonly recovery = new ClockRecovery();
  private readonly clockWatch: ClockWatch | undefined;
  private role: Role | undefined;
  private readonly frameUs: number;
  /** What it records: one take, or several in a row. */
  private only: CameraTake | undefined;
  private readonly row: TakeRow | undefined;
  private camera: Camera | undefined;
  /** The same, where it is started again until it fits. */
  private hunt: HuntedCamera | undefined;
  private length: FrameLength | undefined;
  private toldOtherRate = false;
  /** Settles when the camera has to end, for whatever reason; it may be asked to at any time, also before it runs. */
  private readonly end: Promise<void>;
  private ended: (error?: Error) => void = () => {};
  private interrupted = false;

  private state: CameraSnapshot['state'] = 'starting';
  private index: number | undefined;
  private offsetUs: number | undefined;
  private boundUs: number | undefined;
  private watchdog: Watchdog | undefined;
  private lastSnapshotMs = 0;

  /** @param open What opens the camera. */
  constructor(options: CameraRunOptions, clock: HostClock, events: CameraRunEvents, open = openCamera) {
    this.options = options;
    this.open = open;
    this.clock = clock;
    this.events = events;
    if (options.sync !== 'off') this.clockWatch = new ClockWatch();
    this.link = new SyncLink(options.network, options.take, clock, {
      onMessage: (bytes, from, at) => this.receive(bytes, from, at),
      onAnnounced: (announcement) => this.events.onAnnounced?.(announcement),
      onError: (error) => this.line({ level: 'warning', text: error.message }),
    });
    this.frameUs = periodUs(options.camera.frameRate);
    if (options.take?.inARow) this.row = this.openRow();
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
    await this.runOpen();
    return this.result();
  }

  /** Records the takes that it is told of, each by `recordTake`, until it is to stop. @throws as `run` does. */
  async runTakes(): Promise<void> {
    await this.runOpen();
  }

  private async runOpen(): Promise<void> {
    if (this.row === undefined) this.only = await this.prepareTake();
    else await FileSet.checkEncoder(this.options.files);
    const giveUp = new AbortController();
    this.end.catch(() => {}).then(() => giveUp.abort());
    const idleFirst = this.options.sync !== 'off';
    const request = { ...this.options.camera, idleFirst, signal: giveUp.signal };
    const openedUs = this.clock.boot();
    const open = () => this.open(request, this.clock);
    const camera = this.hunted(await open(), { open, clock: this.clock, openedUs });
    this.camera = camera;
    let failure: Error | undefined;
    // One that can't be closed keeps none of the others open, and is told where all else went well.
    await inOrder(
      () => this.work(camera).catch(this.failed),
      async () => {
        failure = await closeCamera(camera, this.options.camera.name);
      },
      () => this.link.close(),
      () => (this.row === undefined ? this.only?.finish(this.interrupted) : this.closeRow(this.row)),
      () => {
        if (failure !== undefined) throw failure;
      },
    );
    this.state = 'done';
    this.report(true);
  }

  /** The camera, or one that is started again until it fits. */
  private hunted(camera: Camera, means: HuntedCameraMeans): Camera {
    const { sync, phaseWithinUs, frames = 0, camera: asked } = this.options;
    const { steering } = camera.info;
    const restarts = steering.kind === 'timestamped' ? steering.restarts : undefined;
    const withinUs = phaseWithinUs ?? (restarts === 'device' ? PHASE_WITHIN_US : 0);
    if (sync !== 'client' || restarts === undefined || withinUs === 0) return camera;
    const middleUs = this.row === undefined ? (frames * this.frameUs) / 2 : 0;
    this.hunt = new HuntedCamera(asked.name, camera, { frameUs: this.frameUs, withinUs, middleUs }, means);
    return this.hunt;
  }

  /** One of several takes in a row. What comes of it is told by `onRecorded`. */
  recordTake(order: TakeOrder): void {
    this.row?.begin(order);
  }

  /** Ends one of them before its frame `index`, or with the last frame taken. */
  endTake(number: number, index?: number): void {
    this.row?.end(number, index);
  }

  /**
   * Ends the recording before frame `index`, or with the last frame taken. A camera that records nothing yet ends at
   * once, unless it is told an index and knows when that will be.
   */
  stop(index?: number): void {
    this.interrupted = true;
    if (this.row !== undefined) {
      this.ended();
      return;
    }
    this.take?.leave();
    if (this.index === undefined || (this.firstIndex === undefined && index === undefined)) {
      this.ended();
      return;
    }
    if (this.take?.endBefore(Math.max(this.index + 1, index ?? 0)) !== false) this.ended();
  }

  /** Pauses the recording, or resumes it, on all cameras of this server. @returns a line that says what comes of it. */
  toggle(): string {
    if (this.options.sync === 'client') return 'a client pauses and resumes with its server: ask there';
    const { pausing = false, waiting = false } = this.take ?? {};
    const change = this.role?.change(pausing ? 'resume' : 'pause');
    if (change === undefined) return 'too early: the camera is not running yet';
    this.take?.change(change);
    return `${!pausing ? 'paused' : waiting ? 'recording' : 'recording again'} from frame ${change.index} on`;
  }

  /**
   * Saves the circular buffer, on all cameras of this server; on a client, its own. Where the recording waits in a
   * pause from the beginning on it begins instead. @returns a line that says what comes of it.
   */
  save(): string {
    if (this.take?.waiting) return this.toggle();
    const index = (this.index ?? -1) + 1;
    const change = this.options.sync === 'client' ? ({ kind: 'save', index } as const) : this.role?.change('save');
    if (change === undefined || this.firstIndex === undefined) return 'nothing recorded yet: nothing to save';
    this.take?.change(change);
    return `saving up to frame ${change.index - 1}`;
  }

  /**
   * Who started this camera is gone: nobody can stop it any more. A recording with an end goes on to it; one without
   * ends at the next whole `ORPHAN_STEP_S`, which is the same frame for every camera of the take.
   */
  orphaned(): void {
    this.link.orphan();
    const step = Math.round(ORPHAN_STEP_S * framesPerSecond(this.options.camera.frameRate));
    const last = (index: number): number => Math.ceil(Math.max(index + step / 5, 1) / step) * step;
    void this.row?.orphan(last).then(() => this.ended());
    if (this.only?.endless) this.only.endBefore(last(this.index ?? 0));
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

  private prepareTake(): Promise<CameraTake> {
    const { options } = this;
    const onEnd = (error?: Error): void => this.ended(error);
    return CameraTake.prepare({ ...options, name: options.take?.name }, this.frameUs, { ...this.asSeen, onEnd });
  }

  private openRow(): TakeRow {
    return new TakeRow(this.options, this.frameUs, {
      ...this.asSeen,
      about: () => this.about,
      onRecorded: (number, end) => this.events.onRecorded?.(number, end),
    });
  }

  /** The takes that are recorded end with the camera, for the same reason. */
  private closeRow(row: TakeRow): Promise<void> {
    return this.end.then(
      () => row.close(),
      (error: Error) => row.close(error),
    );
  }

  private get take(): CameraTake | undefined {
    return this.row === undefined ? this.only : this.row.take;
  }

  /** This camera, as its takes see it. */
  private get asSeen(): Omit<OpenCamera, 'onEnd'> {
    return {
      model: () => this.camera?.info.model,
      counts: () => ({
        corrections: this.length?.changes ?? 0,
        messages: this.role?.messages ?? 0,
        refused: this.refused,
      }),
      onLine: (line) => this.events.onLine(line),
    };
  }

  /** Whatever ends the work ends the camera. */
  private readonly failed = (error: Error): never => {
    this.ended(error);
    throw error;
  };

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
    this.length = new FrameLength(camera, this.frameUs);
    if (options.initial === 'pause') this.role.change('pause');
    let watching: NodeJS.Timeout | undefined;
    try {
      if (options.sync === 'client') checkHeadroom(camera.info, options.syncSettings, options.controller);
      if (options.sync !== 'off') await this.link.open(options.sync);
      if (options.sync === 'server') this.events.onSending?.(this.link.ports);
      if (this.link.unicastPort !== undefined) this.events.onHearing?.(this.link.unicastPort);
      // The first line through a fresh clock pair would be extrapolated from one reading.
      for (let i = 0; i < 3; i++) this.recovery.add(clock.pair());
      // A stream waits for its reader before the camera runs.
      const early = options.sync === 'off' || isStream(options.files.video.file ?? '');
      if (early && !this.interrupted) await this.take?.open(clock.wall());
      const watchdog = new Watchdog(LOOK_MS, performance.now());
      this.watchdog = watchdog;
      watching = setInterval(() => this.watch(watchdog), LOOK_MS);
      const source = camera.run((frame) => this.onFrame(frame)).then(() => this.ended());
      await Promise.race([this.end, source]);
    } finally {
      clearInterval(watching);
    }
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
        hostId: options.take?.hostId,
      },
      info,
      { ...(exposureUs !== undefined && { us: exposureUs }), ...(gain !== undefined && { gain }) },
    );
  }

  private receive(bytes: Uint8Array, from: Sender, { wallUs, bootUs }: ClockPair): void {
    const { address, port } = from;
    const { messages = 0 } = this.role ?? {};
    this.role?.receive(bytes, `${address}:${port}`, wallUs, bootUs);
    // Of several hosts' clocks their exchange of times tells, whoever keeps them.
    if ((this.role?.messages ?? 0) === messages || this.options.take?.signed) return;
    void this.clockWatch?.heard(address).then((line) => line && this.line(line));
  }

  private onFrame(frame: CapturedFrame): void {
    if (this.state === 'done') return;
    this.watchdog?.heard(performance.now());
    this.recovery.add(this.clock.pair());
    const wallUs = this.recovery.toWall(frame.sensorUs);
    const step = this.role?.frame(wallUs, frame.sensorUs, frame.durationUs);
    if (step === undefined) return;
    if (step.send !== undefined) this.link.send(step.send);
    this.length?.follow(step);
    for (const notice of step.notices) this.notice(notice);
    if (this.hunt !== undefined && this.firstIndex === undefined) this.huntOn(this.hunt, frame, step);
    const state = this.stateOf(step.state, step.index);
    const stateChanged = this.state !== state;
    this.state = state;
    this.index = step.index;
    this.offsetUs = step.phaseUs;
    this.boundUs = step.boundUs;
    const began = this.firstIndex === undefined;
    for (const change of step.changes) this.take?.change(change);
    (this.row ?? this.take)?.frame(frame, step, wallUs, this.steered);
    this.report(stateChanged || (began && this.firstIndex !== undefined));
  }

  /** A frame of a camera that is started again until it fits. */
  private huntOn(hunt: HuntedCamera, { sensorUs }: CapturedFrame, { phaseUs, timerUs }: RoleFrame): void {
    if (phaseUs === undefined) return;
    const { found } = hunt;
    try {
      hunt.frame(sensorUs, phaseUs, timerUs);
    } catch (error) {
      this.ended(error as Error);
    }
    if (!found && hunt.found) this.line({ level: 'news', text: huntText(hunt.report) });
  }

  private stateOf(state: CameraSnapshot['state'], place: number | undefined): CameraSnapshot['state'] {
    if (!this.steered && (state === 'acquiring' || state === 'locked')) {
      return this.hunt?.hunting && this.firstIndex === undefined ? 'hunting' : 'matched';
    }
    if (state !== 'recording' || this.row === undefined) return state;
    if (this.row.order === undefined) return 'ready';
    return (this.take?.indexOf(place) ?? -1) < 0 ? 'counting' : 'recording';
  }

  private notice(notice: ClientNotice): void {
    const recording = this.firstIndex !== undefined;
    if (notice.kind === 'clocks-apart' && endsCamera(notice, { recording, inTake: this.link.inTake })) {
      this.ended(new FailureError(clocksApart(notice)));
      return;
    }
    if (notice.kind === 'other-rate') {
      // Anybody can send so: it ends nothing, and is said once.
      if (this.toldOtherRate) return;
      this.toldOtherRate = true;
    }
    const here = this.clockWatch?.here === true && this.clock.injected === undefined;
    this.line(noticeLine(notice, recording, framesPerSecond(this.options.camera.frameRate), here));
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
    const { take, row } = this;
    const { captured: _, refused, ...counts } = take?.counts() ?? { ...NOTHING, refused: this.refused };
    const alone = row === undefined;
    this.events.onSnapshot({
      name: this.options.camera.name,
      sync: this.options.sync,
      state: this.state,
      recording: this.firstIndex !== undefined,
      index: alone ? this.index : take?.indexOf(this.index),
      ...(row?.order && { take: row.order.number }),
      paused: take?.paused ?? false,
      wanted: alone ? this.options.frames : row.order?.frames,
      offsetUs: this.offsetUs,
      boundUs: this.boundUs,
      hostClock: this.link.hostClock,
      ...counts,
      refused: Object.values(refused).reduce((a, b) => a + b, 0),
    });
  }

  private result(): CameraResult {
    const hunt = this.hunt && { hunt: this.hunt.report };
    return { ...this.about, ...(this.only as CameraTake).result(this.interrupted), ...hunt };
  }

  private get about(): Pick<CameraResult, 'info' | 'clock'> {
    return {
      info: (this.camera as Camera).info,
      clock: clockInfo(this.clock, undefined, this.clockWatch?.timeService),
    };
  }

  /** Datagrams that were turned away so far, by reason. */
  private get refused(): Readonly<Record<string, number>> {
    return { ...Object.fromEntries(this.role?.refused ?? []), ...this.link.refused };
  }

  /** A line for the user; a warning stands in the result of the take as well. */
  private line(line: Line): void {
    const to = this.row ?? this.take;
    if (to === undefined) this.events.onLine(line);
    else to.line(line);
  }

  private get firstIndex(): number | undefined {
    return this.take?.firstIndex;
  }

  private get steered(): boolean {
    return this.camera?.info.steering.kind === 'steered';
  }
}

/** Between takes a camera has counted nothing. */
const NOTHING = { frames: 0, captured: 0, repeated: 0, drops: 0, overload: 0, corrections: 0, messages: 0 };
