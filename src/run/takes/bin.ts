import { resolve } from 'node:path';
import { FailureError, UsageError } from '../../errors.ts';
import { readTake } from '../../record/take.ts';
import { livingProcesses } from '../repair/living.ts';
import { holdsTake } from './list.ts';

/**
 * Moves a take's folder to the bin of the desktop, whence it can be taken back.
 * @throws UsageError where the folder is no take, or is being recorded; FailureError where there is no bin to move it
 *   to.
 */
export async function binTake(folder: string): Promise<void> {
  if (!(await holdsTake(folder))) throw new UsageError(`${folder}: no take: nothing is removed`);
  const take = await readTake(folder).catch(() => undefined);
  const living = take === undefined ? [] : await livingProcesses(folder, take);
  if (living.length > 0) {
    const who = living.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
    throw new UsageError(`${folder}: ${who} is at work in it; end that first`);
  }
  const { default: trash } = await import('trash');
  try {
    await trash(resolve(folder), { glob: false });
  } catch (cause) {
    throw new FailureError(
      `${folder}: can't be moved to the bin: ${(cause as Error).message}; rm -r removes it for good`,
      { cause },
    );
  }
}
