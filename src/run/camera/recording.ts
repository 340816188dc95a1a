import type { CapturedFrame } from '../../camera/camera.ts';
import { counted } from '../../counted.ts';
import type { RecordingChange } from '../../sync/recording-change.ts';
import type { RecordingPlan } from '../../sync/recording-plan.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import { inLocalTime } from '../local-time.ts';
import { EarlyFrames } from './early-frames.ts';
import type { Line } from './notices.ts';
import type { RecordedFrame, RunFiles } from './run-files.ts';

export interface RecordingOptions {
  /** Frames to record; undefined goes on until stopped. */
  readonly frames: number | undefined;
  /** True where those of pauses count as well: the recording lasts so long, however much of it is paused. */
  readonly countPauses: boolean;
  /** The recording ends before this index, however many frames it has by then. */
  readonly endFrame?: number | undefined;
  /** Nominal duration of a frame. */
  readonly frameUs: number;
  /** True where the beginning is agreed on with other cameras. */
  readonly sync: boolean;
  /** Frames of the recording that are kept at most until the files take them. */
  readonly earlyFrames: number;
}

export interface RecordingEvents {
  /** The last frame was taken, or the files can't go on. */
  onEnd(error?: Error): void;
  onLine(line: Line): void;
}

/** Files are opened this many frames before the first is due: an encoder takes a moment to start. */
const OPEN_AHEAD = 30;
/** A camera that saw the frames before the first, and misses more than this many from there, joined late. */
const LATE_FRAMES = 60;

/** What of a camera's frames is recorded: from the first frame to the last, without the pauses. */
export class Recording {
  /** Index of the first recorded frame on the timeline; undefined before it. */
  firstIndex: number | undefined;
  /** Frames that the camera dropped since the recording began. */
  drops = 0;
  private readonly plan: RecordingPlan;
  private readonly files: RunFiles;
  private readonly options: RecordingOptions;
  private readonly events: RecordingEvents;
  private stopIndex = Number.POSITIVE_INFINITY;
  private index: number | undefined;
  private seenBefore = false;
  private readonly early: EarlyFrames;
  private lastSequence: number | undefined;
  /** True where the end was asked for: what can't be opened any more is no failure. */
  leaving = false;
  private saves: RecordingChange[] = [];

  constructor(files: RunFiles, plan: RecordingPlan, options: RecordingOptions, events: RecordingEvents) {
    this.files = files;
    this.plan = plan;
    this.options = options;
    this.events = events;
    this.early = new EarlyFrames(options.earlyFrames, options.frameUs);
  }

  /** True as long as the frame last seen is not recorded because of a pause. */
  get paused(): boolean {
    return this.index !== undefined && this.index >= 0 && !this.plan.recorded(this.index);
  }

  /** True where a pause is in force, or will be by what is agreed on. */
  get pausing(): boolean {
    return !this.plan.recorded(Number.MAX_SAFE_INTEGER);
  }

  /** True where no frame is recorded by what is agreed on: a pause from the beginning on that nothing ends. */
  get waiting(): boolean {
    return this.plan.positionsBefore(Number.MAX_SAFE_INTEGER) === 0;
  }

  /** True where fewer frames went by than were asked for; a recording without a set end is always cut short. */
  get cutShort(): boolean {
    const { firstIndex, index } = this;
    if (firstIndex === undefined || index === undefined) return true;
    return Math.min(index + 1, this.stopIndex) < this.wantedEnd;
  }

  /** Opens the files, of which the first begins at `startUs` of the wall clock; again and again does no harm. */
  async open(startUs: number): Promise<void> {
    try {
      await this.files.open(startUs, (error) => this.events.onEnd(error));
    } catch (error) {
      // Who leaves while a reader is waited for has what was asked for.
      this.events.onEnd(this.leaving ? undefined : (error as Error));
    }
  }

  /** A change was agreed on. */
  change(change: RecordingChange): void {
    if (!this.plan.add(change)) return;
    if (change.kind === 'save') {
      // A camera that joins late hears of saves that were before it.
      if (this.firstIndex !== undefined) this.saves.push(change);
      return;
    }
    if (change.kind === 'resume') this.files.resumeAt(this.plan.positionsBefore(change.index));
    const late = (this.index ?? -1) - change.index;
    if (late >= 0 && this.firstIndex !== undefined) {
      this.events.onLine({
        level: 'warning',
        text: `heard ${counted(late + 1, 'frame')} late that the recording was to ${change.kind} at frame ${change.index}: frames from there on may be others than the server's`,
      });
    }
  }

