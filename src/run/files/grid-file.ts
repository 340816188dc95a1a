import { join } from 'node:path';
import { takePath } from '../../record/take-path.ts';
import { TextFile } from '../../record/text-file.ts';
import { readTextIfThere } from '../../regular-file.ts';
import type { GridAnchor } from '../../rpicam/server-grid.ts';
import type { ServerListener } from './server-listener.ts';

/**
 * Where the server's frames lie by its messages, a row a message: what stock cameras' frames are placed by, also when
 * `record` was killed.
 */
export const GRID_FILE = 'server-frames.csv';
const HEADER = 'index,wall_clock_us';

export class GridFile {
  private readonly file: TextFile;
  private written = 0;

  private constructor(file: TextFile) {
    this.file = file;
    file.write(`${HEADER}\n`);
  }

  static async open(folder: string): Promise<GridFile> {
    return new GridFile(await TextFile.open(join(folder, GRID_FILE)));
  }

  /** Writes what the listener heard since the last time. */
  write({ anchors }: ServerListener): void {
    for (; this.written < anchors.length; this.written++) {
      const { index, wallUs } = anchors[this.written] as GridAnchor;
      this.file.write(`${index},${wallUs}\n`);
    }
  }

  /** @throws FailureError where some of it could not be written. */
  close(): Promise<void> {
    return this.file.close();
  }
}

/** What the file of a take says; half a line at its end is left out. Empty where there is none. */
export async function readGrid(folder: string): Promise<GridAnchor[]> {
  const text = (await readTextIfThere(takePath(folder, GRID_FILE))) ?? '';
  const lines = text.split('\n').slice(1, -1);
  return lines.flatMap((line) => {
    const [index, wallUs] = line.split(',').map(Number);
    return Number.isSafeInteger(index) && Number.isFinite(wallUs)
      ? [{ index: index as number, wallUs: wallUs as number }]
      : [];
  });
}
