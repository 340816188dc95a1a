import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { FailureError } from '../../errors.ts';
import { takePath } from '../../record/take-path.ts';
import { readBytes } from '../../regular-file.ts';
import { IncomingChunks } from './incoming-chunks.ts';
import { PartialFile } from './journal.ts';
import { CHUNK_BYTES, chunkCount, hashOf, type ManifestPage, PAGE_CHUNKS } from './manifest.ts';
import { BrokenWay, ChangedFile, type RemoteFiles } from './remote-files.ts';

/** Waits before further tries, in ms, as long as none of them brings anything; half a minute in all. */
const WAITS_MS = [100, 250, 500, 1_000, 2_000, 4_000, 8_000, 14_000];
/** A file that is whole changes no more; what was changed as often is still written. */
const MOST_CHANGES = 5;

/** How one file is fetched. */
export interface FetchOptions {
  readonly remote: RemoteFiles;
  /** The folder of the take here. */
  readonly folder: string;
  readonly name: string;
  readonly signal?: AbortSignal;
  /** Told of each chunk: how many bytes of the file are here, of how many, and whether they were fetched just now. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Default: `WAITS_MS`. */
  readonly waitsMs?: readonly number[];
}

/** Bytes of a file. */
export interface FetchProgress {
  readonly name: string;
  /** Here and proved right. */
  readonly here: number;
  /** Of the whole file. */
  readonly bytes: number;
  /** Came over the network just now: 0 where they were here. */
  readonly fetched: number;
}

/** A file that is whole here. */
export interface FetchedFile {
  readonly bytes: number;
  /** With which it may be removed there. */
  readonly version: string;
}

type Told = (progress: FetchProgress) => void;

/** Bytes that are not what their host says they are, once more after they were asked for anew. */
class WrongBytes extends Error {
  readonly chunk: number;

  constructor(chunk: number) {
    super();
    this.chunk = chunk;
  }
}

/**
 * Fetches a file that its host writes no more. What is here of it from before is kept where its hashes are right, and
 * it gets its name when all of it is here. A way that breaks is tried again.
 * @throws FailureError that names host and file: the way stays broken, the host sends what it says it doesn't, the
 * disk takes no more, or another file of that name is here. What was fetched stays for the next time.
 */
export async function fetchFile(options: FetchOptions): Promise<FetchedFile> {
  const file = takePath(options.folder, options.name);
  if (await isThere(file)) return tryAgain(options, (told) => compare(file, options, told));
  const partial = await PartialFile.open(file);
  try {
    const whole = await tryAgain(options, (told) => onePass(partial, options, told, 0, true));
    await partial.finish(whole.bytes);
    return whole;
  } finally {
    await partial.close();
  }
}

/**
 * Fetches what there is of a file that still grows, whole chunks alone. What its host changes in them later is found
 * by `fetchFile`, which has to follow.
 * @throws as `fetchFile`.
 */
export async function fetchGrowing(options: FetchOptions): Promise<void> {
  const file = takePath(options.folder, options.name);
  if (await isThere(file)) return;
  const partial = await PartialFile.open(file);
  try {
    await tryAgain(options, (told) => onePass(partial, options, told, partial.leading, false));
  } finally {
    await partial.close();
  }
}

/** Tries again and again, as long as it brings something. */
async function tryAgain<T>(options: FetchOptions, work: (told: Told) => Promise<T>): Promise<T> {
  const { remote, name, signal, waitsMs = WAITS_MS } = options;
  let [tries, changes] = [0, 0];
  const wrong = new Set<number>();
  const told: Told = (progress) => {
    if (progress.fetched > 0) tries = 0;
    options.onProgress?.(progress);
  };
  for (;;) {
    try {
      return await work(told);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const waitMs = error instanceof WrongBytes ? 0 : waitsMs[tries++];
      const again =
        error instanceof BrokenWay ||
        (error instanceof ChangedFile && ++changes <= MOST_CHANGES) ||
        (error instanceof WrongBytes && !wrong.has(error.chunk));
      if (!again || waitMs === undefined) throw asSaid(error, remote.host, name);
      if (error instanceof WrongBytes) wrong.add(error.chunk);
      await wait(waitMs, undefined, { ...(signal && { signal }) });
    }
  }
}

