import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder with those above it that are missing. It asks for each of them once: where the system denies that
 * there is the folder above, though it was just seen (in /proc, on a network drive that is gone), that is an error as
 * any other; `mkdir` of Node asks again for ever.
 * @returns the one nearest to the root that was made, undefined where all were there.
 * @throws what the system says, with `code`: ENOTDIR where something in the way is no folder.
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const code = await made(folder);
  if (code === undefined) return folder;
  if (code === 'EEXIST') {
    // A link to nowhere is there and isn't.
    if ((await stat(folder)).isDirectory()) return undefined;
    throw notFolder(folder);
  }
  const above = dirname(folder);
  if (above === folder) throw coded('ENOENT', folder);
  const first = await makeFolder(above);
  const again = await made(folder);
  // Another process may have made it meanwhile.
  if (again === 'EEXIST' && !(await stat(folder)).isDirectory()) throw notFolder(folder);
  if (again === 'ENOENT') throw coded('ENOENT', folder);
  return first ?? (again === undefined ? folder : undefined);
}

/** @returns undefined where it was made, else which of the two it was: anything else is thrown. */
async function made(folder: string): Promise<'EEXIST' | 'ENOENT' | undefined> {
  try {
    await mkdir(folder);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return code;
    // On a system that is only read, and at some roots, what is there is not said to be.
    if (await isFolder(folder)) return 'EEXIST';
    throw error;
  }
}

const isFolder = (folder: string): Promise<boolean> =>
  stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );

const coded = (code: string, folder: string): Error =>
  Object.assign(new Error(`${code}: the folder can't be made: ${folder}`), { code });

const notFolder = (folder: string): Error => coded('ENOTDIR', folder);
