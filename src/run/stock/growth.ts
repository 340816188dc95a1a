import { type FileHandle, open, stat } from 'node:fs/promises';

const NEWLINE = 10;

/**
 * How far the files of a camera have grown, looked at from outside while another program writes them. One read a look
 * where the PTS file grew, which it does with each frame: opened and measured anew four times a second, the files of
 * four cameras cost as much as steering them.
 */
export class Growth {
  /** Frames by the lines of the PTS file; undefined as long as it has none. */
  frames: number | undefined;
  /** When any of the files last grew, by `performance.now`, in ms. */
  lastMs: number | undefined;
  private readonly others: readonly string[];
  private readonly ptsFile: string;
  private readonly buffer = Buffer.alloc(65_536);
  private pts: FileHandle | undefined;
  private sizes: readonly number[] = [];
  private read = 0;
  private lines = 0;
  private ended = false;
  private looking: Promise<void> = Promise.resolve();

  /** @param ptsFile a line a frame below a line of its own. @param others what else it writes. */
  constructor(ptsFile: string, others: readonly string[]) {
    this.ptsFile = ptsFile;
    this.others = others;
  }

  /** Looks again, once an earlier look is done. */
  look(): Promise<void> {
    this.looking = this.looking.then(() => this.measure());
    return this.looking;
  }

  /** Looks for the last time. */
  end(): Promise<void> {
    this.looking = this.look().then(async () => {
      this.ended = true;
      await this.pts?.close();
    });
    return this.looking;
  }

  private async measure(): Promise<void> {
    if (this.ended) return;
    // What is late in the one file may be in another already.
    if ((await this.count()) || (await this.othersGrew())) this.lastMs = performance.now();
  }

  /** @returns whether the PTS file has grown. */
  private async count(): Promise<boolean> {
    const before = this.read;
    try {
      this.pts ??= await open(this.ptsFile);
      for (;;) {
        const { bytesRead } = await this.pts.read(this.buffer, 0, this.buffer.length, this.read);
        this.read += bytesRead;
        for (let i = 0; i < bytesRead; i++) if (this.buffer[i] === NEWLINE) this.lines++;
        if (bytesRead < this.buffer.length) break;
      }
    } catch {
      // It is not there yet.
    }
    if (this.lines > 1) this.frames = this.lines - 1;
    return this.read > before;
  }

  private async othersGrew(): Promise<boolean> {
    const sizes = await Promise.all(
      this.others.map((file) =>
        stat(file).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const grew = sizes.some((size, i) => size > (this.sizes[i] ?? 0));
    this.sizes = sizes;
    return grew;
  }
}
