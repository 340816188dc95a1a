/*
 * Loaded before a script (`--import`): copies a folder before each rename, removal and making of a folder in it, as a
 * process would leave it that dies there. Environment: DIE_IN is the folder; LEFT_IN is where its copies go, by their
 * number from 1; DIE_SKIP is a text that doesn't count in names.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const fs = createRequire(import.meta.url)('node:fs');
const { cpSync } = fs;
const { DIE_IN = '', DIE_SKIP, LEFT_IN } = process.env;
let number = 0;
let copying = false;

const count = (path) => {
  const name = String(path);
  if (
    copying ||
    LEFT_IN === undefined ||
    !name.startsWith(DIE_IN) ||
    (DIE_SKIP !== undefined && name.includes(DIE_SKIP))
  )
    return;
  copying = true;
  cpSync(DIE_IN, join(LEFT_IN, String(++number)), { recursive: true, preserveTimestamps: true });
  copying = false;
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
