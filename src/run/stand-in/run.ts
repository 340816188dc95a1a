import type { CapturedFrame } from '../../camera/camera.ts';
import { VirtualCamera } from '../../camera/virtual/camera.ts';
import { frameUsOf } from '../../camera/virtual/choose-mode.ts';
import { inOrder } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { openSyncSocket, type SyncSocket } from '../../host/sync-socket.ts';
import { addSampleLine, type DebugLine, getOutputLine } from '../../rpicam/debug-lines.ts';
import { RecordingPlan } from '../../sync/recording-plan.ts';
import { ClockRecovery } from '../../time/clock-recovery.ts';
import { usToNs } from '../../time/units.ts';
import { FileSet } from '../camera/file-set.ts';
import type { CameraRunOptions } from '../camera/run-options.ts';
import { inLocalTime } from '../local-time.ts';
import type { StandIn } from './behaviour.ts';
import { StandInFiles, type StandInLength } from './files.ts';
import { type IpaDecision, StandInIpa } from './ipa.ts';
import { StandInSocket } from './socket.ts';

export interface StandInEvents {
  onOpened(): void;
  /** What libcamera logs at level DEBUG. */
  onLog(lines: readonly DebugLine[]): void;
  /** The recording begins, with a frame that is so far from the ready time, in us. */
  onAchieved(differenceUs: number): void;
  onStall(): void;
  onHalting(durationUs: number): void;
}

/** Files are opened this long before they are needed, where that is known, in us. */
const OPEN_AHEAD_US = 1e6;

/**
 * One camera from start to end as stock rpicam-vid runs it: what libcamera makes of its frames (`StandInIpa`), and
 * files of captured frames alone.
 */
export class StandInRun {
  private readonly options: CameraRunOptions;
  private readonly standIn: StandIn;
  private readonly length: StandInLength;
  private readonly clock: HostClock;
  private readonly skipBelowUs: number;
  private readonly events: StandInEvents;
  private readonly recovery = new ClockRecovery();
  private readonly ended: Promise<void>;
  private end: (error?: Error) => void = () => {};
  private running = true;
  private files: StandInFiles | undefined;
  private ipa: StandInIpa | undefined;
  private camera: VirtualCamera | undefined;
  private lineUs = 0;
  private client: StandInSocket | undefined;
  private server: SyncSocket | undefined;

  /** @param skipBelowUs frames that come sooner after another are left out by the sync algorithm. */
  constructor(
    options: CameraRunOptions,
    length: StandInLength,
    standIn: StandIn,
    skipBelowUs: number,
    clock: HostClock,
    events: StandInEvents,
  ) {
    this.options = options;
    this.length = length;
    this.standIn = standIn;
    this.skipBelowUs = skipBelowUs;
    this.clock = clock;
    this.events = events;
    this.ended = new Promise((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.ended.catch(() => {});
  }

  /** Runs to the end. @throws UsageError where what was asked for can't be had. */
  async run(): Promise<void> {
    const { options, clock } = this;
    const set = await FileSet.prepare(options.files, new RecordingPlan(), () => {});
    this.files = new StandInFiles(set, this.standIn, this.length, {
      onEnd: () => {
        const { durationUs, frames } = this.length;
        if (frames === undefined && durationUs !== undefined) this.events.onHalting(durationUs);
        this.stop();
      },
      onStall: () => this.events.onStall(),
    });
    const camera = new VirtualCamera(options.camera, clock);
    this.camera = camera;
    await inOrder(
      () => this.work(camera),
      () => camera.close(),
      () => this.client?.close(),
      () => this.server?.close(),
      () => this.files?.close(),
    );
  }

  stop(): void {
    this.running = false;
    this.end();
  }

  private async work(camera: VirtualCamera): Promise<void> {
    const { options, standIn, events } = this;
    const { steering } = camera.info;
    if (steering.kind !== 'steered') return;
    this.lineUs = steering.lineUs;
    const ipa = new StandInIpa({
      sync: options.sync,
      settings: options.syncSettings,
      limitUs: frameUsOf(options.camera.frameRate),
      lineUs: steering.lineUs,
      skipBelowUs: standIn.skipBelowUs ?? this.skipBelowUs,
      // Statistics come with the frame or one later; then the sensor's own delay.
      orderFrames: standIn.orderFrames ?? steering.controlDelayFrames + 1,
      orderMovesUs: standIn.orderMovesUs,
      rounds: standIn.rounds,
    });
    this.ipa = ipa;
    // A virtual sensor floors: what it is asked for is between the borders, where libcamera rounds too.
    camera.setFrameDuration((ipa.restLines + 0.5) * steering.lineUs);
    events.onOpened();
    events.onLog(ipa.setUpLog);
    await this.openSocket();
    for (let i = 0; i < 3; i++) this.recovery.add(this.clock.pair());
    // What has come by then is read before a frame is looked at, as from a socket that is asked.
    const frames = camera.run((frame) => void setImmediate(() => this.frame(frame)));
    await Promise.race([this.ended, frames]);
  }

  private async openSocket(): Promise<void> {
    const { network, sync } = this.options;
    if (sync === 'client') this.client = new StandInSocket(network);
    if (sync !== 'server') return;
    this.server = await openSyncSocket({ ...network, role: 'server', onError: () => {} });
  }

  private frame(frame: CapturedFrame): void {
    const { ipa, clock, recovery, client } = this;
    if (ipa === undefined || !this.running) return;
    const pair = clock.pair();
    recovery.add(pair);
    const wallUs = recovery.toWall(frame.sensorUs);
    const bootNs = usToNs(pair.bootUs);
    this.events.onLog([
      addSampleLine(bootNs, usToNs(pair.wallUs)),
      getOutputLine(bootNs, usToNs(recovery.toWall(pair.bootUs))),
    ]);
    const listens = client !== undefined && ipa.runsOn(frame.sensorUs) && client.join();
    const { sequence: number, sensorUs, exposureUs, gain = 1 } = frame;
    const seen = { number, sensorUs, wallUs, exposureUs: exposureUs ?? 0, gain };
    const decision = ipa.frame(seen, listens ? client.take() : undefined);
    const { order, send, log, achievedUs } = decision;
    if (order !== undefined) this.camera?.orderFrame(order.frame, order.lines);
    if (send !== undefined) this.server?.send(send);
    this.events.onLog(log);
    if (achievedUs !== undefined) this.events.onAchieved(achievedUs);
    this.record(frame, decision, wallUs);
  }

  private record(frame: CapturedFrame, { ready, ran, lines }: IpaDecision, wallUs: number): void {
    const timerUs = ran?.timerUs;
    const soon = ready || (timerUs !== undefined && timerUs > 0 && timerUs < OPEN_AHEAD_US);
    if (this.options.initial === 'pause' || !soon) return;
    const start = inLocalTime({ wallUs: wallUs + Math.max(0, timerUs ?? 0) });
    this.files?.open(start, (error) => this.end(error)).catch((error: Error) => this.end(error));
    if (!ready) return;
    this.files?.take(() => frame.picture(), {
      wallClockUs: wallUs,
      sensorUs: frame.sensorUs,
      exposureUs: frame.exposureUs,
      gain: frame.gain,
      durationUs: Math.trunc(lines * this.lineUs),
      colourGains: frame.colourGains,
      digitalGain: frame.digitalGain,
      scalerCrop: frame.scalerCrop,
      phaseUs: undefined,
      correctionUs: undefined,
      timerUs,
      ready,
      sync: ran !== undefined,
    });
  }
}
