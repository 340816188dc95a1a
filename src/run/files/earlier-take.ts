import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError } from '../../errors.ts';
import { EARLIER, LEAVING, MOVING } from '../../record/aside.ts';
import { syncFolder } from '../../record/data-sync.ts';
import { TAKE_FILE } from '../../record/take.ts';
import { removeTake, takeFilesIn, takeFileTest } from './take-files.ts';

export { EARLIER };

/**
 * The take that `--force` is to replace. It is set aside, goes when its successor is on the disk, and is back where
 * that never is.
 *
 * Its files move one by one, but whether it is aside, there, or gone changes by one rename of the folder that they are
 * in: whenever the process dies, `settle` finishes what was begun, or undoes it, and nothing of either take is lost.
 */
export class EarlierTake {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Sets the files of a take aside, if there are any. `settle` and `repairTake` decide first about one that waits there
   * already.
   * @throws UsageError where something stands in the way, what the system says where they can't be moved; the take is
   *   where it was then.
   */
  static async setAside(folder: string): Promise<EarlierTake | undefined> {
    const files = await takeFilesIn(folder);
    await checkWay(folder);
    if (files.length === 0) return undefined;
    // What somebody else put there comes along.
    if (!(await moved(join(folder, EARLIER), join(folder, MOVING)))) await mkdir(join(folder, MOVING));
    try {
      // The description first: what is half moved is no take for anybody but `settle`.
      for (const name of inOrder(files)) await rename(join(folder, name), join(folder, MOVING, name));
      await syncFolder(folder);
      await syncFolder(join(folder, MOVING));
      await rename(join(folder, MOVING), join(folder, EARLIER));
      await syncFolder(folder);
    } catch (error) {
      await takeBack(folder).catch(() => {});
      throw error;
    }
    return new EarlierTake(folder);
  }

  /** What was set aside in a folder, and neither put back nor removed. */
  static async find(folder: string): Promise<EarlierTake | undefined> {
    return (await filesIn(join(folder, EARLIER))).length > 0 ? new EarlierTake(folder) : undefined;
  }

  /**
   * Finishes what a process that died had begun: a take that was on its way aside or back is back, one that was being
   * removed is gone.
   * @returns true where there was anything to do.
   */
  static async settle(folder: string): Promise<boolean> {
    const left = await takeAway(folder);
    return (await takeBack(folder)) || left;
  }

  /** Whether one is aside, or on its way there or back. */
  static async isWaiting(folder: string): Promise<boolean> {
    for (const name of [EARLIER, MOVING]) if ((await filesIn(join(folder, name))).length > 0) return true;
    return false;
  }

  /** Puts its files back, in place of those of a take that recorded nothing. */
  async putBack(): Promise<void> {
    // The description last: as long as it is there, it tells of a take that recorded nothing.
    await removeTake(this.folder);
    await syncFolder(this.folder);
    await rename(join(this.folder, EARLIER), join(this.folder, MOVING));
    await takeBack(this.folder);
  }

  async remove(): Promise<void> {
    await rename(join(this.folder, EARLIER), join(this.folder, LEAVING));
    await takeAway(this.folder);
  }
}

/** A link to another folder is none of ours. */
async function filesIn(aside: string): Promise<string[]> {
  const found = await lstat(aside).catch(() => undefined);
  return found?.isDirectory() ? takeFilesIn(aside) : [];
}

/** What is not of a take stays aside. */
async function takeBack(folder: string): Promise<boolean> {
  const moving = join(folder, MOVING);
  const files = await filesIn(moving);
  // The description last: before it the rest is no take for anybody else.
  for (const name of inOrder(files).reverse()) await rename(join(moving, name), join(folder, name));
  await syncFolder(folder);
  return (await removeFolder(folder, moving)) || files.length > 0;
}

async function takeAway(folder: string): Promise<boolean> {
  const leaving = join(folder, LEAVING);
  const files = await filesIn(leaving);
  // The description last: it tells which files are the take's.
  for (const name of inOrder(files).reverse()) await rm(join(leaving, name), { force: true });
  return (await removeFolder(folder, leaving)) || files.length > 0;
}

/**
 * A folder in which something else is left keeps it, under the name that people know.
 * @returns true where it was there.
 */
async function removeFolder(folder: string, emptied: string): Promise<boolean> {
  const { code } = await rmdir(emptied).then(
    () => ({ code: 'removed' }),
    (error: NodeJS.ErrnoException) => error,
  );
  if (code === 'ENOTEMPTY' || code === 'EEXIST') await moved(emptied, join(folder, EARLIER));
  return code === 'removed';
}

/** @returns false where there is no such thing, or the name is taken. */
async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

const inOrder = (files: readonly string[]): string[] =>
  [...files].sort((a, b) => Number(b === TAKE_FILE) - Number(a === TAKE_FILE));

/** @throws UsageError where a name that is needed is something else's. */
async function checkWay(folder: string): Promise<void> {
  const inTheWay = (text: string): OptionError =>
    new OptionError('output', folder, `the take in it is to be set aside, and ${text}`);
  for (const name of [EARLIER, MOVING, LEAVING]) {
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found === undefined || (name === EARLIER && found.isDirectory())) continue;
    throw inTheWay(`${name} is in the way: rename it, or give another folder`);
  }
  if ((await EarlierTake.find(folder)) !== undefined) {
    throw inTheWay(`another one still is, in ${EARLIER}: move that away, or give another folder`);
  }
  const isTakeFile = await takeFileTest(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!isTakeFile(entry.name) || !entry.isDirectory()) continue;
    throw new OptionError(
      'output',
      folder,
      `${entry.name} in it is a folder, where a file of the take is to be: rename it, or give another folder`,
    );
  }
}
