import type { Clock, ClockPair } from '../time/clock.ts';
import { bootUs, wallUs } from '../time/units.ts';
import { hrtimeUs } from './hrtime.ts';
import type { Koffi } from './koffi.ts';

/**
 * Clock ids for clock_gettime. Linux: linux/time.h. macOS has no CLOCK_BOOTTIME: its CLOCK_MONOTONIC (6, time.h) is the
 * one that goes on during sleep.
 */
const CLOCK_IDS: Partial<Record<NodeJS.Platform, { realtime: number; boot: number }>> = {
  linux: { realtime: 0, boot: 7 },
  darwin: { realtime: 0, boot: 6 },
};

/** A pair read within this many us is good enough to stop trying for a better one: three calls take about 0.4 us. */
const GOOD_BRACKET_US = 0.8;
const PAIR_TRIES = 5;

/**
 * The clocks of this machine by clock_gettime, 0.1 to 0.2 us a call.
 * @returns undefined where the platform has no such call.
 */
export function openSystemClock(koffi: Koffi, platform: NodeJS.Platform = process.platform): Clock | undefined {
  const ids = CLOCK_IDS[platform];
  if (ids === undefined) return undefined;
  const read = clockReader(koffi);
  if (read(ids.realtime) === undefined || read(ids.boot) === undefined) return undefined;
  const us = (id: number): number => read(id) ?? Number.NaN;

  return {
    source: 'clock_gettime',
    // macOS gives whole microseconds; on Linux a double's 0.25 us and the call itself are the limit.
    resolutionUs: 1,
    wall: () => wallUs(us(ids.realtime)),
    boot: () => bootUs(us(ids.boot)),
    mono: hrtimeUs,
    pair: () =>
      readPair(
        () => us(ids.boot),
        () => us(ids.realtime),
      ),
  };
}

/**
 * Boot, wall, boot, up to five times: the wall reading between the two closest boot readings is the one that the
 * scheduler disturbed least.
 */
export function readPair(boot: () => number, wall: () => number): ClockPair {
  let best = Number.POSITIVE_INFINITY;
  let middle = 0;
  let reading = 0;
  let before = boot();
  for (let i = 0; i < PAIR_TRIES && best > GOOD_BRACKET_US; i++) {
    const w = wall();
    const after = boot();
    if (after - before < best) {
      best = after - before;
      middle = before + (after - before) / 2;
      reading = w;
    }
    before = after;
  }
  return { bootUs: bootUs(middle), wallUs: wallUs(reading) };
}

/** A function that reads a clock into one buffer, always the same: us, or undefined where the call fails. */
function clockReader(koffi: Koffi): (id: number) => number | undefined {
  const gettime = koffi.load(null).func('int clock_gettime(int, void *)');
  const timespec = new ArrayBuffer(16);
  const bytes = new Uint8Array(timespec);
  // The struct is two C longs: 32 bits each on a 32-bit system.
  if (koffi.sizeof('long') === 4) {
    const fields = new Int32Array(timespec);
    return (id) => (gettime(id, bytes) === 0 ? (fields[0] as number) * 1e6 + (fields[1] as number) / 1000 : undefined);
  }
  const fields = new BigInt64Array(timespec);
  return (id) => (gettime(id, bytes) === 0 ? Number(fields[0]) * 1e6 + Number(fields[1]) / 1000 : undefined);
}
