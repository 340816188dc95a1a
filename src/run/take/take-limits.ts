import { isStock } from '../../camera/backends.ts';
import { SYNC_DEFAULTS } from '../../sync/controller.ts';
import type { TakeCameraProcess } from '../plan/camera.ts';
import type { TakeOptions } from '../plan/options.ts';

/** What is asked of a camera here. */
export type LimitedCamera = Pick<
  TakeCameraProcess,
  'name' | 'spec' | 'end' | 'inStep' | 'snapshot' | 'stop' | 'kill'
> & {
  readonly recorded: boolean;
};

/** A camera that keeps the take from its beginning. */
export interface LateCamera {
  readonly name: string;
  readonly text: string;
  /** What it was doing, where it is not locked. */
  readonly notLocked?: string;
}

export interface LimitActions {
  /** Nothing is recorded, and one of the time limits before that is over: the take ends. */
  onLate(problems: readonly LateCamera[]): void;
  /** A camera goes on beyond its time: it is ended. */
  onOver(name: string, text: string): void;
}

/** Clients that were all in step once may take this much longer to be so at one moment, in ms. */
const FLAPPING_MS = 1_500;
/** The least time from when the recording was due to when each camera records, in ms. */
const BEGIN_MS = 5_000;
/** From fixing the beginning to the beginning, in frames, and some. */
const FIXED_FRAMES = 60;
/** A camera that takes frames this long behind the take's end is told its end once more, in ms; */
const PAST_END_MS = 5_000;
/** and one that has not ended this long behind it is killed: it had time to close its file. */
const OVER_MS = 40_000;

/**
 * The time limits of a take, on a clock that only goes on: no state before the recording lasts longer than
 * `--lock-timeout`, and the recording no longer than was asked for, whatever cameras, servers and strangers on the
 * network say. All times in ms.
 */
export class TakeLimits {
  private readonly options: Pick<TakeOptions, 'specs' | 'frames' | 'frameRate' | 'lockTimeout' | 'readyFrames'>;
  /** All cameras follow, the first one too. */
  private readonly led: boolean;
  private readonly actions: LimitActions;
  private readonly startMs: number;
  private readonly frameMs: number;
  /** The recording begins when the server is told to; a stock one can't be told. */
  private readonly open: boolean;
  private readonly outSince = new Map<string, number>();
  /** Clients that were looked at before: until then one counts as out of step from the start. */
  private readonly seen = new Set<string>();
  private begunMs: number | undefined;
  private recordingMs: number | undefined;
  private readonly reminded = new Set<string>();
  private readonly over = new Set<string>();
  private lateSaid = false;

  /**
   * @param startMs when the last of the cameras was seen to run.
   * @param led `record` is the server: all cameras follow, the first one too.
   */
  constructor(options: TakeLimits['options'], actions: LimitActions, startMs: number, led = false) {
    this.options = options;
    this.led = led;
    this.actions = actions;
    this.startMs = startMs;
    this.open = options.readyFrames === undefined && (led || !options.specs.slice(0, 1).some(isStock));
    this.frameMs = (1000 * options.frameRate.den) / options.frameRate.num;
  }

  /** The server was told to fix the beginning. */
  begun(nowMs: number): void {
    this.begunMs ??= nowMs;
  }

  /** True where every camera should have come to its last frame. */
  isOver(nowMs: number): boolean {
    const { frames } = this.options;
    return this.recordingMs !== undefined && frames !== undefined && nowMs >= this.recordingMs + frames * this.frameMs;
  }

  /** Time passes; the first camera is the server, where one is. */
  look(cameras: readonly LimitedCamera[], nowMs: number): void {
    if (this.recordingMs === undefined && cameras.some(({ recorded }) => recorded)) this.recordingMs = nowMs;
    if (this.recordingMs === undefined) this.beforeRecording(cameras, nowMs);
    else this.recording(cameras, nowMs, this.recordingMs);
  }

