/**
 * What a steerer is told of its camera beforehand. What the camera itself says of it counts more. Times are by its
 * nominal crystal, in us.
 */
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
/**
 * Frames by which statistics come late at the most (Pi 4); on a Pi 5 it is one less. The sensor's own delay comes on
 * top.
 */
export const STATISTICS_FRAMES = 2;

/**
 * Where the limit stands above the lines at rest, in lines. Then a line more can be ordered for sure
 * (`LineArithmetic.sureDuration`): frames at rest and frames of a line more stay away from the borders by a sixth of a
 * line.
 */
const ABOVE_REST = 5 / 6;

/**
 * The frame duration to ask for, in whole us, of a camera that floors to lines: at rest its frames are up to a line
 * shorter than the period, since a line more is the one order that no noise can spoil. Where the algorithm leaves out
 * every second frame, that would not do: there it is the nearest number of lines.
 * @param skipBelowUs frames that come sooner than this after the last one that the algorithm ran on are left out.
 */
export function limitFor(periodUs: number, lineUs: number, skipBelowUs = SKIP_BELOW_US): number {
  const lines = periodUs / lineUs;
  const rest = periodUs > skipBelowUs ? Math.floor(lines + WHOLE) : Math.round(lines);
  return Math.round((rest + ABOVE_REST) * lineUs);
}

/** A period that lacks so little of a whole number of lines is one, in lines: rounding. */
const WHOLE = 1e-6;
