import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** In CI a program that is missing lets its tests fail in place of skipping them. */
export const required = process.env.GENLOCK_REQUIRE_ENCODERS === '1';

/** All programs of this name on the PATH, the first found first. */
export const programsNamed = (name: string): string[] =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, process.platform === 'win32' ? `${name}.exe` : name))
    .filter((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** Why a test can't run here: a line that names what is missing; undefined where all of it is on the PATH, or in CI. */
export function without(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => programsNamed(name).length === 0);
  return required || missing.length === 0 ? undefined : `no ${missing.join(', no ')} on the PATH`;
}

/** Skips a test, by name, that needs programs which are not here. */
export function need(context: TestContext, ...names: readonly string[]): void {
  const why = without(...names);
  if (why !== undefined) context.skip(why);
}
