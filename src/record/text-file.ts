import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { FailureError } from '../errors.ts';
import { claimFile } from './claim-file.ts';
import { DataSync } from './data-sync.ts';
import { isPipe, openPipe } from './open-pipe.ts';
import { writeReason } from './write-failure.ts';

/**
 * Text that grows line by line next to a recording. What is written reaches the file at once, so a killed process
 * leaves it complete, and the disk every half second. A file that can't be written any further (a full disk) ends in
 * the middle of a line where it had to; nothing is written behind that.
 */
export class TextFile {
  private readonly name: string;
  private readonly stream: Writable;
  private readonly owned: boolean;
  private readonly sync: DataSync | undefined;
  private failure: Error | undefined;

  /**
   * @param owned True where `close` also closes the stream.
   * @param sync Of the file that the stream writes.
   */
  constructor(stream: Writable, name: string, owned: boolean, sync?: DataSync) {
    this.name = name;
    this.stream = stream;
    this.owned = owned;
    this.sync = sync;
    stream.on('error', (error) => this.fail(error));
  }

  /**
   * Opens a file, emptied; `-` is stdout. A named pipe waits for its reader, until `signal` fires. Throws a UsageError
   * that names the file and says why it can't be written.
   */
  static async open(file: string, signal?: AbortSignal): Promise<TextFile> {
    if (file === '-') return new TextFile(process.stdout, 'stdout', false);
    if (await isPipe(file)) return new TextFile((await openPipe(file, signal)).createWriteStream(), file, true);
    await claimFile(file);
    const sync = await DataSync.start(file);
    return new TextFile(createWriteStream(file), file, true, sync);
  }

  /** Never waits; what fails shows in `close`. */
  write(text: string): void {
    if (!this.failure) this.stream.write(text);
  }

  /**
   * Resolves when everything is in the file. Throws a FailureError that names the file where some of it could not be
   * written.
   */
  async close(): Promise<void> {
    if (!this.failure && !this.stream.destroyed) {
      await new Promise<void>((resolve) => {
        const done = (error?: Error | null) => {
          this.fail(error);
          resolve();
        };
        this.stream.once('error', done);
        if (this.owned) this.stream.end(done);
        else this.stream.write('', done);
      });
    }
    if (this.failure) {
      await this.sync?.stop();
      throw new FailureError(`${this.name}: ${writeReason(this.failure)}`, { cause: this.failure });
    }
    await this.sync?.close();
  }

  private fail(error: NodeJS.ErrnoException | null | undefined): void {
    // A reader that has seen enough (`| head`) is no failure.
    if (error && (this.owned || error.code !== 'EPIPE')) this.failure ??= error;
  }
}
