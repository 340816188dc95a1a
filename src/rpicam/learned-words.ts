/** What was found out of a stock camera, by steering it. */
export interface LearnedOfCamera {
  /** Duration of a line, in us. */
  readonly lineUs: number;
  /** Frames from the one that takes an order to the one that it shapes. */
  readonly delayFrames: number;
  /** How the process comes to whole lines. */
  readonly rounding: 'floor' | 'round';
  /** Noise of the camera's stamps: a standard deviation, in us. */
  readonly noiseUs: number;
  /** From a frame's stamp to what is heard of it, in frames. */
  readonly latencyFrames: number;
}

/** That in words, for whoever steers it and for who looks at the machine; without how late it is heard. */
export const describeLearned = ({ lineUs, delayFrames, rounding, noiseUs }: LearnedOfCamera): string =>
  `a line is ${lineUs.toFixed(4)} us, lengths are ${rounding === 'floor' ? 'floored' : 'rounded'} to lines, an order ` +
  `shapes the frame ${delayFrames} behind the one that took it, stamps are noisy by ${noiseUs.toFixed(1)} us`;
