import { readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { partsOf, type Take } from '../../record/take.ts';

/** A process that still writes a file of a take. */
export interface Living {
  readonly name: string;
  readonly pid: number;
}

/** The processes that still record a take: they outlive the `record` that started them. */
export async function livingCameras(folder: string, take: Take): Promise<Living[]> {
  const living: Living[] = [];
  for (const camera of take.cameras) {
    for (const { pid, file } of partsOf(camera)) {
      // A stock program writes a file of another ending.
      const stem = join(basename(resolve(folder)), `${basename(file, extname(file))}.`);
      if (pid !== undefined && (await isWriting(pid, stem))) {
        living.push({ name: camera.name, pid });
      }
    }
  }
  return living;
}

/** A number may belong to another process by now: its command line tells, where the system shows it. */
async function isWriting(pid: number, file: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  // A process that has ended, and that nobody has asked for its end yet, has none.
  return commandLine === undefined ? process.platform !== 'linux' : commandLine.includes(file);
}
