import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type MetadataEntry, MetadataReader } from '../../rpicam/metadata-reader.ts';

/** How often it is looked whether the file has grown, in ms: a part of a frame. */
const LOOK_MS = 10;
const PIECE_BYTES = 65_536;
/** Of a file that is longer already only the end is read, in bytes: what is older tells nothing of orders under way. */
const LATELY_BYTES = 1 << 18;

/**
 * Reads the metadata of a camera while another program writes them. From the file, not through a pipe: a process whose
 * reader dies would be held up by it, or end.
 */
export class LiveMetadata {
  private readonly file: string;
  private readonly onEntry: (entry: MetadataEntry) => void;
  private readonly reader = new MetadataReader();
  private readonly piece = Buffer.alloc(PIECE_BYTES);
  private readonly timer: NodeJS.Timeout;
  private descriptor: number | undefined;
  private read = 0;

  constructor(file: string, onEntry: (entry: MetadataEntry) => void) {
    this.file = file;
    this.onEntry = onEntry;
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private look(): void {
    try {
      this.descriptor ??= this.open();
      for (;;) {
        const bytes = readSync(this.descriptor, this.piece, 0, PIECE_BYTES, this.read);
        if (bytes === 0) return;
        this.read += bytes;
        // All that is of interest is ASCII.
        for (const entry of this.reader.push(this.piece.toString('latin1', 0, bytes))) this.onEntry(entry);
      }
    } catch (error) {
      // It is not there yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') clearInterval(this.timer);
    }
  }

  private open(): number {
    const descriptor = openSync(this.file, 'r');
    const { size } = fstatSync(descriptor);
    if (size > LATELY_BYTES) {
      this.read = size - LATELY_BYTES;
      // In the middle of a list of entries; what is left of the first one is passed over.
      this.reader.push('[');
    }
    return descriptor;
  }
}
