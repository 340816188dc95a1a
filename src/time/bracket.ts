import type { Clock } from './clock.ts';
import { type BootUs, bootUs, type MonoUs } from './units.ts';

/**
 * A reading taken within this many us is good enough to stop trying for a better one: three calls take about 0.4 us.
 */
const GOOD_US = 0.8;
const TRIES = 5;

/**
 * Two clocks at one moment: outer, inner, outer, up to five times. The inner reading between the two closest outer ones
 * is the one that the scheduler disturbed least.
 * @returns The inner reading, and the middle of the two outer ones.
 */
export function readBetween(
  outer: () => number,
  inner: () => number,
): { readonly outer: number; readonly inner: number } {
  let best = Number.POSITIVE_INFINITY;
  let [middle, reading] = [0, 0];
  let before = outer();
  for (let i = 0; i < TRIES && best > GOOD_US; i++) {
    const between = inner();
    const after = outer();
    if (after - before < best) {
      best = after - before;
      middle = before + best / 2;
      reading = between;
    }
    before = after;
  }
  return { outer: middle, inner: reading };
}

/**
 * A moment of the machine's monotonic clock on its boot clock. Read one after the other, on a busy machine, the two may
 * be a whole frame apart: a camera that stamps so puts a frame into another's slot.
 */
export function monoToBoot(clock: Clock, mono: MonoUs): BootUs {
  const { outer, inner } = readBetween(
    () => clock.mono(),
    () => clock.boot(),
  );
  return bootUs(mono + inner - outer);
}
