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
 * Reads `--metadata` of either format, handed in by pieces, and JSON however it is laid out: entries over many lines,
 * as one line, as a line each. Integers stay exact: `FrameWallClock` is over 2^53. What a killed process left half
 * written is left out. The closing bracket may lack, and the opening one, as on rpicam-vid's stdout.
 */
export class MetadataReader {
  private reader: JsonEntries | TextEntries | undefined;

  /** Takes the next text. Returns the entries that are complete by it. */
  push(text: string): MetadataEntry[] {
    if (this.reader === undefined) {
      const begin = text.replace(/^\uFEFF/, '').trimStart();
      if (begin === '') return [];
      this.reader = /^[[{\]]/.test(begin) ? new JsonEntries() : new TextEntries();
      return this.reader.push(begin).map(entryOf);
    }
    return this.reader.push(text).map(entryOf);
  }

  /** Whether something goes on for longer than an entry of metadata can. */
  get tooLong(): boolean {
    return (this.reader?.length ?? 0) > LONGEST_ENTRY;
  }

  /** The text is over. Returns the last entry, where it is complete but for the line's end. */
  end(): MetadataEntry[] {
    const reader = this.reader;
    this.reader = undefined;
    return reader?.end().map(entryOf) ?? [];
  }
}

type Values = ReadonlyMap<string, string>;

/** No entry is as long as this, in characters: what goes on for longer is no metadata, and is not kept. */
const LONGEST_ENTRY = 1 << 20;
/** A day at 120 frames a second has fewer. */
const MOST_ENTRIES = 12_000_000;

/** The outermost objects of JSON text. */
class JsonEntries {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private entry: string[] = [];
  private heldLength = 0;

  /** Of the entry that is not over, in characters. */
  get length(): number {
    return this.heldLength;
  }

  push(text: string): Values[] {
    const entries: Values[] = [];
    const marks = /["\\{}]/g;
    let [from, mark] = [0, marks.exec(text)];
    let at = 0;
    // A backslash at the end of a piece takes the first character of the next one.
    if (this.escaped && text !== '') [this.escaped, at] = [false, 1];
    for (; mark !== null; mark = marks.exec(text)) {
      if (mark.index < at) continue;
      const [sign] = mark;
      if (sign === '\\' && this.inString) at = mark.index + 2;
      if (sign === '"' && this.depth > 0) this.inString = !this.inString;
      if (this.inString) continue;
      if (sign === '{' && this.depth++ === 0) from = mark.index;
      if (sign === '}' && this.depth > 0 && --this.depth === 0) {
        this.keep(text.slice(from, mark.index + 1));
        entries.push(valuesOf(this.entry.join('')));
        [this.entry, this.heldLength] = [[], 0];
      }
    }
    this.escaped = at > text.length;
    if (this.depth > 0) this.keep(text.slice(from));
    return entries;
  }

  end(): Values[] {
    return [];
  }

  private keep(part: string): void {
    this.heldLength += part.length;
    if (this.heldLength > LONGEST_ENTRY) this.entry = [];
    else this.entry.push(part);
  }
}

/** A name and its value, or a value of another depth: JSON's numbers as they are written. */
const VALUE = /"((?:[^"\\]|\\.)*)"\s*:\s*("(?:[^"\\]|\\.)*"|\[|\{|[^\s,}\]]+)/g;

/** An object's own values. Lists and objects in it are one value each, as they are written. */
function valuesOf(object: string): Values {
  const values = new Map<string, string>();
  VALUE.lastIndex = 0;
  for (let match = VALUE.exec(object); match !== null; match = VALUE.exec(object)) {
    const [, name, value] = match as unknown as [string, string, string];
    if (value !== '[' && value !== '{') {
      values.set(name, value.startsWith('"') ? value.slice(1, -1) : value);
      continue;
    }
    const begin = VALUE.lastIndex - 1;
    const end = endOf(object, begin);
    values.set(name, object.slice(begin, end));
    VALUE.lastIndex = end;
  }
  return values;
}

/** Where the list or object that begins at `begin` is over. */
function endOf(text: string, begin: number): number {
  const marks = /"(?:[^"\\]|\\.)*"|[[\]{}]/g;
  marks.lastIndex = begin;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '[' || mark[0] === '{') depth++;
    else if (!mark[0].startsWith('"') && --depth === 0) return marks.lastIndex;
  }
  return text.length;
}

/** Lines of `name=value`, an empty one behind each entry. */
class TextEntries {
  private rest = '';
  private values = new Map<string, string>();
  private heldLength = 0;

  /** Of the entry that is not over, in characters. */
  get length(): number {
    return this.heldLength + this.rest.length;
  }

  push(text: string): Values[] {
    // What is too long to be an entry is not kept.
    if (this.length > LONGEST_ENTRY) return [];
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((each) => {
      const line = each.trim();
      const equals = line.indexOf('=');
      if (equals > 0) this.values.set(line.slice(0, equals), line.slice(equals + 1));
      this.heldLength += line.length;
      if (line !== '' || this.values.size === 0) return [];
      const values = this.values;
      [this.values, this.heldLength] = [new Map(), 0];
      return [values];
    });
  }

  end(): Values[] {
    return [];
  }
}

/** The entries of a metadata file, one by one. Throws a UsageError that names a file that can't be read. */
export async function* readMetadata(file: string): AsyncGenerator<MetadataEntry> {
  const reader = new MetadataReader();
  let entries = 0;
  try {
    for await (const text of readPieces(file)) {
      const read = reader.push(text);
      entries += read.length;
      if (reader.tooLong) throw new UsageError(`${file}: has an entry of over ${LONGEST_ENTRY} characters`);
      if (entries > MOST_ENTRIES) throw new UsageError(`${file}: has more than ${MOST_ENTRIES} entries`);
      yield* read;
    }
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
    wallNs: inNs(integer('FrameWallClock')),
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

/** Up to libcamera 0.5.1 the wall clock is told in us: read as ns those were of 1970. */
const inNs = (wall: bigint | undefined): bigint | undefined =>
  wall !== undefined && wall > 10n ** 14n && wall < SOME_YEARS_NS ? wall * 1000n : wall;
/** Some years since 1970 in ns; in us some thousands. */
const SOME_YEARS_NS = 10n ** 17n;
