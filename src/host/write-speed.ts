import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 1 << 20;
/** What is written before it is waited for, bytes: half a second's fragments of several cameras. */
const SYNC_BYTES = 4 << 20;

/**
 * How fast files grow that are synced to the disk now and then, as those of a take are: writes a file into the folder
 * until a time or a size is reached. The file has no name while it is written, where the system allows that, so that
 * nothing stays of it whatever ends this process.
 * @returns bytes a second.
 * @throws what the system refused with: `EROFS`, `EACCES`, `ENOSPC`.
 */
export async function writeSpeed(folder: string, mostMs: number, mostBytes: number): Promise<number> {
  const path = join(folder, `.genlock-doctor-${process.pid}`);
  const file = await open(path, 'wx');
  try {
    if (process.platform !== 'win32') await rm(path);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    // Zeroes would be less work for disks that compress.
    for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 2_654_435_761) >>> 24;
    let written = 0;
    const startMs = performance.now();
    do {
      for (let unsynced = 0; unsynced < SYNC_BYTES && written < mostBytes; unsynced += CHUNK_BYTES) {
        await file.writeFile(chunk);
        written += chunk.length;
      }
      await file.datasync();
    } while (written < mostBytes && performance.now() - startMs < mostMs);
    return (written * 1000) / (performance.now() - startMs);
  } finally {
    await file.close();
    if (process.platform === 'win32') await rm(path, { force: true });
  }
}
