import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCK_FILE } from '../take/take-files.ts';

/** How often another repair is looked after, in ms. */
const LOOK_MS = 250;

/**
 * Does a work in a folder alone: who is at it already is waited for, whoever died at it is not. Where no file can be made, as on a disk that is
 * only read, nobody can change anything and nothing is waited for.
 * @param onWait Told once, with the process that is waited for.
 */
export async function alone<T>(folder: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  const file = join(folder, LOCK_FILE);
  for (let told = false; ; told = true) {
    const taken = await take(file);
    if (taken === 'taken') return work().finally(() => rm(file, { force: true }));
    if (taken === 'impossible') return work();
    const pid = await holder(file);
    if (pid !== undefined && lives(pid)) {
      if (!told) onWait(pid);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    } else await rm(file, { force: true });
  }
}

async function take(file: string): Promise<'taken' | 'held' | 'impossible'> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return 'taken';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'held';
    // On a full disk it may have come to be, empty.
    await rm(file, { force: true }).catch(() => {});
    return 'impossible';
  }
}

async function holder(file: string): Promise<number | undefined> {
  const read = async (): Promise<number> => Number(await readFile(file, 'utf8').catch(() => ''));
  let pid = await read();
  // Between its making and its text it is empty.
  for (let tries = 0; !(pid > 0) && tries < 3; tries++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 5));
    pid = await read();
  }
  return pid > 0 ? pid : undefined;
}

function lives(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
