import { write } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Writes all of it, however many calls that takes. Rejects with the system's error.
 * @param from Where in the file; default: behind what was written last.
 */
export async function writeAll(descriptor: number, bytes: Uint8Array, from?: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const position = from === undefined ? null : from + at;
    at += (await promisify(write)(descriptor, bytes, at, bytes.length - at, position)).bytesWritten;
  }
}
