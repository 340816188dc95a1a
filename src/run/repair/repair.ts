import { existsSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { EARLIER } from '../../record/aside.ts';
import { formatTake, PROOF_FILES, partsOf, readTake, TAKE_FILE, type Take, writeTake } from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import { PART } from '../../record/whole-file.ts';
import { EarlierTake } from '../files/earlier-take.ts';
import { alone } from '../files/lock.ts';
import { takeFilesIn } from '../files/take-files.ts';
import { type CompleteEvents, completeTake } from './complete.ts';
import { livingProcesses } from './living.ts';
import { completeSounds } from './sounds.ts';
import { withStock } from './stock.ts';

/** Told while a take is repaired. */
export type RepairEvents = CompleteEvents;

/** What there is of one camera now. */
export interface RepairedCamera {
  /** What the camera is called, for example `cam0`. */
  readonly name: string;
  /** The camera's file, relative to the take; its first where it has several. */
  readonly file: string;
  /** All of them, in the order of time, with the index of the first frame and the count of frames of each. */
  readonly files: readonly { readonly file: string; readonly firstIndex: number; readonly frames: number }[];
  /** Slots that its files have, repeats included: all that the take has, unless part of it is missing. */
  readonly frames: number;
  /** Frames of their own among those. */
  readonly captured: number;
  /** Frames that were captured, or were to be, and that no file has. */
  readonly lostFrames: number;
}

/** What there is of a take now. */
export interface RepairResult {
  /** The folder of the take. */
  readonly folder: string;
  /** As `take.json` has it now; never `recording`. */
  readonly state: Take['state'];
  /** Slots of every camera. */
  readonly frames: number;
  /** Slots that were asked for; undefined where the take had no set end. */
  readonly wanted: number | undefined;
  /** True where all frames that were asked for are there, and none is lost. */
  readonly complete: boolean;
  /** True where every camera's file is there and finished. */
  readonly whole: boolean;
  /** True where anything was changed. */
  readonly changed: boolean;
  /** What there is of each camera, in the order of the take. */
  readonly cameras: readonly RepairedCamera[];
  /** What is missing, and what could not be done, a line each, each naming its camera. */
  readonly missing: readonly string[];
}

/** How often processes that still record are looked after, in ms. */
const LOOK_MS = 250;

/**
 * Finishes what was left open of a take, whatever ended it: files playable and seekable, as many frames in all,
 * `frames.csv` with a row a frame, `take.json` true. A take that is still being recorded is waited for, and so is
 * another repair. A second repair changes nothing.
 * @throws UsageError where the folder is no take, or where there is nothing to read videos with; FailureError where a
 *   text file can't be read; the signal's reason where it is aborted.
 */
export async function repairTake(folder: string, events: RepairEvents = {}): Promise<RepairResult> {
  // What is no take is left as it is.
  if (!(await EarlierTake.isWaiting(folder))) refuseOddFiles(folder, await readTake(folder));
  for (;;) {
    await untilRecorded(folder, events);
    // Who records works in the folder as well: it is waited for without standing in its way.
    const done = await inTurn(folder, events, async () => {
      const back = await settle(folder, events);
      const living = await livingProcesses(folder, await readTake(folder));
      if (living.length > 0) return undefined;
      const result = await repairAlone(folder, events);
      return back ? { ...result, changed: true } : result;
    });
    if (done !== undefined) return done;
  }
}

/**
 * Brings the take back that was on its way aside or back when its process died, or whose successor could not even say
 * what it is.
 */
export async function bringBack(folder: string, events: RepairEvents = {}): Promise<void> {
  await inTurn(folder, events, () => settle(folder, events));
}

function inTurn<T>(folder: string, { onNote }: RepairEvents, work: () => Promise<T>): Promise<T> {
  return alone(folder, (pid) => onNote?.(`another repair is at it (process ${pid}); waiting until done`), work);
}

async function settle(folder: string, { onNote }: RepairEvents): Promise<boolean> {
  const settled = await EarlierTake.settle(folder);
  const earlier = existsSync(join(folder, TAKE_FILE)) ? undefined : await EarlierTake.find(folder);
  if (earlier === undefined) return settled;
  await refuseLosing(folder);
  await earlier.putBack();
  onNote?.(`${folder}: nothing was recorded: the take that it was to replace is back`);
  return true;
}

/**
 * Without its description nothing tells what a take recorded: its files are removed where there is nothing in them
 * alone.
 */
async function refuseLosing(folder: string): Promise<void> {
  for (const name of await takeFilesIn(folder)) {
    if (name.endsWith(PART) || (await lstat(join(folder, name))).size === 0) continue;
    throw new UsageError(
      `${folder}: there is no ${TAKE_FILE} in it, but ${name}, and an earlier take in ${EARLIER}: move away what is not wanted`,
    );
  }
}

async function repairAlone(folder: string, events: RepairEvents): Promise<RepairResult> {
  const found = await readTake(folder);
  const take = await withStock(folder, found, events);
  const { wanted } = take;
  const completed = await completeTake(folder, take, events);
  const { frames, cameras, whole } = completed;
  const earlier = await EarlierTake.find(folder);
  // What can't be reached may hold frames: then both stay.
  if (earlier !== undefined && frames === 0 && !completed.unreachable) {
    await earlier.putBack();
    events.onNote?.(`${folder}: nothing was recorded: the take that it was to replace is back`);
    return { ...(await repairAlone(folder, events)), changed: true };
  }
  const heard = await completeSounds(folder, take, frames);
  const missing = [...completed.missing, ...heard.missing];
  const replaced = earlier !== undefined && frames > 0;
  if (replaced) await earlier.remove();
  const none = cameras.every(({ lost = 0 }) => lost === 0);
  const complete =
    whole && heard.missing.length === 0 && none && frames > 0 && (wanted === undefined || frames >= wanted);
  const state = take.state !== 'recording' ? take.state : complete ? 'complete' : 'interrupted';
  const { pid: _, ...rest } = take;
  const sounds = take.sounds && { sounds: [...heard.sounds] };
  const repaired: Take = { ...rest, state, frames, cameras: [...cameras], ...sounds };
  const untouched = formatTake(repaired) === formatTake(found);
  const tidied = await removeLeftovers(folder);
  const filesChanged = completed.changed || heard.changed;
  const changed = filesChanged || !untouched || tidied || replaced;
  if (!untouched || filesChanged) {
    await writeTake(folder, { ...repaired, repaired: new Date().toISOString() });
  }
  // What it says is of files that are others now.
  if (filesChanged) {
    const reports = (await takeFilesIn(folder)).filter((name) => PROOF_FILES.includes(name));
    for (const name of reports) await rm(join(folder, name), { force: true });
  }
  return {
    ...{ folder, state, frames, wanted, complete, whole, changed, missing },
    cameras: cameras.map((camera) => ({
      name: camera.name,
      file: camera.file,
      files: partsOf(camera).map((part) => ({
        file: part.file,
        firstIndex: part.firstIndex ?? 0,
        frames: part.frames ?? 0,
      })),
      frames: camera.frames ?? 0,
      captured: camera.captured ?? 0,
      lostFrames: camera.lost ?? 0,
    })),
  };
}

/**
 * Before anything is changed: what the take's files are made of, and made in the place of.
 * @throws UsageError that names what is no file.
 */
function refuseOddFiles(folder: string, take: Take): void {
  for (const name of PROOF_FILES) takePath(folder, name);
  for (const { file } of take.sounds ?? []) takePath(folder, file);
  for (const camera of take.cameras) {
    for (const { file, framesCsv } of partsOf(camera)) {
      for (const name of [file, framesCsv]) takePath(folder, name);
    }
  }
}

/** Waits until no process here records the take in a folder any more, or finishes its files. */
export async function untilRecorded(
  folder: string,
  { onNote, signal }: Pick<RepairEvents, 'onNote' | 'signal'>,
): Promise<void> {
  for (let told = false; ; told = true) {
    signal?.throwIfAborted();
    const take = existsSync(join(folder, TAKE_FILE)) ? await readTake(folder) : undefined;
    const living = take === undefined ? [] : await livingProcesses(folder, take);
    if (living.length === 0) return;
    if (!told) {
      const names = living.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
      onNote?.(`${names}: still recording; waiting until done`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What was being made when its process died; what is not of the take is not touched. */
async function removeLeftovers(folder: string): Promise<boolean> {
  const leftovers = (await takeFilesIn(folder)).filter((name) => name.endsWith(PART));
  for (const name of leftovers) await rm(join(folder, name), { force: true });
  return leftovers.length > 0;
}
