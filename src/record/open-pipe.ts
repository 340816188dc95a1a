import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { FailureError } from '../errors.ts';

/** How often a named pipe is tried that nobody reads yet, in ms. */
const LOOK_MS = 50;

/** Whether a name is a named pipe's: opening one that nobody reads waits where nobody can call it back. */
export const isPipe = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFIFO(),
    () => false,
  );

/**
 * Opens a named pipe to write, once somebody reads it.
 * @param signal Ends the wait.
 * @throws FailureError where it fired before a reader came, else what the system says.
 */
export async function openPipe(file: string, signal?: AbortSignal): Promise<FileHandle> {
  for (;;) {
    const seen = await open(file, constants.O_WRONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENXIO') throw error;
      return undefined;
    });
    if (seen !== undefined) {
      try {
        // With a reader there this one is open at once, and waits where the pipe is full.
        return await open(file, constants.O_WRONLY);
      } finally {
        await seen.close();
      }
    }
    if (signal?.aborted) throw new FailureError(`${file}: nobody read this pipe`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(over, LOOK_MS);
      function over(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', over);
        resolve();
      }
      signal?.addEventListener('abort', over, { once: true });
    });
  }
}
