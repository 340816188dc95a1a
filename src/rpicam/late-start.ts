/**
 * Sync of stock cameras runs on frames that come this long after the one before at the least, us (libcamera's rate
 * limit of its controllers): above 33 fps on every second or third one, so that a recording begins one or two frames
 * late.
 */
const SYNC_US = 30_000;

/** Frames that a stock camera may begin late by that. */
export const lateStart = (frameUs: number): number => Math.ceil(SYNC_US / frameUs) - 1;
