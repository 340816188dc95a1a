/*
 * Loaded before a script (`--import`): kills the process before its n-th rename, removal or making of a folder within a folder. Environment:
 * DIE_IN is the folder, DIE_BEFORE the number from 1; DIE_SKIP is a text that doesn't count in names.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const fs = createRequire(import.meta.url)('node:fs');
const { DIE_IN = '', DIE_BEFORE = '0', DIE_SKIP } = process.env;
let left = Number(DIE_BEFORE);

const count = (path) => {
  const name = String(path);
  if (DIE_IN === '' || !name.startsWith(DIE_IN) || (DIE_SKIP !== undefined && name.includes(DIE_SKIP))) return;
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
};

for (const [from, names] of [
  [fs, ['renameSync', 'rmSync', 'unlinkSync', 'rmdirSync', 'mkdirSync']],
  [fs, ['rename', 'rm', 'unlink', 'rmdir', 'mkdir']],
  [fs.promises, ['rename', 'rm', 'unlink', 'rmdir', 'mkdir']],
]) {
  for (const name of names) {
    const original = from[name];
    from[name] = (...args) => {
      count(args[0]);
      return original.apply(from, args);
    };
  }
}
syncBuiltinESMExports();
