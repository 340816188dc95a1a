import { OptionError, UsageError } from '../errors.ts';
import { readSound, type SoundPiece } from '../libav/audio.ts';
import { readContainer } from '../libav/container.ts';
import { checkReadable } from '../libav/decode.ts';
import { NoPixelClock } from '../verify/no-pixel-clock.ts';
import { type ReadProgress, typicalGap, type Watch } from '../verify/read-times.ts';
import { ALIGN_BY, type AlignBy } from './align-by.ts';
import { lineByClock } from './by-clock.ts';
import { lineBySidecar } from './by-sidecar.ts';
import { ClapFinder } from './claps.ts';
import { cutsOf, type PlacedFile } from './cut.ts';
import { type Events, matchEvents } from './events.ts';
import { flashes, readBrightness } from './flashes.ts';
import { type Line, lineAt, ownTimeAt } from './line.ts';
import { NotAligned, NothingInCommon } from './not-aligned.ts';
import type { Written } from './write/write.ts';

/** What `align` takes, who hears of its progress, and who may end it. */
export interface AlignOptions extends Watch {
  /** Default: the first that all files have. */
  readonly by?: AlignBy;
  /** A folder for aligned copies; it is made where it is missing. Default: nothing is written. */
  readonly write?: string;
  /** Frames a second of the copies: 25, '29.97', '30000/1001'. Default: the rate of the first file with pictures. */
  readonly rate?: number | string;
  /** Replaces copies that are there already. Default: false, they are refused. */
  readonly force?: boolean;
  /** Told how far the copies are, as `onProgress` is of what is read. */
  readonly onWritten?: ReadProgress;
}

/** One file on the timeline of the first. */
export interface AlignedFile {
  /** The file, as it was given. */
  readonly file: string;
  /**
   * Where this file's time 0 is on the first file's own time, in us, with its standard error (0 of the first itself):
   * as the file counts, which may begin with a frame at another time than 0.
   */
  readonly startUs: number;
  /** Standard error of `startUs`, in us. */
  readonly sigmaUs: number;
  /** How much faster this file's time goes than the first's, in ppm; undefined where that can't be told. */
  readonly ratePpm: number | undefined;
  /**
   * What is to be cut off its beginning so that all files begin together, in us, as ffmpeg's `-ss` counts: from where
   * the file's own time begins. A little before the frame that the file shall begin with.
   */
  readonly cutUs: number;
  /** Frames, or events, that it is from. */
  readonly points: number;
}

/** Files on one timeline, in the order in which they were given. */
export interface Alignment {
  /** By what they were put there. */
  readonly by: AlignBy;
  /** Where each of them is. */
  readonly files: readonly AlignedFile[];
  /** What limits it, a line each. */
  readonly notes: readonly string[];
  /** The copies, where they were asked for. */
  readonly written?: Written;
}

/** Events that a file shows, and how exactly it tells the time of one, in us. */
interface Seen {
  readonly events: Events;
  readonly sigmaUs: number;
  /** What all its events are off by, in us: a standard error. */
  readonly commonUs: number;
}

/** Sounds and pictures of one event may be apart by so much, in us: 10 m of sound, two frames. */
const CLAP_TOLERANCE_US = 30_000;
/** Two microphones hear the onset of one clap so far apart. */
const CLAP_SIGMA_US = 500;
/**
 * A lossy codec smears an onset by so much, in us, and puts it earlier by so much on the whole: AAC of 96 kbit/s
 * (bench/claps.ts).
 */
const LOSSY_SIGMA_US = 1200;
const LOSSY_COMMON_US = 500;
/** No two clocks of cameras differ by more than this, in ppm; beyond it, it is something else. */
const MOST_PPM = 500;
/** A rate that is known less well than this, in ppm, is not told. */
const MOST_PPM_SIGMA = 150;

/**
 * Puts files from anywhere on one timeline: that of the first file.
 * @throws UsageError where a file can't be read, or nothing puts all of them on one timeline; the signal's reason where
 *   it is aborted.
 */
