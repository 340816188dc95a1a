import { lstatSync } from 'node:fs';
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { syncFolder } from '../../record/data-sync.ts';
import { isTakeFile, removeTake } from './take-files.ts';

/** Where it waits, within the take's folder: a rename is all that it takes. */
export const EARLIER = 'earlier-take';

/** The take that `--force` is to replace. It is set aside, goes when its successor is on the disk, and is back where that never is. */
export class EarlierTake {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Sets the files of a take aside, if there are any. None waits there already: `repairTake` decides about it first. */
  static async setAside(folder: string): Promise<EarlierTake | undefined> {
    const files = (await readdir(folder)).filter(isTakeFile);
    if (files.length === 0) return undefined;
    refuseLink(folder);
    for (const name of files) {
      if (lstatSync(join(folder, name)).isDirectory())
        throw new UsageError(`${join(folder, name)}: is a folder, not a file of a take`);
    }
    await mkdir(join(folder, EARLIER), { recursive: true });
    for (const name of files) await rename(join(folder, name), join(folder, EARLIER, name));
    await syncFolder(folder);
    return new EarlierTake(folder);
  }

  /** What was set aside in a folder, and neither put back nor removed. */
  static async find(folder: string): Promise<EarlierTake | undefined> {
    refuseLink(folder);
    const names = await readdir(join(folder, EARLIER)).catch(() => []);
    return names.some(isTakeFile) ? new EarlierTake(folder) : undefined;
  }

  /** Puts its files back, in place of those of a take that recorded nothing. */
  async putBack(): Promise<void> {
    await removeTake(this.#folder);
    const aside = join(this.#folder, EARLIER);
    for (const name of (await readdir(aside)).filter(isTakeFile)) {
      await rename(join(aside, name), join(this.#folder, name));
    }
    await rmdir(aside).catch(() => {});
    await syncFolder(this.#folder);
  }

  async remove(): Promise<void> {
    const aside = join(this.#folder, EARLIER);
    await removeTake(aside);
    await rmdir(aside).catch(() => {});
  }
}

/** Files would leave the folder through it. */
function refuseLink(folder: string): void {
  const aside = join(folder, EARLIER);
  const is = lstatSync(aside, { throwIfNoEntry: false });
  if (is !== undefined && !is.isDirectory()) throw new UsageError(`${aside}: is no folder; take it away first`);
}
