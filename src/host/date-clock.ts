import type { Clock } from '../time/clock.ts';
import { bootUs, type MonoUs, wallUs } from '../time/units.ts';
import { hrtimeUs } from './hrtime.ts';

/** What the clock reads from; a test hands in others. */
export interface DateClockInputs {
  /** Whole milliseconds since 1970, rounded down. */
  readonly now: () => number;
  readonly mono: () => MonoUs;
}

const MS = 1000;
/** Ticks of Date.now to watch for: each takes up to 1 ms, and the scheduler may spoil one. */
const TICKS = 4;
const LONGEST_SPIN_US = 20_000;
/** A reading this far outside of what the offset allows is a step of the wall clock, not a slew. */
const STEP_US = 500;
/** Readings spread over a millisecond follow a clock that slews against the monotonic one to about this. */
const SLEW_ERROR_US = 50;

/**
 * The wall clock where only Date.now can read it, in steps of 1 ms.
 *
 * The model: wall = mono + offset, with an offset that changes by steps and, where the system slews the wall clock
 * alone, slowly. Date.now rounds down, so a reading D between two monotonic readings a and b gives two bounds:
 * D - b <= offset < D + 1 ms - a. Waiting at the start for D to change makes both tight; each later reading pushes the
 * offset back between its own bounds. Being pushed far is a step, and the offset is measured anew. A step below 1 ms
 * is seen only by and by, as readings fall close to a change of D.
 *
 * Boot time is the monotonic clock: on Linux it lacks the time that the machine was suspended.
 */
export function openDateClock(inputs: DateClockInputs = { now: Date.now, mono: hrtimeUs }): Clock {
  const { now, mono } = inputs;
  let { offset, spread } = spin(inputs);

  const follow = (): number => {
    const before = mono();
    const date = now() * MS;
    const after = mono();
    const within = Math.min(Math.max(offset, date - after), date + MS - before);
    if (Math.abs(within - offset) > STEP_US) {
      ({ offset, spread } = spin(inputs));
      return mono();
    }
    offset = within;
    return after;
  };

  return {
    source: 'Date.now',
    get resolutionUs() {
      // Linux slews the monotonic clock together with the wall clock, so that there the offset only ever steps.
      return Math.max(Math.ceil(spread), process.platform === 'linux' ? 5 : SLEW_ERROR_US);
    },
    wall: () => {
      const at = follow();
      return wallUs(at + offset);
    },
    boot: () => bootUs(mono()),
    mono,
    pair: () => {
      const at = follow();
      return { bootUs: bootUs(at), wallUs: wallUs(at + offset) };
    },
  };
}

/**
 * Reads Date.now until it has changed a few times, at most 20 ms, and keeps the bounds on the offset that this leaves.
 */
function spin({ now, mono }: DateClockInputs): { offset: number; spread: number } {
  const start = mono();
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let last: number | undefined;
  let before = start;
  for (let ticks = 0; ticks < TICKS && before - start < LONGEST_SPIN_US; ) {
    const date = now() * MS;
    const after = mono();
    if (last !== undefined && date !== last) ticks++;
    last = date;
    // Bounds that exclude each other mean a step in the middle: what was learned before it is void.
    if (date - after > high || date + MS - before < low)
      [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    low = Math.max(low, date - after);
    high = Math.min(high, date + MS - before);
    before = after;
  }
  return { offset: (low + high) / 2, spread: high - low };
}
