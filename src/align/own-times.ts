import { UsageError } from '../errors.ts';
import { readTextIfThere } from '../regular-file.ts';
import { readPts } from '../rpicam/pts-reader.ts';

/** A file's name without its ending: what is beside it begins so. */
export const stemOf = (file: string): string => file.replace(/\.[^./\\]+$/, '');

/**
 * The times of a file's frames on its own clock, us: as it has them, or, of a bare stream that has none, as rpicam-vid's `--save-pts` has them beside it.
 * @throws UsageError where neither has.
 */
export async function ownTimes(file: string, ptsUs: readonly number[]): Promise<readonly number[]> {
  if (ptsUs.every(Number.isFinite)) return ptsUs;
  const sidecar = `${stemOf(file)}.pts`;
  const text = await readTextIfThere(sidecar);
  if (text === undefined) {
    throw new UsageError(`${file}: its frames have no times; rpicam-vid's --save-pts as ${sidecar} gives them`);
  }
  return readPts(text, sidecar);
}
