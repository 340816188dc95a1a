import { readSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** What Node has below a stream of a child process. */
interface Handle {
  readonly fd: number;
  readStart(): number;
  readStop(): number;
}

const PIECE_BYTES = 65_536;

/**
 * What a process writes, read when somebody looks and not as it is written: it goes into the process's own stream then.
 *
 * A process that logs ten lines with each frame wakes its reader several times a frame, and each time costs more than
 * all that is done with the lines. A paused stream of Node's reads on ahead, and its reads take a fresh buffer each, so
 * it is the handle below that is stopped. Where there is none such, the stream is read as any other.
 */
export class PolledStream {
  private readonly stream: Readable;
  private readonly piece = Buffer.alloc(PIECE_BYTES);
  private handle: Handle | undefined;

  constructor(stream: Readable) {
    this.stream = stream;
    this.handle = handleOf(stream);
    this.handle?.readStop();
    stream.once('close', () => {
      this.handle = undefined;
    });
  }

  /** Passes on what was written since. */
  poll(): void {
    const handle = this.handle;
    if (handle === undefined) return;
    try {
      for (let bytes = PIECE_BYTES; bytes === PIECE_BYTES; ) {
        bytes = readSync(handle.fd, this.piece, 0, PIECE_BYTES, null);
        // At the end the stream finds out for itself.
        if (bytes === 0) this.release();
        else this.stream.push(Buffer.from(this.piece.subarray(0, bytes)));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.release();
    }
  }

  /** From now on it is read as it is written, to its end. */
  release(): void {
    const handle = this.handle;
    this.handle = undefined;
    handle?.readStart();
  }
}

function handleOf(stream: Readable): Handle | undefined {
  const handle = (stream as { _handle?: Partial<Handle> | null })._handle;
  const stops = typeof handle?.readStop === 'function' && typeof handle.readStart === 'function';
  return stops && typeof handle.fd === 'number' && handle.fd >= 0 ? (handle as Handle) : undefined;
}