export async function align(files: readonly string[], options: AlignOptions = {}): Promise<Alignment> {
  if (files.length < 2) throw new UsageError('align: give two or more video files');
  const { write: folder, rate, force = false, onWritten, ...how } = options;
  if (folder === undefined) {
    const unused = rate !== undefined ? 'rate' : options.force ? 'force' : undefined;
    if (unused !== undefined) throw new OptionError(unused, options[unused], 'is about copies; give {write} as well');
    return (await place(files, how)).alignment;
  }
  // What encodes is loaded where it is used.
  const { planWrite, writeAligned } = await import('./write/write.ts');
  const writing = { folder, rate, force, signal: how.signal, onProgress: onWritten };
  const plan = await planWrite(files, writing);
  const { alignment, placed } = await place(files, how);
  return { ...alignment, written: await writeAligned(placed, plan, writing) };
}

/** Files with where they are, in full and as it is told. */
interface Placed {
  readonly alignment: Alignment;
  readonly placed: readonly PlacedFile[];
}

async function place(files: readonly string[], options: Pick<AlignOptions, 'by' | keyof Watch>): Promise<Placed> {
  if (options.by !== undefined) return alignBy(options.by, files, options);
  const failed = new Map<AlignBy, Error>();
  for (const by of ALIGN_BY) {
    try {
      return await alignBy(by, files, options);
    } catch (error) {
      if (!(error instanceof NothingInCommon || error instanceof NoPixelClock)) throw error;
      failed.set(by, error);
    }
  }
  throw new NotAligned(files, failed);
}

const HOSTS =
  "files of different hosts are as far apart as these hosts' clocks were: no error of theirs is in the figures";
const SAME_HOST =
  'these times count from the start of the host: they only hold for files of one host that was not started again between them';

const FAR_SOUND = 'sound takes 2.9 ms a metre: a camera that was a metre further away seems 2.9 ms late';
const BETWEEN_FRAMES = 'a flash is in one frame or the next: that is what the errors are of';

async function alignBy(by: AlignBy, files: readonly string[], watch: Watch): Promise<Placed> {
  if (by !== 'clap') {
    for (const file of files) {
      await checkReadable(file);
      if (!(await readContainer(file)).video) throw new NothingInCommon(`${file}: holds no video`);
    }
  }
  switch (by) {
    case 'clock':
      return fromLines(by, files, await each(files, (file) => lineByClock(file, watch)), [], watch);
    case 'sidecar': {
      const lines = await each(files, (file) => lineBySidecar(file, watch)).catch((error: Error) => {
        watch.signal?.throwIfAborted();
        throw new NothingInCommon(error.message, { cause: error });
      });
      if (new Set(lines.map(({ clock }) => clock)).size > 1) {
        throw new NothingInCommon(
          'some files have times of a wall clock beside them, others only of the time since their host was started',
        );
      }
      return fromLines(by, files, lines, [lines[0]?.clock === 'boot' ? SAME_HOST : HOSTS], watch);
    }
    case 'clap':
      return fromEvents(
        by,
        files,
        await each(files, (file) => heard(file, watch)),
        CLAP_TOLERANCE_US,
        [FAR_SOUND],
        watch,
      );
    case 'flash': {
      const seen = await each(files, (file) => flashesOf(file, watch));
      const tolerance = 2 * Math.max(...seen.map(({ sigmaUs }) => sigmaUs * Math.sqrt(12)));
      return fromEvents(by, files, seen, tolerance, [BETWEEN_FRAMES], watch);
    }
  }
}

async function each<T>(files: readonly string[], work: (file: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const file of files) results.push(await work(file));
  return results;
}

async function heard(file: string, { onProgress, signal }: Watch): Promise<Seen> {
  await checkReadable(file);
  const finder = new ClapFinder();
  let seconds = 0;
  const listen = (piece: SoundPiece): void => {
    finder.push(piece);
    const heardUs = finder.lengthUs;
    if (heardUs < (seconds + 1) * 1e6) return;
    seconds = Math.floor(heardUs / 1e6);
    onProgress?.(file, seconds, undefined, 'seconds');
  };
  const sound = await readSound(file, listen, undefined, signal);
  if (sound === undefined) throw new NothingInCommon(`${file}: holds no sound`);
  const { lossy } = sound;
  return {
    events: finder.found(),
    sigmaUs: lossy ? Math.hypot(CLAP_SIGMA_US, LOSSY_SIGMA_US) : CLAP_SIGMA_US,
    commonUs: lossy ? LOSSY_COMMON_US : 0,
  };
}

