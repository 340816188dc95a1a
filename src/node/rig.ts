import { type Rig, readRigFile } from '../options/rig/read.ts';

export type { Rig } from '../options/rig/read.ts';

/**
 * Reads a rig file, as `record({ rig })` and the command line do: a take's options in JSON with comments (docs/rig.md).
 * @param file its path.
 * @throws UsageError that names the file, the line, the field and what would be right.
 */
export async function readRig(file: string): Promise<Rig> {
  const { options, takes } = await readRigFile(file);
  return { file, options, takes };
}
