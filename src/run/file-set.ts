import { rm } from 'node:fs/promises';
import type { EncoderBackend, EncoderOptions, VideoEncoder } from '../record/encoder.ts';
import { checkOptions } from '../record/encoders/check.ts';
import { chooseEncoder } from '../record/encoders/index.ts';
import { FramesCsv } from '../record/frames-csv.ts';
import { MetadataFile, type MetadataFormat } from '../record/metadata.ts';
import { type PictureSource, Recorder, type RecorderSummary } from '../record/recorder.ts';
import { SavePts } from '../record/save-pts.ts';
import type { FrameRow, SlotRecord } from '../record/slot-record.ts';
import { checkWritable } from './writable.ts';

export interface FileSetOptions {
  /** The video; without a `file` nothing is encoded. */
  readonly video: Omit<EncoderOptions, 'file'> & { readonly file?: string | undefined };
  /** `node-av` or `ffmpeg`; default: the first that works. */
  readonly encoder?: string | undefined;
  readonly framesCsv?: string | undefined;
  readonly metadata?: string | undefined;
  readonly metadataFormat?: MetadataFormat;
  readonly savePts?: string | undefined;
}

/** What is known of a captured frame. */
export interface RecordedFrame extends FrameRow {
  readonly timerUs: number | undefined;
  readonly ready: boolean;
  readonly sync: boolean;
}

/** The files that one camera writes: the video and what goes with it, a row a slot. */
export class FileSet {
  private readonly options: FileSetOptions;
  private readonly backend: EncoderBackend | undefined;
  private opening: Promise<void> | undefined;
  private recorder: Recorder<RecordedFrame> | undefined;
  private csv: FramesCsv | undefined;
  private metadata: MetadataFile | undefined;
  private pts: SavePts | undefined;
  private lastSensorUs: number | undefined;

  private constructor(options: FileSetOptions, backend: EncoderBackend | undefined) {
    this.options = options;
    this.backend = backend;
  }

  /**
   * Checks that everything can be had, and creates nothing yet: a camera that never records leaves no file.
   * @throws UsageError that names what can't be written or what is missing.
   */
  static async prepare(options: FileSetOptions): Promise<FileSet> {
    const { file } = options.video;
    for (const path of [file, options.framesCsv, options.metadata, options.savePts]) {
      if (path !== undefined && path !== '-') await checkWritable(path);
    }
    if (file !== undefined) checkOptions({ ...options.video, file });
    return new FileSet(options, file === undefined ? undefined : await chooseEncoder(options.encoder));
  }

  get ready(): boolean {
    return this.recorder !== undefined;
  }

  get encoderName(): string | undefined {
    return this.backend?.name;
  }

  /** Opens the files; again and again does no harm. `onError` is told when recording can't go on. */
  open(onError: (error: Error) => void): Promise<void> {
    this.opening ??= this.openAll(onError);
    return this.opening;
  }

  begin(firstIndex: number, preroll: PictureSource | undefined): void {
    this.recorder?.start(firstIndex, preroll);
  }

  offer(index: number, picture: PictureSource, row: RecordedFrame): void {
    this.recorder?.offer(index, picture, row);
  }

  summary(): RecorderSummary | undefined {
    return this.recorder?.summary();
  }

  /** Finishes all files. `endIndex` is the slot behind the last; undefined where the recording never began. */
  async close(endIndex: number | undefined): Promise<void> {
    await this.opening?.catch(() => {});
    try {
      await this.recorder?.finish(endIndex ?? 0);
    } finally {
      await Promise.all([this.csv?.close(), this.metadata?.close(), this.pts?.close()]);
    }
    if (endIndex === undefined && this.opening !== undefined) await this.discard();
  }

  /** Files of a recording that never began say nothing. */
  private async discard(): Promise<void> {
    const { video, framesCsv, metadata, savePts } = this.options;
    for (const path of [video.file, framesCsv, metadata, savePts]) {
      if (path !== undefined && path !== '-') await rm(path, { force: true });
    }
  }

  private async openAll(onError: (error: Error) => void): Promise<void> {
    const { video } = this.options;
    const encoder =
      this.backend === undefined || video.file === undefined
        ? nothing
        : await this.backend.open({ ...video, file: video.file });
    try {
      await this.openRows();
    } catch (error) {
      await encoder.close().catch(() => {});
      throw error;
    }
    this.recorder = new Recorder(encoder, {
      width: video.width,
      height: video.height,
      onSlot: (record) => this.onSlot(record),
      onError,
    });
  }

  private async openRows(): Promise<void> {
    const { video, framesCsv, metadata, metadataFormat, savePts } = this.options;
    if (framesCsv !== undefined) this.csv = await FramesCsv.open(framesCsv);
    if (metadata !== undefined) this.metadata = await MetadataFile.open(metadata, metadataFormat);
    if (savePts !== undefined) this.pts = await SavePts.open(savePts, video.frameRate);
  }

  private onSlot(record: SlotRecord<RecordedFrame>): void {
    this.csv?.write(record);
    this.pts?.write(record);
    const { row } = record;
    if (this.metadata === undefined || row === undefined) return;
    const durationUs =
      this.lastSensorUs === undefined || row.sensorUs === undefined ? undefined : row.sensorUs - this.lastSensorUs;
    this.lastSensorUs = row.sensorUs;
    this.metadata.write({
      sensorUs: row.sensorUs,
      wallClockUs: row.wallClockUs,
      frameDurationUs: durationUs,
      exposureUs: row.exposureUs,
      analogueGain: row.gain,
      ...(row.sync && { syncReady: row.ready, syncTimerUs: row.timerUs }),
    });
  }
}

/** Encodes nothing: a camera without an output file still runs, counts and writes its times. */
const nothing: VideoEncoder = { write: async () => {}, close: async () => {} };
