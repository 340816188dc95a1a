import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { counted } from '../counted.ts';
import { flagFor } from '../options/flags.ts';
import { RIG_FILE } from '../options/rig/fields.ts';
import type { CheckedRig } from '../options/rig/read.ts';
import type { TakeValues } from '../options/take.ts';

/** What a command line says of a rig: its file, or false for `--no-rig`. */
export type RigFlag = string | false | undefined;

export const addRigOptions = (command: Command): Command =>
  command
    .option('--rig <file>', `options of the take from a file; the command line overrides it (${RIG_FILE}, if there)`)
    .option('--no-rig', `take no notice of ${RIG_FILE}`);

/**
 * The rig that is named, or lies in the current folder.
 * @throws UsageError that names the file, the line, the field and what would be right.
 */
export async function foundRig(flag: RigFlag): Promise<CheckedRig | undefined> {
  if (flag === false || (flag === undefined && !existsSync(RIG_FILE))) return undefined;
  const { readRigFile } = await import('../options/rig/read.ts');
  return readRigFile(flag ?? RIG_FILE);
}

/** Does something with a take's options; what is wrong with one that the rig says has its line there. */
export async function withPlaces<T>(
  rig: CheckedRig | undefined,
  given: TakeValues,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (rig === undefined) throw error;
    const { placed } = await import('../options/rig/read.ts');
    throw placed(error, rig, given, flagFor);
  }
}

/** `rig: genlock.json, 2 cameras`. */
export function rigLine({ file, values: { cameras } }: CheckedRig): string {
  const count = typeof cameras === 'object' ? cameras.length : cameras;
  return `rig: ${file}${count === undefined ? '' : `, ${counted(count, 'camera')}`}`;
}
