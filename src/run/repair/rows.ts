import { FailureError, UsageError } from '../../errors.ts';
import { FRAMES_CSV_HEADER, formatFrameRow } from '../../record/frames-csv.ts';
import { MOST_TEXT_BYTES, readText } from '../../regular-file.ts';

/** The rows of a `frames.csv` that a process may have left in the middle of a line. */
export class FrameRows {
  private readonly kept: string;
  private readonly lines = new Map<number, string>();
  /** The index behind the last whole row; undefined without one. */
  readonly end: number | undefined;

  private constructor(text: string) {
    this.kept = text;
    const lines = text.split('\n');
    // What stands behind the last line's end is half a row, or nothing.
    lines.pop();
    let end: number | undefined;
    for (const line of lines.slice(1)) {
      const [text = '', ...fields] = line.split(',');
      const index = Number(text);
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(index) || fields.length !== COLUMNS - 1) continue;
      this.lines.set(index, line);
      end = index + 1;
    }
    this.end = end;
  }

  /**
   * A file that is not there has no rows.
   * @param frames in the video that the rows are of: it bounds them.
   * @throws FailureError that names it where it can't be read; UsageError where it is no file, or larger than its video
   *   explains.
   */
  static async read(file: string, frames = 0): Promise<FrameRows> {
    try {
      return new FrameRows(await readText(file, MOST_TEXT_BYTES + MOST_ROW_BYTES * frames));
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return new FrameRows('');
      throw new FailureError(`${file}: can't be read: ${code ?? message}`, { cause });
    }
  }

  /** The stretches of rows that stand for lost frames: from and to, the latter not included. */
  get lost(): readonly (readonly [from: number, to: number])[] {
    const stretches: [number, number][] = [];
    for (const [index, line] of [...this.lines].sort(([a], [b]) => a - b)) {
      if (!isLost(line)) continue;
      const last = stretches.at(-1);
      if (last?.[1] === index) last[1]++;
      else stretches.push([index, index + 1]);
    }
    return stretches;
  }

  /** Rows of frames of their own. */
  get captured(): number {
    return this.count('captured');
  }

  get repeated(): number {
    return this.count('repeated');
  }

  /**
   * The file as it must be for a video of the slots from `first` to `end`, of which those from `realEnd` on stand for
   * lost frames: a row a slot. Where the video has a frame that no row was written for, its state is `unknown`.
   * @returns undefined where it is that already.
   */
  rewritten(first: number, realEnd: number, end: number): FrameRows | undefined {
    const rows: string[] = [FRAMES_CSV_HEADER];
    for (let index = first; index < end; index++) {
      const line = this.lines.get(index);
      if (line !== undefined && (index < realEnd || isLost(line))) rows.push(line);
      else if (index >= realEnd) rows.push(lostRow(index));
      else rows.push(unknownRow(index));
    }
    const text = `${rows.join('\n')}\n`;
    return text === this.kept ? undefined : new FrameRows(text);
  }

  get text(): string {
    return this.kept;
  }

  private count(state: string): number {
    return [...this.lines.values()].filter((line) => line.split(',')[STATE] === state).length;
  }
}

const MOST_ROW_BYTES = 256;
const COLUMNS = FRAMES_CSV_HEADER.split(',').length;
const STATE = FRAMES_CSV_HEADER.split(',').indexOf('state');

const isLost = (line: string): boolean => line.endsWith(',lost');

const lostRow = (slot: number): string =>
  formatFrameRow({ slot, state: 'repeated', cause: 'lost', row: undefined, segment: 0, segmentFrame: slot });

const unknownRow = (slot: number): string => `${slot},,,unknown${','.repeat(COLUMNS - 4)}`;
