import { access, constants, mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { syncFolder } from '../../record/data-sync.ts';
import { REPORT_FILE, REPORT_PAGE_FILE, TAKE_FILE } from '../../record/take.ts';
import { PART } from '../../record/whole-file.ts';
import { GRID_FILE } from './grid-file.ts';

/** The name of a take: when it started, in UTC, in a form that every file system takes. */
export const takeName = (started: Date): string => `${started.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;

/** Tells who is repairing a take. */
export const LOCK_FILE = 'repair.lock';

const NAMED = [
  LOCK_FILE,
  ...[TAKE_FILE, REPORT_FILE, REPORT_PAGE_FILE, GRID_FILE].flatMap((name) => [name, `${name}${PART}`]),
];

/** What a take puts into its folder, and `force` may replace. */
const OURS =
  /^cam\d+(-\d+)?\.(mp4|frames\.csv|h264|pts|log|(metadata|tuning)\.json|exposure\.(h264|json|pts))(\.h264)?(\.part)?$/;

/**
 * Makes the folder of a take. One that isn't empty is refused unless `force`; then the files of the take before it are removed,
 * and nothing else.
 * @throws UsageError that names the folder and what is wrong with it.
 */
export async function makeTakeFolder(folder: string, force: boolean): Promise<void> {
  const existing = await stat(folder).catch(() => undefined);
  if (existing !== undefined && !existing.isDirectory()) throw new UsageError(`--output ${folder}: is not a folder`);
  try {
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined) await syncEntries(resolve(folder), resolve(made));
    await access(folder, constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--output ${folder}: can't be written (${code}); give a folder that can`, { cause });
  }
  const entries = await readdir(folder);
  if (entries.length === 0) return;
  if (!force)
    throw new UsageError(`--output ${folder}: is not empty; give another folder, or --force to replace the take in it`);
  await removeTake(folder);
}

/** Brings a new folder to the disk, with those above it that were made for it. @param first The one nearest to the root. */
async function syncEntries(folder: string, first: string): Promise<void> {
  await syncFolder(dirname(folder));
  if (folder !== first) await syncEntries(dirname(folder), first);
}

/** Removes the files of a take, and the folder if nothing else is in it. */
export async function unmakeTakeFolder(folder: string): Promise<void> {
  await removeTake(folder);
  await rmdir(folder).catch(() => {});
}

/** Whether a take has files of this name; also ones that are being made. */
export const isTakeFile = (name: string): boolean => OURS.test(name) || NAMED.includes(name);

async function removeTake(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (isTakeFile(entry)) await rm(join(folder, entry));
  }
}
