import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { OptionError } from '../../errors.ts';
import type { ByteSink, ExportFile } from '../../export/format.ts';
import { copyVideo } from '../../libav/copy-video.ts';
import { takePath } from '../../record/take-path.ts';

/** What became of a file of an export. */
export type WrittenHow = 'linked' | 'copied' | 'remuxed' | 'written';

/** Where files come from and go to. */
export interface Placing {
  /** The take's. */
  readonly folder: string;
  /** Where the export is made. */
  readonly work: string;
  /** What it will be called. */
  readonly output: string;
  /** Undefined: links where the file system can, else copies. */
  readonly how: 'link' | 'copy' | undefined;
}

/** Of a system that can't link: another disk, a file system without links, too many of them, or no right to. */
const CANT_LINK = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES', 'EINVAL'];

/**
 * Puts a file where it belongs. Links are hard ones: they are files to any program, may be moved, and stay when the
 * take is removed or moved elsewhere; a symbolic link would lead nowhere then, and needs a right of its own on Windows.
 * @param told of frames that were written since.
 * @throws OptionError where a link was asked for and can't be; what the system says where nothing can be written.
 */
export async function putFile(file: ExportFile, placing: Placing, told: (frames: number) => void): Promise<WrittenHow> {
  const target = join(placing.work, ...file.path.split('/'));
  await mkdir(dirname(target), { recursive: true });
  if ('video' in file) return putVideo(takePath(placing.folder, file.video), target, placing, told);
  const handle = await open(target, 'wx');
  try {
    if ('text' in file) {
      for (const piece of typeof file.text === 'string' ? [file.text] : file.text) await handle.writeFile(piece);
    } else await file.write(new FileSink(handle), told);
  } finally {
    await handle.close();
  }
  return 'written';
}

async function putVideo(
  source: string,
  target: string,
  { how, output }: Placing,
  told: (frames: number) => void,
): Promise<WrittenHow> {
  if (extname(source) !== extname(target)) {
    let before = 0;
    const onProgress = (frames: number): void => {
      told(frames - before);
      before = frames;
    };
    await copyVideo(source, target, { format: extname(target).slice(1), onProgress });
    return 'remuxed';
  }
  if (how !== 'copy') {
    try {
      // What a link of the take leads to: a link to a link would be one.
      await link(await realpath(source), target);
      return 'linked';
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (!CANT_LINK.includes(code)) throw cause;
      if (how === 'link') {
        const why = code === 'EXDEV' ? `${output} is on another file system than the take` : `no links there (${code})`;
        throw new OptionError('link', undefined, `${why}; give a folder on the take's, or {copy}`, { cause });
      }
    }
  }
  // Where the file system can, the copy shares its blocks until one of them is changed.
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return 'copied';
}

/** A file that grows at its end. */
class FileSink implements ByteSink {
  private readonly handle: FileHandle;
  private bytes = 0n;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(bytes, at);
      at += bytesWritten;
    }
    this.bytes += BigInt(bytes.length);
  }

  position(): bigint {
    return this.bytes;
  }
}
