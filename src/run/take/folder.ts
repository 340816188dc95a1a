import { access, constants, mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { syncFolder } from '../../record/data-sync.ts';
import { EarlierTake } from './earlier-take.ts';
import { removeTake } from './take-files.ts';

/** The name of a take: when it started, in UTC, in a form that every file system takes. */
export const takeName = (started: Date): string => `${started.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;

/**
 * Makes the folder of a take. One that isn't empty is refused unless `force`; then the files of the take before it are set aside,
 * and nothing else.
 * @returns the take that was set aside, if there was one.
 * @throws UsageError that names the folder and what is wrong with it.
 */
export async function makeTakeFolder(folder: string, force: boolean): Promise<EarlierTake | undefined> {
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
  if (entries.length === 0) return undefined;
  if (!force)
    throw new UsageError(`--output ${folder}: is not empty; give another folder, or --force to replace the take in it`);
  return EarlierTake.setAside(folder);
}

/** Brings a new folder to the disk, with those above it that were made for it. @param first The one nearest to the root. */
async function syncEntries(folder: string, first: string): Promise<void> {
  await syncFolder(dirname(folder));
  if (folder !== first) await syncEntries(dirname(folder), first);
}

/** Removes the files of a take, and the folder if nothing else is in it; the take that it was to replace comes back. */
export async function unmakeTakeFolder(folder: string, earlier?: EarlierTake): Promise<void> {
  if (earlier !== undefined) return earlier.putBack();
  await removeTake(folder);
  await rmdir(folder).catch(() => {});
}
