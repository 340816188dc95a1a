import type { Picture } from '../../camera/picture.ts';
import type { AccessUnit } from '../../libav/annex-b.ts';
import type { Encoder, EncoderOptions, VideoEncoder } from '../encoder.ts';
import { CircularBuffer } from './circular-buffer.ts';
import { checkSavable, saveUnits } from './save-units.ts';
import { type UnitSplitter, unitSplitter } from './stream-units.ts';

/** The unit of `--circular`, bytes: rpicam-vid shifts by 20 bits. */
export const CIRCULAR_MB = 1 << 20;

export interface CircularOptions {
  readonly backend: Encoder;
  /** `file` only names the stream in messages. */
  readonly encoder: Omit<EncoderOptions, 'sink'>;
  /** What the buffer may hold, bytes. */
  readonly bytes: number;
}

/** What was saved of a circular buffer. */
export interface SavedSegment {
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

/** A stream of one encoder. */
interface Stream {
  readonly encoder: VideoEncoder;
  readonly splitter: UnitSplitter;
}

/** A recording whose end is kept in memory, and saved when asked for, again and again, while it goes on. */
export class CircularEncoder implements VideoEncoder {
  private readonly options: CircularOptions;
  /** Rejected where it could not be opened, or not be ended. */
  private stream: Promise<Stream>;
  private buffer: CircularBuffer | undefined;
  /** The position that is to be written next. */
  private next = 0;
  /** Once all positions before this one are written, and none behind, the stream is ended. */
  private endStreamAt = -1;
  private closed = false;
  private waiting: Waiting[] = [];
  /** What is done with the encoder, one behind the other. */
  private encoding: Promise<unknown> = Promise.resolve();
  /** Files are written one behind the other, in the background. */
  private saving: Promise<unknown> = Promise.resolve();

  private constructor(options: CircularOptions) {
    this.options = options;
    this.stream = this.openStream();
  }

  /** @throws UsageError where the encoder can't be had, or what it makes can't be saved under such a name. */
  static async open(options: CircularOptions): Promise<CircularEncoder> {
    await checkSavable(options.backend, options.encoder);
    const circular = new CircularEncoder(options);
    await circular.stream;
    return circular;
  }

  async write(picture: Picture, position: number): Promise<void> {
    await this.alone(async () => {
      this.buffer ??= new CircularBuffer(this.options.bytes, position);
      try {
        const { encoder } = await this.stream;
        await encoder.write(picture, position);
      } catch (error) {
        this.over();
        throw error;
      }
      this.next = position + 1;
    });
    this.endStreamWhereDue();
  }

  /** Ends the stream. What is in memory can still be saved. */
  async close(): Promise<void> {
    try {
      await this.alone(async () => {
        const { encoder, splitter } = await this.stream;
        try {
          await encoder.close();
        } finally {
          if (!this.closed) this.keep(splitter.end());
        }
      });
    } finally {
      this.over();
      await this.saving.catch(() => {});
    }
  }

  /**
   * Saves from the oldest keyframe in memory up to a position, as soon as the frame before that has come out of the
   * encoder; where the stream ends earlier, up to its end. The file is an elementary stream or, by its ending, a
   * container.
   * @param end The position behind the last frame; default: behind the last one written.
   * @param pausing True where nothing will be written for a while once position `end` is reached: encoders hold their
   *   last pictures back until others follow, so the stream is ended there. The next picture begins another one, with a
   *   keyframe.
   * @throws FailureError or UsageError where it can't be saved; the recording goes on.
   */
  save(file: string, end = this.next, pausing = false): Promise<SavedSegment> {
    if (this.closed || (this.buffer?.end ?? 0) >= end) return this.writeFile(file, end);
    const saved = new Promise<SavedSegment>((resolve) => {
      this.waiting.push({ end, take: () => resolve(this.writeFile(file, end)) });
    });
    if (pausing) this.endStreamAt = end;
    this.endStreamWhereDue();
    return saved;
  }

  private async openStream(): Promise<Stream> {
    const { backend, encoder } = this.options;
    const splitter = unitSplitter(encoder);
    const sink = (bytes: Uint8Array) => this.keep(splitter.push(bytes));
    return { splitter, encoder: await backend.open({ ...encoder, sink }) };
  }

  private endStreamWhereDue(): void {
    const end = this.endStreamAt;
    if (this.next !== end) return;
    // What fails here is thrown by the next `write`, or by `close`.
    void this.alone(async () => {
      if (this.closed || this.next !== end || (this.buffer?.end ?? 0) >= end) return;
      this.stream = this.endStream(await this.stream);
      await this.stream;
    }).catch(() => this.over());
  }

  /** @returns the next stream. */
  private async endStream({ encoder, splitter }: Stream): Promise<Stream> {
    await encoder.close();
    this.keep(splitter.end());
    return this.openStream();
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.encoding.then(work, work);
    this.encoding = done.catch(() => {});
    return done;
  }

  private writeFile(file: string, end: number): Promise<SavedSegment> {
    const { firstPosition, units } = this.buffer?.before(end) ?? { firstPosition: 0, units: [] };
    const save = async (): Promise<SavedSegment> => {
      if (units.length > 0) await saveUnits(file, units, firstPosition, this.options.encoder);
      return { file, firstPosition, frames: units.length };
    };
    const saved = this.saving.then(save, save);
    this.saving = saved;
    saved.catch(() => {});
    return saved;
  }

  private keep(units: readonly AccessUnit[]): void {
    for (const unit of units) {
      this.buffer?.push(unit);
      this.release(this.buffer?.end ?? 0);
    }
  }

  private over(): void {
    this.closed = true;
    this.release(Number.POSITIVE_INFINITY);
  }

  private release(end: number): void {
    const due = this.waiting.filter((waiting) => waiting.end <= end);
    if (due.length === 0) return;
    this.waiting = this.waiting.filter((waiting) => waiting.end > end);
    for (const { take } of due) take();
  }
}
