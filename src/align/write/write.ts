import { mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureError, OptionError, UsageError } from '../../errors.ts';
import { cutSound } from '../../libav/cut-sound.ts';
import { joinSound } from '../../libav/join-sound.ts';
import { openPictures } from '../../libav/pictures.ts';
import { syncFile, syncFolder } from '../../record/data-sync.ts';
import { FramesCsv } from '../../record/frames-csv.ts';
import { makeFolder } from '../../record/make-folder.ts';
import { writeReason } from '../../record/write-failure.ts';
import { type FrameRate, parseFrameRate, periodUs } from '../../time/frame-rate.ts';
import type { Watch } from '../../verify/read-times.ts';
import { type Opened, onFirst, openPlaced, type PlacedFile } from '../cut.ts';
import { ownTimes } from '../own-times.ts';
import { conformVideo } from './conform.ts';
import { copyPictures } from './copy.ts';
import { fillSlots, type Grid, layGrid, rateOf, type Slots } from './slots.ts';
import { copyTargets, type Target } from './targets.ts';

/** Where aligned copies are written, and how. */
export interface WriteOptions extends Watch {
  readonly folder: string;
  /** Frames a second of the copies. Default: the rate of the first file with pictures. */
  readonly rate?: number | string | undefined;
  /** Whether copies that are there already are replaced. */
  readonly force: boolean;
}

/** A copy that was written. */
export interface WrittenFile {
  /** The file that it is of, as it was given. */
  readonly file: string;
  /** The copy: MP4, or WAV of sound alone. */
  readonly output: string;
  /** Frames in it: of every copy as many; 0 of sound alone. */
  readonly frames: number;
  /** Frames that show the one before once more: none of the file was nearest to their moment. */
  readonly repeated: number;
  /** The file's own rate, by the times of its frames; undefined of sound alone. */
  readonly ownRate?: FrameRate;
  /** Frames of the file that the copy leaves out: of two that are nearest to one moment the further one. */
  readonly dropped: number;
  /** How far a frame that is no repeat is from the moment that it stands for at the most, in us. */
  readonly awayUs: number;
  /**
   * Frames that were encoded: 0 where all are the file's own coded pictures, copied bit for bit, or of sound alone.
   */
  readonly encoded: number;
  /** Why frames were encoded, as a part of a sentence; undefined where none were. */
  readonly why?: string;
  /** Whether it has sound. */
  readonly sound: boolean;
  /** Sound tracks of the file that the copy leaves out: those that can't be decoded, and in a WAV all but the first. */
  readonly soundsLeft: number;
}

/** The aligned copies of files. */
export interface Written {
  /** The folder that they are in. */
  readonly folder: string;
  /** Their rate. */
  readonly frameRate: FrameRate;
  /** In the order of the files. */
  readonly files: readonly WrittenFile[];
}

/** A file with the times of its frames, which a bare stream has beside it. */
interface Source extends Opened {
  /** True of a bare stream. */
  readonly bare: boolean;
  readonly target: Target;
}

/** What is written, checked: nothing is made yet. */
export interface WritePlan {
  readonly targets: readonly Target[];
  readonly frameRate: FrameRate | undefined;
}

/**
 * Checks what copies are asked for, before the files are read.
 * @throws UsageError that names the option, or the file, and says what would be right.
 */
export async function planWrite(files: readonly string[], { folder, rate, force }: WriteOptions): Promise<WritePlan> {
  if (folder === '') throw new OptionError('write', folder, 'is empty; give a folder');
  const frameRate = rate === undefined ? undefined : parseFrameRate(String(rate));
  if (rate !== undefined && (frameRate === undefined || frameRate.num > MOST_FPS * frameRate.den)) {
    throw new OptionError('rate', rate, `give frames a second up to ${MOST_FPS}, such as 25, 29.97 or 30000/1001`);
  }
  return { targets: await copyTargets(files, folder, force), frameRate };
}

const MOST_FPS = 1000;

/**
 * Writes aligned copies: frame N of each is the frame that is nearest to one moment, and sound begins with frame 0.
 * They get their names when all of them are whole.
 * @throws UsageError where a file can't be read or there is no moment in all of them, FailureError where a copy can't
 *   be written, the signal's reason where it is aborted: nothing is left behind then.
 */
export async function writeAligned(
  placed: readonly PlacedFile[],
  plan: WritePlan,
  options: WriteOptions,
): Promise<Written> {
  const { folder, signal } = options;
  const sources: Source[] = [];
  for (const [i, each] of placed.entries()) sources.push(await openSource(each, plan.targets[i] as Target, signal));
  const frameRate = plan.frameRate ?? rateOf(sources.find(({ frames }) => frames.length > 0)?.frames ?? []);
  if (frameRate === undefined) throw new UsageError('none of these files has two frames: there is nothing to align to');
  const spans = sources.map((each) => {
    const framesUs = each.frames.map((us) => onFirst(each, us));
    return { framesUs, beginUs: framesUs[0] ?? onFirst(each, each.container.startUs) };
  });
  const grid = layGrid(spans, periodUs(frameRate));
  if (grid === undefined) throw new UsageError(`no moment is in all of ${placed.map(({ file }) => file).join(', ')}`);
  return inWorkFolder(folder, async (work) => {
    const files: WrittenFile[] = [];
    for (const [i, source] of sources.entries()) {
      const { framesUs } = spans[i] as (typeof spans)[number];
      files.push(await writeOne(source, framesUs, grid, { ...options, frameRate, work }));
    }
    for (const name of plan.targets.flatMap(({ outputs }) => outputs)) await syncFile(join(work, name));
    signal?.throwIfAborted();
    for (const name of plan.targets.flatMap(({ outputs }) => outputs))
      await rename(join(work, name), join(folder, name));
    await syncFolder(folder);
    return { folder, frameRate, files };
  });
}

