import { ReplacedFile } from '../replaced-file.ts';
import type { SegmentNames } from './segment-names.ts';
import type { Segment } from './segment-plan.ts';

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
  /** What stood there before, until there is a row; and its removal. */
  replaced?: ReplacedFile;
  dropping?: Promise<void> | undefined;
  /** What came before the file was open. */
  waiting: Row[];
}

/**
 * A text file a segment, where its name holds a pattern; else one file over all segments. `write` never waits; what
 * fails shows in `close`.
 */
export class SegmentText<Row> {
  private readonly names: SegmentNames;
  private readonly openFile: (file: string) => Promise<RowFile<Row>>;
  private number: number | undefined;
  private current: Current<Row> | undefined;
  /** All files before the current one are closed when this resolves. */
  private closed: Promise<void> = Promise.resolve();
  private failure: unknown;

  constructor(names: SegmentNames, open: (file: string) => Promise<RowFile<Row>>) {
    this.names = names;
    this.openFile = open;
  }

  /**
   * Opens the first segment's file ahead; it makes room again for what was there if nothing is written into it. Throws
   * where it can't be written.
   */
  async open(segment: Segment): Promise<void> {
    const replaced = await ReplacedFile.setAside(this.fileOf(segment));
    if (replaced.safe) await this.begin(segment, replaced).opening;
  }

  write(row: Row, segment: Segment): void {
    const current = this.current && this.number === segment.number ? this.current : this.begin(segment);
    current.rows++;
    if (current.opened) current.opened.write(row);
    else current.waiting.push(row);
    dropReplaced(current);
  }

  async close(): Promise<void> {
    this.finish();
    await this.closed;
    if (this.failure !== undefined) throw this.failure;
  }

  private fileOf(segment: Segment): string {
    const { pattern } = this.names;
    return pattern.varies ? this.names.name(segment) : pattern.name(segment);
  }

  /** @param replaced What stood in the file's place, where that is set aside already. */
  private begin(segment: Segment, replaced?: ReplacedFile): Current<Row> {
    this.number = segment.number;
    const file = this.fileOf(segment);
    if (this.current?.file === file && !this.names.pattern.varies) return this.current;
    this.finish();
    const open = async (): Promise<RowFile<Row>> => {
      current.replaced = replaced ?? (await ReplacedFile.setAside(file));
      try {
        return await this.openFile(file);
      } catch (error) {
        await current.replaced.putBack();
        throw error;
      }
    };
    const current: Current<Row> = { file, opening: this.closed.then(open), rows: 0, waiting: [] };
    this.current = current;
    current.opening.then(
      (opened) => {
        current.opened = opened;
        for (const row of current.waiting) opened.write(row);
        current.waiting = [];
        dropReplaced(current);
      },
      (error: unknown) => {
        this.failure ??= error;
        current.opened = { write: () => {}, close: async () => {} };
        current.waiting = [];
      },
    );
    return current;
  }

  /** Closes the current file behind the ones before it. */
  private finish(): void {
    const current = this.current;
    this.current = undefined;
    if (!current) return;
    const close = async () => {
      const opened = await current.opening.catch(() => undefined);
      try {
        await opened?.close();
      } finally {
        if (current.rows === 0) await current.replaced?.putBack();
        await current.dropping;
      }
    };
    this.closed = this.closed.then(close).catch((error: unknown) => {
      this.failure ??= error;
    });
  }
}

/** What stood in the file's place goes once there is a row in it. */
function dropReplaced<Row>(current: Current<Row>): void {
  if (current.replaced && current.opened && current.rows > 0) current.dropping ??= current.replaced.drop();
}
