import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KernelLock, kernelLock } from '../../host/kernel-lock.ts';
import { type Claim, livingClaims, OwnClaim } from './claim.ts';
import { LOCK_FILE } from './take-files.ts';

/** How often those who come before are looked after, in ms: soon at first, then this often. */
const LOOK_MS = 250;
const FIRST_LOOK_MS = 5;

/** The right to work in a folder alone. */
export interface Hold {
  release(): void;
}

/** Of a folder in which nobody can make a file: nobody can change anything there, and there is nothing to give back. */
const NOBODY: Hold = { release: () => {} };

/**
 * Waits until this process alone works in a folder. Who is at it already is waited for, whoever died at it is not, also
 * where its number belongs to another process by now: the kernel tells, or the process's start and the run of the
 * system do. Where no file can be made, as on a disk that is only read, nothing is waited for.
 *
 * It is Lamport's bakery: everyone takes a number above all that are seen, in a file of a name that only they have, and
 * the lowest works. So the files of the dead can be removed by anybody, at any time, and never those of the living.
 * @param onWait Told once, with the process that is waited for.
 * @param kernel Whose word on the living counts first.
 */
export async function hold(folder: string, onWait: (pid: number) => void, kernel = kernelLock()): Promise<Hold> {
  const own = claim(folder, kernel);
  if (own === undefined) return NOBODY;
  try {
    let told = false;
    for (let ms = FIRST_LOOK_MS; ; ms = Math.min(LOOK_MS, ms * 2)) {
      const before = others(folder, own, kernel).filter((other) => own.waitsFor(other));
      const [first] = before.filter(({ number }) => number !== undefined).sort(byTurn);
      if (before.length === 0) break;
      if (first !== undefined && !told) {
        told = true;
        onWait(first.pid);
      }
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
    sayWho(folder);
    return {
      release: () => {
        attempt(() => rmSync(join(folder, LOCK_FILE), { force: true }));
        own.release();
      },
    };
  } catch (error) {
    own.release();
    throw error;
  }
}

/** Does a work in a folder alone, as `hold` has it. */
export async function alone<T>(
  folder: string,
  onWait: (pid: number) => void,
  work: () => Promise<T>,
  kernel = kernelLock(),
): Promise<T> {
  const held = await hold(folder, onWait, kernel);
  try {
    return await work();
  } finally {
    held.release();
  }
}

/** For people who look into the folder; nothing is decided by it. */
function sayWho(folder: string): void {
  const file = join(folder, LOCK_FILE);
  attempt(() => rmSync(file, { force: true }));
  attempt(() => writeFileSync(file, `${process.pid}\n`, { flag: 'wx' }));
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing is decided by it.
  }
}

/** A claim with its turn; undefined where no file can be made. */
function claim(folder: string, kernel: KernelLock): OwnClaim | undefined {
  let own: OwnClaim | undefined;
  try {
    own = OwnClaim.make(folder, kernel);
    const numbers = others(folder, own, kernel).map(({ number = 0 }) => number);
    own.number(Math.max(0, ...numbers) + 1);
    return own;
  } catch {
    own?.release();
    return undefined;
  }
}

const others = (folder: string, own: OwnClaim, kernel: KernelLock): Claim[] =>
  livingClaims(folder, kernel).filter(({ name }) => name !== own.name);

const byTurn = (a: Claim, b: Claim): number => (a.number ?? 0) - (b.number ?? 0);
