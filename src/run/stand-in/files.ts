import type { PictureSource } from '../../record/recorder.ts';
import type { TimelineStart } from '../../time/timecode.ts';
import type { RecordedFrame, RunFiles } from '../camera/run-files.ts';
import type { StandIn } from './behaviour.ts';

export interface StandInLength {
  /** How long to record by this process's own clock, in us; undefined goes on. */
  readonly durationUs: number | undefined;
  /** Frames to record; overrides the duration. */
  readonly frames: number | undefined;
}

export interface StandInFilesEvents {
  /** All is recorded that was asked for. */
  onEnd(): void;
  /** The camera stalls: told once. */
  onStall(): void;
}

/**
 * Files as a stock camera writes them: the captured frames alone, one behind the other, each as many frames later as
 * the encoder takes; and with the failures that were asked for.
 */
export class StandInFiles {
  private readonly files: RunFiles;
  private readonly standIn: StandIn;
  private readonly length: StandInLength;
  private readonly events: StandInFilesEvents;
  private readonly encoding: { readonly picture: PictureSource; readonly row: RecordedFrame }[] = [];
  private startUs: number | undefined;
  private taken = 0;
  private written = 0;
  private stalled = false;
  private over = false;

  constructor(files: RunFiles, standIn: StandIn, length: StandInLength, events: StandInFilesEvents) {
    this.files = files;
    this.standIn = standIn;
    this.length = length;
    this.events = events;
  }

  /** Opens the files; again and again does no harm. @throws UsageError where they can't be written. */
  open(start: TimelineStart, onError: (error: Error) => void): Promise<void> {
    this.files.startsAt(start);
    return this.files.open(start.wallUs, onError);
  }

  /** A frame that is to be recorded. */
  take(picture: PictureSource, row: RecordedFrame): void {
    const { standIn, length, events } = this;
    const nowUs = row.sensorUs ?? 0;
    this.startUs ??= nowUs;
    const sinceUs = nowUs - this.startUs;
    if (sinceUs >= standIn.crashUs) process.kill(process.pid, 'SIGKILL');
    if (sinceUs >= standIn.stallUs) {
      if (!this.stalled) events.onStall();
      this.stalled = true;
    }
    if (this.over || this.stalled || sinceUs < standIn.lateUs) return;
    const { frames, durationUs = Number.POSITIVE_INFINITY } = length;
    if (frames === undefined ? sinceUs < durationUs : this.taken < frames) {
      this.taken++;
      this.encoding.push({ picture, row });
      this.write(standIn.encoderFrames);
    }
    this.over = frames === undefined ? sinceUs >= durationUs : this.taken >= frames;
    if (this.over) events.onEnd();
  }

  /** The encoder is emptied, and all files are finished. */
  async close(): Promise<void> {
    if (this.startUs === undefined) return this.files.close(undefined);
    this.write(0);
    await this.files.close(this.written);
  }

  /** Writes what has been in the encoder for long enough; before the files are open that is nothing. */
  private write(keep: number): void {
    const { files, encoding, standIn } = this;
    if (!files.ready) return;
    if (this.written === 0) files.begin(0, undefined);
    while (encoding.length > keep) {
      const { picture, row } = encoding.shift() as (typeof encoding)[number];
      const wallClockUs = wallClock(row.wallClockUs, standIn.wallClock);
      // A frame that the encoder has no room for is missing in the file, and in what goes with it.
      if (files.offer(this.written, picture, { ...row, wallClockUs })) this.written++;
    }
  }
}

/** What is written as ns is a thousandth of that where it is told in us. */
const wallClock = (us: number | undefined, unit: StandIn['wallClock']): number | undefined =>
  us === undefined || unit === 'none' ? undefined : unit === 'us' ? us / 1000 : us;
