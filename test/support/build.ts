import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Builds dist/ before the tests, unless it is newer than everything it is made from. */
export function setup(): void {
  const built = statSync('dist/cli.js', { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = [...filesBelow('src'), 'package.json', 'tsdown.config.ts'];
  if (sources.every((file) => statSync(file).mtimeMs < built)) return;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
