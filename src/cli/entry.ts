#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/** Programs and their parts are loaded side by side: fewer open files are too few for that, and for cameras. */
const ENOUGH_FILES = 256;

/** How many files this process may have open, where the system tells. */
function mostFiles(): number | undefined {
  try {
    const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return most === undefined ? undefined : Number(most);
  } catch {
    return undefined;
  }
}

// Read ahead: once there are too few, this file can't be opened either.
const most = mostFiles();

/** Where parts of the program can't be opened, what is said of them is about the limit, and not about them. */
function loadFailed(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && !((most ?? ENOUGH_FILES) < ENOUGH_FILES)) throw error;
  const limit = most === undefined ? '' : `: ${most}`;
  process.stderr.write(`genlock: too few files may be open at once (ulimit -n${limit}); ${ENOUGH_FILES} are enough\n`);
  process.exit(2);
}

await import('./main.ts').catch(loadFailed);
