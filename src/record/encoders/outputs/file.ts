import { close, ftruncate, open } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DataSync } from '../../data-sync.ts';
import { isPipe, openPipe } from '../../open-pipe.ts';
import { writeFailure } from '../../write-failure.ts';
import type { Output } from './output.ts';
import { writeAll } from './output.ts';

/** A file that grows by whole writes: where one can't be finished, what there is of it is taken back. */
export class FileOutput implements Output {
  private readonly descriptor: number;
  private readonly name: string;
  private readonly sync: DataSync;
  private end = 0;
  private failed = false;

  private constructor(descriptor: number, name: string, sync: DataSync) {
    this.descriptor = descriptor;
    this.name = name;
    this.sync = sync;
  }

  /** Empties the file. */
  static async open(file: string): Promise<FileOutput> {
    const descriptor = await promisify(open)(file, 'w');
    return new FileOutput(descriptor, file, await DataSync.start(file));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.sync.check();
    try {
      await writeAll(this.descriptor, bytes, this.end);
    } catch (cause) {
      this.failed = true;
      // Where even that fails, the file ends in the middle of something: readers leave that out.
      await promisify(ftruncate)(this.descriptor, this.end).catch(() => {});
      throw writeFailure(this.name, cause);
    }
    this.end += bytes.length;
  }

  async rewrite(bytes: Uint8Array, at: number): Promise<void> {
    await this.sync.now();
    try {
      await writeAll(this.descriptor, bytes, at);
    } catch (cause) {
      this.failed = true;
      throw writeFailure(this.name, cause);
    }
  }

  async close(): Promise<void> {
    try {
      await promisify(close)(this.descriptor);
    } finally {
      await (this.failed ? this.sync.stop() : this.sync.close());
    }
  }
}

/** What takes bytes one behind the other alone: a pipe or a device with a name, a file behind stdout. */
export class OrderedOutput implements Output {
  private readonly descriptor: number;
  private readonly name: string;
  private readonly handle: FileHandle | undefined;

  /** Takes what is open; stdout (1) stays open after `close`. @param handle Of the descriptor, where it has one. */
  constructor(descriptor: number, name: string, handle?: FileHandle) {
    this.descriptor = descriptor;
    this.name = name;
    this.handle = handle;
  }

  /** @param signal Ends the wait for the reader of a named pipe. */
  static async open(file: string, signal?: AbortSignal): Promise<OrderedOutput> {
    if (!(await isPipe(file))) return new OrderedOutput(await promisify(open)(file, 'w'), file);
    const pipe = await openPipe(file, signal);
    return new OrderedOutput(pipe.fd, file, pipe);
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.descriptor, bytes);
    } catch (cause) {
      throw writeFailure(this.name, cause);
    }
  }

  async close(): Promise<void> {
    if (this.handle) await this.handle.close();
    else if (this.descriptor > 2) await promisify(close)(this.descriptor);
  }
}
