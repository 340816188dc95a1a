import type { Random } from './random.ts';

/** How much a crystal wanders from one frame to the next, as a share: a random walk with this standard deviation. */
const WANDER_PER_FRAME = 1e-9;

/** A sensor's crystal: off by so many ppm, and wandering slowly with temperature. */
export class Oscillator {
  private error = 0;
  private readonly wander: number;
  private readonly random: Random;

  constructor(ppm: number, random: Random, wanderPerFrame = WANDER_PER_FRAME) {
    this.error = ppm * 1e-6;
    this.random = random;
    this.wander = wanderPerFrame;
  }

  /**
   * True duration of `nominalUs` by this crystal, in us; the crystal wanders on by one frame. A fast crystal (ppm > 0)
   * makes it shorter.
   */
  frame(nominalUs: number): number {
    const us = nominalUs / (1 + this.error);
    if (this.wander > 0) this.error += this.wander * this.random.gauss();
    return us;
  }
}
