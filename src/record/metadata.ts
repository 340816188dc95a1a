import { usToNs } from '../time/units.ts';
import { formatEntry, type MetadataEntry, type MetadataFormat, type MetadataValue } from './metadata-entry.ts';
import { TextFile } from './text-file.ts';

export type { MetadataFormat } from './metadata-entry.ts';
export { METADATA_FORMATS } from './metadata-entry.ts';

/** What is known of a frame, for `--metadata`; what is undefined or missing is not written. */
export interface FrameMetadata {
  /** The sensor timestamp on CLOCK_BOOTTIME, us. Written as `SensorTimestamp`, ns. */
  readonly sensorUs?: number | undefined;
  /** The frame on the wall clock, us. Written as `FrameWallClock`, ns. */
  readonly wallClockUs?: number | undefined;
  /** How long this frame lasts, us. */
  readonly frameDurationUs?: number | undefined;
  readonly exposureUs?: number | undefined;
  readonly analogueGain?: number | undefined;
  readonly digitalGain?: number | undefined;
  /** Red and blue. */
  readonly colourGains?: readonly [number, number] | undefined;
  /** The part of the sensor that is shown: x, y, width, height in its pixels. */
  readonly scalerCrop?: readonly [number, number, number, number] | undefined;
  readonly syncReady?: boolean | undefined;
  /** Time left to the ready time, us; negative behind it. */
  readonly syncTimerUs?: number | undefined;
}

/** Which of the array's brackets json has. A stock rpicam-vid writes the closing one alone to stdout. */
export type Brackets = 'both' | 'closing' | 'none';

/** The file of `rpicam-vid --metadata`. */
export class MetadataFile {
  private readonly file: TextFile;
  private readonly format: MetadataFormat;
  private readonly closing: boolean;
  private frames = 0;

  constructor(file: TextFile, format: MetadataFormat, brackets: Brackets) {
    this.file = file;
    this.format = format;
    this.closing = brackets !== 'none';
    if (brackets === 'both' && format !== 'txt') file.write('[\n');
  }

  /**
   * @param file A path, or `-` for stdout.
   * @param brackets Default: both in a file; none on stdout, where a reader takes objects as they come.
   * Throws a UsageError where the file can't be written.
   */
  static async open(
    file: string,
    format: MetadataFormat = 'json',
    brackets: Brackets = file === '-' ? 'none' : 'both',
    signal?: AbortSignal,
  ): Promise<MetadataFile> {
    return new MetadataFile(await TextFile.open(file, signal), format, brackets);
  }

  write(metadata: FrameMetadata): void {
    this.writeEntry(metadataEntry(metadata));
  }

  /** For values under libcamera's own names. */
  writeEntry(entry: MetadataEntry): void {
    const text = formatEntry(entry, this.format);
    this.file.write(this.format !== 'txt' && this.frames > 0 ? `,\n${text}` : text);
    this.frames++;
  }

  /** Throws a FailureError where entries could not be written. */
  close(): Promise<void> {
    if (this.format !== 'txt') {
      if (this.closing) this.file.write('\n]\n');
      else if (this.frames > 0) this.file.write('\n');
    }
    return this.file.close();
  }
}

/**
 * What is known of a frame, under libcamera's names of controls. Times of ns are whole, though JSON.parse rounds them
 * above 2^53.
 */
export function metadataEntry(metadata: FrameMetadata): MetadataEntry {
  const { sensorUs, wallClockUs, scalerCrop } = metadata;
  const values: (readonly [string, MetadataValue | undefined])[] = [
    ['SensorTimestamp', sensorUs === undefined ? undefined : usToNs(sensorUs)],
    ['FrameWallClock', wallClockUs === undefined ? undefined : usToNs(wallClockUs)],
    ['FrameDuration', metadata.frameDurationUs],
    ['ExposureTime', metadata.exposureUs],
    ['AnalogueGain', metadata.analogueGain],
    ['DigitalGain', metadata.digitalGain],
    ['ColourGains', metadata.colourGains],
    ['ScalerCrop', scalerCrop && rectangle(scalerCrop)],
    ['SyncReady', metadata.syncReady],
    ['SyncTimer', metadata.syncTimerUs],
  ];
  return values.filter((pair): pair is readonly [string, MetadataValue] => pair[1] !== undefined);
}

const rectangle = ([x, y, width, height]: readonly [number, number, number, number]) => ({ x, y, width, height });
