import type { Writable } from 'node:stream';
import { FailureError } from '../../../errors.ts';
import type { Output } from './output.ts';

/** A process that was told to stop waits for a reader that takes nothing for so long, ms. */
const PATIENCE_MS = 2000;

const GONE = 'the reader went away';

/** A pipe or a connection with a reader at its other end. */
export class StreamOutput implements Output {
  private readonly stream: Writable;
  private readonly name: string;
  private readonly signal: AbortSignal | undefined;
  private readonly patienceMs: number;
  private failure: Error | undefined;
  private readonly fail = (error: Error) => {
    this.failure ??= error;
  };

  /** @param signal From when it fires on, a reader that takes nothing is waited for `patienceMs` alone. */
  constructor(stream: Writable, name: string, signal?: AbortSignal, patienceMs = PATIENCE_MS) {
    this.stream = stream;
    this.name = name;
    this.signal = signal;
    this.patienceMs = patienceMs;
    stream.on('error', this.fail);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.taken((done) => this.stream.write(bytes, done));
  }

  async close(): Promise<void> {
    try {
      // stdout may serve others after this one.
      const ends = this.stream !== process.stdout;
      if (!this.failure) await this.taken((done) => (ends ? this.stream.end(done) : this.stream.write('', done)));
    } finally {
      if (this.stream !== process.stdout) this.stream.destroy();
    }
  }

  /** Waits until what `hand` hands over has been taken. */
  private taken(hand: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const hurry = () => {
        timer = setTimeout(() => done(new Error('the reader takes nothing')), this.patienceMs);
      };
      const gone = () => done(new Error(GONE));
      const done = (error?: Error | null) => {
        clearTimeout(timer);
        this.signal?.removeEventListener('abort', hurry);
        this.stream.off('close', gone);
        if (error) this.failure ??= error;
        if (this.failure) reject(this.describe(this.failure));
        else resolve();
      };
      if (this.failure || this.stream.destroyed) return gone();
      if (this.signal?.aborted) hurry();
      else this.signal?.addEventListener('abort', hurry);
      this.stream.on('close', gone);
      hand(done);
    });
  }

  private describe(cause: NodeJS.ErrnoException): FailureError {
    const gone = cause.code === 'EPIPE' || cause.code === 'ECONNRESET';
    return new FailureError(`${this.name}: recording stopped: ${gone ? GONE : cause.message}`, {
      cause,
    });
  }
}
