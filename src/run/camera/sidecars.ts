import { type CsvRecord, FramesCsv } from '../../record/frames-csv.ts';
import { type Brackets, type FrameMetadata, MetadataFile, type MetadataFormat } from '../../record/metadata.ts';
import { parsePattern } from '../../record/pieces/name-pattern.ts';
import { PieceNames } from '../../record/pieces/piece-names.ts';
import type { Piece } from '../../record/pieces/piece-plan.ts';
import { PieceText } from '../../record/pieces/piece-text.ts';
import { type PtsRecord, SavePts } from '../../record/save-pts.ts';
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
  readonly piece: Piece;
  readonly pieceFrame: number;
  /** True for the first frame behind a pause. */
  readonly resumed: boolean;
}

/** The texts that go with a video, a row a frame: frames.csv, metadata and PTS. A name with a pattern makes a file a piece. */
export class Sidecars {
  private readonly csv: PieceText<CsvRecord> | undefined;
  private readonly metadata: PieceText<FrameMetadata> | undefined;
  private readonly pts: PieceText<PtsRecord> | undefined;
  private lastSensorUs: number | undefined;

  /** @param signal Ends the wait for the readers of named pipes. @throws UsageError where a name holds a conversion that is not known. */
  constructor(options: SidecarOptions, frameRate: FrameRate, wrap: number, signal?: AbortSignal) {
    const names = (option: string, file: string) => new PieceNames(parsePattern(option, file), wrap);
    const { framesCsv, metadata, metadataFormat, metadataBrackets, savePts } = options;
    if (framesCsv !== undefined)
      this.csv = new PieceText(names('frames-csv', framesCsv), (f) => FramesCsv.open(f, signal));
    if (metadata !== undefined) {
      const open = (file: string) => MetadataFile.open(file, metadataFormat, metadataBrackets, signal);
      this.metadata = new PieceText(names('metadata', metadata), open);
    }
    if (savePts !== undefined) {
      this.pts = new PieceText(names('save-pts', savePts), (file) => SavePts.open(file, frameRate, signal));
    }
  }

  /** Opens the first piece's files. @throws UsageError where one can't be written. */
  async open(piece: Piece): Promise<void> {
    for (const text of this.all) await text.open(piece);
  }

  write(record: SlotRecord<RecordedFrame>, { index, piece, pieceFrame, resumed }: Place): void {
    const { row } = record;
    this.csv?.write({ ...record, slot: index, piece: piece.number, pieceFrame }, piece);
    this.pts?.write({ ...record, resumed }, piece);
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
      piece,
    );
  }

  /** @throws FailureError where something could not be written. */
  async close(): Promise<void> {
    // All of them: what one fails at is no reason to leave the others open.
    const closed = await Promise.allSettled(this.all.map((text) => text.close()));
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }

  private get all(): readonly { open(piece: Piece): Promise<void>; close(): Promise<void> }[] {
    return [this.csv, this.metadata, this.pts].filter((text) => text !== undefined);
  }
}
