import { UsageError } from '../errors.ts';
import { readPieces } from '../regular-file.ts';

/** What rpicam-vid's metadata say of one frame. Values that were not there are undefined. */
export interface MetadataEntry {
  /** When the frame began, ns since boot. */
  readonly sensorNs: bigint | undefined;
  /** The same on the wall clock, ns since 1970. */
  readonly wallNs: bigint | undefined;
  readonly durationUs: number | undefined;
  readonly exposureUs: number | undefined;
  readonly analogueGain: number | undefined;
  readonly digitalGain: number | undefined;
  /** Red, blue. */
  readonly colourGains: readonly [number, number] | undefined;
  readonly syncReady: boolean | undefined;
  /** From the frame to the ready time, us; negative once that is past. */
  readonly syncTimerUs: number | undefined;
  /** All values as they are written, without quotes. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Reads `--metadata` of either format, handed in by pieces. Integers stay exact: `FrameWallClock` is over 2^53. What a killed process left
 * half written is left out. The closing bracket may lack, and the opening one, as on rpicam-vid's stdout.
 */
export class MetadataReader {
  #rest = '';
  #values = new Map<string, string>();
  #format: 'json' | 'txt' | undefined;

  /** Takes the next text. Returns the entries that are complete by it. */
  push(text: string): MetadataEntry[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line.trim()) ?? []);
  }

  /** The text is over. Returns the last entry, if its closing brace is all that stands on an unended line. */
  end(): MetadataEntry[] {
    const line = this.#rest.trim();
    this.#rest = '';
    return /^\},?$/.test(line) ? [this.#line(line) ?? []].flat() : [];
  }

  #line(line: string): MetadataEntry | undefined {
    this.#format ??= /^[[{]/.test(line) ? 'json' : line === '' ? undefined : 'txt';
    if (this.#format === 'json') {
      const [, name, value] = /^"([^"]+)": (.*?),?$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#values.set(name, value.replace(/^"(.*)"$/, '$1'));
      return /^\},?$/.test(line) ? this.#take() : undefined;
    }
    const equals = line.indexOf('=');
    if (equals > 0) this.#values.set(line.slice(0, equals), line.slice(equals + 1));
    return line === '' && this.#values.size > 0 ? this.#take() : undefined;
  }

  #take(): MetadataEntry {
    const values = this.#values;
    this.#values = new Map();
    return entryOf(values);
  }
}

/** The entries of a metadata file, one by one. Throws a UsageError that names a file that can't be read. */
export async function* readMetadata(file: string): AsyncGenerator<MetadataEntry> {
  const reader = new MetadataReader();
  try {
    for await (const text of readPieces(file)) yield* reader.push(text);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'no such file' : `can't be read (${code})`}`, { cause });
  }
  yield* reader.end();
}

function entryOf(values: ReadonlyMap<string, string>): MetadataEntry {
  const integer = (name: string): bigint | undefined => {
    const text = values.get(name);
    return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  };
  const number = (name: string): number | undefined => {
    const value = Number(values.get(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const [red, blue] = (values.get('ColourGains') ?? '')
    .replace(/[[\]\s]/g, '')
    .split(',')
    .map(Number);
  const gains = red !== undefined && blue !== undefined && Number.isFinite(red + blue);
  const ready = values.get('SyncReady');
  return {
    sensorNs: integer('SensorTimestamp'),
    wallNs: integer('FrameWallClock'),
    durationUs: number('FrameDuration'),
    exposureUs: number('ExposureTime'),
    analogueGain: number('AnalogueGain'),
    digitalGain: number('DigitalGain'),
    colourGains: gains ? [red, blue] : undefined,
    syncReady: ready === undefined ? undefined : ready === 'true' || ready === '1',
    syncTimerUs: number('SyncTimer'),
    values,
  };
}
