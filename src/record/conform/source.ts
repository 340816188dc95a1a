import { UsageError } from '../../errors.ts';
import type { AccessUnit } from '../../libav/annex-b.ts';
import { pictureSetIds, readParameters, type StreamParameters } from '../../libav/avc.ts';
import { readAccessUnits } from '../../libav/read-units.ts';

/** A camera's file of elementary H.264, by its pictures. */
export interface Source {
  readonly file: string;
  readonly units: number;
  readonly parameters: StreamParameters;
  /** Ids that its parameter sets use. */
  readonly setIds: ReadonlySet<number>;
  isKeyframe(unit: number): boolean;
  /** The last keyframe at or before a picture; its first picture where there is none. */
  keyframeBefore(unit: number): number;
  /** The pictures from a keyframe on. */
  read(keyframe: number): AsyncIterable<AccessUnit>;
}

/**
 * Reads a file once for where its keyframes are. Throws a UsageError that names the file where it can't be read, has
 * B-frames or holds no picture.
 */
export async function openSource(file: string): Promise<Source> {
  /** Where each keyframe begins, in bytes; the first picture counts as one. */
  const starts = new Map<number, number>();
  const keyframes = new Set<number>();
  const setIds = new Set<number>();
  let [units, at] = [0, 0];
  let parameters: StreamParameters | undefined;
  for await (const { bytes, keyframe } of readAccessUnits(file)) {
    if (keyframe || units === 0) {
      if (keyframe) keyframes.add(units);
      starts.set(units, at);
      const read = readParameters(bytes);
      parameters ??= read;
      if (read) setIds.add(read.id);
      for (const id of pictureSetIds(bytes)) setIds.add(id);
    }
    at += bytes.length;
    units++;
  }
  if (!parameters) throw new UsageError(`${file}: holds no ${units === 0 ? 'picture' : 'parameter sets'} of H.264`);
  const sorted = [...keyframes];
  const before = (unit: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) <= unit) low = middle + 1;
      else high = middle;
    }
    return sorted[low - 1] ?? 0;
  };
  return {
    file,
    units,
    parameters,
    setIds,
    isKeyframe: (unit) => keyframes.has(unit),
    keyframeBefore: before,
    read: (keyframe) => readAccessUnits(file, starts.get(keyframe) ?? 0),
  };
}
