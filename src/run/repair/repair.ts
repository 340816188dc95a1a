import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatTake,
  partsOf,
  REPORT_FILE,
  REPORT_PAGE_FILE,
  readTake,
  TAKE_FILE,
  type Take,
  writeTake,
} from '../../record/take.ts';
import { takePath } from '../../record/take-path.ts';
import { PART } from '../../record/whole-file.ts';
import { EarlierTake } from '../take/earlier-take.ts';
import { isTakeFile, LOCK_FILE } from '../take/take-files.ts';
import { type CompleteEvents, completeTake } from './complete.ts';
import { livingProcesses } from './living.ts';
import { alone } from './lock.ts';
import { withStock } from './stock.ts';

/** Told while a take is repaired. */
export interface RepairEvents extends CompleteEvents {
  /** What is done or waited for, a line. */
  onNote?(text: string): void;
}

/** What there is of one camera now. */
export interface RepairedCamera {
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
  readonly cameras: readonly RepairedCamera[];
  /** What is missing, and what could not be done, a line each, each naming its camera. */
  readonly missing: readonly string[];
}

/** How often processes that still record are looked after, in ms. */
const LOOK_MS = 250;

/**
 * Finishes what was left open of a take, whatever ended it: files playable and seekable, as many frames in all, `frames.csv` with a row
 * a frame, `take.json` true. A take that is still being recorded is waited for, and so is another repair. A second repair changes nothing.
 * @throws UsageError where the folder is no take, or where there is nothing to read videos with; FailureError where a text file can't be read.
 */
export async function repairTake(folder: string, events: RepairEvents = {}): Promise<RepairResult> {
  // Cut off before it could even say what it is, it recorded nothing.
  if (!existsSync(join(folder, TAKE_FILE))) await (await EarlierTake.find(folder))?.putBack();
  refuseOddFiles(folder, await readTake(folder));
  const onWait = (pid: number): void => events.onNote?.(`another repair is at it (process ${pid}); waiting until done`);
  return alone(folder, onWait, () => repairAlone(folder, events));
}

async function repairAlone(folder: string, events: RepairEvents): Promise<RepairResult> {
  await waitForOthers(folder, events);
  const found = await readTake(folder);
  const take = await withStock(folder, found, events);
  const { wanted } = take;
  const completed = await completeTake(folder, take, events);
  const { frames, cameras, whole, missing } = completed;
  const earlier = await EarlierTake.find(folder);
  if (earlier !== undefined && frames === 0) {
    await earlier.putBack();
    events.onNote?.(`${folder}: nothing was recorded: the take that it was to replace is back`);
    return { ...(await repairAlone(folder, events)), changed: true };
  }
  await earlier?.remove();
  const none = cameras.every(({ lost = 0 }) => lost === 0);
  const complete = whole && none && frames > 0 && (wanted === undefined || frames >= wanted);
  const state = take.state !== 'recording' ? take.state : complete ? 'complete' : 'interrupted';
  const { pid: _, ...rest } = take;
  const repaired: Take = { ...rest, state, frames, cameras: [...cameras] };
  const untouched = formatTake(repaired) === formatTake(found);
  const tidied = await removeLeftovers(folder);
  const changed = completed.changed || !untouched || tidied || earlier !== undefined;
  if (!untouched || completed.changed) {
    await writeTake(folder, { ...repaired, repaired: new Date().toISOString() });
  }
  // What it says is of files that are others now.
  if (completed.changed) {
    for (const name of [REPORT_FILE, REPORT_PAGE_FILE]) await rm(join(folder, name), { force: true });
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

/** Before anything is changed: what the take's files are made of, and made in the place of. @throws UsageError that names what is no file. */
function refuseOddFiles(folder: string, take: Take): void {
  for (const name of [REPORT_FILE, REPORT_PAGE_FILE, LOCK_FILE]) takePath(folder, name);
  for (const camera of take.cameras) {
    for (const { file, framesCsv } of partsOf(camera)) {
      for (const name of [file, framesCsv]) takePath(folder, name);
    }
  }
}

async function waitForOthers(folder: string, { onNote }: RepairEvents): Promise<void> {
  for (let told = false; ; told = true) {
    const living = await livingProcesses(folder, await readTake(folder));
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
  const leftovers = (await readdir(folder)).filter((name) => name.endsWith(PART) && isTakeFile(name));
  for (const name of leftovers) await rm(join(folder, name), { force: true });
  return leftovers.length > 0;
}
