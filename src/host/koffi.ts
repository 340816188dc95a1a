import { createRequire } from 'node:module';

/**
 * The foreign function interface that reaches the C library. An optional dependency: everything here works without it,
 * more coarsely.
 */
export type Koffi = typeof import('koffi');

/** Koffi, or undefined where it is not installed or its binary does not load on this machine. */
export function loadKoffi(): Koffi | undefined {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch {
    return undefined;
  }
}
