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

/** Removes the files of a take, and nothing else. */
export async function removeTake(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (isTakeFile(entry)) await rm(join(folder, entry));
  }
}
