import { UsageError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import { wallUs } from '../time/units.ts';

/** How far the wall clock of the host that a process stands for is from this machine's. */
export interface ClockError {
  /** How far its wall clock is ahead, in us. */
  readonly offsetUs: number;
  /** How much faster its wall clock runs, in ppm. */
  readonly ppm: number;
  /**
   * Steps of the wall clock, each so many us after the clock was opened, or on the boot clock, which all processes of a
   * host share.
   */
  readonly steps: readonly ClockStep[];
}

/** A step of a wall clock. */
export interface ClockStep {
  /** By how much it is set forward, in us. */
  readonly byUs: number;
  /** When, in us after the clock was opened, or after the host was started. */
  readonly afterUs: number;
  /** True where `afterUs` counts from boot. */
  readonly sinceBoot?: boolean;
}

const BOOT = 'boot+';
const US_PER_UNIT: Record<string, number> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };
/** 30 years: past this a wall clock leaves what a 64-bit count of us in a double still resolves well. */
const MOST_US = 1e15;
/** A crystal is within 100 ppm; a clock that runs backwards or at twice the speed is no clock. */
const MOST_PPM = 100_000;

/**
 * Reads a clock error such as `offset=1500us,ppm=20`, `step=-1s@5s` (a step of -1 s, 5 s after opening) or
 * `step=-1s@boot+5000s`: parts in any order, each alone or together; times in ns, us, ms or s; `step` may stand several
 * times.
 * @throws UsageError that names GENLOCK_CLOCK.
 */
export function parseClockError(text: string): ClockError {
  let offsetUs: number | undefined;
  let ppm: number | undefined;
  const steps: ClockStep[] = [];
  for (const part of text.split(',')) {
    const [, key, value = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (key === 'offset' && offsetUs === undefined) {
      offsetUs = duration(value) ?? wrong(text, `'${value}' is no offset of at most 30 years`);
    } else if (key === 'ppm' && ppm === undefined) {
      ppm = decimal(value);
      if (ppm === undefined || Math.abs(ppm) > MOST_PPM) wrong(text, `'${value}' is no ppm within +-${MOST_PPM}`);
    } else if (key === 'step') {
      const [by = '', after = ''] = value.split('@');
      const sinceBoot = after.startsWith(BOOT);
      const [byUs, afterUs] = [duration(by), duration(sinceBoot ? after.slice(BOOT.length) : after)];
      if (byUs === undefined || afterUs === undefined || afterUs < 0) wrong(text, `'${value}' is no step`);
      steps.push({ byUs, afterUs, ...(sinceBoot && { sinceBoot }) });
    } else {
      wrong(text, `'${part.trim()}' is not understood, or stands there twice`);
    }
  }
  return { offsetUs: offsetUs ?? 0, ppm: ppm ?? 0, steps };
}

/**
 * The clock of another host, made from this one's. Only the wall clock gets the error. Boot and monotonic time stay
 * physical: a sensor's timestamps and the pixel clock tell when light really fell, which is what a proof compares; and
 * a host maps boot time to its wall clock, so the error reaches everything that a wrong wall clock reaches.
 */
export function injectClockError(clock: Clock, error: ClockError): Clock {
  const opened = clock.boot();
  const shift = (sinceOpenedUs: number): number => {
    let by = error.offsetUs + error.ppm * 1e-6 * sinceOpenedUs;
    for (const { byUs, afterUs, sinceBoot } of error.steps) {
      if (sinceOpenedUs + (sinceBoot ? opened : 0) >= afterUs) by += byUs;
    }
    return by;
  };
  return {
    source: clock.source,
    get resolutionUs() {
      return clock.resolutionUs;
    },
    wall: () => wallUs(clock.wall() + shift(clock.boot() - opened)),
    boot: () => clock.boot(),
    mono: () => clock.mono(),
    pair: () => {
      const pair = clock.pair();
      return { bootUs: pair.bootUs, wallUs: wallUs(pair.wallUs + shift(pair.bootUs - opened)) };
    },
  };
}

function decimal(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined;
}

function duration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(.*?)(ns|us|ms|s)$/.exec(text) ?? [];
  const value = decimal(digits);
  const scale = US_PER_UNIT[unit];
  if (value === undefined || scale === undefined) return undefined;
  const us = value * scale;
  return Math.abs(us) <= MOST_US ? us : undefined;
}

function wrong(text: string, why: string): never {
  throw new UsageError(
    `GENLOCK_CLOCK='${text}': ${why}; ` +
      "it looks like 'offset=1500us,ppm=20' or 'step=1s@5s' (times in ns, us, ms or s)",
  );
}
