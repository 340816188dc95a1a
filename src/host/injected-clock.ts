import { UsageError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import { type BootUs, bootUs, wallUs } from '../time/units.ts';

/** How far the clocks of the host that a process stands for are from this machine's. */
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
  /** How far its boot clock is ahead, in us; undefined is not at all. */
  readonly bootOffsetUs?: number;
  /** How much faster its boot clock runs, in ppm, from this machine's boot on: so all its processes read the same. */
  readonly bootPpm?: number;
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

type Field = 'offsetUs' | 'ppm' | 'bootOffsetUs' | 'bootPpm';
const FIELDS: Readonly<Record<string, Field>> = {
  offset: 'offsetUs',
  ppm: 'ppm',
  'boot-offset': 'bootOffsetUs',
  'boot-ppm': 'bootPpm',
};

const BOOT = 'boot+';
const US_PER_UNIT: Record<string, number> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };
/** 30 years: past this a wall clock leaves what a 64-bit count of us in a double still resolves well. */
const MOST_US = 1e15;
/** A crystal is within 100 ppm; a clock that runs backwards or at twice the speed is no clock. */
const MOST_PPM = 100_000;

/**
 * Reads a clock error such as `offset=1500us,ppm=20`, `step=-1s@5s` (a step of -1 s, 5 s after opening) or
 * `step=-1s@boot+5000s`, and `boot-offset=3600s,boot-ppm=-50` for the boot clock: parts in any order, each alone or
 * together; times in ns, us, ms or s; `step` may stand several times.
 * @throws UsageError that names GENLOCK_CLOCK.
 */
export function parseClockError(text: string): ClockError {
  const read: Partial<Record<Field, number>> = {};
  const steps: ClockStep[] = [];
  for (const part of text.split(',')) {
    const [, key = '', value = ''] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    const field = FIELDS[key];
    if (field !== undefined && read[field] === undefined) {
      read[field] = field.endsWith('Us') ? offset(text, value) : ppm(text, value);
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
  return { offsetUs: 0, ppm: 0, ...read, steps };
}

function offset(text: string, value: string): number {
  return duration(value) ?? wrong(text, `'${value}' is no offset of at most 30 years`);
}

function ppm(text: string, value: string): number {
  const read = decimal(value);
  if (read === undefined || Math.abs(read) > MOST_PPM) wrong(text, `'${value}' is no ppm within +-${MOST_PPM}`);
  return read;
}

/**
 * The clock of another host, made from this one's. Monotonic time stays physical: virtual cameras live by it, and the
 * pixel clock shows it, so the proof compares when light really fell. What a sensor stamps is boot time, as this clock
 * says it: a host maps it to its wall clock, and an error of either reaches everything that it reaches on a real host.
 */
export function injectClockError(clock: Clock, error: ClockError): Clock {
  const { bootOffsetUs = 0, bootPpm = 0 } = error;
  const opened = clock.boot();
  const wallShift = (at: BootUs): number => {
    const sinceOpenedUs = at - opened;
    let by = error.offsetUs + error.ppm * 1e-6 * sinceOpenedUs;
    for (const { byUs, afterUs, sinceBoot } of error.steps) {
      if ((sinceBoot ? at : sinceOpenedUs) >= afterUs) by += byUs;
    }
    return by;
  };
  const boot = (at: BootUs): BootUs => bootUs(at + bootOffsetUs + bootPpm * 1e-6 * at);
  return {
    source: clock.source,
    get resolutionUs() {
      return clock.resolutionUs;
    },
    wall: () => wallUs(clock.wall() + wallShift(clock.boot())),
    boot: () => boot(clock.boot()),
    mono: () => clock.mono(),
    pair: () => {
      const pair = clock.pair();
      return { bootUs: boot(pair.bootUs), wallUs: wallUs(pair.wallUs + wallShift(pair.bootUs)) };
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
      "it looks like 'offset=1500us,ppm=20' or 'step=1s@5s' (times in ns, us, ms or s), boot-offset and boot-ppm too",
  );
}
