import { access, constants, readdir, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { OptionError, UsageError } from '../../errors.ts';
import { syncFolder } from '../../record/data-sync.ts';
import { makeFolder } from '../../record/make-folder.ts';
import { writeReason } from '../../record/write-failure.ts';
import { isClaimFile } from './claim.ts';
import { EarlierTake } from './earlier-take.ts';
import { type Hold, hold } from './lock.ts';
import { isFileOf, removeTake } from './take-files.ts';

/**
 * The name of a take: when it started, in UTC, in a form that every file system takes; then what it was called, if
 * anything.
 */
export const takeName = (started: Date, called?: string): string =>
  `${started.toISOString().slice(0, 19).replaceAll(':', '-')}Z${called === undefined ? '' : `-${called}`}`;

/** What a take is called: the name of its folder. */
export const nameOf = (folder: string): string => basename(resolve(folder));

/**
 * Makes the folder of a take. One that isn't empty is refused unless `force`; then the files of the take before it are
 * set aside, and nothing else.
 * @param alone Done once there is the folder, before anything in it is looked at.
 * @param names What the take's cameras are called: no other file may have the name of one of theirs.
 * @returns the take that was set aside, if there was one.
 * @throws UsageError that names the folder and what is wrong with it.
 */
export async function makeTakeFolder(
  folder: string,
  force: boolean,
  alone: () => Promise<void> = async () => {},
  names: readonly string[] = [],
): Promise<EarlierTake | undefined> {
  try {
    const existing = await stat(folder).catch(() => undefined);
    if (existing !== undefined && !existing.isDirectory()) throw new OptionError('output', folder, 'is not a folder');
    const made = await makeFolder(folder);
    if (made !== undefined) await syncEntries(resolve(folder), resolve(made));
    await access(folder, constants.W_OK | constants.X_OK);
    await alone();
    if (!force) await refuseFilled(folder);
    const entries = (await readdir(folder)).filter((name) => !isClaimFile(name));
    if (entries.length === 0) return undefined;
    await EarlierTake.settle(folder);
    return await setAside(folder, names);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code = '' } = cause as NodeJS.ErrnoException;
    const reason = writeReason(cause as NodeJS.ErrnoException);
    throw new OptionError('output', folder, `can't be written (${code}): ${reason}; give a folder that can`, {
      cause,
    });
  }
}

/** @throws OptionError where there is something in a folder. One that is not there, or can't be read, is none. */
export async function refuseFilled(folder: string): Promise<void> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.every(isClaimFile)) return;
  throw new OptionError('output', folder, 'is not empty; give another folder, or {force} to replace the take in it');
}

/** @throws OptionError where a file that is not of the take stands where the new take's are to be. */
async function setAside(folder: string, names: readonly string[]): Promise<EarlierTake | undefined> {
  const earlier = await EarlierTake.setAside(folder);
  const other = (await readdir(folder)).find(isFileOf(names));
  if (other === undefined) return earlier;
  await earlier?.putBack();
  throw new OptionError(
    'output',
    folder,
    `${other} in it is of no take, and a camera's file is to be called so: move it away`,
  );
}

/**
 * Brings a new folder to the disk, with those above it that were made for it.
 * @param first The one nearest to the root.
 */
async function syncEntries(folder: string, first: string): Promise<void> {
  await syncFolder(dirname(folder));
  if (folder !== first) await syncEntries(dirname(folder), first);
}

/**
 * Removes the files of a take, and the folder if nothing else is in it; the take that it was to replace comes back.
 * @param held The right to work in the folder, where that is had already; it is given back in any case.
 */
export async function unmakeTakeFolder(folder: string, earlier?: EarlierTake, held?: Hold): Promise<void> {
  const own = held ?? (await hold(folder, () => {}));
  try {
    await (earlier === undefined ? removeTake(folder) : earlier.putBack());
  } finally {
    own.release();
  }
  if (earlier === undefined) await rmdir(folder).catch(() => {});
}
