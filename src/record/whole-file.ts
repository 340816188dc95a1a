import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FailureError } from '../errors.ts';
import { syncFile, syncFolder } from './data-sync.ts';
import { writeReason } from './write-failure.ts';

/**
 * Writes a file so that a reader never sees half of it, not even after a power cut: it takes the place of an earlier one when it is on the disk.
 * @throws FailureError that names it where it can't be written; an earlier one stays.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await writeFile(part, text);
    await syncFile(part);
    await rename(part, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw new FailureError(`${file}: can't be written: ${writeReason(cause as NodeJS.ErrnoException)}`, { cause });
  }
}
