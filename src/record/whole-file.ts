import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FailureError, UsageError } from '../errors.ts';
import { syncFile, syncFolder } from './data-sync.ts';
import { makeWay } from './take-path.ts';
import { writeReason } from './write-failure.ts';

/** Ending of a file that is being made; it gets its name once it is whole. */
export const PART = '.part';

/**
 * Writes a file so that a reader never sees half of it, not even after a power cut: it takes the place of an earlier
 * one when it is on the disk.
 * @param mode who may do what with it, as `open` takes it: from the first byte on. Default: as usual.
 * @throws FailureError that names it where it can't be written; an earlier one stays.
 */
export async function writeWhole(file: string, text: string, { mode }: { mode?: number } = {}): Promise<void> {
  const part = `${file}${PART}`;
  try {
    // What stands there was being made, or is something else that must not be written to, as a link to elsewhere.
    await makeWay(part);
    await writeFile(part, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
    await moveInPlace(part, file);
  } catch (cause) {
    if (cause instanceof UsageError) throw new FailureError(`${file}: can't be written: ${cause.message}`, { cause });
    await rm(part, { force: true }).catch(() => {});
    throw new FailureError(`${file}: can't be written: ${writeReason(cause as NodeJS.ErrnoException)}`, { cause });
  }
}

/** Gives a whole file its name. What it holds is on the disk before, and its name is after. */
export async function moveInPlace(made: string, file: string): Promise<void> {
  await syncFile(made);
  await rename(made, file);
  await syncFolder(dirname(file));
}
