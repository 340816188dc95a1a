import { usToNs } from '../time/units.ts';
import { TextFile } from './text-file.ts';

/** What is known of a frame, for `--metadata`; what is undefined or missing is not written. */
export interface FrameMetadata {
  /** The sensor timestamp on CLOCK_BOOTTIME, us. Written as `SensorTimestamp`, ns. */
  readonly sensorUs?: number | undefined;
  /** The frame on the wall clock, us. Written as `FrameWallClock`, ns. */
  readonly wallClockUs?: number | undefined;
  readonly frameDurationUs?: number | undefined;
  readonly exposureUs?: number | undefined;
  readonly analogueGain?: number | undefined;
  readonly digitalGain?: number | undefined;
  /** Red and blue. */
  readonly colourGains?: readonly [number, number] | undefined;
  readonly syncReady?: boolean | undefined;
  /** Time left to the ready time, us; negative behind it. */
  readonly syncTimerUs?: number | undefined;
}

export type MetadataFormat = 'json' | 'txt';

/** The file of `rpicam-vid --metadata`: in json an array with an object a frame, in txt `Name=value` lines and an empty line a frame. */
export class MetadataFile {
  readonly #file: TextFile;
  readonly #format: MetadataFormat;
  readonly #brackets: boolean;
  #frames = 0;

  constructor(file: TextFile, format: MetadataFormat, brackets: boolean) {
    this.#file = file;
    this.#format = format;
    this.#brackets = brackets && format === 'json';
    if (this.#brackets) file.write('[\n');
  }

  /**
   * @param file A path, or `-` for stdout, which gets the objects without the array's brackets.
   * Throws a UsageError where the file can't be written.
   */
  static async open(file: string, format: MetadataFormat = 'json'): Promise<MetadataFile> {
    return new MetadataFile(await TextFile.open(file), format, file !== '-');
  }

  write(metadata: FrameMetadata): void {
    const text = formatMetadata(metadata, this.#format);
    this.#file.write(this.#format === 'json' && this.#frames > 0 ? `,\n${text}` : text);
    this.#frames++;
  }

  /** Throws a FailureError where entries could not be written. */
  close(): Promise<void> {
    if (this.#brackets) this.#file.write('\n]\n');
    else if (this.#format === 'json' && this.#frames > 0) this.#file.write('\n');
    return this.#file.close();
  }
}

/** One frame's entry: in json an object without a line's end behind it, in txt lines and an empty line. */
export function formatMetadata(metadata: FrameMetadata, format: MetadataFormat): string {
  const entries = metadataEntries(metadata);
  if (format === 'txt') return `${entries.map(([name, value]) => `${name}=${value}\n`).join('')}\n`;
  return `{\n${entries.map(([name, value]) => `    "${name}": ${value}`).join(',\n')}\n}`;
}

/** Names of libcamera's controls with their values as text; ns are written whole, though JSON.parse rounds them above 2^53. */
function metadataEntries(metadata: FrameMetadata): [string, string][] {
  const { sensorUs, wallClockUs, colourGains } = metadata;
  const entries: [string, string | undefined][] = [
    ['SensorTimestamp', sensorUs === undefined ? undefined : String(usToNs(sensorUs))],
    ['FrameWallClock', wallClockUs === undefined ? undefined : String(usToNs(wallClockUs))],
    ['FrameDuration', whole(metadata.frameDurationUs)],
    ['ExposureTime', whole(metadata.exposureUs)],
    ['AnalogueGain', metadata.analogueGain?.toFixed(6)],
    ['DigitalGain', metadata.digitalGain?.toFixed(6)],
    ['ColourGains', colourGains && `[ ${colourGains.map((gain) => gain.toFixed(6)).join(', ')} ]`],
    ['SyncReady', metadata.syncReady?.toString()],
    ['SyncTimer', whole(metadata.syncTimerUs)],
  ];
  return entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

const whole = (us: number | undefined): string | undefined =>
  us === undefined ? undefined : String(Math.round(us) + 0);
