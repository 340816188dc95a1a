import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PROOF_FILES, readTake, TAKE_FILE } from '../../record/take.ts';
import { PART } from '../../record/whole-file.ts';
import { GRID_FILE } from './grid-file.ts';

/** How the names begin of what tells who is repairing a take: no file of the take itself. */
export const LOCK_FILE = 'repair.lock';

const NAMED = [TAKE_FILE, ...PROOF_FILES, GRID_FILE].flatMap((name) => [name, `${name}${PART}`]);

/** What a take puts into its folder for a camera, behind the camera's name and the number of a further file. */
const OF_A_CAMERA =
  /^(-\d+)?\.(mp4|mov|mkv|wav|frames\.csv|h264|pts|log|(metadata|tuning)\.json|exposure\.(h264|json|pts))(\.h264)?(\.part|\.gather(-journal)?)?$/;
/** Cameras and microphones that were given no name. */
const UNNAMED = /^(cam\d+|sound\d*)(?=[-.])/;

/** Whether a take whose cameras and microphones are called so has files of a name. */
export type IsTakeFile = (name: string) => boolean;

/** Tells files of cameras by the cameras' names, also ones that are being made. */
export const isFileOf = (cameras: readonly string[]): IsTakeFile => {
  const stems = [...cameras].sort((a, b) => b.length - a.length);
  return (name) => ownerIn(stems, name) !== undefined;
};

/** Whose file that is, among cameras that are called so: none's where it is still being made. */
export const ownerOf = (cameras: readonly string[], name: string): string | undefined =>
  BEING_MADE.test(name)
    ? undefined
    : ownerIn(
        [...cameras].sort((a, b) => b.length - a.length),
        name,
      );

const BEING_MADE = /\.(part|gather|gather-journal)$/;

/** @param stems Names of cameras, the longest first. */
const ownerIn = (stems: readonly string[], name: string): string | undefined =>
  stems.find((camera) => name.startsWith(camera) && OF_A_CAMERA.test(name.slice(camera.length)));

/**
 * Tells the files of the take in a folder, which `force` may replace: by the names in its description, and by those
 * that cameras have unless told otherwise.
 */
export async function takeFileTest(folder: string): Promise<IsTakeFile> {
  const take = await readTake(folder).catch(() => undefined);
  const all = [...(take?.cameras ?? []), ...(take?.sounds ?? [])];
  const named = isFileOf(all.map(({ name }) => name));
  return (name) => named(name) || isUnnamed(name) || NAMED.includes(name);
}

function isUnnamed(name: string): boolean {
  const [stem] = UNNAMED.exec(name) ?? [];
  return stem !== undefined && OF_A_CAMERA.test(name.slice(stem.length));
}

/**
 * The files of a take in a folder, whatever they are but folders.
 * @throws what the system says where it can't be looked into.
 */
export async function takeFilesIn(folder: string): Promise<string[]> {
  const isTakeFile = await takeFileTest(folder);
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory() && isTakeFile(entry.name)).map(({ name }) => name);
}

/** Removes the files of a take, its description last, and nothing else. */
export async function removeTake(folder: string): Promise<void> {
  const files = await takeFilesIn(folder);
  files.sort((a, b) => Number(a === TAKE_FILE) - Number(b === TAKE_FILE));
  for (const name of files) await rm(join(folder, name), { force: true });
}