  /**
   * A frame, at `wallUs` of the wall clock; its index is undefined as long as there is no server, or none that says
   * when it begins.
   * @param start When frame 0 is, where the server says so; else it is reckoned from here.
   * @param following True where it is in its place among the server's frames, though nobody has said yet which of them
   *   is frame 0: a camera that hears of that late is not one that joined late.
   */
  frame(
    frame: CapturedFrame,
    index: number | undefined,
    wallUs: number,
    row: () => RecordedFrame,
    start?: TimelineStart,
    following = false,
  ): void {
    if (index === undefined) {
      this.seenBefore = following;
      if (following) this.early.add({ frame, index, slotUs: wallUs, row });
      else this.early.clear();
      return;
    }
    this.index = index;
    if (index >= -OPEN_AHEAD && this.firstIndex === undefined) {
      this.files.startsAt(start ?? inLocalTime({ wallUs: wallUs - index * this.options.frameUs }));
    }
    if (index < 0) {
      this.seenBefore = true;
      this.early.add({ frame, index, slotUs: wallUs, row });
      if (index >= -OPEN_AHEAD) void this.open(wallUs - index * this.options.frameUs);
      return;
    }
    if (!this.files.ready) {
      void this.open(wallUs);
      this.early.add({ frame, index, slotUs: wallUs, row });
      return;
    }
    if (this.firstIndex === undefined) this.begin(index, wallUs);
    this.record(frame, index, row);
  }

  /** A frame of the recording, in order. */
  private record(frame: CapturedFrame, index: number, row: () => RecordedFrame): void {
    if (index >= this.endIndex) {
      this.events.onEnd();
      return;
    }
    if (this.lastSequence !== undefined) this.drops += frame.sequence - this.lastSequence - 1;
    this.lastSequence = frame.sequence;
    const position = this.plan.position(index);
    if (position !== undefined) this.files.offer(position, () => frame.picture(), row());
    this.save(index);
    if (index >= this.endIndex - 1) this.events.onEnd();
  }

  /** Ends the recording before frame `index`, or earlier where that is agreed on. @returns true where that is now. */
  endBefore(index: number): boolean {
    this.stopIndex = Math.min(this.stopIndex, index);
    return this.index !== undefined && this.index >= this.endIndex - 1;
  }

  /** Closes the files behind the last frame. */
  async finish(): Promise<void> {
    const { firstIndex } = this;
    if (firstIndex === undefined) return this.files.close(undefined);
    const end = Math.min((this.index ?? -1) + 1, this.endIndex);
    await this.files.close(this.plan.positionsBefore(Math.max(end, firstIndex)));
  }

  /** The index behind the last frame, by what is known now. */
  private get endIndex(): number {
    return Math.min(this.stopIndex, this.wantedEnd, this.options.endFrame ?? Number.POSITIVE_INFINITY);
  }

  private get wantedEnd(): number {
    const { firstIndex, plan } = this;
    const { frames, countPauses } = this.options;
    if (firstIndex === undefined || frames === undefined) return Number.POSITIVE_INFINITY;
    return (countPauses ? firstIndex + frames : plan.indexEnding(firstIndex, frames)) ?? Number.POSITIVE_INFINITY;
  }

  /** The files take frames: those that came before they did are first. */
  private begin(index: number, slotUs: number): void {
    const { before, frames } = this.early.take(index, slotUs);
    const first = frames[0]?.index ?? index;
    const late = this.options.sync && first > (this.seenBefore ? LATE_FRAMES : 0);
    this.firstIndex = late ? first : 0;
    if (late) {
      this.events.onLine({
        level: 'warning',
        text: `joined late: the recording begins with frame ${first} of the server's`,
      });
    }
    this.files.begin(this.plan.positionsBefore(this.firstIndex), before && (() => before.picture()));
    for (const early of frames) this.record(early.frame, early.index, early.row);
  }

  private save(index: number): void {
    const due = this.saves.filter((save) => index >= save.index - 1);
    if (due.length === 0) return;
    this.saves = this.saves.filter((save) => !due.includes(save));
    for (const save of due) this.files.save(this.plan.positionsBefore(save.index));
  }
}
