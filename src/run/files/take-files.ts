import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { REPORT_FILE, REPORT_PAGE_FILE, TAKE_FILE } from '../../record/take.ts';
import { PART } from '../../record/whole-file.ts';
import { GRID_FILE } from './grid-file.ts';

/** How the names begin of what tells who is repairing a take: no file of the take itself. */
export const LOCK_FILE = 'repair.lock';

const NAMED = [TAKE_FILE, REPORT_FILE, REPORT_PAGE_FILE, GRID_FILE].flatMap((name) => [name, `${name}${PART}`]);

/** What a take puts into its folder, and `force` may replace. */
const OURS =
  /^cam\d+(-\d+)?\.(mp4|frames\.csv|h264|pts|log|(metadata|tuning)\.json|exposure\.(h264|json|pts))(\.h264)?(\.part)?$/;

/** Whether a take has files of this name; also ones that are being made. */
export const isTakeFile = (name: string): boolean => OURS.test(name) || NAMED.includes(name);

/** The files of a take in a folder, whatever they are but folders. @throws what the system says where it can't be looked into. */
export async function takeFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory() && isTakeFile(entry.name)).map(({ name }) => name);
}

/** Removes the files of a take, its description last, and nothing else. */
export async function removeTake(folder: string): Promise<void> {
  const files = await takeFilesIn(folder);
  files.sort((a, b) => Number(a === TAKE_FILE) - Number(b === TAKE_FILE));
  for (const name of files) await rm(join(folder, name), { force: true });
}
