import { UsageError } from '../errors.ts';
import { readSound } from '../libav/audio.ts';
import { NoPixelClock, type ReadProgress, typicalGap } from '../verify/read-times.ts';
import { lineByClock } from './by-clock.ts';
import { lineBySidecar } from './by-sidecar.ts';
import { claps } from './claps.ts';
import { type Events, matchEvents } from './events.ts';
import { flashes, readBrightness } from './flashes.ts';
import { type Line, lineAt, ownTimeAt } from './line.ts';

/** By what files are put on one timeline, in the order in which it is tried. */
export const ALIGN_BY = ['clock', 'sidecar', 'clap', 'flash'] as const;
export type AlignBy = (typeof ALIGN_BY)[number];

export interface AlignOptions {
  /** Default: the first that all files have. */
  readonly by?: AlignBy;
  readonly onProgress?: ReadProgress;
}

/** One file on the timeline of the first. */
export interface AlignedFile {
  readonly file: string;
  /** Where this file's time 0 is on the first file's own time, in us, with its standard error (0 of the first itself). */
  readonly startUs: number;
  readonly sigmaUs: number;
  /** How much faster this file's time goes than the first's, in ppm; undefined where that can't be told. */
  readonly ratePpm: number | undefined;
  /** What is to be cut off its beginning so that all files begin together, in us of its own time. */
  readonly cutUs: number;
  /** Frames, or events, that it is from. */
  readonly points: number;
}

export interface Alignment {
  readonly by: AlignBy;
  readonly files: readonly AlignedFile[];
  /** What limits it, a line each. */
  readonly notes: readonly string[];
}

/** Events that a file shows, and how exactly it tells the time of one, in us. */
interface Seen {
  readonly events: Events;
  readonly sigmaUs: number;
}

/** Sounds and pictures of one event may be apart by so much, in us: 10 m of sound, two frames. */
const CLAP_TOLERANCE_US = 30_000;
const CLAP_SIGMA_US = 500;

/**
 * Puts files from anywhere on one timeline: that of the first file.
 * @throws UsageError where a file can't be read, or nothing puts all of them on one timeline.
 */
export async function align(files: readonly string[], options: AlignOptions = {}): Promise<Alignment> {
  if (files.length < 2) throw new UsageError('align: give two or more video files');
  if (options.by !== undefined) return alignBy(options.by, files, options);
  const reasons: string[] = [];
  for (const by of ALIGN_BY) {
    try {
      return await alignBy(by, files, options);
    } catch (error) {
      if (!(error instanceof NothingInCommon || error instanceof NoPixelClock)) throw error;
      reasons.push(`${by}: ${error.message}`);
    }
  }
  throw new UsageError(`nothing puts these files on one timeline: ${reasons.join('; ')}`);
}

const HOSTS =
  "files of different hosts are as far apart as these hosts' clocks were: no error of theirs is in the figures";
const SAME_HOST =
  'these times count from the start of the host: they only hold for files of one host that was not started again between them';

/** Another way may be tried. */
class NothingInCommon extends UsageError {}

async function alignBy(by: AlignBy, files: readonly string[], { onProgress }: AlignOptions): Promise<Alignment> {
  switch (by) {
    case 'clock':
      return fromLines(by, files, await each(files, (file) => lineByClock(file, onProgress)), []);
    case 'sidecar': {
      const lines = await each(files, (file) => lineBySidecar(file, onProgress)).catch((error: Error) => {
        throw new NothingInCommon(error.message, { cause: error });
      });
      if (new Set(lines.map(({ clock }) => clock)).size > 1) {
        throw new NothingInCommon(
          'some files have times of a wall clock beside them, others only of the time since their host was started',
        );
      }
      return fromLines(by, files, lines, [lines[0]?.clock === 'boot' ? SAME_HOST : HOSTS]);
    }
    case 'clap':
      return fromEvents(by, files, await each(files, heard), CLAP_TOLERANCE_US, [
        'sound takes 2.9 ms a metre: a camera that was a metre further away seems 2.9 ms late',
      ]);
    case 'flash': {
      const seen = await each(files, (file) => flashesOf(file, onProgress));
      const tolerance = 2 * Math.max(...seen.map(({ sigmaUs }) => sigmaUs * Math.sqrt(12)));
      return fromEvents(by, files, seen, tolerance, [
        'a flash is in one frame or the next: that is what the errors are of',
      ]);
    }
  }
}

async function each<T>(files: readonly string[], work: (file: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const file of files) results.push(await work(file));
  return results;
}

async function heard(file: string): Promise<Seen> {
  const sound = await readSound(file);
  if (sound === undefined) throw new NothingInCommon(`${file}: holds no sound`);
  return { events: claps(sound), sigmaUs: CLAP_SIGMA_US };
}

async function flashesOf(file: string, onProgress?: ReadProgress): Promise<Seen> {
  const brightness = await readBrightness(file, onProgress);
  return { events: flashes(brightness), sigmaUs: typicalGap(brightness.ptsUs) / Math.sqrt(12) };
}

function fromLines(by: AlignBy, files: readonly string[], lines: readonly Line[], notes: string[]): Alignment {
  const reference = lines[0] as Line;
  const placed = lines.map((line, i) => {
    const rate = line.rate / reference.rate;
    // In the middle of what was read of the file, where it is known best; from there to its time 0 by the rates.
    const at = ownTimeAt(reference, lineAt(line, line.ownUs));
    return {
      file: files[i] as string,
      startUs: i === 0 ? 0 : at - line.ownUs * rate,
      sigmaUs: i === 0 ? 0 : Math.hypot(line.sigmaUs, reference.sigmaUs),
      ratePpm: (1 / rate - 1) * 1e6,
      points: line.points,
    };
  });
  return { by, files: withCuts(placed), notes };
}

function fromEvents(
  by: AlignBy,
  files: readonly string[],
  seen: readonly Seen[],
  toleranceUs: number,
  notes: string[],
): Alignment {
  const [reference] = seen as [Seen];
  const placed = seen.map(({ events, sigmaUs }, i) => {
    const file = files[i] as string;
    if (events.length === 0) throw new NothingInCommon(`${file}: no ${by} in it`);
    if (i === 0) return { file, startUs: 0, sigmaUs: 0, ratePpm: 0, points: events.length };
    const match = matchEvents(reference.events, events, toleranceUs);
    if (match === 'none') throw new NothingInCommon(`${files[0]}: no ${by} in it`);
    if (match === 'ambiguous') {
      throw new NothingInCommon(
        `${file}: its ${by}s fit those of ${files[0]} in more than one place: two at an uneven distance tell`,
      );
    }
    const single = Math.hypot(sigmaUs, reference.sigmaUs);
    return {
      file,
      startUs: match.lagUs,
      // Flashes that are a whole number of frames apart are all off by the same.
      sigmaUs: by === 'flash' ? single : single / Math.sqrt(match.pairs),
      ratePpm: undefined,
      points: match.pairs,
    };
  });
  return { by, files: withCuts(placed), notes };
}

function withCuts(files: readonly Omit<AlignedFile, 'cutUs'>[]): AlignedFile[] {
  const begin = Math.max(...files.map(({ startUs }) => startUs));
  return files.map((file) => ({ ...file, cutUs: (begin - file.startUs) * (1 + (file.ratePpm ?? 0) * 1e-6) }));
}