  private beforeRecording(cameras: readonly LimitedCamera[], nowMs: number): void {
    if (this.lateSaid) return;
    const late = this.late(cameras, nowMs);
    if (late.length === 0) return;
    this.lateSaid = true;
    this.actions.onLate(late);
  }

  private late(cameras: readonly LimitedCamera[], nowMs: number): LateCamera[] {
    const lockTimeoutMs = this.options.lockTimeout * 1000;
    const clients = cameras.slice(this.led ? 0 : 1).filter(({ end }) => end === undefined);
    const out = clients.filter((camera) => nowMs - this.outOfStepSince(camera, nowMs) >= lockTimeoutMs);
    if (out.length > 0) return out.map((camera) => this.notLocked(camera));
    const waitedMs = nowMs - this.startMs;
    if (this.open && this.begunMs === undefined) {
      if (waitedMs < lockTimeoutMs + FLAPPING_MS) return [];
      return clients.map((camera) => this.notLocked(camera));
    }
    if (nowMs < this.dueMs + Math.max(BEGIN_MS, lockTimeoutMs)) return [];
    const living = cameras.filter(({ end }) => end === undefined);
    return living.map(({ name }) => ({ name, text: this.notBegun(nowMs) }));
  }

  private outOfStepSince({ name, inStep }: LimitedCamera, nowMs: number): number {
    if (inStep) this.outSince.delete(name);
    const since = inStep ? nowMs : (this.outSince.get(name) ?? (this.seen.has(name) ? nowMs : this.startMs));
    if (!inStep) this.outSince.set(name, since);
    this.seen.add(name);
    return since;
  }

  /** When frame 0 is due at the latest, as far as that is known. */
  private get dueMs(): number {
    if (this.open && this.begunMs !== undefined) return this.begunMs + FIXED_FRAMES * this.frameMs;
    return this.startMs + (this.options.readyFrames ?? SYNC_DEFAULTS.readyFrame) * this.frameMs;
  }

  private recording(cameras: readonly LimitedCamera[], nowMs: number, recordingMs: number): void {
    const beginMs = recordingMs + Math.max(BEGIN_MS, this.options.lockTimeout * 1000);
    const { frames } = this.options;
    const endMs = frames === undefined ? Number.POSITIVE_INFINITY : recordingMs + frames * this.frameMs * 1.001;
    for (const camera of cameras) {
      const { name, spec, end, recorded, snapshot } = camera;
      if (end !== undefined || this.over.has(name)) continue;
      if (!recorded && nowMs >= beginMs) this.end(camera, this.notBegun(nowMs));
      else if (nowMs >= endMs + OVER_MS) {
        this.end(camera, `had not ended ${OVER_MS / 1000} s behind the end of the take: its process was ended`);
      } else if (nowMs >= endMs + PAST_END_MS && !isStock(spec) && !this.reminded.has(name)) {
        // One that is behind its last frame closes its file.
        if (snapshot?.index === (frames ?? 0) - 1) continue;
        this.reminded.add(name);
        camera.stop(frames);
      }
    }
  }

  private end(camera: LimitedCamera, text: string): void {
    this.over.add(camera.name);
    this.actions.onOver(camera.name, text);
    camera.kill();
  }

  private notLocked({ name, snapshot }: LimitedCamera): LateCamera {
    const { state, offsetUs } = snapshot ?? {};
    const at = offsetUs === undefined ? '' : ` (${offsetUs.toFixed(0)} us off)`;
    const text = `did not lock within ${this.options.lockTimeout} s: ${state ?? 'no frame'}${at}`;
    return { name, text, notLocked: state ?? 'starting' };
  }

  private notBegun(nowMs: number): string {
    const since = this.recordingMs ?? this.dueMs;
    return `has not begun to record ${((nowMs - since) / 1000).toFixed(0)} s after the recording was to begin`;
  }
}