async function openSource(placed: PlacedFile, target: Target, signal: AbortSignal | undefined): Promise<Source> {
  const opened = await openPlaced(placed, signal);
  if (!opened.container.video || opened.frames.length > 0) return { ...opened, bare: false, target };
  const { file } = placed;
  const pictures = await openPictures(file, undefined, signal);
  await pictures.close();
  const times = await ownTimes(file, new Array<number>(pictures.ptsUs.length).fill(Number.NaN));
  const frames = times.flatMap((us) => us ?? []);
  if (frames.length < times.length)
    throw new UsageError(`${file}: the times beside it are not those of all its frames`);
  return { ...opened, frames, bare: true, target };
}

interface Copying extends WriteOptions {
  readonly frameRate: FrameRate;
  /** Where it is written. */
  readonly work: string;
}

async function writeOne(
  source: Source,
  framesUs: readonly number[],
  grid: Grid,
  { folder, frameRate, work, ...watch }: Copying,
): Promise<WrittenFile> {
  const { file, target, rate, startUs, frames, container } = source;
  const { signal } = watch;
  const ownUs = (us: number): number => (us - startUs) / rate;
  const endUs = grid.beginUs + grid.frames * grid.periodUs;
  const cut = { fromUs: ownUs(grid.beginUs), toUs: ownUs(endUs), stretch: rate, signal };
  const [name = ''] = target.outputs;
  const about = { file, output: join(folder, name) };
  const made = join(work, name);
  if (frames.length === 0) {
    const sound = await cutSound(file, made, { ...cut, as: 'wav' });
    if (!sound) throw new UsageError(`${file}: has no sound where the others have pictures`);
    const soundsLeft = container.sounds - 1;
    return { ...about, frames: 0, repeated: 0, dropped: 0, awayUs: 0, encoded: 0, sound, soundsLeft };
  }
  const planned = fillSlots(framesUs, grid);
  const job = { file, output: join(work, `${target.stem}.video`), name: target.stem, frames, frameRate, ...watch };
  const copy = await copyPictures(planned, { ...job, container, bare: source.bare });
  const slots = copy.copied ? planned : await conformVideo(planned, job);
  const ownRate = rateOf(frames);
  const tracks: string[] = [];
  for (let track = 0; track < container.sounds; track++) {
    const cutFile = join(work, `${target.stem}${track === 0 ? '' : `-${track + 1}`}.sound`);
    if (await cutSound(file, cutFile, { ...cut, track, as: 'aac' })) tracks.push(cutFile);
  }
  const [sound, ...further] = tracks;
  if (sound === undefined) await rename(job.output, made);
  else {
    await joinSound(made, { video: job.output, sound, further, frameRate, name: target.stem, signal });
    for (const done of [...tracks, job.output]) await rm(done);
  }
  await writeRows(join(work, `${target.stem}.frames.csv`), slots);
  return {
    ...about,
    frames: grid.frames,
    ...(ownRate && { ownRate }),
    repeated: slots.repeated.length,
    dropped: slots.dropped,
    awayUs: slots.awayUs.reduce<number>((most, us) => Math.max(most, Math.abs(us ?? 0)), 0),
    encoded: copy.copied ? copy.encoded : grid.frames,
    ...(copy.why !== undefined && { why: copy.why }),
    sound: sound !== undefined,
    soundsLeft: container.sounds - tracks.length,
  };
}

/** A row a frame, as beside a take's files; of what is not known of files from elsewhere nothing is said. */
async function writeRows(file: string, { awayUs, repeated }: Slots): Promise<void> {
  const again = new Set(repeated);
  const csv = await FramesCsv.open(file);
  const unknown = { wallClockUs: undefined, sensorUs: undefined, exposureUs: undefined, gain: undefined };
  for (const [slot, phaseUs] of awayUs.entries()) {
    if (again.has(slot)) csv.write({ slot, state: 'repeated', cause: 'missed', row: undefined });
    else csv.write({ slot, state: 'captured', row: { ...unknown, phaseUs, correctionUs: undefined } });
  }
  await csv.close();
}

/** Does work in a folder of its own within another one, which is made where it is missing; nothing of it stays. */
async function inWorkFolder<T>(folder: string, work: (folder: string) => Promise<T>): Promise<T> {
  let made: string | undefined;
  let own: string;
  try {
    made = await makeFolder(folder);
    own = await mkdtemp(join(folder, '.align-'));
  } catch (cause) {
    throw new OptionError('write', folder, `can't be written: ${writeReason(cause as NodeJS.ErrnoException)}`, {
      cause,
    });
  }
  try {
    return await work(own);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (made !== undefined) await rmdir(folder).catch(() => {});
    throw inWords(error, own, folder);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** What went wrong in the work folder, said of the folder that was asked for. */
function inWords(cause: unknown, own: string, folder: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const { syscall, code } = cause as NodeJS.ErrnoException;
  if (syscall !== undefined && code !== undefined) {
    return new FailureError(`${folder}: can't be written: ${writeReason(cause)}`, { cause });
  }
  if (!cause.message.includes(own)) return cause;
  const message = cause.message
    .replaceAll(own, folder)
    .replace(/(?:\.video(?:\.part)?|(?:-\d+)?\.sound|\.h264)(?=: )/, '.mp4');
  return new FailureError(message, { cause });
}
