import { median } from '../time/statistics.ts';

/**
 * A distance between two frames is a whole number of periods to this share of one, or it is not known how many frames
 * are between.
 */
const WHOLE = 0.25;
/** A place is certain where every other fits this many times worse, and both are worse than this, in us. */
const TIMES_WORSE = 5;
const ROUNDING_US = 1;
/** Fewer frames than this have no pattern of their own. */
const LEAST_FRAMES = 20;
/** Places that are tried, times frames that are compared in each. */
const MOST_STEPS = 5e7;

/** Which frame of one list each of the other is: indices, undefined for those that only the other has. */
export type Places = readonly (number | undefined)[];

/**
 * Finds which times of two lists are of one frame, where one has frames that the other lacks. The lists are of two
 * clocks, whose times have nothing in common but that both go evenly. A place is certain where the holes of the shorter
 * list leave no other, or where its unevenness fits there alone.
 * @param one Times of frames, in us, rising. @param other The same frames on another clock.
 * @returns For each of `one` the index in `other`; undefined where no place is certain.
 */
export function place(one: readonly number[], other: readonly number[]): Places | undefined {
  if (one.length > other.length) {
    const places = place(other, one);
    if (places === undefined) return undefined;
    const back = new Array<number | undefined>(one.length).fill(undefined);
    for (const [i, at] of places.entries()) if (at !== undefined) back[at] = i;
    return back;
  }
  const [few, many] = [slotsOf(one), slotsOf(other)];
  if (few === undefined || many === undefined || few.slots.length < 2) return undefined;
  const spare = (many.slots.at(-1) as number) - (few.slots.at(-1) as number);
  if (spare < 0 || (spare + 1) * few.slots.length > MOST_STEPS) return undefined;
  const index = new Map(many.slots.map((slot, i) => [slot, i]));
  const fits: { places: number[]; rms: number }[] = [];
  for (let shift = 0; shift <= spare; shift++) {
    const places: number[] = [];
    for (const slot of few.slots) {
      const at = index.get(slot + shift);
      if (at === undefined) break;
      places.push(at);
    }
    if (places.length < few.slots.length) continue;
    fits.push({
      places,
      rms: unevenness(
        one,
        places.map((at) => other[at] as number),
      ),
    });
    fits.sort((a, b) => a.rms - b.rms);
    fits.splice(2);
  }
  const [best, second] = fits;
  if (best === undefined || best.rms > WHOLE * few.period) return undefined;
  if (second === undefined) return best.places;
  const certain = few.slots.length >= LEAST_FRAMES && second.rms > TIMES_WORSE * Math.max(best.rms, ROUNDING_US);
  return certain ? best.places : undefined;
}

interface Slots {
  /** Frames counted by their times, holes included. */
  readonly slots: readonly number[];
  /** In us. */
  readonly period: number;
}

/** Undefined where the times don't tell. */
function slotsOf(timesUs: readonly number[]): Slots | undefined {
  const period = median(timesUs.slice(1).map((us, i) => us - (timesUs[i] as number)));
  if (period === undefined || !(period > 0)) return undefined;
  const slots = [0];
  for (const [i, us] of timesUs.slice(1).entries()) {
    const steps = (us - (timesUs[i] as number)) / period;
    const whole = Math.round(steps);
    if (!(whole >= 1) || Math.abs(steps - whole) > WHOLE) return undefined;
    slots.push((slots[i] as number) + whole);
  }
  return { slots, period };
}

/** How far times are from an even relation of both clocks, in us: rms about the line. */
function unevenness(xs: readonly number[], ys: readonly number[]): number {
  const n = xs.length;
  const [x0, y0] = [xs[0] as number, ys[0] as number];
  let [x, y] = [0, 0];
  for (let i = 0; i < n; i++) {
    x += ((xs[i] as number) - x0) / n;
    y += ((ys[i] as number) - y0) / n;
  }
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [(xs[i] as number) - x0 - x, (ys[i] as number) - y0 - y];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  return Math.sqrt(Math.max(0, yy - (xx > 0 ? (xy * xy) / xx : 0)) / n);
}
