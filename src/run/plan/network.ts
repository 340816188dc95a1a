import { isStock, isVirtual } from '../../camera/backends.ts';
import { DEFAULT_INTERFACE, type SyncInterfaces } from '../../host/interfaces.ts';
import type { TakeOptions } from './options.ts';

const LOOPBACK = '127.0.0.1';

/**
 * The interfaces of a take's messages, unless told otherwise. Virtual cameras live on this machine alone, and so do
 * their messages; a stock process joins the default multicast interface only, whatever the others use.
 */
export function takeInterfaces({
  interfaces,
  specs,
  elsewhere,
}: Pick<TakeOptions, 'interfaces' | 'specs' | 'elsewhere'>): SyncInterfaces | undefined {
  if (interfaces !== undefined) return interfaces;
  if (elsewhere?.some((host) => host !== undefined)) {
    return specs.some(isStock) ? [DEFAULT_INTERFACE, LOOPBACK] : [DEFAULT_INTERFACE];
  }
  if (specs.every(isVirtual)) return LOOPBACK;
  return specs.some(isStock) ? [DEFAULT_INTERFACE, LOOPBACK] : undefined;
}

/** As `--sync-interface` takes it. */
export const interfaceArgument = (interfaces: SyncInterfaces): string =>
  typeof interfaces === 'string' ? interfaces : interfaces.join(',');
