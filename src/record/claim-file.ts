import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import { isPipe } from './open-pipe.ts';
import { writeReason } from './write-failure.ts';

/**
 * Makes sure that the file can be written, and empties it; a named pipe is left to whoever writes it. Throws a
 * UsageError that names it and says why not.
 */
export async function claimFile(file: string): Promise<void> {
  if (await isPipe(file)) return;
  try {
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o666);
    await handle.close();
  } catch (cause) {
    throw await unwritable(file, cause);
  }
}

/** Checks that a file could be written, and leaves no trace. Throws the UsageError that `claimFile` would throw. */
export async function checkWritable(file: string): Promise<void> {
  const folder = dirname(file);
  try {
    const parent = await stat(folder);
    if (!parent.isDirectory()) throw coded('ENOTDIR');
    const existing = await stat(file).catch(() => undefined);
    if (existing?.isDirectory()) throw coded('EISDIR');
    if (existing) await access(file, constants.W_OK);
    else await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw await unwritable(file, cause);
  }
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });

const unwritable = async (file: string, cause: unknown): Promise<UsageError> =>
  new UsageError(`${file}: can't be written: ${await whyNot(file, cause)}`, { cause });

async function whyNot(file: string, cause: unknown): Promise<string> {
  const code = (cause as NodeJS.ErrnoException).code;
  const folder = dirname(file);
  switch (code) {
    case 'ENOENT':
      return `folder ${folder} does not exist`;
    case 'ENOTDIR':
      return `${folder} is not a folder`;
    case 'EISDIR':
      return 'it is a folder; give a file name';
    case 'EACCES':
    case 'EPERM':
      return (await exists(file)) ? 'no permission' : `no permission to write into folder ${folder}`;
    default:
      return writeReason(cause as NodeJS.ErrnoException);
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
