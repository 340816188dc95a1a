import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { type FileHandle, open, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TAKE_NAME } from '../../record/take-path.ts';
import {
  CHUNK_BYTES,
  chunkCount,
  chunkLength,
  hashOf,
  type ListedFile,
  type ManifestPage,
  PAGE_CHUNKS,
} from './manifest.ts';

/** Not on Windows, which has no such flag; there the look before it has to do. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** One file of a take's folder, open for reading. */
export class ServedFile {
  readonly handle: FileHandle;
  /** Its length when it was opened. */
  readonly bytes: number;
  /** See `ListedFile`. */
  readonly version: string;

  private constructor(handle: FileHandle, bytes: number, version: string) {
    this.handle = handle;
    this.bytes = bytes;
    this.version = version;
  }

  /**
   * @returns undefined where the folder itself holds no regular file of that name: links are followed nowhere, and
   * what leads out of the folder is no name.
   */
  static async open(folder: string, name: string): Promise<ServedFile | undefined> {
    if (!TAKE_NAME.test(name) || name.length > 255) return undefined;
    const path = join(folder, name);
    try {
      // A pipe or a device is not even opened; what takes its place just now neither waits nor is followed.
      if (!lstatSync(path).isFile()) return undefined;
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | NO_LINK);
      try {
        const is = await handle.stat({ bigint: true });
        if (is.isFile()) {
          return new ServedFile(handle, Number(is.size), versionOf(is));
        }
      } catch {
        // Gone meanwhile.
      }
      await handle.close();
    } catch {
      // It is not there, or not to be read: for whoever asks that is the same.
    }
    return undefined;
  }

  /** The hashes of its chunks from that one on, as many as one answer has. */
  async page(from: number): Promise<ManifestPage> {
    const hashes: string[] = [];
    const end = Math.min(chunkCount(this.bytes), from + PAGE_CHUNKS);
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let chunk = from; chunk < end; chunk++) {
      const length = chunkLength(this.bytes, chunk);
      const { bytesRead } = await this.handle.read(buffer, 0, length, chunk * CHUNK_BYTES);
      hashes.push(hashOf(buffer.subarray(0, bytesRead)));
      // It became shorter: who compares versions asks anew.
      if (bytesRead < length) break;
    }
    return { bytes: this.bytes, version: this.version, from, hashes };
  }

  /** To be called however it was used. */
  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Another one as soon as anything of a file changes; two files of one disk never have the same. */
export const versionOf = (is: BigIntStats): string => [is.ino, is.size, is.mtimeNs, is.ctimeNs].join('-');

/** All files that `ServedFile.open` opens. @param written those that somebody writes. */
export async function listFiles(folder: string, written: ReadonlySet<string>): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const file = await ServedFile.open(folder, name);
    if (file === undefined) continue;
    const { bytes, version } = file;
    files.push({ name, bytes, version, ...(written.has(name) && { writing: true }) });
    await file.close();
  }
  return files;
}

/**
 * Removes a file as long as it is the one that was fetched, and the folder with the last one.
 * @returns `changed` where it is another by now.
 */
export async function removeFile(folder: string, name: string, version: string): Promise<'gone' | 'changed'> {
  const file = await ServedFile.open(folder, name);
  if (file === undefined) return 'gone';
  try {
    if (file.version !== version) return 'changed';
    await unlink(join(folder, name));
    // It stays where anything else is in it.
    await rmdir(folder).catch(() => {});
    return 'gone';
  } finally {
    await file.close();
  }
}
