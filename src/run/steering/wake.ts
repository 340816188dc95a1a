/** Who wants to be woken within this share of a frame is woken together. */
const TOGETHER = 8;
/** But for no longer than this, in us. */
const MOST_TOGETHER_US = 4_000;

/**
 * From now until who wants to be woken at `wakeUs` is woken, in whole ms. Cameras that are in step want it at nearly
 * the same moment, and to wake the process costs more than what is done then: moments of the boot clock at which it is
 * woken are the same for all.
 * @param wakeUs infinite where nothing is waited for.
 * @param nowUs the boot clock now.
 * @param periodUs duration of a frame.
 * @param mostMs it is woken then at the latest.
 */
export function wakeInMs(wakeUs: number, nowUs: number, periodUs: number, mostMs: number): number {
  const stepUs = Math.min(MOST_TOGETHER_US, periodUs / TOGETHER);
  const atUs = Math.ceil(Math.min(wakeUs, nowUs + 1000 * mostMs) / stepUs) * stepUs;
  return Math.max(1, Math.ceil((atUs - nowUs) / 1000));
}
