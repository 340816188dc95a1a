import { median } from '../time/statistics.ts';
import type { FileTimes } from './file-times.ts';

/** Frames that must have both times before anything is said of them. */
const LEAST_FRAMES = 100;
/** The word of another camera must fit by so much better than a camera's own. */
const BETTER = 0.85;

/**
 * Files that show what another camera says it captured: two cameras' files were swapped. Each camera's frames scatter
 * around the common grid in their own way, by parts of a line, and its own timestamps scatter with them.
 * @param pixels What files show, and `told` what the cameras of the same places said of each frame.
 * @returns Pairs of places.
 */
export function swappedFiles(pixels: readonly FileTimes[], told: readonly FileTimes[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < pixels.length; i++) {
    for (let j = i + 1; j < pixels.length; j++) {
      const apart = (a: number, b: number) => misfit(pixels[a] as FileTimes, told[b] as FileTimes);
      const [ownI, ownJ, ij, ji] = [apart(i, i), apart(j, j), apart(i, j), apart(j, i)];
      if ([ownI, ownJ, ij, ji].includes(undefined)) continue;
      if ((ij as number) < BETTER * (ownI as number) && (ji as number) < BETTER * (ownJ as number)) pairs.push([i, j]);
    }
  }
  return pairs;
}

/**
 * Files that show what another camera says it captured, where that camera's own file does so too: encoded again, a
 * copy's pictures are not the same bit for bit.
 * @returns Places: of the copy, and of what it is a copy of.
 */
export function copiedFiles(pixels: readonly FileTimes[], told: readonly FileTimes[]): [number, number][] {
  return pixels.flatMap((copy, i): [number, number][] => {
    const fits = told.map((each) => misfit(copy, each) ?? Number.NaN);
    const j = fits.indexOf(Math.min(...fits));
    const origin = pixels[j];
    if (j < 0 || j === i || origin === undefined || !((fits[j] as number) < BETTER * (fits[i] as number))) return [];
    const [own, other] = [j, i].map((k) => misfit(origin, told[k] as FileTimes));
    return own !== undefined && other !== undefined && own < BETTER * other ? [[i, j]] : [];
  });
}

/** How far two accounts of the same frames are apart but for a constant, us: the median of absolute differences. */
function misfit(pixels: FileTimes, told: FileTimes): number | undefined {
  const shift = pixels.firstSlot - told.firstSlot;
  const differences = pixels.timesUs.flatMap((us, i) => {
    const other = told.timesUs[i + shift];
    return us === undefined || other === undefined ? [] : [us - other];
  });
  if (differences.length < LEAST_FRAMES) return undefined;
  const middle = median(differences) as number;
  return median(differences.map((us) => Math.abs(us - middle)));
}
