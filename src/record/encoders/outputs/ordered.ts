import { close, open } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isPipe, openPipe } from '../../open-pipe.ts';
import { writeFailure } from '../../write-failure.ts';
import type { Output } from './output.ts';
import { writeAll } from './write-all.ts';

/** What takes bytes one behind the other alone: a pipe or a device with a name, a file behind stdout. */
export class OrderedOutput implements Output {
  readonly #descriptor: number;
  readonly #name: string;
  readonly #handle: FileHandle | undefined;

  /** Takes what is open; stdout (1) stays open after `close`. @param handle Of the descriptor, where it has one. */
  constructor(descriptor: number, name: string, handle?: FileHandle) {
    this.#descriptor = descriptor;
    this.#name = name;
    this.#handle = handle;
  }

  /** @param signal Ends the wait for the reader of a named pipe. */
  static async open(file: string, signal?: AbortSignal): Promise<OrderedOutput> {
    if (!(await isPipe(file))) return new OrderedOutput(await promisify(open)(file, 'w'), file);
    const pipe = await openPipe(file, signal);
    return new OrderedOutput(pipe.fd, file, pipe);
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#descriptor, bytes);
    } catch (cause) {
      throw writeFailure(this.#name, cause);
    }
  }

  async close(): Promise<void> {
    if (this.#handle) await this.#handle.close();
    else if (this.#descriptor > 2) await promisify(close)(this.#descriptor);
  }
}
