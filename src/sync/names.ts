/** How cameras are held together: `tracking` learns rates and plans whole lines; `stock` is the algorithm of rpicam-vid. */
export const CONTROLLERS = ['tracking', 'stock'] as const;
export type ControllerName = (typeof CONTROLLERS)[number];

/** What of two frames coincides: their exposures' starts, middles or ends (which is what timestamps are of, and the stock meaning). */
export const SYNC_ALIGNS = ['start', 'middle', 'end'] as const;
export type SyncAlign = (typeof SYNC_ALIGNS)[number];
