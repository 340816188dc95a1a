import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Opens a file to read it. A pipe or a device that has a file's name is not waited for.
 * @throws what the system says, or what it is where that is no plain file.
 */
export async function openPlain(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const found = await handle.stat();
  if (found.isFile()) return handle;
  await handle.close();
  if (found.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  throw new Error('it is no plain file');
}

/** Reads a plain file's text, UTF-8. @throws as `openPlain` does. */
export async function readPlain(file: string): Promise<string> {
  const handle = await openPlain(file);
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
