import { type MonoUs, monoUs } from '../time/units.ts';

/**
 * The machine's monotonic clock as Node reads it, in us with the fraction kept: CLOCK_MONOTONIC on Linux (about 60 ns a
 * call), the continuous Mach time on macOS, the performance counter on Windows.
 */
export function hrtimeUs(): MonoUs {
  const [seconds, nanoseconds] = process.hrtime();
  return monoUs(seconds * 1e6 + nanoseconds / 1000);
}
