import type { IncomingMessage } from 'node:http';
import { CHUNK_BYTES, chunkLength } from './manifest.ts';
import type { RemoteFiles } from './remote-files.ts';

/**
 * Buffers in turn: one is written, one hashed, one waits and one is filled; the others are for safety. A new one for
 * each chunk keeps the collector busier than all else.
 */
const BUFFERS = 6;

/** Which version of which file is read, and how. */
export interface IncomingOptions {
  readonly remote: RemoteFiles;
  readonly name: string;
  /** Length of the whole file. */
  readonly bytes: number;
  /** Undefined for a file that grows meanwhile. */
  readonly version: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Chunks of a file as they come from a host, by one request for as many as follow each other. */
export class IncomingChunks {
  private readonly options: IncomingOptions;
  private readonly endOf: (chunk: number) => number;
  private response: IncomingMessage | undefined;
  /** The chunk that comes next, and behind which one the request ends. */
  private due = 0;
  private end = 0;
  /** Filled as bytes come: at most one is whole and waits to be read, another has begun. */
  private filling: Buffer | undefined;
  private filled = 0;
  private readonly whole: Buffer[] = [];
  private readonly buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(CHUNK_BYTES));
  private turn = 0;
  private failure: Error | undefined;
  private wake: () => void = () => {};

  /** @param endOf behind which chunk a run of wanted ones ends that begins with that one. */
  constructor(options: IncomingOptions, endOf: (chunk: number) => number) {
    this.options = options;
    this.endOf = endOf;
  }

  /**
   * @returns good until the next but one is read.
   * @throws as `RemoteFiles.bytes`; BrokenWay where the bytes end too early.
   */
  async read(chunk: number): Promise<Buffer> {
    if (this.response === undefined || this.due !== chunk || chunk >= this.end) await this.ask(chunk);
    while (this.whole.length === 0 && this.failure === undefined) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const bytes = this.whole.shift();
    if (bytes === undefined) throw this.failure;
    this.due = chunk + 1;
    this.response?.resume();
    return bytes;
  }

  /** Asks for no more. */
  close(): void {
    // What was read to its end leaves the connection for the next request.
    if (this.response?.complete === false) this.response.destroy();
    this.response = undefined;
  }

  private async ask(chunk: number): Promise<void> {
    this.close();
    const { remote, name, bytes, version, signal } = this.options;
    this.end = this.endOf(chunk);
    const last = Math.min(bytes, this.end * CHUNK_BYTES) - 1;
    const of = version === undefined ? undefined : { version, bytes };
    const response = await remote.bytes(name, chunk * CHUNK_BYTES, last, of, signal);
    this.response = response;
    this.due = chunk;
    this.whole.length = 0;
    this.failure = undefined;
    let next = chunk;
    this.filling = undefined;
    const failed = (cause: unknown): void => {
      if (this.response !== response) return;
      this.failure ??= remote.broken(cause, signal);
      this.wake();
    };
    response.on('data', (piece: Buffer) => {
      if (this.response !== response) return;
      for (let at = 0; at < piece.length; ) {
        this.filling ??= this.begin(next);
        const count = piece.copy(this.filling, this.filled, at);
        at += count;
        this.filled += count;
        if (this.filled < this.filling.length) continue;
        this.whole.push(this.filling);
        this.filling = undefined;
        next++;
        // No more than is being hashed and written: the rest stays with the system.
        response.pause();
        this.wake();
      }
    });
    response.once('error', failed);
    response.once('end', () => failed(new Error('it ended too early')));
    response.once('close', () => failed(new Error('it ended too early')));
  }

  private begin(chunk: number): Buffer {
    this.filled = 0;
    this.turn = (this.turn + 1) % BUFFERS;
    const buffer = this.buffers[this.turn] as Buffer;
    return buffer.subarray(0, chunkLength(this.options.bytes, chunk));
  }
}
