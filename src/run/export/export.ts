import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FailureError, OptionError, UsageError } from '../../errors.ts';
import type { ExportFile, ExportSources } from '../../export/format.ts';
import { formatNamed } from '../../export/formats.ts';
import { readmeOf } from '../../export/readme.ts';
import { readContainer } from '../../libav/container.ts';
import { readUnits } from '../../libav/video-units.ts';
import { makeFolder } from '../../record/make-folder.ts';
import { takePath } from '../../record/take-path.ts';
import { writeReason } from '../../record/write-failure.ts';
import { type Placing, putFile } from './put.ts';
import { readExportTake } from './read.ts';

/** What is exported, and where to. */
export interface ExportOptions {
  /** The format: `caliscope`, `freemocap`, `anipose`, `deeplabcut`, `pose2sim`, `mcap`, `nwb`, `otio` or `csv`. */
  readonly for: string;
  /** The folder to make. Default: beside the take, with its name and the format's: `takes/TAKE-caliscope`. */
  readonly output?: string | undefined;
  /**
   * Videos are hard links, or nothing is exported. Default: links where the file system can, else copies.
   */
  readonly link?: boolean | undefined;
  /** Videos are copies. */
  readonly copy?: boolean | undefined;
  /** Told now and then how far a file is. */
  readonly onProgress?: ((file: string, done: number, of: number) => void) | undefined;
  /** Ends it when aborted: nothing is left behind then, and the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** A file of an export. */
export interface ExportedFile {
  /** Its path below the export's folder. */
  readonly path: string;
  /** The video of the take that it is; undefined of what was written. */
  readonly video?: string;
  /** `linked` and `copied`: bit for bit; `remuxed`: the coded pictures as they were in another container. */
  readonly how: 'linked' | 'copied' | 'remuxed' | 'written';
}

/** What an export made. */
export interface ExportResult {
  /** Its folder. */
  readonly folder: string;
  /** What it is for: `caliscope`. */
  readonly format: string;
  /** Its files, README.txt the last. */
  readonly files: readonly ExportedFile[];
  /** What to do with it: lines for people, as in its README.txt. */
  readonly next: readonly string[];
}

/**
 * Exports a finished take into a new folder, as another program wants it; docs/export.md has the formats. No picture is
 * encoded again, and the take stays as it is. The folder gets its name when all in it is whole.
 * @throws UsageError where the take or an option can't be used as it is, FailureError where the folder can't be
 *   written.
 */
export async function exportTake(folder: string, options: ExportOptions): Promise<ExportResult> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const format = formatNamed(options.for);
  if (options.link && options.copy) throw new OptionError('link', undefined, 'give it or {copy}, not both');
  if (options.output === '') throw new OptionError('output', '', 'is empty; give a folder');
  const output = options.output ?? `${resolve(folder)}-${format.name}`;
  await refuseThere(output);
  const take = await readExportTake(folder, signal);
  const sources = sourcesOf(folder, output, signal);
  const plan = await format.plan(take, sources);
  const readme: ExportFile = { path: 'README.txt', text: readmeOf(take, format, plan) };
  const files = [...plan.files, readme];
  const total = take.frames * take.cameras.length;
  return inNewFolder(output, async (work) => {
    const placing: Placing = { folder, work, output, how: options.copy ? 'copy' : options.link ? 'link' : undefined };
    const exported: ExportedFile[] = [];
    for (const file of files) {
      signal?.throwIfAborted();
      let done = 0;
      const how = await putFile(file, placing, (frames) => {
        signal?.throwIfAborted();
        done += frames;
        onProgress?.(file.path, done, total);
      });
      exported.push({ path: file.path, ...('video' in file && { video: file.video }), how });
    }
    signal?.throwIfAborted();
    return { folder: output, format: format.name, files: exported, next: plan.next };
  });
}

function sourcesOf(folder: string, output: string, signal: AbortSignal | undefined): ExportSources {
  return {
    track: async (file) => {
      const path = takePath(folder, file);
      const { video } = await readContainer(path);
      if (video === undefined) throw new UsageError(`${path}: holds no video`);
      return video;
    },
    pictures: (file) => readUnits(takePath(folder, file), { signal }),
    urlOf: (path) => pathToFileURL(join(resolve(output), path)).href,
  };
}

/** @throws OptionError where something stands in the export's place; an empty folder is nothing. */
async function refuseThere(output: string): Promise<void> {
  const there = await lstat(output).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cantBeWritten(output, error);
  });
  if (there === undefined) return;
  if (there.isDirectory() && (await readdir(output).catch(() => ['?'])).length === 0) return;
  throw new OptionError('output', output, 'is there already; give a folder that is not');
}

/** Does work in a folder that gets the name when all is done; nothing of it stays where it fails. */
async function inNewFolder<T>(output: string, work: (folder: string) => Promise<T>): Promise<T> {
  const above = dirname(resolve(output));
  const own = join(above, `.${basename(resolve(output))}.${randomBytes(4).toString('hex')}`);
  try {
    await makeFolder(above);
    await mkdir(own);
  } catch (cause) {
    throw cantBeWritten(output, cause as NodeJS.ErrnoException);
  }
  try {
    const result = await work(own);
    await rename(own, output);
    return result;
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new FailureError(`${output}: can't be written: ${writeReason(error as NodeJS.ErrnoException)}`, {
      cause: error,
    });
  }
}

const cantBeWritten = (output: string, cause: NodeJS.ErrnoException): OptionError =>
  new OptionError('output', output, `can't be written: ${writeReason(cause)}; give another folder`, { cause });
