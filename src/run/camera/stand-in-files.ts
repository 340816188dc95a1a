import type { PictureSource, RecorderSummary } from '../../record/recorder.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import type { RecordedFrame, RunFiles } from './run-files.ts';
import type { StandIn } from './stand-in.ts';

export interface StandInFilesOptions {
  /** How long to record by this process's own clock, in us; undefined goes on. */
  readonly durationUs: number | undefined;
  /** Frames to record; overrides the duration. After a wait for the synchronisation point stock records one less. */
  readonly frames: number | undefined;
  /** Frames at the beginning that stock does not record: its sync runs on frames that come 30 ms or more after each other, and so does its start. */
  readonly late: number;
  /** Ends the recording. */
  readonly end: () => void;
  /** The camera stalls: told once. */
  readonly onStall: () => void;
}

/** Files as a stock camera writes them: the captured frames alone, one behind the other, and with the failures that were asked for. */
export class StandInFiles implements RunFiles {
  private readonly files: RunFiles;
  private readonly standIn: StandIn;
  private readonly options: StandInFilesOptions;
  private startUs: number | undefined;
  private count = 0;
  private stalled = false;
  private missed = 0;

  constructor(files: RunFiles, standIn: StandIn, options: StandInFilesOptions) {
    this.files = files;
    this.standIn = standIn;
    this.options = options;
  }

  get ready(): boolean {
    return this.files.ready;
  }

  get encoderName(): string | undefined {
    return this.files.encoderName;
  }

  get written(): readonly string[] {
    return this.files.written;
  }

  startsAt(start: TimelineStart): void {
    this.files.startsAt(start);
  }

  open(startUs: number, onError: (error: Error) => void): Promise<void> {
    return this.files.open(startUs, onError);
  }

  begin(): void {
    this.files.begin(0, undefined);
  }

  offer(_: number, picture: PictureSource, row: RecordedFrame): boolean {
    const { standIn, options } = this;
    if (this.missed < options.late) {
      this.missed++;
      return false;
    }
    const nowUs = row.sensorUs ?? 0;
    this.startUs ??= nowUs;
    const sinceUs = nowUs - this.startUs;
    if (sinceUs >= standIn.crashUs) process.kill(process.pid, 'SIGKILL');
    if (sinceUs >= standIn.stallUs) {
      if (!this.stalled) options.onStall();
      this.stalled = true;
    }
    if (this.stalled || sinceUs < standIn.lateUs) return false;
    const wanted = options.frames ?? Number.POSITIVE_INFINITY;
    const over = options.frames === undefined && sinceUs >= (options.durationUs ?? Number.POSITIVE_INFINITY);
    if (over || this.count >= wanted) {
      options.end();
      return false;
    }
    // A frame that the encoder has no room for is missing in the file, and in what goes with it.
    const taken = this.files.offer(this.count, picture, standIn.wallClock ? row : { ...row, wallClockUs: undefined });
    if (taken) this.count++;
    if (this.count >= wanted) options.end();
    return taken;
  }

  resumeAt(position: number): void {
    this.files.resumeAt(position);
  }

  save(position: number): void {
    this.files.save(position);
  }

  leave(): void {
    this.files.leave();
  }

  summary(): RecorderSummary | undefined {
    return this.files.summary();
  }

  close(end: number | undefined): Promise<void> {
    return this.files.close(end === undefined ? undefined : this.count);
  }
}
