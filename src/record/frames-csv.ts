import type { FrameRow, SlotRecord } from './slot-record.ts';
import { TextFile } from './text-file.ts';

export const FRAMES_CSV_HEADER =
  'index,wall_clock_us,sensor_us,state,exposure_us,gain,phase_us,correction_us,segment,segment_frame,cause';

/** A frame of frames.csv; its slot is the index on the timeline, which goes on in a pause. */
export interface CsvRecord extends SlotRecord<FrameRow> {
  /** Number of the segment that the frame is in. */
  readonly segment?: number | undefined;
  /**
   * Which frame of the segment: its nominal time in the segment's file in periods, counted from where the segment
   * begins on all cameras.
   */
  readonly segmentFrame?: number | undefined;
}

/**
 * frames.csv: the true times of a recording's frames, a row a slot. Fields that are not known, or that a repeat has
 * not, are empty.
 */
export class FramesCsv {
  private readonly file: TextFile;

  private constructor(file: TextFile) {
    this.file = file;
    file.write(`${FRAMES_CSV_HEADER}\n`);
  }

  /** Throws a UsageError where the file can't be written. */
  static async open(file: string, signal?: AbortSignal): Promise<FramesCsv> {
    return new FramesCsv(await TextFile.open(file, signal));
  }

  write(record: CsvRecord): void {
    this.file.write(`${formatFrameRow(record)}\n`);
  }

  /** Throws a FailureError where rows could not be written. */
  close(): Promise<void> {
    return this.file.close();
  }
}

/** One row, without the line's end. Times in us with at most three decimals. */
export function formatFrameRow({ slot, state, cause, row, segment, segmentFrame }: CsvRecord): string {
  return [
    slot,
    decimal(row?.wallClockUs),
    decimal(row?.sensorUs),
    state,
    decimal(row?.exposureUs),
    decimal(row?.gain),
    decimal(row?.phaseUs),
    decimal(row?.correctionUs),
    segment ?? '',
    segmentFrame ?? '',
    cause ?? '',
  ].join(',');
}

function decimal(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  const text = value.toFixed(3).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}
