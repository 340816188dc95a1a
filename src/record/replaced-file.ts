import { renameSync, rmSync } from 'node:fs';
import { chmod, lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FailureError } from '../errors.ts';
import { isStream } from './encoders/outputs/address.ts';

/** What stands behind the name of a file that is set aside: `seg0.mp4.previous`, and a number where that is taken. */
const ASIDE = '.previous';

/** `new`: there was none. `left`: nothing is done to it. */
type Before = { readonly aside: string } | 'new' | 'left';

/** Files that wait for the first frame of those in their places. */
const waiting = new Set<ReplacedFile>();
const putAllBack = (): void => {
  for (const each of waiting) each.putBackAtExit();
};

/**
 * What stood at the place of a file that is to be written. It is set aside, under a name beside it, until the new file
 * holds something, and put back where that never comes, also where the process exits. A process that is killed leaves
 * it under that name, which no later one touches. What is no plain file (a device, a pipe, stdout) stays as it is.
 */
export class ReplacedFile {
  /**
   * False where there is a file that can't be set aside (its folder can't be written): opening the new one empties it,
   * so that should wait until there is something to write.
   */
  readonly safe: boolean;
  private readonly file: string;
  private readonly before: Before;

  private constructor(file: string, before: Before, safe = true) {
    this.file = file;
    this.before = before;
    this.safe = safe;
    if (before === 'left') return;
    if (waiting.size === 0) process.once('exit', putAllBack);
    waiting.add(this);
  }

  /** Sets aside what there is. Never throws: who opens the file says what is wrong with it. */
  static async setAside(file: string): Promise<ReplacedFile> {
    if (isStream(file)) return new ReplacedFile(file, 'left');
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) return new ReplacedFile(file, 'new');
    if (!found.isFile() || (await isDescriptor(file))) return new ReplacedFile(file, 'left');
    try {
      // A link stays, and what it points to is replaced.
      const path = await realpath(file);
      const aside = await freeName(`${path}${ASIDE}`);
      await rename(path, aside);
      const replaced = new ReplacedFile(path, { aside });
      await leavePlace(path, found.mode & 0o777);
      return replaced;
    } catch {
      return new ReplacedFile(file, 'left', false);
    }
  }

  /** The new file holds something: what was there before is removed. */
  async drop(): Promise<void> {
    if (!waiting.has(this)) return;
    this.settle();
    // What can't be removed stays under its other name and is in nobody's way.
    if (typeof this.before === 'object') await rm(this.before.aside, { force: true }).catch(() => {});
  }

  /**
   * Nothing came into the new file, which must be closed: it makes room for what was there before.
   * @throws FailureError that says where that is if it can't be put back.
   */
  async putBack(): Promise<void> {
    if (!waiting.has(this)) return;
    this.settle();
    if (this.before === 'new') {
      await rm(await realpath(this.file).catch(() => this.file), { force: true });
    } else if (this.before !== 'left') {
      const { aside } = this.before;
      await rename(aside, this.file).catch((cause: Error) => {
        throw new FailureError(`${this.file}: what was there before is now in ${aside}: ${cause.message}`, { cause });
      });
    }
  }

  putBackAtExit(): void {
    try {
      if (this.before === 'new') rmSync(this.file, { force: true });
      else if (this.before !== 'left') renameSync(this.before.aside, this.file);
    } catch {
      // Nobody is left to be told; it stays under its other name.
    }
  }

  private settle(): void {
    waiting.delete(this);
    if (waiting.size === 0) process.off('exit', putAllBack);
  }
}

/** True for names of descriptors that are open already, such as /dev/stdout, also where a file is behind them. */
async function isDescriptor(file: string): Promise<boolean> {
  const folder = await realpath(dirname(file)).catch(() => '');
  return folder === '/dev' || folder.startsWith('/proc/');
}

async function freeName(name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    const taken = await lstat(candidate).then(
      () => true,
      () => false,
    );
    if (!taken) return candidate;
  }
}

/** An empty file that is as open to others as the one before it. */
async function leavePlace(file: string, mode: number): Promise<void> {
  try {
    await writeFile(file, '', { flag: 'wx' });
    await chmod(file, mode);
  } catch {
    // Whoever opens the file says what is wrong.
  }
}
