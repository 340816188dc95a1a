import type { IOContext } from 'node-av/lib';
import { FailureError, UsageError } from '../../../errors.ts';
import { requireLibav } from '../../../libav/load.ts';
import type { Output } from './output.ts';

/** A process that was told to stop waits for a reader that takes nothing for so long, ms. */
const PATIENCE_MS = 2000;

/** A connection that FFmpeg makes, by one of its protocols. */
export class AvioOutput implements Output {
  readonly #io: IOContext;
  readonly #name: string;
  readonly #reason: (code: number) => string;
  readonly #signal: AbortSignal | undefined;

  private constructor(io: IOContext, name: string, reason: (code: number) => string, signal: AbortSignal | undefined) {
    this.#io = io;
    this.#name = name;
    this.#reason = reason;
    this.#signal = signal;
  }

  /** @throws UsageError that names the address where it can't be reached, or FFmpeg can't write to it. */
  static async open(address: string, signal?: AbortSignal): Promise<AvioOutput> {
    const { IOContext, FFmpegError, constants } = await requireLibav();
    const reason = (code: number): string => FFmpegError.strerror(code);
    const io = new IOContext();
    const opened = io.open2(address, constants.AVIO_FLAG_WRITE);
    const code = await unlessStopped(opened, signal, 0, `${address}: stopped before it was reached`);
    if (code < 0) throw new UsageError(`${address}: can't be written to: ${reason(code)}`);
    return new AvioOutput(io, address, reason, signal);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#patiently(this.#io.write(Buffer.from(bytes)));
    await this.#patiently(this.#io.flush());
    this.#check(this.#io.error);
  }

  async close(): Promise<void> {
    this.#check(await this.#patiently(this.#io.closep()));
  }

  #patiently<T>(done: Promise<T>): Promise<T> {
    return unlessStopped(done, this.#signal, PATIENCE_MS, `${this.#name}: the reader takes nothing`);
  }

  #check(code: number): void {
    if (code < 0) throw new FailureError(`${this.#name}: can't be written to: ${this.#reason(code)}`);
  }
}

/** What comes of it; a FailureError where that is not there so long after `signal` fired: what FFmpeg waits for can't be ended. */
function unlessStopped<T>(done: Promise<T>, signal: AbortSignal | undefined, ms: number, why: string): Promise<T> {
  if (signal === undefined) return done;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const hurry = (): void => {
      timer = setTimeout(() => reject(new FailureError(why)), ms);
    };
    if (signal.aborted) hurry();
    else signal.addEventListener('abort', hurry, { once: true });
    done.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', hurry);
    });
  });
}
