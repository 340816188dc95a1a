import { basename, extname } from 'node:path';
import { OptionError } from '../../errors.ts';
import { partsOf, readTake, type Take, type TakeCamera } from '../../record/take.ts';
import { writersIn } from '../files/writers.ts';
import { commandOf, names } from './process-command.ts';

/** A process that still works on a take. */
export interface Living {
  /** The camera that it records, `record`, or the file that it writes. */
  readonly name: string;
  readonly pid: number;
}

/**
 * The processes that still work on a take: its cameras, which outlive the `record` that started them, that `record`
 * itself, which finishes their files, and whoever else writes its files, where the system tells.
 */
export async function livingProcesses(folder: string, take: Take): Promise<Living[]> {
  const living: Living[] = [];
  if (take.state === 'recording') {
    living.push(...(await livingCameras(folder, take.cameras)));
    living.push(...(await livingSounds(folder, take)));
    if (await isRecording(take)) living.push({ name: 'record', pid: take.pid as number });
  }
  for (const { pid, file } of await writersIn(folder)) {
    if (!living.some((known) => known.pid === pid)) living.push({ name: file, pid });
  }
  return living.filter(({ pid }) => pid !== process.pid);
}

/** @throws UsageError where the take in a folder, which another is to replace, is still being recorded. */
export async function refuseLiving(folder: string): Promise<void> {
  const take = await readTake(folder).catch(() => undefined);
  if (take?.state !== 'recording') return;
  const living = await livingProcesses(folder, take);
  if (living.length === 0) return;
  const who = living.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
  throw new OptionError(
    'force',
    undefined,
    `${folder}: the take in it is still being recorded, by ${who}: end that first, or give another folder`,
  );
}

/** The processes of `take.json` that record a camera of it. */
export async function livingCameras(folder: string, cameras: readonly TakeCamera[]): Promise<Living[]> {
  const living: Living[] = [];
  for (const camera of cameras) {
    for (const { pid, file } of partsOf(camera)) {
      if (pid === undefined) continue;
      const command = await commandOf(pid);
      // A stock program writes a file of another ending.
      const stem = `${basename(file, extname(file))}.`;
      if (command !== undefined && (await names(command, folder, stem))) living.push({ name: camera.name, pid });
    }
  }
  return living;
}

/** The processes of `take.json` that record a sound of it. */
async function livingSounds(folder: string, { sounds = [] }: Take): Promise<Living[]> {
  const living: Living[] = [];
  for (const { name, pid, file } of sounds) {
    const command = pid === undefined ? undefined : await commandOf(pid);
    if (pid !== undefined && command !== undefined && (await names(command, folder, file))) living.push({ name, pid });
  }
  return living;
}

/** A number may belong to another process by now: the command line tells. */
async function isRecording({ pid, commandLine = [] }: Take): Promise<boolean> {
  if (pid === undefined) return false;
  const { text } = (await commandOf(pid)) ?? {};
  return text?.endsWith(commandLine.join(' ')) ?? false;
}
