import { loadKoffi } from './koffi.ts';

/** Of flock(2). */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Locks of the kernel on open files: they go with the process that holds them, however it ends. */
export interface KernelLock {
  /** @returns false where another open file holds one, or where the file system has none. */
  lock(descriptor: number): boolean;
  /**
   * Whether another open file holds one; undefined where that can't be told. The question leaves no trace once the
   * descriptor is closed.
   */
  isHeld(descriptor: number): boolean | undefined;
}

/** Where the C library can't be reached, or has no such call. */
export const NO_KERNEL_LOCK: KernelLock = { lock: () => false, isHeld: () => undefined };

let loaded: KernelLock | undefined;

/** The kernel's locks, or `NO_KERNEL_LOCK`. */
export function kernelLock(): KernelLock {
  loaded ??= load();
  return loaded;
}

function load(): KernelLock {
  const koffi = loadKoffi();
  if (koffi === undefined || process.platform === 'win32') return NO_KERNEL_LOCK;
  try {
    const flock = koffi.load(null).func('int flock(int, int)');
    return {
      lock: (descriptor) => flock(descriptor, LOCK_EX | LOCK_NB) === 0,
      // Shared, so that two who ask at the same time don't take each other for the holder.
      isHeld: (descriptor) => flock(descriptor, LOCK_SH | LOCK_NB) !== 0,
    };
  } catch {
    return NO_KERNEL_LOCK;
  }
}
