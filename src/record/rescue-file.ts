import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';

const CHUNK = 1 << 20;

/**
 * Writes a file again that was removed while it was written, or whose folder was: as long as it is open, what it holds
 * is there. One that was moved away is left where it is, and so is a name that is taken by now.
 * @param handle Of the file, open for reading.
 * @returns true where it was written again.
 */
export async function rescueFile(handle: FileHandle, file: string): Promise<boolean> {
  if ((await handle.stat()).nlink > 0 || (await exists(file))) return false;
  await makeFolder(dirname(file));
  const copy = await open(file, 'wx');
  try {
    const buffer = Buffer.alloc(CHUNK);
    for (let at = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, at);
      if (bytesRead === 0) break;
      await copy.writeFile(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  return true;
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
