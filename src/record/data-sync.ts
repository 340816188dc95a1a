import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { rescueFile } from './rescue-file.ts';
import { writeFailure } from './write-failure.ts';

/** What is written goes to the disk this often, ms: a power cut costs what came after. */
export const SYNC_MS = 500;

/** What the disk is asked for. */
export type SyncedHandle = Pick<FileHandle, 'datasync' | 'close'>;

/** Errors that mean that there is nothing to sync: fsync(2) on what keeps no data. */
const NO_DISK = ['EINVAL', 'EROFS', 'ENOTSUP', 'ENOSYS'];
const isNoDisk = (cause: unknown): boolean => NO_DISK.includes((cause as NodeJS.ErrnoException).code ?? '');

/**
 * The disk is asked one thing at a time in a process. A disk that doesn't answer holds one thread of Node's pool then,
 * however many files are open; encoding and writing need the others.
 */
let turn: Promise<unknown> = Promise.resolve();
/** Waits for the disk: each is longer than all that came after it, so the first one of a time is its longest. */
let waits: readonly { readonly endMs: number; readonly ms: number }[] = [];

/**
 * The longest that the disk took to keep what a file held, of all files of this process, in ms.
 * @param sinceMs Of waits that ended from then on, by `performance.now()`.
 */
export const longestDiskWaitMs = (sinceMs: number): number => waits.find(({ endMs }) => endMs >= sinceMs)?.ms ?? 0;

/** A wait for the disk of this length ends at `endMs` of `performance.now()`. */
export function diskWaited(endMs: number, ms: number): void {
  waits = [...waits.filter((earlier) => earlier.ms > ms), { endMs, ms }];
}

function inTurn(work: () => Promise<void>): Promise<void> {
  const done = turn.then(work);
  turn = done.catch(() => {});
  return done;
}

/**
 * Brings what a growing file holds to the disk, over and over, while others write it; its folder's entry first. Nobody
 * waits: as long as the disk has not answered, it is not asked again. A file that is none (a pipe, a device) has
 * nothing to sync.
 */
export class DataSync {
  private readonly file: string;
  private readonly handle: SyncedHandle | undefined;
  private readonly before: () => Promise<unknown>;
  private readonly timer: NodeJS.Timeout | undefined;
  private entered = false;
  /** The request that waits for its turn or for the disk, and whether it is with the disk. */
  private request: Promise<void> | undefined;
  private asked = false;
  private failure: Error | undefined;

  /**
   * @param handle Of the file, closed in the end; undefined for one with nothing to sync.
   * @param before Done in the end, while the handle is open.
   */
  constructor(file: string, handle: SyncedHandle | undefined, before: () => Promise<unknown> = async () => {}) {
    this.file = file;
    this.handle = handle;
    this.before = before;
    if (handle === undefined) return;
    this.timer = setInterval(() => void this.sync(), SYNC_MS).unref();
    void this.sync();
  }

  /** @param file Exists already. */
  static async start(file: string): Promise<DataSync> {
    if (!(await stat(file)).isFile()) return new DataSync(file, undefined);
    // Read from where the file is removed before it is finished.
    const handle = await open(file, constants.O_RDWR);
    return new DataSync(file, handle, () => rescueFile(handle, file));
  }

  /** Throws a FailureError that names the file once the disk has failed: what is written from then on may be lost. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Resolves when everything that is written now is on the disk. Throws as `check` does. */
  async now(): Promise<void> {
    if (this.asked) await this.request;
    await this.sync();
    this.check();
  }

  /** The last `now`, then no more. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    try {
      await this.now();
    } finally {
      await this.leave();
    }
  }

  /** Ends without a last `now`: for a file that another takes the place of, or whose writing has failed. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.request;
    await this.leave();
  }

  private async leave(): Promise<void> {
    try {
      await this.before();
    } catch (cause) {
      throw writeFailure(this.file, cause);
    } finally {
      await this.handle?.close();
    }
  }

  private sync(): Promise<void> | undefined {
    if (this.handle !== undefined && !this.failure) this.request ??= this.ask(this.handle);
    return this.request;
  }

  private async ask(handle: SyncedHandle): Promise<void> {
    try {
      await inTurn(async () => {
        this.asked = true;
        if (!this.entered) await syncFolder(dirname(this.file));
        this.entered = true;
        const sinceMs = performance.now();
        await handle.datasync();
        const nowMs = performance.now();
        diskWaited(nowMs, nowMs - sinceMs);
      });
    } catch (cause) {
      if (!isNoDisk(cause)) this.failure ??= writeFailure(this.file, cause);
    } finally {
      this.request = undefined;
      this.asked = false;
    }
  }
}

/**
 * Brings a whole file to the disk, and its folder's entry; what is no file has nothing to sync. For files that are
 * written at once; before one takes another's name.
 */
export async function syncFile(file: string): Promise<void> {
  if (!(await stat(file)).isFile()) return;
  const handle = await openToSync(file);
  try {
    await inTurn(() => handle.sync());
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(file));
}

/** Brings a folder's entries to the disk: without them a new file, or a new name, is gone after a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps their entries by itself.
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch (cause) {
    if (!isNoDisk(cause)) throw cause;
  } finally {
    await handle?.close();
  }
}

/** Only what can be written can be synced, on Windows. */
const openToSync = (file: string): Promise<FileHandle> => open(file, constants.O_WRONLY);
