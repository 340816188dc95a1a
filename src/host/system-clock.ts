import { readBetween } from '../time/bracket.ts';
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

/** Wall and boot clock at one moment. */
export function readPair(boot: () => number, wall: () => number): ClockPair {
  const { outer, inner } = readBetween(boot, wall);
  return { bootUs: bootUs(outer), wallUs: wallUs(inner) };
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
