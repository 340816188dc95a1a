import type { Gains } from './palette.ts';

/** Where a camera stands and how it sees colours. */
export interface Viewpoint {
  /** To the side of the scene's axis: -1 is far left, 1 far right. */
  readonly x: number;
  /** Above (-1) or below (1) the scene's axis. */
  readonly y: number;
  /** Size of things on the wall, about 1. */
  readonly zoom: number;
  /** White balance. */
  readonly gains: Gains;
  /** The camera's own colour, for its markings, as 0xRRGGBB. */
  readonly accent: number;
}

/** Tints that stay apart at a glance and leave grey things nearly grey. */
const TINTS: readonly { readonly gains: Gains; readonly accent: number }[] = [
  { gains: [0.86, 0.99, 1.13], accent: 0x4aa3df },
  { gains: [1.12, 0.99, 0.8], accent: 0xf2a541 },
  { gains: [0.92, 1.06, 0.88], accent: 0x6fbf73 },
  { gains: [1.02, 0.93, 1.12], accent: 0xa78bda },
  { gains: [1.12, 0.94, 0.92], accent: 0xe8788a },
  { gains: [0.84, 1.04, 1.03], accent: 0x3fb8af },
  { gains: [1.07, 1.04, 0.76], accent: 0xd9c74a },
  { gains: [0.98, 0.98, 0.98], accent: 0xb8c0c8 },
];

/** The viewpoint of camera number `seed`: neighbouring numbers stand well apart, as in an array of cameras. */
export function viewpoint(seed: number): Viewpoint {
  const number = Math.trunc(seed) >>> 0;
  const tint = TINTS[number % TINTS.length] as (typeof TINTS)[number];
  return {
    x: 2 * ((bitReversed(number) + 0.25) % 1) - 1,
    y: 2 * hash(number, 1) - 1,
    zoom: 0.97 + 0.06 * hash(number, 2),
    gains: tint.gains,
    accent: tint.accent,
  };
}

/** Van der Corput's sequence in base 2: fills 0 to 1 evenly at any length. */
function bitReversed(number: number): number {
  let value = 0;
  for (let bit = 0; bit < 32; bit++) if ((number >>> bit) & 1) value += 2 ** -(bit + 1);
  return value;
}

/** An even number from 0 to 1 out of two integers (the finalizer of MurmurHash3). */
function hash(number: number, stream: number): number {
  let h = Math.imul(number, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
