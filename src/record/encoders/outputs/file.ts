import { close, ftruncate, open } from 'node:fs';
import { promisify } from 'node:util';
import { DataSync } from '../../data-sync.ts';
import { writeFailure } from '../../write-failure.ts';
import type { Output } from './output.ts';
import { writeAll } from './write-all.ts';

/** A file that grows by whole writes: where one can't be finished, what there is of it is taken back. */
export class FileOutput implements Output {
  readonly #descriptor: number;
  readonly #name: string;
  readonly #sync: DataSync;
  #end = 0;
  #failed = false;

  private constructor(descriptor: number, name: string, sync: DataSync) {
    this.#descriptor = descriptor;
    this.#name = name;
    this.#sync = sync;
  }

  /** Empties the file. */
  static async open(file: string): Promise<FileOutput> {
    const descriptor = await promisify(open)(file, 'w');
    return new FileOutput(descriptor, file, await DataSync.start(file));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#sync.check();
    try {
      await writeAll(this.#descriptor, bytes, this.#end);
    } catch (cause) {
      this.#failed = true;
      // Where even that fails, the file ends in the middle of something: readers leave that out.
      await promisify(ftruncate)(this.#descriptor, this.#end).catch(() => {});
      throw writeFailure(this.#name, cause);
    }
    this.#end += bytes.length;
  }

  async rewrite(bytes: Uint8Array, at: number): Promise<void> {
    await this.#sync.now();
    try {
      await writeAll(this.#descriptor, bytes, at);
    } catch (cause) {
      this.#failed = true;
      throw writeFailure(this.#name, cause);
    }
  }

  async close(): Promise<void> {
    try {
      await promisify(close)(this.#descriptor);
    } finally {
      await (this.#failed ? this.#sync.stop() : this.#sync.close());
    }
  }
}
