import { UsageError } from '../errors.ts';
import { readText } from '../regular-file.ts';
import { readPts } from '../rpicam/pts-reader.ts';
import { typicalGap } from '../verify/read-times.ts';
import { place } from './place.ts';

/** A file's name without its ending: what is beside it begins so. */
export const stemOf = (file: string): string => file.replace(/\.[^./\\]+$/, '');

/**
 * The times of a file's frames on its own clock, us: as it has them, or, of a bare stream that has none, as
 * rpicam-vid's `--save-pts` has them beside it, from the first frame on. Of a frame that nothing is known of it is
 * undefined.
 * @param atUs Times of the same frames on another clock, where they are known: by them times are placed whose number is
 *   not that of the frames.
 * @throws UsageError where neither has any, or it is not certain which times are which frames'.
 */
export async function ownTimes(
  file: string,
  ptsUs: readonly number[],
  atUs?: readonly (number | undefined)[],
): Promise<readonly (number | undefined)[]> {
  if (ptsUs.every(Number.isFinite)) return ptsUs;
  const sidecar = `${stemOf(file)}.pts`;
  const text = await readSidecar(sidecar);
  if (text === undefined) {
    throw new UsageError(`${file}: its frames have no times; rpicam-vid's --save-pts as ${sidecar} gives them`);
  }
  // Of a stream with B-frames they are in the order of decoding.
  const times = readPts(text, sidecar).sort((a, b) => a - b);
  const fromFirst = (us: number): number => us - (times[0] as number);
  if (times.length === ptsUs.length) return times.map(fromFirst);
  const counts = `${sidecar}: has ${times.length} times, ${file} ${ptsUs.length} frames`;
  const at = atUs && filled(atUs);
  const places = at === undefined || times.length === 0 ? undefined : place(at, times);
  if (places === undefined) throw new UsageError(`${counts}: which is of which is not certain`);
  const placed = places.map((index) => (index === undefined ? undefined : (times[index] as number)));
  const first = placed.findIndex((us) => us !== undefined);
  const zero = (placed[first] as number) - first * typicalGap(times);
  return placed.map((us) => (us === undefined ? undefined : us - zero));
}

/**
 * A file beside a video; undefined where there is none.
 * @throws UsageError where it is there, and can't be read.
 */
async function readSidecar(sidecar: string): Promise<string | undefined> {
  return readText(sidecar).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof UsageError) throw cause;
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw new UsageError(`${sidecar}: can't be read (${cause.code})`, { cause });
  });
}

/**
 * Times with those between that are not known, on the lines between their neighbours; undefined where those at an end
 * are not known.
 */
function filled(timesUs: readonly (number | undefined)[]): number[] | undefined {
  const known = timesUs.flatMap((us, i) => (us === undefined ? [] : [i]));
  if (known[0] !== 0 || known.at(-1) !== timesUs.length - 1) return undefined;
  const times: number[] = [timesUs[0] as number];
  for (const [k, to] of known.slice(1).entries()) {
    const from = known[k] as number;
    const [a, b] = [timesUs[from] as number, timesUs[to] as number];
    for (let i = from + 1; i <= to; i++) times.push(a + ((b - a) * (i - from)) / (to - from));
  }
  return times;
}
