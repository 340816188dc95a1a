import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import {
  drawsPixelClock,
  partsOf,
  readTake,
  refuseElsewhere,
  type Take,
  type TakeCamera,
  type TakePart,
} from '../record/take.ts';
import { refuseTwice, takePath } from '../record/take-path.ts';
import { periodUs } from '../time/frame-rate.ts';
import { adviceOn } from './advice/advice.ts';
import { type Judgement, judge, type Report } from './alignment.ts';
import { type FileTimes, joinTimes } from './file-times.ts';
import { NoPixelClock } from './no-pixel-clock.ts';
import { frameOffsets } from './offsets.ts';
import { type ReadOptions, readTimes, type Watch } from './read-times.ts';
import { DEFAULT_MAX_REPEATS } from './repeats.ts';
import { soundReports } from './sounds.ts';
import { lateStarts } from './starts.ts';
import { copiedFiles, swappedFiles } from './swapped.ts';
import { readRepeats, readTimestamps } from './timestamps.ts';

/** What frames may be apart unless told otherwise, in us. */
export const DEFAULT_TOLERANCE_US = 1_000;

/** What `verify` takes, who hears of its progress, and who may end it. */
export interface VerifyOptions extends Watch {
  /** Default `DEFAULT_TOLERANCE_US`. */
  readonly toleranceUs?: number;
  /** Share of a file's frames that may repeat the one before, 0 to 1. Default `DEFAULT_MAX_REPEATS`. */
  readonly maxRepeats?: number;
  /** Puts the offsets of each frame into the report (`offsets`). Default false. */
  readonly offsets?: boolean;
  /** What there is to know of a take's proof, a line. */
  readonly onNote?: (text: string) => void;
}

/** A report, and the times that it was made of. */
export interface Proof {
  readonly report: Report;
  /** In the order of the report's cameras. */
  readonly files: readonly FileTimes[];
}

/**
 * Proves from decoded pixels whether frame N of each file is frame N of the others; a take without a pixel clock in
 * view by what its cameras say of themselves (the report's `source`).
 * @param inputs a take's folder, or two or more video files, of which the first is the reference.
 * @throws UsageError where a file can't be read or shows no pixel clock; the signal's reason where it is aborted.
 */
export async function verify(inputs: string | readonly string[], options: VerifyOptions = {}): Promise<Report> {
  const { report, files } = await prove(inputs, options);
  return options.offsets ? { ...report, offsets: frameOffsets(files, report.pairs[0]?.reference) } : report;
}

async function prove(inputs: string | readonly string[], options: VerifyOptions): Promise<Proof> {
  const { toleranceUs = DEFAULT_TOLERANCE_US, maxRepeats, onProgress, signal } = options;
  const given = typeof inputs === 'string' ? [inputs] : inputs;
  const [first] = given;
  if (first === undefined) throw new UsageError('verify: give a take or two or more video files');
  const kind = await stat(first).catch(() => undefined);
  if (kind === undefined) throw new UsageError(`${first}: no such file or folder`);
  if (kind.isDirectory()) {
    if (given.length > 1) throw new UsageError(`${first}: give one take, or video files`);
    const take = await readTake(first);
    refuseElsewhere(first, take);
    return proveTake(first, take, options);
  }
  if (given.length < 2)
    throw new UsageError(`${first}: verify compares; give two or more video files, or a take's folder`);
  refuseTwice(given);
  const beside = await Promise.all(given.map((file) => toldBeside(file, signal)));
  // Times of different rows can't be compared: all are of the sensor's first row, or all of the picture's.
  const known = beside.every((told) => told?.readout !== undefined);
  const files: FileTimes[] = [];
  for (const [i, file] of given.entries()) {
    const told = beside[i];
    const reading = { ...told, readout: known ? told?.readout : undefined, counted: true, onProgress, signal };
    files.push(await readTimes(file, reading).catch(pointElsewhere));
  }
  const toldFrames = beside.map((told) => told?.frames);
  const report = judge(files, { toleranceUs, toldFrames, ...(maxRepeats !== undefined && { maxRepeats }) });
  const notes = [...report.notes, ...lateStarts(files)];
  return { files, report: { ...report, notes, advice: adviceOn(report, undefined) } };
}

/** Files of phones and of other programs rarely show a pixel clock: says what takes them. */
function pointElsewhere(error: unknown): never {
  if (!(error instanceof NoPixelClock)) throw error;
  const text = `${error.message}; verify needs one; genlock align takes files without: by claps, flashes or times beside them`;
  throw new NoPixelClock(text, { cause: error });
}

/** What a take says of a file. */
interface Told extends Pick<ReadOptions, 'readout' | 'size' | 'marked' | 'panel'> {
  readonly frames?: number | undefined;
}

/**
 * What the take beside a file says of it; where there is none, or it does not name the file, which of its frames are
 * repeats by the rows beside it, as `align` writes them.
 */
async function toldBeside(file: string, signal?: AbortSignal): Promise<Told | undefined> {
  const folder = dirname(file);
  const take = await readTake(folder).catch(() => undefined);
  for (const camera of take?.cameras ?? []) {
    const part = partsOf(camera).find((each) => each.file === basename(file));
    if (take === undefined || part === undefined) continue;
    const { marked, ...told } = await toldOf(folder, take, camera, part, signal);
    // Frames of a file alone are counted from 0.
    const first = part.firstIndex ?? 0;
    return { ...told, marked: marked && new Set([...marked].map((slot) => slot - first)) };
  }
  const marked = await readRepeats(file.replace(/\.[^./\\]+$/, '.frames.csv'), signal);
  return marked && { marked };
}

