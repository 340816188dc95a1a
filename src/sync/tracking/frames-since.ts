/** A stamp that lacks less than this share of a frame is that of the frame. */
const NEARLY = 0.1;
/** One that comes before this share of a frame is over is not that of the next. */
const TOO_EARLY = 0.5;

/**
 * Whether a stamp is of a later frame than the one that was counted, by the frames from that one to it and a fraction.
 * Stamps come late, on a busy machine by more than a short frame takes, and never early: what is no whole number is one
 * that is late, not a frame more. A stamp that is late by a whole frame is taken for the next one; that one, when it
 * comes, is none more.
 * @param first true where none was counted for this stamp yet.
 */
export const goesOn = (frames: number, first: boolean): boolean => frames >= (first ? TOO_EARLY : 1 - NEARLY);

/** How many frames a stamp is after the last, as `goesOn` counts them. */
export const framesSince = (frames: number): number =>
  goesOn(frames, true) ? Math.max(1, Math.floor(frames + NEARLY)) : 0;
