import type { Picture } from '../../camera/picture.ts';
import type { EncoderBackend, EncoderOptions, FileTags, VideoEncoder } from '../encoder.ts';
import type { Capture } from '../true-times.ts';
import { discardFile } from './discard-file.ts';
import type { PieceNames } from './piece-names.ts';
import type { Piece, PiecePlan } from './piece-plan.ts';

/** What became of a piece. */
export interface PieceFile {
  readonly number: number;
  readonly file: string;
  /** The position of the first frame in the file. */
  readonly firstPosition: number;
  /** The slot of that frame: 0, or more where recording began in the middle of a piece. */
  readonly firstSlot: number;
  readonly frames: number;
}

export interface PiecewiseOptions {
  readonly backend: EncoderBackend;
  readonly encoder: Omit<EncoderOptions, 'file'>;
  /** What a piece's file says of itself. */
  readonly tags?: (piece: Piece) => FileTags;
  readonly plan: PiecePlan;
  readonly names: PieceNames;
  /** Called when a piece has its first frame; and when its file is finished. */
  readonly onBegun?: (piece: PieceFile) => void;
  readonly onFinished?: (piece: PieceFile) => void;
}

/** The next piece's encoder is opened this many frames before it begins: one takes a moment to start. */
const OPEN_AHEAD = 30;
/** Pieces that may be closing at once; the next one waits for the oldest of them. */
const MOST_CLOSING = 3;

/** A piece's encoder on its file. */
interface Opened {
  readonly piece: Piece;
  readonly file: string;
  readonly encoder: VideoEncoder;
}

interface Current extends Opened {
  readonly firstPosition: number;
  frames: number;
}

/**
 * A recording in pieces: a file a piece, each with a new encoder, so that each begins with a keyframe. Slots of a piece count from
 * where it begins. The next piece is opened ahead and the last one closed in the background; what fails there is thrown by the next `write` or `close`.
 */
export class PiecewiseEncoder implements VideoEncoder {
  readonly #options: PiecewiseOptions;
  #current: Current | undefined;
  #ahead: { readonly piece: Piece; readonly file: string; readonly opening: Promise<Opened> } | undefined;
  /** Files that are being closed, or removed again. */
  readonly #closing = new Map<string, Promise<void>>();
  #failure: unknown;

  private constructor(options: PiecewiseOptions) {
    this.#options = options;
  }

  /**
   * Opens the first piece's file; it is removed again if recording begins with another piece.
   * @param position The position that is expected first.
   * @throws UsageError where it can't be had.
   */
  static async open(options: PiecewiseOptions, position = 0): Promise<PiecewiseEncoder> {
    const encoder = new PiecewiseEncoder(options);
    await encoder.#openAhead(options.plan.at(position));
    return encoder;
  }

  async write(picture: Picture, position: number, capture?: Capture): Promise<void> {
    this.#throwFailure();
    const piece = this.#options.plan.at(position);
    const current =
      this.#current?.piece.position === piece.position ? this.#current : await this.#begin(piece, position);
    await current.encoder.write(picture, position - piece.position, capture);
    current.frames++;
    if (current.frames === 1) this.#options.onBegun?.(report(current));
    this.#lookAhead(position);
  }

  async close(): Promise<void> {
    if (this.#ahead) this.#discardAhead();
    if (this.#current) this.#retire(this.#current);
    this.#current = undefined;
    await Promise.all(this.#closing.values());
    this.#throwFailure();
  }

  async #begin(piece: Piece, position: number): Promise<Current> {
    if (this.#current) this.#retire(this.#current);
    this.#current = undefined;
    if (this.#closing.size > MOST_CLOSING) await this.#closing.values().next().value;
    const file = this.#options.names.name(piece);
    if (this.#ahead && this.#ahead.file !== file) this.#discardAhead();
    const opening = this.#ahead?.opening ?? this.#open(piece, file);
    this.#ahead = undefined;
    this.#current = { ...(await opening), piece, firstPosition: position, frames: 0 };
    return this.#current;
  }

  #lookAhead(position: number): void {
    const { plan } = this.#options;
    const next = plan.next(position);
    if (next === undefined || next - position > OPEN_AHEAD) return;
    // What fails to open shows when the piece is due, if it ever is.
    this.#openAhead(plan.at(next))?.catch(() => {});
  }

  #openAhead(piece: Piece): Promise<Opened> | undefined {
    const { names } = this.#options;
    const file = names.name(piece);
    if (this.#ahead?.file === file) return undefined;
    if (this.#ahead) this.#discardAhead();
    // A name that comes round while its file is still written or closed has to wait.
    if (file === this.#current?.file || this.#closing.has(file)) return undefined;
    const opening = this.#open(piece, file);
    this.#ahead = { piece, file, opening };
    return opening;
  }

  async #open(piece: Piece, file: string): Promise<Opened> {
    await this.#closing.get(file);
    const { backend, encoder, tags } = this.#options;
    return { piece, file, encoder: await backend.open({ ...encoder, file, tags: tags?.(piece) ?? encoder.tags }) };
  }

  #retire(current: Current): void {
    const finish = async () => {
      await current.encoder.close();
      if (current.frames === 0) await discardFile(current.file);
      else this.#options.onFinished?.(report(current));
    };
    this.#track(current.file, finish());
  }

  #discardAhead(): void {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (!ahead) return;
    this.#options.names.release(ahead.piece);
    const discard = async () => {
      const opened = await ahead.opening.catch(() => undefined);
      // An encoder without a frame has nothing to lose.
      await opened?.encoder.close().catch(() => {});
      if (opened) await discardFile(ahead.file);
    };
    this.#track(ahead.file, discard());
  }

  #track(file: string, work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .then(() => {
        if (this.#closing.get(file) === done) this.#closing.delete(file);
      });
    this.#closing.set(file, done);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const report = ({ piece, file, firstPosition, frames }: Current): PieceFile => ({
  number: piece.number,
  file,
  firstPosition,
  firstSlot: firstPosition - piece.position,
  frames,
});
