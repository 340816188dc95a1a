/**
 * What of two frames coincides: their exposures' starts, middles or ends (which is what timestamps are of, and the
 * stock meaning).
 */
export const SYNC_ALIGNS = ['start', 'middle', 'end'] as const;
/** What of two frames coincides: the start, middle or end of their exposures. */
export type SyncAlign = (typeof SYNC_ALIGNS)[number];
