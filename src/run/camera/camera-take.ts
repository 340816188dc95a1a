import type { CapturedFrame } from '../../camera/camera.ts';
import { longestDiskWaitMs } from '../../record/data-sync.ts';
import { queueFramesFor } from '../../record/recorder.ts';
import type { RecordingChange } from '../../sync/recording-change.ts';
import { RecordingPlan } from '../../sync/recording-plan.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import { FileSet } from './file-set.ts';
import { JoinGate } from './join-gate.ts';
import type { Line } from './notices.ts';
import { Recording } from './recording.ts';
import type { RoleFrame } from './role.ts';
import { type RunFiles, recordedFrame } from './run-files.ts';
import type { CameraRunOptions } from './run-options.ts';
import type { CameraResult } from './snapshot.ts';

/** What one take is recorded with. */
export interface CameraTakeOptions
  extends Pick<CameraRunOptions, 'camera' | 'sync' | 'frames' | 'countPauses' | 'endFrame' | 'joinLocked' | 'files'> {
  /** What it is called in the files' metadata. */
  readonly name?: string | undefined;
  /** The frame of the timeline that is its frame 0. Default 0. */
  readonly from?: number;
  /** When that is. Default: as the server says it of frame 0 of the timeline. */
  readonly start?: TimelineStart | undefined;
}

/** What a camera counts as long as it is open. */
export interface OpenCounts {
  /** Frames whose length was changed. */
  readonly corrections: number;
  /** Sync messages that were sent, or acted on. */
  readonly messages: number;
  /** Datagrams turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** The open camera, as its take sees it. */
export interface OpenCamera {
  model(): string | undefined;
  counts(): OpenCounts;
  /** The last frame was taken, or the files can't go on. */
  onEnd(error?: Error): void;
  onLine(line: Line): void;
}

/**
 * What one camera records of one take: its files, which frames they get, and what came of it. The camera runs before
 * it, and may run on behind it.
 */
export class CameraTake {
  /** The frame of the timeline that is its frame 0. */
  readonly from: number;
  private readonly options: CameraTakeOptions;
  private readonly frameUs: number;
  private readonly camera: OpenCamera;
  private readonly files: RunFiles;
  private readonly recording: Recording;
  private gate: JoinGate | undefined;
  /** What the camera had counted before. */
  private readonly before: OpenCounts;
  private readonly sinceMs = performance.now();
  private readonly warnings: string[];

  private constructor(
    options: CameraTakeOptions,
    frameUs: number,
    camera: OpenCamera,
    files: RunFiles,
    recording: Recording,
    warnings: string[],
  ) {
    this.options = options;
    this.from = options.from ?? 0;
    this.frameUs = frameUs;
    this.camera = camera;
    this.files = files;
    this.recording = recording;
    this.warnings = warnings;
    this.before = camera.counts();
  }

  /**
   * Checks that its files can be had, and creates nothing yet.
   * @param frameUs Nominal duration of a frame.
   * @throws UsageError that names what can't be written or what is missing.
   */
  static async prepare(options: CameraTakeOptions, frameUs: number, camera: OpenCamera): Promise<CameraTake> {
    const { name, width, height } = options.camera;
    const plan = new RecordingPlan();
    const warnings: string[] = [];
    const onLine = (line: Line): void => {
      if (line.level === 'warning') warnings.push(line.text);
      camera.onLine(line);
    };
    const about = () => ({ name, model: camera.model(), take: options.name });
    const files = await FileSet.prepare(options.files, plan, onLine, about);
    const recording = new Recording(
      files,
      plan,
      {
        frames: options.frames,
        countPauses: options.countPauses ?? false,
        endFrame: options.endFrame,
        frameUs,
        sync: options.sync !== 'off',
        // They go to the encoder's queue at once: half of it is left for those that come meanwhile.
        earlyFrames: Math.ceil(queueFramesFor(width, height) / 2),
      },
      { onEnd: (error) => camera.onEnd(error), onLine },
    );
    return new CameraTake(options, frameUs, camera, files, recording, warnings);
  }

  /** True where it goes on until it is told to end. */
  get endless(): boolean {
    return this.options.frames === undefined && this.options.endFrame === undefined;
  }

  /** Index of the first recorded frame; undefined before it. */
  get firstIndex(): number | undefined {
    return this.recording.firstIndex;
  }

