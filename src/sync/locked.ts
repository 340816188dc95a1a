/**
 * What `locked` means, whatever the controller: a client is within this of its server, by all that it knows, in us. A
 * camera that can't be steered is never locked: it is `matched`, within half a frame.
 */
export const LOCKED_US = 100;

/** Standard errors that the bound spans which a client states. */
export const BOUND_SIGMAS = 3;

/**
 * What the stock controller keeps to between any two models, in us: its rms is 130 to 190 us where they differ, so it
 * is hardly ever locked for long there.
 */
const STOCK_REACH_US = 1_000;

/**
 * What is known of a client at a frame: its state, how far it is from its server, and by how much that may be wrong,
 * both in us.
 */
interface InPlace {
  readonly state: string;
  readonly offsetUs: number | undefined;
  readonly boundUs?: number | undefined;
}

/**
 * Whether a client follows its server as closely as its controller can, so that a recording may begin: locked or
 * matched; with the stock controller, which states no bound, within what that one keeps to.
 */
export function inStep({ state, offsetUs, boundUs }: InPlace): boolean {
  if (state === 'locked' || state === 'matched') return true;
  if (state !== 'acquiring' || boundUs !== undefined || offsetUs === undefined) return false;
  return Math.abs(offsetUs) <= STOCK_REACH_US;
}
