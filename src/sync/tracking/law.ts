/**
 * While recording, a frame's length differs from the grid's by this share at most, so that every frame keeps to its
 * slot.
 */
export const WALK = 0.01;

/** The fewest and the most lines that a frame may have. */
export interface LineRoom {
  readonly shortest: number;
  readonly longest: number;
}

/**
 * The control law: how many lines a frame shall have so that the one after it starts as near as possible to its target.
 * At rest the error is uniform over a line, line / sqrt 12 rms.
 * @param lengthUs from the start of the frame, as predicted, to the target.
 * @param lineUs true duration of a line.
 * @param walkUs duration of the grid's frames where the camera records: then a large error is walked off.
 */
export function linesToReach(lengthUs: number, lineUs: number, room: LineRoom, walkUs?: number): number {
  const us = walkUs === undefined ? lengthUs : clamp(lengthUs, walkUs * (1 - WALK), walkUs * (1 + WALK));
  return clamp(Math.round(us / lineUs), room.shortest, room.longest);
}

const clamp = (value: number, from: number, to: number): number => Math.max(from, Math.min(to, value));
