import { close, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { FailureError } from '../../../errors.ts';
import type { Output } from './output.ts';

/** A file that grows. */
export class FileOutput implements Output {
  readonly #descriptor: number;
  readonly #name: string;

  /** Takes an open file; stdout (1) stays open after `close`. */
  constructor(descriptor: number, name: string) {
    this.#descriptor = descriptor;
    this.#name = name;
  }

  static async open(file: string): Promise<FileOutput> {
    return new FileOutput(await promisify(open)(file, 'w'), file);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += (await promisify(write)(this.#descriptor, bytes, at)).bytesWritten;
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        const reason = code === 'ENOSPC' ? 'no space left on device' : message;
        throw new FailureError(`${this.#name}: recording stopped: ${reason}`, { cause });
      }
    }
  }

  async close(): Promise<void> {
    if (this.#descriptor > 2) await promisify(close)(this.#descriptor);
  }
}
