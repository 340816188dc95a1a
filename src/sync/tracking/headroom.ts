import type { SteeredCamera } from '../steered-camera.ts';

/** How far two crystals may be apart by specification: each within 100 ppm. A share. */
const CRYSTALS_APART = 200e-6;

/**
 * Whether a tracked client has room to follow: it must be able to make frames that are a line shorter than its
 * server's, behind a server whose crystal is 100 ppm fast with its own 100 ppm slow. Where it can, it reaches every
 * phase: a frame that can't be shortened enough is lengthened into the next place instead.
 * @returns undefined where there is room; else the highest rate that has it, in frames a second, rounded down to 0.1.
 */
export function headroom(
  camera: Pick<SteeredCamera, 'lineUs' | 'shortestFrameUs' | 'frameUs'>,
): { readonly highestSafeFps: number } | undefined {
  const { lineUs, shortestFrameUs, frameUs } = camera;
  const shortest = Math.ceil(shortestFrameUs / lineUs - 1e-6);
  // The fewest lines of a frame that has room: its nominal duration is a whole number of them.
  const needed = Math.floor((shortest + 1) / (1 - CRYSTALS_APART)) + 1;
  if (Math.round(frameUs / lineUs) >= needed) return undefined;
  return { highestSafeFps: Math.floor(1e7 / (needed * lineUs)) / 10 };
}