/** What went wrong, for people. */
function asSaid(error: unknown, host: string, name: string): unknown {
  const said = `${host}: ${name}:`;
  if (error instanceof BrokenWay) return new FailureError(`${said} can't be fetched: ${error.message}`);
  if (error instanceof ChangedFile) return new FailureError(`${said} still changes; fetch it when it is recorded`);
  if (!(error instanceof WrongBytes)) return error;
  const start = error.chunk * CHUNK_BYTES;
  return new FailureError(`${said} bytes from ${start} on have not the SHA-256 that it says, twice; its disk may fail`);
}

/** Once through the file: all chunks that are not here, or not as they are there. */
async function onePass(
  partial: PartialFile,
  { remote, name, signal }: FetchOptions,
  told: Told,
  from: number,
  whole: boolean,
): Promise<FetchedFile> {
  let page = await remote.page(name, from, signal);
  const { bytes, version } = page;
  const end = whole ? chunkCount(bytes) : Math.floor(bytes / CHUNK_BYTES);
  const known = (chunk: number): boolean => partial.hash(chunk) !== undefined;
  const incoming = new IncomingChunks(
    { remote, name, bytes, version: whole ? version : undefined, signal },
    (chunk) => {
      let last = chunk + 1;
      while (last < end && known(last) === known(chunk)) last++;
      return known(chunk) ? chunk + 1 : last;
    },
  );
  // A page ahead: the host reads and hashes while the bytes before it are on their way.
  let next = ahead(remote, name, from + PAGE_CHUNKS, end, signal);
  let kept: Promise<void> = Promise.resolve();
  try {
    for (let chunk = from; chunk < end; chunk++) {
      if (chunk >= page.from + PAGE_CHUNKS) {
        page = await next();
        next = ahead(remote, name, chunk + PAGE_CHUNKS, end, signal);
      }
      const hash = page.hashes[chunk - page.from];
      if (whole && page.version !== version) throw new ChangedFile();
      if (hash === undefined) throw new FailureError(`${remote.host}: ${name}: sent fewer hashes than it has chunks`);
      const here = Math.min(bytes, (chunk + 1) * CHUNK_BYTES);
      if (partial.hash(chunk) === hash) {
        told({ name, here, bytes, fetched: 0 });
        continue;
      }
      const read = await incoming.read(chunk);
      if (hashOf(read) !== hash) throw new WrongBytes(chunk);
      await kept;
      kept = partial.keep(chunk, read, hash);
      // It is awaited with the next one; until then nobody else would.
      kept.catch(() => {});
      told({ name, here, bytes, fetched: read.length });
    }
    await kept;
  } finally {
    await kept.catch(() => {});
    incoming.close();
  }
  return { bytes, version };
}

/** Asks for a page now, to be awaited when it is needed. */
function ahead(remote: RemoteFiles, name: string, from: number, end: number, signal: AbortSignal | undefined) {
  const asked = from < end ? remote.page(name, from, signal) : undefined;
  asked?.catch(() => {});
  return async (): Promise<ManifestPage> => (await asked) ?? remote.page(name, from, signal);
}

/** A file of that name that is here already counts where it is the same. */
async function compare(file: string, { remote, name, signal }: FetchOptions, told: Told): Promise<FetchedFile> {
  let page = await remote.page(name, 0, signal);
  const { bytes, version } = page;
  const other = new FailureError(`${file}: is here already, and is not what ${remote.host} has; move one of them away`);
  if ((await stat(file)).size !== bytes) throw other;
  let chunk = 0;
  for await (const read of readBytes(file, 0, CHUNK_BYTES)) {
    if (bytes === 0) break;
    if (chunk >= page.from + PAGE_CHUNKS) page = await remote.page(name, chunk, signal);
    if (page.version !== version || page.hashes[chunk - page.from] !== hashOf(read)) throw other;
    chunk++;
    told({ name, here: Math.min(bytes, chunk * CHUNK_BYTES), bytes, fetched: 0 });
  }
  return { bytes, version };
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