async function flashesOf(file: string, watch: Watch): Promise<Seen> {
  const brightness = await readBrightness(file, watch);
  // Flashes that are a whole number of frames apart are all off by the same.
  const sigmaUs = typicalGap(brightness.ptsUs) / Math.sqrt(12);
  return { events: flashes(brightness), sigmaUs, commonUs: sigmaUs };
}

/** A file on the timeline of the first, but for its cut. */
type Aligned = PlacedFile & Omit<AlignedFile, 'cutUs'>;

function fromLines(
  by: AlignBy,
  files: readonly string[],
  lines: readonly Line[],
  notes: readonly string[],
  watch: Watch,
): Promise<Placed> {
  const reference = lines[0] as Line;
  for (const [i, { rate, rateSigma }] of lines.entries()) {
    const ppm = (1 / rate - 1) * 1e6;
    if (Math.abs(ppm) - 3e6 * rateSigma <= MOST_PPM) continue;
    throw new NothingInCommon(
      `${files[i]}: its time would go ${signed(ppm)} ppm against ${by === 'clock' ? 'the pixel clock' : 'the times beside it'}, which no clock does: its frames have other times than it says, as in slow motion, or the times are of other frames`,
    );
  }
  const placed = lines.map((line, i): Aligned => {
    const file = files[i] as string;
    if (i === 0) return { file, startUs: 0, rate: 1, sigmaUs: 0, ratePpm: 0, points: line.points };
    const rate = line.rate / reference.rate;
    // In the middle of what was read of the file, where it is known best; from there to its time 0 by the rates.
    const at = ownTimeAt(reference, lineAt(line, line.ownUs));
    const startUs = at - line.ownUs * rate;
    const rateSigma = Math.hypot(line.rateSigma, reference.rateSigma);
    const away = [line.rateSigma * line.ownUs, reference.rateSigma * (startUs - reference.ownUs)];
    return {
      file,
      startUs,
      rate,
      sigmaUs: Math.hypot(line.sigmaUs, reference.sigmaUs, ...away),
      ratePpm: rateSigma * 1e6 > MOST_PPM_SIGMA ? undefined : (1 / rate - 1) * 1e6,
      points: line.points,
    };
  });
  return withCuts(by, placed, notes, watch);
}

function fromEvents(
  by: AlignBy,
  files: readonly string[],
  seen: readonly Seen[],
  toleranceUs: number,
  notes: readonly string[],
  watch: Watch,
): Promise<Placed> {
  const [reference] = seen as [Seen];
  const placed = seen.map(({ events, sigmaUs, commonUs }, i): Aligned => {
    const file = files[i] as string;
    if (events.length === 0) throw new NothingInCommon(`${file}: no ${by} in it`);
    if (i === 0) return { file, startUs: 0, rate: 1, sigmaUs: 0, ratePpm: 0, points: events.length };
    const match = matchEvents(reference.events, events, {
      toleranceUs,
      sigmaUs: Math.hypot(sigmaUs, reference.sigmaUs),
    });
    if (match === 'none') throw new NothingInCommon(`${files[0]}: no ${by} in it`);
    if (match === 'ambiguous') {
      throw new NothingInCommon(
        `${file}: its ${by}s fit those of ${files[0]} in more than one place: two at an uneven distance tell`,
      );
    }
    const { ownUs, lagUs, lagSigmaUs, rate, rateSigma, pairs } = match;
    const common = by === 'clap' ? Math.abs(commonUs - reference.commonUs) : Math.hypot(commonUs, reference.commonUs);
    return {
      file,
      startUs: ownUs + lagUs - rate * ownUs,
      rate,
      sigmaUs: Math.hypot(lagSigmaUs, common, rateSigma * ownUs),
      ratePpm: rateSigma * 1e6 > MOST_PPM_SIGMA ? undefined : (1 / rate - 1) * 1e6,
      points: pairs,
    };
  });
  return withCuts(by, placed, notes, watch);
}

async function withCuts(
  by: AlignBy,
  placed: readonly Aligned[],
  notes: readonly string[],
  { signal }: Watch,
): Promise<Placed> {
  const cuts = await cutsOf(placed, signal);
  const files = placed.map(({ rate: _, ...about }, i): AlignedFile => ({ ...about, cutUs: cuts.cutUs[i] as number }));
  return { alignment: { by, files, notes: [...notes, ...cuts.notes] }, placed };
}

const signed = (ppm: number): string => `${ppm < 0 ? '-' : '+'}${Math.abs(ppm).toFixed(0)}`;
