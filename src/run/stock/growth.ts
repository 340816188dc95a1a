import { type FileHandle, open, stat } from 'node:fs/promises';

const NEWLINE = 10;

/** How far the files of a camera have grown, looked at from outside while another program writes them. */
export class Growth {
  /** Frames by the lines of the PTS file; undefined as long as it has none. */
  frames: number | undefined;
  /** When any of the files last grew, by `performance.now`, in ms. */
  lastMs: number | undefined;
  private readonly files: readonly string[];
  private readonly ptsFile: string;
  private readonly buffer = Buffer.alloc(65_536);
  private sizes: readonly number[] = [];
  private read = 0;
  private lines = 0;
  private looking: Promise<void> = Promise.resolve();

  /** @param ptsFile a line a frame below a line of its own; one of `files`. */
  constructor(files: readonly string[], ptsFile: string) {
    this.files = files;
    this.ptsFile = ptsFile;
  }

  /** Looks again, once an earlier look is done. */
  look(): Promise<void> {
    this.looking = this.looking.then(() => this.measure());
    return this.looking;
  }

  private async measure(): Promise<void> {
    const sizes = await Promise.all(
      this.files.map((file) =>
        stat(file).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    if (!sizes.some((size, i) => size > (this.sizes[i] ?? 0))) return;
    this.sizes = sizes;
    this.lastMs = performance.now();
    await this.count();
  }

  private async count(): Promise<void> {
    let file: FileHandle | undefined;
    try {
      file = await open(this.ptsFile);
      for (;;) {
        const { bytesRead } = await file.read(this.buffer, 0, this.buffer.length, this.read);
        if (bytesRead === 0) break;
        this.read += bytesRead;
        for (let i = 0; i < bytesRead; i++) if (this.buffer[i] === NEWLINE) this.lines++;
      }
    } catch {
      // It is not there yet.
    } finally {
      await file?.close();
    }
    if (this.lines > 1) this.frames = this.lines - 1;
  }
}
