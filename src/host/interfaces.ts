import { isIPv4 } from 'node:net';
import os from 'node:os';
import { OptionError, UsageError } from '../errors.ts';

/** A network interface that is up and has an IPv4 address. */
export interface Ipv4Interface {
  readonly name: string;
  readonly address: string;
}

/**
 * The interfaces of this host that are up and have an IPv4 address, the loopback last; the first address of each first.
 */
export function ipv4Interfaces(interfaces = os.networkInterfaces()): Ipv4Interface[] {
  const found: (Ipv4Interface & { internal: boolean })[] = [];
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    for (const { family, address, internal } of addresses)
      if (family === 'IPv4') found.push({ name, address, internal });
  }
  return found.sort((a, b) => Number(a.internal) - Number(b.internal)).map(({ name, address }) => ({ name, address }));
}

/** True for an address that leads back to the host itself. */
export const isLoopback = (address: string): boolean => address.startsWith('127.');

/**
 * True for an address of this host. Local multicast of a host without addresses of its own comes from 0.0.0.0, as
 * nothing from outside does.
 */
export const isOwnAddress = (address: string, own = ipv4Interfaces): boolean =>
  address === '0.0.0.0' || isLoopback(address) || own().some((each) => each.address === address);

/** In a list of interfaces: the one that the system chooses by its routes, where stock cameras send and listen. */
export const DEFAULT_INTERFACE = 'default';

/** The interface of sync messages by its IPv4 address, or several at once, of which one may be `default`. */
export type SyncInterfaces = string | readonly string[];

/**
 * The interface to use for multicast, by its IPv4 address.
 * @param given a name such as `eth0` or `lo`, one of this host's IPv4 addresses, or
 * `default`; several with commas between: `default,lo`. Where it is undefined, GENLOCK_INTERFACE counts.
 * @returns undefined where neither is given, or `default` alone: the system chooses by its routes.
 * @throws UsageError where this host has no such interface.
 */
export function resolveInterface(
  given: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  interfaces: readonly Ipv4Interface[] = ipv4Interfaces(),
): SyncInterfaces | undefined {
  const text = given ?? env.GENLOCK_INTERFACE;
  const wanted = text?.trim();
  if (wanted === undefined || (wanted === '' && given === undefined)) return undefined;
  const addresses = wanted.split(',').map((part) => addressOf(part.trim(), given, interfaces));
  if (addresses.length > 1) return [...new Set(addresses)];
  return addresses[0] === DEFAULT_INTERFACE ? undefined : addresses[0];
}

function addressOf(wanted: string, given: string | undefined, interfaces: readonly Ipv4Interface[]): string {
  if (wanted === DEFAULT_INTERFACE) return wanted;
  const found = interfaces.find(({ name, address }) => name === wanted || address === wanted);
  if (found) return found.address;
  const what = isIPv4(wanted) ? 'has the address' : 'is called';
  const why = `no interface of this host that is up with IPv4 ${what} '${wanted}'; ${listed(interfaces)}`;
  throw given === undefined
    ? new UsageError(`GENLOCK_INTERFACE: ${why}`)
    : new OptionError('interface', undefined, why);
}

function listed(interfaces: readonly Ipv4Interface[]): string {
  if (interfaces.length === 0) return 'there is none at all';
  return `there are ${interfaces.map(({ name, address }) => `${name} (${address})`).join(', ')}`;
}
