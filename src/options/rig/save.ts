import { existsSync, lstatSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { UsageError } from '../../errors.ts';
import { writeWhole } from '../../record/whole-file.ts';
import { splitName } from '../cameras.ts';
import type { TakeValues } from '../take.ts';
import { RIG_VERSION, rigFields } from './fields.ts';
import { parseRig } from './read.ts';

/** Where a project that has genlock installed has the schema. */
const INSTALLED = './node_modules/genlock/docs/rig.schema.json';

/**
 * The text of a rig file that asks what is given.
 * @param folder its folder: paths in it begin there.
 */
export function rigText(values: TakeValues, folder: string): string {
  const installed = existsSync(join(folder, INSTALLED));
  const given = rigFields.flatMap(([name, { kind }]) => {
    const value: unknown = name === 'size' ? undefined : values[name];
    if (value === undefined) return [];
    if (name === 'cameras') return [[name, camerasGiven(values.cameras)]];
    if (name === 'output') return [[name, relative(folder, value as string) || '.']];
    return [[name, kind.give?.(value) ?? value]];
  });
  const rig = {
    $schema: installed ? INSTALLED : `urn:genlock:rig:${RIG_VERSION}`,
    ...Object.fromEntries(given),
  };
  return `${JSON.stringify(rig, null, 2)}\n`;
}

/** Cameras as a file has them: numbers as numbers, those with names as objects. */
function camerasGiven(cameras: TakeValues['cameras']): unknown {
  if (typeof cameras !== 'object') return cameras;
  return cameras.map((asked) => {
    const { name, camera, own } = splitName(asked);
    const which = /^\d+$/.test(camera) ? Number(camera) : camera;
    return name === undefined ? which : { name, camera: which, ...own };
  });
}

/**
 * Writes a rig file, whole or not at all.
 * @throws UsageError where there is something of that name and `force` is not given, or it can't be written.
 */
export async function saveRig(file: string, values: TakeValues, force: boolean): Promise<void> {
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new UsageError(`${file}: is a folder`);
  if (there !== undefined && !force) {
    throw new UsageError(`${file}: is there already; give another name, or --force to replace it`);
  }
  const text = rigText(values, dirname(file));
  // A rig that could not be read is not written either.
  parseRig(file, text);
  try {
    await writeWhole(file, text);
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
