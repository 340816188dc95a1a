import type { BootUs } from '../time/units.ts';

/**
 * Takes a block of sound, valid until it returns.
 * @param stamp When its first sample was taken, in us of boot time.
 * @param samples Interleaved channels, -1 to 1.
 */
export type SoundListener = (stamp: BootUs, samples: Float32Array) => void;

/** A microphone, open. */
export interface Microphone {
  /** Samples a second, nominally. */
  readonly rate: number;
  readonly channels: number;
  /** Resolves when its sound ends, or it is closed. @throws FailureError where it breaks off. */
  run(onBlock: SoundListener): Promise<void>;
  close(): Promise<void>;
}
