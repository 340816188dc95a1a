/** What a steerer is told of its camera beforehand. What the camera itself says of it counts more. Times are by its nominal crystal, in us. */
export interface SteeredCamera {
  /** Duration of a line: what the sensor's driver says of the mode. */
  readonly lineUs: number;
  /** The frame duration that the process asks its camera for: a whole number, from `limitFor`. */
  readonly limitUs: number;
  /** The shortest frame, with the exposure taken into account. */
  readonly shortestFrameUs: number;
  /** From the first line of a frame to the last: the process decides after that. */
  readonly readoutUs: number;
  /** Frames from the one with which an order is taken to the one that it shapes. */
  readonly delayFrames: number;
  /** The process's algorithm leaves out frames that come sooner than this after the last one that it ran on. */
  readonly skipBelowUs: number;
}

/** Below this libcamera's algorithms skip a frame, unless its configuration says otherwise. */
export const SKIP_BELOW_US = 30_000;
/** Frames by which statistics come late at the most (Pi 4); on a Pi 5 it is one less. The sensor's own delay comes on top. */
export const STATISTICS_FRAMES = 2;

/** The frame duration to ask for, in whole us: the least with which a camera that floors to lines makes the number of lines nearest to a period. */
export const limitFor = (periodUs: number, lineUs: number): number => Math.ceil(Math.round(periodUs / lineUs) * lineUs);
