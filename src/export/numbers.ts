import type { ExportTake } from './take.ts';

/**
 * A whole number for each camera, for programs that have no names: that at the end of its name where all have one of
 * their own (`cam0`, `cam1`), else its place.
 */
export function cameraNumbers({ cameras }: ExportTake): number[] {
  const own = cameras.map(({ name }) => Number(/(?<!\d)\d{1,6}$/.exec(name)?.[0] ?? Number.NaN));
  const allTheirOwn = own.every((number) => !Number.isNaN(number)) && new Set(own).size === own.length;
  return allTheirOwn ? own : cameras.map((_, place) => place);
}
