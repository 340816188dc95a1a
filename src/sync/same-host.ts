import type { SyncMessage } from '../wire/message.ts';

/** No two hosts were booted so close to each other, in us. */
const SAME_BOOT_US = 1_000;

/**
 * Whether a message comes from this very host: its sender's wall clock stands to its boot clock as this host's do. Then
 * both clocks are the same, and whatever a message seems to be early or late by is its way.
 * @param toWallUs from boot to wall time of this host, in us.
 */
export const isOnThisHost = ({ wallClockUs, envelope }: SyncMessage, toWallUs: number): boolean =>
  envelope?.bootUs !== undefined && Math.abs(wallClockUs - envelope.bootUs - toWallUs) < SAME_BOOT_US;