const toldOf = async (
  folder: string,
  { width, height }: Take,
  { readout, panelRows }: TakeCamera,
  part: TakePart,
  signal?: AbortSignal,
): Promise<Told> => ({
  readout,
  panel: panelRows,
  size: { width, height },
  marked: await readRepeats(takePath(folder, part.framesCsv), signal),
  frames: part.frames,
});

/**
 * Proves a take, from the pixels where a pixel clock is in view of all cameras; else it compares what the cameras say
 * of themselves, and `onNote` is told.
 * @throws UsageError where a file can't be read, or shows no pixel clock though its camera draws one.
 */
export async function proveTake(folder: string, take: Take, options: VerifyOptions = {}): Promise<Proof> {
  const { report, files } = await readProof(folder, take, options);
  const sounds = take.sounds && { sounds: await soundReports(folder, take) };
  return { files, report: { ...report, ...sounds, advice: adviceOn(report, take) } };
}

async function readProof(folder: string, take: Take, options: VerifyOptions): Promise<Proof> {
  const drawn = take.cameras.every(drawsPixelClock);
  try {
    return await proveFromPixels(folder, take, options);
  } catch (error) {
    if (drawn || !(error instanceof NoPixelClock)) throw error;
    const bounds = take.cameras.flatMap(({ hostClock }) => hostClock?.boundUs ?? []);
    const hosts = bounds.length === 0 ? '' : `; clocks of hosts are known within ${Math.ceil(Math.max(...bounds))} us`;
    options.onNote?.(
      `no pixel clock is in view of all cameras: comparing their own timestamps, which can't tell when the light fell${hosts}`,
    );
    return proveFromTimestamps(folder, take, options);
  }
}

/**
 * Proves a take from its pixels: its server is the reference; cameras that can't be steered are given half a frame.
 * @throws UsageError where a file can't be read or shows no pixel clock.
 */
async function proveFromPixels(folder: string, take: Take, options: VerifyOptions = {}): Promise<Proof> {
  refuseTwice(take.cameras.flatMap((camera) => partsOf(camera).map(({ file }) => takePath(folder, file))));
  const { onProgress, signal } = options;
  const known = take.cameras.every(({ readout }) => readout !== undefined);
  const files = await ofCameras(take, async (camera, part) => {
    const told = await toldOf(folder, take, camera, part, signal);
    return readTimes(takePath(folder, part.file), {
      ...told,
      readout: known ? told.readout : undefined,
      ...{ onProgress, signal },
    });
  });
  const report = judge(files, judgement(take, options));
  return { files, report: { ...report, notes: [...report.notes, ...(await swapped(folder, take, files, signal))] } };
}

/** Compares a take by what its cameras' own timestamps say, for cameras that have no pixel clock in view. */
async function proveFromTimestamps(folder: string, take: Take, options: VerifyOptions = {}): Promise<Proof> {
  const { signal } = options;
  const judged = judgement(take, options);
  const told = await timestampsOf(folder, take, 'wall_clock_us', signal);
  const server = told[judged.reference ?? 0];
  const files = take.cameras.some(({ hostClock }) => hostClock)
    ? await timestampsOf(folder, take, 'wall_clock_us', signal, server)
    : told;
  return { files, report: judge(files, { ...judged, source: 'timestamps' }) };
}

/**
 * What each camera says of its frames.
 * @param server its times, from which cameras that the exchange of times knew are as far as they say they are: the wall
 *   clock of another host says nothing of them.
 */
const timestampsOf = (
  folder: string,
  take: Take,
  clock: 'wall_clock_us' | 'sensor_us',
  signal?: AbortSignal,
  server?: FileTimes,
): Promise<FileTimes[]> =>
  ofCameras(take, ({ hostClock }, part) =>
    readTimestamps(takePath(folder, part.framesCsv), periodUs(take.frameRate), clock, signal, hostClock && server),
  );

/** The times of each camera, of whatever files it has. */
async function ofCameras(
  take: Take,
  read: (camera: TakeCamera, part: TakePart) => Promise<FileTimes>,
): Promise<FileTimes[]> {
  const files: FileTimes[] = [];
  for (const camera of take.cameras) {
    const parts: FileTimes[] = [];
    for (const part of partsOf(camera)) parts.push(await read(camera, part));
    files.push({ ...joinTimes(parts), file: camera.file });
  }
  return files;
}

/** Files that show what another camera says it captured: swapped, or copies. */
async function swapped(
  folder: string,
  take: Take,
  files: readonly FileTimes[],
  signal?: AbortSignal,
): Promise<string[]> {
  const told = await timestampsOf(folder, take, 'sensor_us', signal).catch(() => undefined);
  signal?.throwIfAborted();
  if (told === undefined) return [];
  const named = (i: number): string => files[i]?.file ?? '';
  return [
    ...swappedFiles(files, told).map(
      ([i, j]) => `${named(i)} and ${named(j)} seem to be swapped: each shows what the other's frames.csv tells of`,
    ),
    ...copiedFiles(files, told).map(
      ([i, j]) => `${named(i)}: seems to be a copy of ${named(j)}: it shows what that one's frames.csv tells of`,
    ),
  ];
}

const judgement = (
  take: Take,
  { toleranceUs = DEFAULT_TOLERANCE_US, maxRepeats = DEFAULT_MAX_REPEATS }: VerifyOptions,
): Judgement => ({
  toleranceUs,
  maxRepeats,
  reference: Math.max(
    0,
    take.cameras.findIndex(({ sync }) => sync === 'server'),
  ),
  unsteered: new Set(take.cameras.flatMap(({ steered }, i) => (steered === false ? [i] : []))),
  exposuresUs: take.cameras.map(({ exposureUs }) => exposureUs),
  toldFrames: take.cameras.map(({ frames, files }) => (files === undefined ? frames : undefined)),
});
