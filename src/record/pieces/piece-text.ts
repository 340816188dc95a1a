import { discardFile } from './discard-file.ts';
import type { PieceNames } from './piece-names.ts';
import type { Piece } from './piece-plan.ts';

/** A text file that goes with a recording: frames.csv, metadata, PTS. */
export interface RowFile<Row> {
  write(row: Row): void;
  close(): Promise<void>;
}

interface Current<Row> {
  readonly file: string;
  readonly opening: Promise<RowFile<Row>>;
  rows: number;
  opened?: RowFile<Row>;
  /** What came before the file was open. */
  waiting: Row[];
}

/** A text file a piece, where its name holds a pattern; else one file over all pieces. `write` never waits; what fails shows in `close`. */
export class PieceText<Row> {
  readonly #names: PieceNames;
  readonly #open: (file: string) => Promise<RowFile<Row>>;
  #number: number | undefined;
  #current: Current<Row> | undefined;
  /** All files before the current one are closed when this resolves. */
  #closed: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(names: PieceNames, open: (file: string) => Promise<RowFile<Row>>) {
    this.#names = names;
    this.#open = open;
  }

  /** Opens the first piece's file ahead; it is removed again if nothing is written into it. Throws where it can't be written. */
  async open(piece: Piece): Promise<void> {
    await this.#begin(piece).opening;
  }

  write(row: Row, piece: Piece): void {
    const current = this.#current && this.#number === piece.number ? this.#current : this.#begin(piece);
    current.rows++;
    if (current.opened) current.opened.write(row);
    else current.waiting.push(row);
  }

  async close(): Promise<void> {
    this.#finish();
    await this.#closed;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #begin(piece: Piece): Current<Row> {
    this.#number = piece.number;
    const { pattern } = this.#names;
    const file = pattern.varies ? this.#names.name(piece) : pattern.name(piece);
    if (this.#current?.file === file && !pattern.varies) return this.#current;
    this.#finish();
    const opening = this.#closed.then(() => this.#open(file));
    const current: Current<Row> = { file, opening, rows: 0, waiting: [] };
    this.#current = current;
    opening.then(
      (opened) => {
        current.opened = opened;
        for (const row of current.waiting) opened.write(row);
        current.waiting = [];
      },
      (error: unknown) => {
        this.#failure ??= error;
        current.opened = { write: () => {}, close: async () => {} };
        current.waiting = [];
      },
    );
    return current;
  }

  /** Closes the current file behind the ones before it. */
  #finish(): void {
    const current = this.#current;
    this.#current = undefined;
    if (!current) return;
    const close = async () => {
      const opened = await current.opening.catch(() => undefined);
      await opened?.close();
      if (opened && current.rows === 0) await discardFile(current.file);
    };
    this.#closed = this.#closed.then(close).catch((error: unknown) => {
      this.#failure ??= error;
    });
  }
}
