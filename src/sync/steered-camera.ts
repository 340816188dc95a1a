/** What a controller must know of a camera that it steers. Times are by the camera's nominal crystal, in us. */
export interface SteeredCamera {
  /** The step of a frame's length: one line of the sensor. */
  readonly lineUs: number;
  /** A frame length written during frame n is the length of frame n + this. */
  readonly controlDelayFrames: number;
  /** The shortest frame, with the exposure taken into account, and the longest. */
  readonly shortestFrameUs: number;
  readonly longestFrameUs: number;
  /** The frame length that the camera runs with as long as nothing corrects it. */
  readonly frameUs: number;
}
