import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { FailureError, UsageError } from '../../errors.ts';
import { moveInPlace } from '../../record/whole-file.ts';
import { writeReason } from '../../record/write-failure.ts';
import { readTextIfThere } from '../../regular-file.ts';
import { CHUNK_BYTES, chunkLength, hashOf } from './manifest.ts';

/** Endings of a file that is being fetched, and of the journal beside it. */
const FETCHED = '.gather';
const JOURNAL = '.gather-journal';
/** The first line of a journal; one of another size of chunks is of no use. */
const HEAD = `genlock gather 1 ${CHUNK_BYTES}`;
const HOW = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
/** Hashes of a file of 1 TiB: a journal may have as much, in bytes. */
const MOST_JOURNAL = 80 * (2 ** 40 / CHUNK_BYTES);

/**
 * A file that is being fetched. Beside it stands a journal: a line a chunk, written after the chunk itself, so that
 * whoever is killed at any moment finds what he had. After a power cut the journal may be ahead of the file: what it
 * says counts where the file's bytes have that hash.
 */
export class PartialFile {
  private readonly file: string;
  private readonly data: FileHandle;
  private readonly journal: FileHandle;
  private readonly chunks: Map<number, string>;

  private constructor(file: string, data: FileHandle, journal: FileHandle, chunks: Map<number, string>) {
    this.file = file;
    this.data = data;
    this.journal = journal;
    this.chunks = chunks;
  }

  /** @param file what it will be called once it is whole. @throws FailureError or UsageError that names the file. */
  static async open(file: string): Promise<PartialFile> {
    const data = await openPlain(`${file}${FETCHED}`);
    try {
      const said = readJournal((await readTextIfThere(`${file}${JOURNAL}`, MOST_JOURNAL)) ?? '');
      const journal = await openPlain(`${file}${JOURNAL}`, constants.O_APPEND);
      // One of other chunks begins anew; a last line that was cut gets its end, and is none then.
      if (said === undefined) await journal.truncate(0);
      await journal.appendFile(said === undefined ? `${HEAD}\n` : '\n');
      return new PartialFile(file, data, journal, await truths(data, said ?? new Map()));
    } catch (error) {
      await data.close();
      throw error;
    }
  }

  /** SHA-256 of a chunk that is here; undefined for one that is not. */
  hash(chunk: number): string | undefined {
    return this.chunks.get(chunk);
  }

  /** How many chunks are here, from the first on, without a gap. */
  get leading(): number {
    let count = 0;
    while (this.chunks.has(count)) count++;
    return count;
  }

  /** Keeps a chunk whose hash is right. @throws FailureError that names the file. */
  async keep(chunk: number, bytes: Buffer, hash: string): Promise<void> {
    try {
      // What stood there before is no longer what the journal says.
      this.chunks.delete(chunk);
      await writeAll(this.data, bytes, chunk * CHUNK_BYTES);
      await this.journal.appendFile(`${chunk} ${hash}\n`);
      this.chunks.set(chunk, hash);
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  /** Gives the file its name: all its chunks are here. @param bytes its length. */
  async finish(bytes: number): Promise<void> {
    try {
      await this.data.truncate(bytes);
      await this.close();
      await moveInPlace(`${this.file}${FETCHED}`, this.file);
      await rm(`${this.file}${JOURNAL}`, { force: true });
    } catch (cause) {
      throw this.failure(cause);
    }
  }

  /** Removes what is here of it. */
  async discard(): Promise<void> {
    await this.close();
    for (const ending of [FETCHED, JOURNAL]) await rm(`${this.file}${ending}`, { force: true });
  }

  /** Leaves what is here for the next time. */
  async close(): Promise<void> {
    await this.data.close();
    await this.journal.close();
  }

  private failure(cause: unknown): Error {
    return notWritten(this.file, cause);
  }
}

const notWritten = (file: string, cause: unknown): FailureError =>
  new FailureError(`${file}: can't be written: ${writeReason(cause as NodeJS.ErrnoException)}`, { cause });

async function openPlain(file: string, more = 0): Promise<FileHandle> {
  const handle = await open(file, HOW | constants.O_NONBLOCK | more, 0o666).catch((cause) => {
    throw notWritten(file, cause);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new UsageError(`${file}: is no plain file, in the place of one that is being fetched`);
}

/** What a journal says of each chunk; a later line counts. Undefined where it is none of ours. */
function readJournal(text: string): Map<number, string> | undefined {
  const [head, ...lines] = text.split('\n');
  if (head !== HEAD || lines.length === 0) return undefined;
  const said = new Map<number, string>();
  for (const line of lines) {
    const [, chunk, hash] = /^(\d{1,9}) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (hash !== undefined) said.set(Number(chunk), hash);
  }
  return said;
}

/** What of it is so. */
async function truths(data: FileHandle, said: ReadonlyMap<number, string>): Promise<Map<number, string>> {
  const { size } = await data.stat();
  const found = new Map<number, string>();
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const [chunk, hash] of [...said].sort(([a], [b]) => a - b)) {
    const length = chunkLength(size, chunk);
    const { bytesRead } = await data.read(buffer, 0, length, chunk * CHUNK_BYTES);
    if (length > 0 && hashOf(buffer.subarray(0, bytesRead)) === hash) found.set(chunk, hash);
  }
  return found;
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
