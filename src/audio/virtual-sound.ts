import { Random } from '../sensor/random.ts';
import { type BootUs, bootUs } from '../time/units.ts';

/** A virtual microphone: the timing of a real one, and clicks at known moments. */
export interface VirtualSoundOptions {
  /** Nominal, in samples a second. */
  readonly rate: number;
  readonly channels: number;
  /** How much faster its crystal runs than it should, in ppm. */
  readonly ppm: number;
  /** When its first sample is taken, in us of boot time. */
  readonly start: BootUs;
  /** Standard deviation of the stamps, in us. */
  readonly jitterUs: number;
  /** Share of blocks that are lost, 0 to 1. */
  readonly lost: number;
  readonly seed: number;
  /** A click is then, and each full second before and after, in us of boot time. Default 0. */
  readonly clickAt?: number;
}

/** Samples of one block, in us: what a sound card hands over at a time. */
const BLOCK_US = 10_000;

/** One block of samples. */
export interface SoundBlock {
  /** When its first sample was taken, as its stamp has it. */
  readonly stamp: BootUs;
  /** When it can be had: its last sample was taken. */
  readonly ready: BootUs;
  /** Interleaved channels, -1 to 1. */
  readonly samples: Float32Array;
}

/** Makes the sound, block by block: one sample of 1 each second, as `clickAt` says, silence else. */
export class VirtualSound {
  private readonly options: VirtualSoundOptions;
  private readonly random: Random;
  private blocks = 0;

  constructor(options: VirtualSoundOptions) {
    this.options = options;
    this.random = new Random(options.seed);
  }

  /** The next block that is not lost. */
  next(): SoundBlock {
    const { rate, channels, ppm, start, jitterUs, lost, clickAt = 0 } = this.options;
    while (this.random.chance(lost)) this.blocks++;
    const size = Math.round((rate * BLOCK_US) / 1e6);
    const first = this.blocks++ * size;
    const usPerSample = 1e6 / rate / (1 + ppm * 1e-6);
    const from = start + first * usPerSample;
    const samples = new Float32Array(size * channels);
    const sinceClick = from - usPerSample / 2 - clickAt;
    const click = Math.round((Math.ceil(sinceClick / 1e6) * 1e6 + clickAt - from) / usPerSample);
    if (click < size) samples.fill(1, click * channels, (click + 1) * channels);
    return {
      stamp: bootUs(from + jitterUs * this.random.gauss()),
      ready: bootUs(from + size * usPerSample),
      samples,
    };
  }
}
