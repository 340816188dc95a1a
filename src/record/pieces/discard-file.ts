import { lstat, rm } from 'node:fs/promises';

/** Removes a file that nothing was recorded into; what is no plain file (a device, a pipe) stays. */
export async function discardFile(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found?.isFile()) await rm(file, { force: true });
}
