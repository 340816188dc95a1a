import { type CsvRecord, FramesCsv } from '../../record/frames-csv.ts';
import { type Brackets, type FrameMetadata, MetadataFile, type MetadataFormat } from '../../record/metadata.ts';
import { type PtsRecord, SavePts } from '../../record/save-pts.ts';
import { parsePattern } from '../../record/segments/name-pattern.ts';
import { SegmentNames } from '../../record/segments/segment-names.ts';
import type { Segment } from '../../record/segments/segment-plan.ts';
import { SegmentText } from '../../record/segments/segment-text.ts';
import type { SlotRecord } from '../../record/slot-record.ts';
import type { FrameRate } from '../../time/frame-rate.ts';
import type { RecordedFrame } from './run-files.ts';

export interface SidecarOptions {
  readonly framesCsv?: string | undefined;
  readonly metadata?: string | undefined;
  readonly metadataFormat?: MetadataFormat | undefined;
  readonly metadataBrackets?: Brackets | undefined;
  readonly savePts?: string | undefined;
}

/** Where a written frame stands. */
export interface Place {
  /** Its index on the timeline. */
  readonly index: number;
  readonly segment: Segment;
  readonly segmentFrame: number;
  /** True for the first frame behind a pause. */
  readonly resumed: boolean;
}

/**
 * The texts that go with a video, a row a frame: frames.csv, metadata and PTS. A name with a pattern makes a file a
 * segment.
 */
export class Sidecars {
  private readonly csv: SegmentText<CsvRecord> | undefined;
  private readonly metadata: SegmentText<FrameMetadata> | undefined;
  private readonly pts: SegmentText<PtsRecord> | undefined;
  private lastSensorUs: number | undefined;

  /**
   * @param signal Ends the wait for the readers of named pipes.
   * @throws UsageError where a name holds a conversion that is not known.
   */
  constructor(options: SidecarOptions, frameRate: FrameRate, wrap: number, signal?: AbortSignal) {
    const names = (option: string, file: string) => new SegmentNames(parsePattern(option, file), wrap);
    const { framesCsv, metadata, metadataFormat, metadataBrackets, savePts } = options;
    if (framesCsv !== undefined)
      this.csv = new SegmentText(names('frames-csv', framesCsv), (f) => FramesCsv.open(f, signal));
    if (metadata !== undefined) {
      const open = (file: string) => MetadataFile.open(file, metadataFormat, metadataBrackets, signal);
      this.metadata = new SegmentText(names('metadata', metadata), open);
    }
    if (savePts !== undefined) {
      this.pts = new SegmentText(names('save-pts', savePts), (file) => SavePts.open(file, frameRate, signal));
    }
  }

  /** Opens the first segment's files. @throws UsageError where one can't be written. */
  async open(segment: Segment): Promise<void> {
    for (const text of this.all) await text.open(segment);
  }

  write(record: SlotRecord<RecordedFrame>, { index, segment, segmentFrame, resumed }: Place): void {
    const { row } = record;
    this.csv?.write({ ...record, slot: index, segment: segment.number, segmentFrame }, segment);
    this.pts?.write({ ...record, resumed }, segment);
    if (row === undefined) return;
    const sinceUs =
      this.lastSensorUs === undefined || row.sensorUs === undefined ? undefined : row.sensorUs - this.lastSensorUs;
    this.lastSensorUs = row.sensorUs;
    this.metadata?.write(
      {
        sensorUs: row.sensorUs,
        wallClockUs: row.wallClockUs,
        frameDurationUs: row.durationUs ?? sinceUs,
        exposureUs: row.exposureUs,
        analogueGain: row.gain,
        digitalGain: row.digitalGain,
        colourGains: row.colourGains,
        scalerCrop: row.scalerCrop,
        ...(row.sync && { syncReady: row.ready, syncTimerUs: row.timerUs }),
      },
      segment,
    );
  }

  /** @throws FailureError where something could not be written. */
  async close(): Promise<void> {
    // All of them: what one fails at is no reason to leave the others open.
    const closed = await Promise.allSettled(this.all.map((text) => text.close()));
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }

  private get all(): readonly { open(segment: Segment): Promise<void>; close(): Promise<void> }[] {
    return [this.csv, this.metadata, this.pts].filter((text) => text !== undefined);
  }
}
