import type { Picture } from '../../camera/picture.ts';
import type { EncoderBackend, EncoderOptions, VideoEncoder } from '../encoder.ts';
import { CircularBuffer } from './circular-buffer.ts';
import { checkSavable, saveUnits } from './save-units.ts';
import { type UnitSplitter, unitSplitter } from './stream-units.ts';

/** The unit of `--circular`, bytes: rpicam-vid shifts by 20 bits. */
export const CIRCULAR_MB = 1 << 20;

export interface CircularOptions {
  readonly backend: EncoderBackend;
  /** `file` only names the stream in messages. */
  readonly encoder: Omit<EncoderOptions, 'sink'>;
  /** What the buffer may hold, bytes. */
  readonly bytes: number;
}

/** What was saved of a circular buffer. */
export interface SavedPiece {
  readonly file: string;
  /** The position of the file's first frame, which is a keyframe; its time in the file is this many periods. */
  readonly firstPosition: number;
  /** 0 where there was nothing to save: then no file was made. */
  readonly frames: number;
}

interface Waiting {
  readonly end: number;
  readonly take: () => void;
}

/** A recording whose end is kept in memory, and saved when asked for, again and again, while it goes on. */
export class CircularEncoder implements VideoEncoder {
  readonly #options: CircularOptions;
  readonly #splitter: UnitSplitter;
  #encoder: VideoEncoder | undefined;
  #buffer: CircularBuffer | undefined;
  /** The position that is to be written next. */
  #next = 0;
  #closed = false;
  #waiting: Waiting[] = [];
  /** Files are written one behind the other, in the background. */
  #saving: Promise<unknown> = Promise.resolve();

  private constructor(options: CircularOptions) {
    this.#options = options;
    this.#splitter = unitSplitter(options.encoder);
  }

  /** @throws UsageError where the encoder can't be had, or what it makes can't be saved under such a name. */
  static async open(options: CircularOptions): Promise<CircularEncoder> {
    await checkSavable(options.backend, options.encoder);
    const circular = new CircularEncoder(options);
    const sink = (bytes: Uint8Array) => circular.#take(bytes);
    circular.#encoder = await options.backend.open({ ...options.encoder, sink });
    return circular;
  }

  async write(picture: Picture, position: number): Promise<void> {
    this.#buffer ??= new CircularBuffer(this.#options.bytes, position);
    this.#next = position + 1;
    try {
      await this.#encoder?.write(picture, position);
    } catch (error) {
      this.#over();
      throw error;
    }
  }

  /** Ends the stream. What is in memory can still be saved. */
  async close(): Promise<void> {
    try {
      await this.#encoder?.close();
    } finally {
      if (!this.#closed) this.#keep(this.#splitter.end());
      this.#over();
      await this.#saving.catch(() => {});
    }
  }

  /**
   * Saves from the oldest keyframe in memory up to a position, as soon as the frame before that has come out of the encoder; where the
   * stream ends earlier, up to its end. The file is an elementary stream or, by its ending, a container.
   * @param end The position behind the last frame; default: behind the last one written.
   * @throws FailureError or UsageError where it can't be saved; the recording goes on.
   */
  save(file: string, end = this.#next): Promise<SavedPiece> {
    if (this.#closed || (this.#buffer?.end ?? 0) >= end) return this.#write(file, end);
    return new Promise((resolve) => {
      this.#waiting.push({ end, take: () => resolve(this.#write(file, end)) });
    });
  }

  #write(file: string, end: number): Promise<SavedPiece> {
    const { firstPosition, units } = this.#buffer?.before(end) ?? { firstPosition: 0, units: [] };
    const save = async (): Promise<SavedPiece> => {
      if (units.length > 0) await saveUnits(file, units, firstPosition, this.#options.encoder);
      return { file, firstPosition, frames: units.length };
    };
    const saved = this.#saving.then(save, save);
    this.#saving = saved;
    saved.catch(() => {});
    return saved;
  }

  #take(bytes: Uint8Array): void {
    this.#keep(this.#splitter.push(bytes));
  }

  #keep(units: readonly { readonly bytes: Uint8Array; readonly keyframe: boolean }[]): void {
    for (const unit of units) {
      this.#buffer?.push(unit);
      this.#release(this.#buffer?.end ?? 0);
    }
  }

  #over(): void {
    this.#closed = true;
    this.#release(Number.POSITIVE_INFINITY);
  }

  #release(end: number): void {
    const due = this.#waiting.filter((waiting) => waiting.end <= end);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting.end > end);
    for (const { take } of due) take();
  }
}
