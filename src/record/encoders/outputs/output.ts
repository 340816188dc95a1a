import { write } from 'node:fs';
import { promisify } from 'node:util';

/** Where the bytes of a stream go. */
export interface Output {
  /**
   * Resolves when the bytes have been taken over; one call at a time. Rejects with a FailureError that names the
   * output.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Where bytes that are written already can be replaced: a file. What was written before this call is on the disk
   * before the first of them changes, so that whatever happens in between leaves a file that fits together.
   * @param at Where they begin, bytes from the file's beginning. All lie within what is written.
   */
  rewrite?(bytes: Uint8Array, at: number): Promise<void>;
  /** Resolves when everything written is on its way; for a file, on the disk. */
  close(): Promise<void>;
}

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
