import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ending of a file that is being made; it gets its name once it is whole. */
export const PART = '.part';

/** Writes a text file whole or not at all: a reader never sees half of it, nor does one after a power loss. */
export async function replaceFile(file: string, text: string): Promise<void> {
  try {
    const handle = await open(`${file}${PART}`, 'w');
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await moveInPlace(`${file}${PART}`, file);
  } catch (error) {
    await rm(`${file}${PART}`, { force: true });
    throw error;
  }
}

/** Gives a whole file its name. What it holds is on the disk before, and its name is after. */
export async function moveInPlace(made: string, file: string): Promise<void> {
  await syncFile(made);
  await rename(made, file);
  await syncFolder(dirname(file));
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Names are on the disk when their folder is. Where a folder can't be synced (Windows), the file system sees to it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
