import { isIPv4 } from 'node:net';
import os from 'node:os';
import { UsageError } from '../errors.ts';

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

/**
 * The IPv4 address of the interface to use for multicast.
 * @param given what `--sync-interface` says: a name such as `eth0` or `lo`, or one of this host's IPv4 addresses. Where
 * it is undefined, FRAMELOCK_INTERFACE counts.
 * @returns undefined where neither is given: the system chooses by its routes.
 * @throws UsageError where this host has no such interface.
 */
export function resolveInterface(
  given: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  interfaces: readonly Ipv4Interface[] = ipv4Interfaces(),
): string | undefined {
  const [text, from] =
    given === undefined ? [env.FRAMELOCK_INTERFACE, 'FRAMELOCK_INTERFACE'] : [given, '--sync-interface'];
  const wanted = text?.trim();
  if (wanted === undefined || (wanted === '' && given === undefined)) return undefined;

  const found = interfaces.find(({ name, address }) => name === wanted || address === wanted);
  if (found) return found.address;
  const what = isIPv4(wanted) ? 'has the address' : 'is called';
  throw new UsageError(
    `${from}: no interface of this host that is up with IPv4 ${what} '${wanted}'; ${listed(interfaces)}`,
  );
}

function listed(interfaces: readonly Ipv4Interface[]): string {
  if (interfaces.length === 0) return 'there is none at all';
  return `there are ${interfaces.map(({ name, address }) => `${name} (${address})`).join(', ')}`;
}
