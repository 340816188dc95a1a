import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Puts a function in the place of one of Node's for files, for every module of this process, whenever it was loaded.
 * @returns what puts the real one back.
 */
export function replaceCall<K extends 'readFile' | 'statfs'>(
  name: K,
  make: (real: (typeof fs)[K]) => unknown,
): () => void {
  const real = fs[name];
  const put = (call: unknown): void => {
    Object.assign(fs, { [name]: call });
    syncBuiltinESMExports();
  };
  put(make(real));
  return () => put(real);
}
