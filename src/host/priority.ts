import os from 'node:os';
import { loadKoffi } from './koffi.ts';

const WANTED_NICENESS = -10;
const SCHED_OTHER = 0;
/** linux/sched.h: threads and processes started from here on get the usual niceness again. */
const SCHED_RESET_ON_FORK = 0x40000000;

/**
 * Asks for the calling process to be woken up ahead of others, for a camera's loop; call it from the main thread,
 * before encoders start. On Linux it is the main thread alone that gets ahead, of the process's own encoder threads
 * too. Takes the niceness -10 and no real-time class: a loop that also renders pictures would, as SCHED_RR, starve the
 * encoders of the same machine.
 * @returns the niceness that it runs with now: -10, or what it was where the user may not raise it.
 */
export function raisePriority(): number {
  try {
    if (os.getPriority() > WANTED_NICENESS) {
      os.setPriority(WANTED_NICENESS);
      resetOnFork();
    }
  } catch {
    // Most users may not: then the loop is woken up as late as others are.
  }
  return os.getPriority();
}

/**
 * Gives back what `raisePriority` took, once nothing waits for this process any more.
 * @param niceness What it had before.
 */
export function lowerPriority(niceness: number): void {
  try {
    os.setPriority(niceness);
  } catch {
    // Where it could not be raised there is nothing to give back.
  }
}

function resetOnFork(): void {
  const koffi = process.platform === 'linux' ? loadKoffi() : undefined;
  koffi?.load(null).func('int sched_setscheduler(int, int, void *)')(
    0,
    SCHED_OTHER | SCHED_RESET_ON_FORK,
    new Int32Array(1),
  );
}
