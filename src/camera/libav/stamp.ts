import { monoToBoot } from '../../time/bracket.ts';
import type { Clock } from '../../time/clock.ts';
import { type BootUs, monoUs } from '../../time/units.ts';

/** How old a device's own stamp may be to be believed: a driver that stamps by another clock is off by far more. */
const OLDEST_US = 1_000_000;

/**
 * The sensor time of a frame that has just arrived.
 * @param deviceUs The time that the device's driver put on it, us. V4L2 stamps by CLOCK_MONOTONIC when the frame was
 * captured, which is nearer to the sensor than the moment at which this process woke up. Anything that is no recent
 * monotonic time is not used.
 */
export function stampArrival(clock: Clock, deviceUs: number | undefined): BootUs {
  const nowUs = clock.boot();
  if (deviceUs === undefined) return nowUs;
  const stampUs = monoToBoot(clock, monoUs(deviceUs));
  return stampUs <= nowUs && nowUs - stampUs < OLDEST_US ? stampUs : nowUs;
}
