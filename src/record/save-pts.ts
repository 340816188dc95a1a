import { type FrameRate, periodUs } from '../time/frame-rate.ts';
import type { FrameRow, SlotRecord } from './slot-record.ts';
import { TextFile } from './text-file.ts';

export interface PtsRecord extends SlotRecord<Pick<FrameRow, 'sensorUs'>> {
  /** True for the first frame behind a pause. */
  readonly resumed?: boolean;
}

/**
 * The file of `--save-pts` (timecode format v2): a line a frame, ms from the first frame on with three decimals, by the
 * sensor timestamps. A repeat, which has no time of its own, stands one nominal period behind the frame before it; so
 * does the first frame behind a pause.
 */
export class SavePts {
  private readonly file: TextFile;
  private readonly periodUs: number;
  /** The sensor time that is 0 in the file; undefined until it is known, and again behind a pause. */
  private originUs: number | undefined;
  private lastUs: number | undefined;

  private constructor(file: TextFile, frameRate: FrameRate) {
    this.file = file;
    this.periodUs = periodUs(frameRate);
    file.write('# timecode format v2\n');
  }

  /** @param file A path, or `-` for stdout. Throws a UsageError where the file can't be written. */
  static async open(file: string, frameRate: FrameRate, signal?: AbortSignal): Promise<SavePts> {
    return new SavePts(await TextFile.open(file, signal), frameRate);
  }

  write(record: PtsRecord): void {
    if (record.resumed) this.originUs = undefined;
    this.lastUs = this.timeUs(record.row?.sensorUs);
    this.file.write(`${(this.lastUs / 1000).toFixed(3)}\n`);
  }

  /** Throws a FailureError where lines could not be written. */
  close(): Promise<void> {
    return this.file.close();
  }

  private timeUs(sensorUs: number | undefined): number {
    const expected = this.lastUs === undefined ? 0 : this.lastUs + this.periodUs;
    if (sensorUs === undefined) return expected;
    this.originUs ??= sensorUs - expected;
    // Times must rise for readers of the format, also where a frame comes early behind repeats.
    return Math.max(sensorUs - this.originUs, (this.lastUs ?? -1) + 1);
  }
}