  /** True as long as the frame last seen is not recorded because of a pause. */
  get paused(): boolean {
    return this.recording.paused;
  }

  /** True where a pause is in force, or will be by what is agreed on. */
  get pausing(): boolean {
    return this.recording.pausing;
  }

  /** True where no frame is recorded by what is agreed on: a pause from the beginning on that nothing ends. */
  get waiting(): boolean {
    return this.recording.waiting;
  }

  /** Opens the files, of which the first begins at `startUs` of the wall clock; again and again does no harm. */
  open(startUs: number): Promise<void> {
    return this.recording.open(startUs);
  }

  /** A change was agreed on. */
  change(change: RecordingChange): void {
    this.recording.change(change);
  }

  /**
   * A frame of the camera, at `wallUs` of the wall clock, and what its role made of it: its index there is that of the
   * timeline.
   */
  frame(frame: CapturedFrame, step: RoleFrame, wallUs: number, steered: boolean): void {
    const index = this.indexOf(step.index);
    if (this.tooEarlyToJoin(step, index, wallUs, steered)) return;
    const sync = this.options.sync !== 'off';
    const row = () => recordedFrame(frame, step, wallUs, sync);
    const slotUs = wallUs - (step.phaseUs ?? 0);
    const start = this.options.start ?? step.start;
    this.recording.frame(frame, index, slotUs, row, start, step.phaseUs !== undefined);
  }

  /** The index in this take of a frame of the timeline. */
  indexOf(place: number | undefined): number | undefined {
    return place === undefined ? undefined : place - this.from;
  }

  /** Its end was asked for: nobody is waited for any more. */
  leave(): void {
    this.recording.leaving = true;
    this.files.leave();
  }

  /** Ends before frame `index`, or earlier where that is agreed on. @returns true where that is now. */
  endBefore(index: number): boolean {
    return this.recording.endBefore(index);
  }

  /** Closes the files behind the last frame. @param interrupted It was stopped before its set end. */
  async finish(interrupted: boolean): Promise<void> {
    const { frames } = this.options;
    await this.recording.finish();
    const unplanned = frames !== undefined && !interrupted && this.firstIndex !== undefined;
    if (!unplanned || !this.recording.cutShort) return;
    const text = `the camera ended after ${this.files.summary()?.frames ?? 0} of ${frames} frames`;
    this.line({ level: 'warning', text });
  }

  /** Says a line; a warning stands in the result as well. */
  line(line: Line): void {
    if (line.level === 'warning') this.warnings.push(line.text);
    this.camera.onLine(line);
  }

  /** What was counted so far, of this take alone. */
  counts() {
    const { frames = 0, captured = 0, repeated = 0, dropped = 0 } = this.files.summary() ?? {};
    const { corrections, messages, refused } = this.camera.counts();
    return {
      frames,
      captured,
      repeated,
      drops: this.recording.drops + dropped,
      overload: dropped,
      corrections: corrections - this.before.corrections,
      messages: messages - this.before.messages,
      refused: since(this.before.refused, refused),
    };
  }

  /** What came of it. @param interrupted It was stopped before its set end. */
  result(interrupted: boolean): Omit<CameraResult, 'info' | 'clock'> {
    return {
      encoder: this.files.encoderName,
      files: this.files.written,
      firstIndex: this.firstIndex ?? 0,
      ...this.counts(),
      // Who was stopped behind the last frame has all of them.
      interrupted: interrupted && this.recording.cutShort,
      warnings: this.warnings,
      diskWaitMs: Math.round(longestDiskWaitMs(this.sinceMs)),
    };
  }

  /** Files are opened meanwhile, so that the recording begins with the frame it is locked in. */
  private tooEarlyToJoin(step: RoleFrame, index: number | undefined, wallUs: number, steered: boolean): boolean {
    const { joinLocked, camera, endFrame } = this.options;
    if (!joinLocked || !steered || this.firstIndex !== undefined || index === undefined || index < 0) return false;
    this.gate ??= new JoinGate(framesPerSecond(camera.frameRate), endFrame);
    if (this.gate.admits({ index, state: step.state, phaseUs: step.phaseUs })) return false;
    void this.open(wallUs - index * this.frameUs);
    return true;
  }
}

/** Counts by reason, less what they were before. */
function since(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const grown = Object.entries(now).map(([reason, count]) => [reason, count - (before[reason] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}
