import { lstatSync, realpathSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { UsageError } from '../errors.ts';
import { refuseOther } from '../regular-file.ts';

/**
 * Letters, digits, `-` and `_`, with dots between: what a recorder writes, and what leads out of no folder on any
 * system.
 */
export const TAKE_NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/**
 * The path of a file of a take, the one way from a name in `take.json` to the disk. It may be that there is no such
 * file.
 * @throws UsageError that names what leads out of the folder, by its name or by a link, and what is no regular file.
 */
export function takePath(folder: string, name: string): string {
  const file = join(folder, name);
  if (!TAKE_NAME.test(name))
    throw new UsageError(`${JSON.stringify(name)}: is no name of a file in the folder of the take`);
  const entry = lstatSync(file, { throwIfNoEntry: false });
  if (entry === undefined) return file;
  if (entry.isSymbolicLink()) {
    const target = statSync(file, { throwIfNoEntry: false });
    if (target !== undefined) refuseOther(file, target);
    const place = target && realpathSync(file);
    if (!place?.startsWith(realpathSync(folder) + sep)) {
      throw new UsageError(`${file}: is a link that leads out of the folder of the take; put the file itself there`);
    }
  } else refuseOther(file, entry);
  return file;
}

/**
 * Makes way for a file that is to be made anew: what stands there is removed, a link itself and not what it leads to.
 * @throws UsageError that names a folder in its place.
 */
export async function makeWay(file: string): Promise<void> {
  if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${file}: is a folder, in the place of a file that is to be made`);
  }
  await rm(file, { force: true });
}

/** Files that are one file, by whatever names. @returns the first two, undefined where each is one of its own. */
function oneFileTwice(files: readonly string[]): readonly [string, string] | undefined {
  const seen = new Map<string, string>();
  for (const file of files) {
    const is = statSync(file, { throwIfNoEntry: false, bigint: true });
    if (is === undefined) continue;
    const key = is.ino === 0n ? join(realpathSync(dirname(file)), basename(file)) : `${is.dev}:${is.ino}`;
    const earlier = seen.get(key);
    if (earlier !== undefined) return [earlier, file];
    seen.set(key, file);
  }
  return undefined;
}

/** @throws UsageError that names both where a file is given twice: compared with itself it proves nothing. */
export function refuseTwice(files: readonly string[]): void {
  const twice = oneFileTwice(files);
  if (twice === undefined) return;
  const [a, b] = twice;
  throw new UsageError(
    a === b
      ? `${a}: is given twice; give files of different cameras`
      : `${a} and ${b} are one file; give files of different cameras`,
  );
}
