import type { Rounding } from './line-arithmetic.ts';

/** What a steerer found out about its camera before the recording, and keeps watching. */
export interface Learned {
  /** Duration of a line by the sensor's nominal crystal, in us. */
  readonly lineUs: number;
  /** Frames from the one that takes an order to the one that it shapes. */
  readonly delayFrames: number;
  /** Frames by which a length is reported with a later frame than the one that had it. */
  readonly reportShift: number;
  readonly rounding: Rounding;
  /** Noise of the camera's stamps: a standard deviation, in us. */
  readonly noiseUs: number;
  /** From a frame's stamp to its report, in frames. */
  readonly latencyFrames: number;
}
