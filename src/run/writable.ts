import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * Checks that a file could be written at `path`, and leaves no trace.
 * @throws UsageError that names the folder or file and why not.
 */
export async function checkWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new UsageError(`${path}: is a folder; give a file name`);
  const parent = await stat(folder).catch(() => undefined);
  if (parent === undefined) throw new UsageError(`${path}: there is no folder ${folder}`);
  if (!parent.isDirectory()) throw new UsageError(`${path}: ${folder} is not a folder`);
  try {
    await access(existing === undefined ? folder : path, constants.W_OK);
  } catch {
    throw new UsageError(`${path}: can't be written (no permission for ${existing === undefined ? folder : path})`);
  }
}
