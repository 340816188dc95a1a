import type { Clock } from '../time/clock.ts';
import { openDateClock } from './date-clock.ts';
import { type ClockError, injectClockError, parseClockError } from './injected-clock.ts';
import { type Koffi, loadKoffi } from './koffi.ts';
import { openSystemClock } from './system-clock.ts';

export interface ClockOptions {
  /** The error to inject, as in GENLOCK_CLOCK. Default: that variable of the environment; empty means none. */
  readonly error?: string | undefined;
  /** How to get koffi. Default: the installed one. */
  readonly loadKoffi?: () => Koffi | undefined;
  readonly platform?: NodeJS.Platform;
}

/** The clock of this host, or of the host that the process stands for. */
export interface HostClock extends Clock {
  /** One line for the user where the wall clock can't be read as finely as it could be. */
  readonly coarse?: string;
  /** What was injected, where the process stands for another host. */
  readonly injected?: ClockError;
}

/**
 * Opens the clocks of this machine: through clock_gettime where koffi is installed, else through Date.now and hrtime,
 * which takes up to 20 ms.
 * @throws UsageError where GENLOCK_CLOCK is malformed.
 */
export function openClock(options: ClockOptions = {}): HostClock {
  const { platform = process.platform } = options;
  const text = 'error' in options ? options.error : process.env.GENLOCK_CLOCK;
  const injected = text === undefined || text.trim() === '' ? undefined : parseClockError(text);

  const koffi = (options.loadKoffi ?? loadKoffi)();
  const fine = koffi && openSystemClock(koffi, platform);
  const own = fine ?? openDateClock();
  const clock = injected ? injectClockError(own, injected) : own;
  if (fine === undefined) {
    const why = koffi ? `no clock_gettime on ${platform}` : 'koffi is not installed';
    Object.assign(clock, {
      coarse: `${why}: the wall clock is read through Date.now, to about ${own.resolutionUs} us`,
    });
  }
  return injected ? Object.assign(clock, { injected }) : clock;
}
