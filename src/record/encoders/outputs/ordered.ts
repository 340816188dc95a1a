import { close, open } from 'node:fs';
import { promisify } from 'node:util';
import { writeFailure } from '../../write-failure.ts';
import type { Output } from './output.ts';
import { writeAll } from './write-all.ts';

/** What takes bytes one behind the other alone: a pipe or a device with a name, a file behind stdout. */
export class OrderedOutput implements Output {
  readonly #descriptor: number;
  readonly #name: string;

  /** Takes what is open; stdout (1) stays open after `close`. */
  constructor(descriptor: number, name: string) {
    this.#descriptor = descriptor;
    this.#name = name;
  }

  static async open(file: string): Promise<OrderedOutput> {
    return new OrderedOutput(await promisify(open)(file, 'w'), file);
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#descriptor, bytes);
    } catch (cause) {
      throw writeFailure(this.#name, cause);
    }
  }

  async close(): Promise<void> {
    if (this.#descriptor > 2) await promisify(close)(this.#descriptor);
  }
}
