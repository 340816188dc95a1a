import type { LumaPlane } from '../src/pixel-clock/layout.ts';

/** A generator of numbers in [0, 1) from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fills luma with a soft texture that moves from frame to frame. */
export function drawTexture(plane: LumaPlane, frame: number): void {
  const shiftX = frame * 1.7;
  const shiftY = frame * 0.4;
  for (let y = 0; y < plane.height; y++) {
    const down = Math.cos((y + shiftY) * 0.037);
    for (let x = 0; x < plane.width; x++) {
      const across = x + shiftX;
      plane.data[y * plane.stride + x] =
        126 + 50 * Math.sin(across * 0.05) * down + 25 * Math.sin(across * 0.31 + y * 0.2);
    }
  }
}

/** Adds Gaussian noise to luma, sd in levels. */
export function sensorNoise(seed: number): (plane: LumaPlane, sd: number) => void {
  const next = random(seed);
  const table = Float32Array.from(
    { length: 1 << 16 },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
  return (plane, sd) => {
    for (let y = 0; y < plane.height; y++) {
      let at = Math.floor(next() * table.length);
      for (let i = y * plane.stride; i < y * plane.stride + plane.width; i++) {
        at = (at + 1) & 0xffff;
        const value = Math.round((plane.data[i] as number) + sd * (table[at] as number));
        plane.data[i] = Math.max(0, Math.min(255, value));
      }
    }
  };
}
