import os from 'node:os';
import { type Koffi, loadKoffi } from './koffi.ts';

/** What the kernel says of its wall clock. */
export interface KernelClock {
  /** True where a time service has told the kernel that the clock is synchronised. */
  readonly synchronised: boolean;
  /**
   * How far the clock is ahead of the true time, in us, as far as the kernel still has to correct it; undefined where
   * the kernel is not told.
   */
  readonly offsetUs: number | undefined;
  /** The largest error that the time service vouches for, in us; undefined where it vouches for none. */
  readonly boundUs: number | undefined;
}

/** Bytes of `struct timex` on 64-bit Linux (linux/timex.h), where every long takes eight. */
export const TIMEX_BYTES = 208;

const OFFSET = 8;
const MAX_ERROR = 24;
const EST_ERROR = 32;
const STATUS = 40;

const STA_PLL = 0x0001;
const STA_UNSYNC = 0x0040;
const STA_NANO = 0x2000;
/** What adjtimex returns besides -1 where the clock is not synchronised. */
const TIME_ERROR = 5;

/**
 * Asks the kernel, by adjtimex with nothing to set.
 * @returns undefined where there is no such call: not Linux, not 64 bits, or forbidden.
 */
export function readKernelClock(koffi: Koffi, platform: NodeJS.Platform = process.platform): KernelClock | undefined {
  if (platform !== 'linux' || koffi.sizeof('long') !== 8) return undefined;
  const timex = new Uint8Array(TIMEX_BYTES);
  const state = koffi.load(null).func('int adjtimex(void *)')(timex) as number;
  return state < 0 ? undefined : parseTimex(timex, state);
}

/** What the kernel says of its clock, where it can be asked. */
export function ownKernelClock(): KernelClock | undefined {
  const koffi = loadKoffi();
  return koffi && readKernelClock(koffi);
}

/**
 * Reads a filled `struct timex`.
 *
 * The bound is maxerror, in us, which grows by 500 us a second between updates. It holds only where the time service
 * says an estimated error too: systemd-timesyncd sets both to 0 at each update and phc2sys leaves the estimate at its
 * 16 s, and a bound that starts at 0 without anyone vouching for it is unknown. The offset is what is left of the
 * kernel's own correction, which services that steer the frequency themselves (chrony) don't use.
 */
export function parseTimex(timex: Uint8Array, state: number): KernelClock {
  const view = new DataView(timex.buffer, timex.byteOffset, timex.byteLength);
  const little = os.endianness() === 'LE';
  const long = (at: number): number => Number(view.getBigInt64(at, little));
  const status = view.getInt32(STATUS, little);
  const synchronised = state !== TIME_ERROR && (status & STA_UNSYNC) === 0;
  if (!synchronised) return { synchronised, offsetUs: undefined, boundUs: undefined };

  const [maxError, estError] = [long(MAX_ERROR), long(EST_ERROR)];
  const left = (status & STA_NANO) !== 0 ? long(OFFSET) / 1000 : long(OFFSET);
  return {
    synchronised,
    // The correction still to come has the opposite sign of the error.
    offsetUs: (status & STA_PLL) !== 0 ? 0 - left : undefined,
    boundUs: estError > 0 && estError <= maxError ? maxError : undefined,
  };
}
