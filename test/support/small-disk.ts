import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';

/** A disk of so many bytes, mounted on a folder of its own; `unmount` removes both. */
export interface SmallDisk {
  readonly folder: string;
  unmount(): void;
}

/** Needs Linux and root. */
export function mountSmallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'genlock-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return {
    folder,
    unmount: () => {
      execFileSync('umount', [folder]);
      rmdirSync(folder);
    },
  };
}

/** Undefined where a small disk can be mounted, else why not, in one line. */
export function noSmallDisk(): string | undefined {
  try {
    mountSmallDisk(1 << 16).unmount();
    return undefined;
  } catch (error) {
    return `no small disk can be mounted here: ${(error as Error).message.trim().split('\n').at(-1)}`;
  }
}

/**
 * Tests of a full disk, each on an empty one of so many bytes, which `disk` gives; skipped, with the reason in their
 * name, where none can be mounted.
 */
export function describeFullDisk(bytes: number, tests: (disk: () => SmallDisk) => void): void {
  const why = noSmallDisk();
  describe.skipIf(why !== undefined)(`a full disk${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
    let disk: SmallDisk;
    beforeEach(() => {
      disk = mountSmallDisk(bytes);
    });
    afterEach(() => disk?.unmount());
    tests(() => disk);
  });
}
