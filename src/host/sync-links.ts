import dgram from 'node:dgram';
import { FailureError, OptionError } from '../errors.ts';
import { DEFAULT_INTERFACE, ipv4Interfaces, type SyncInterfaces } from './interfaces.ts';

const LOOPBACK = '127.0.0.1';

/** Where messages go to. */
export interface Destination {
  readonly group: string;
  readonly port: number;
}

/** One interface that messages use. */
export interface Link {
  /** Its address, where it was named; else the system chooses. */
  readonly address: string | undefined;
  /** The address that datagrams leave from. */
  readonly source: string;
}

/** The interfaces that were asked for; where the system's choice is one of those named, that one once. */
export async function openLinks(
  options: Destination & { readonly interface?: SyncInterfaces | undefined },
): Promise<Link[]> {
  const given = typeof options.interface === 'object' ? options.interface : [options.interface];
  const addresses = given.map((name) => (name === DEFAULT_INTERFACE ? undefined : name));
  const links: Link[] = [];
  for (const address of addresses) links.push({ address, source: await sourceAddress(address, options) });
  return links.length > 1 ? distinct(links, options) : links;
}

/**
 * True where the system's routes lead messages to the loopback. They leave with any address of this host then: of a
 * route without a source, that of another interface, or 0.0.0.0 where no other has one.
 */
export async function routesToLoopback(options: Destination): Promise<boolean> {
  const source = await sourceAddress(undefined, options).catch(() => undefined);
  if (source === undefined) return false;
  const links = [
    { address: undefined, source },
    { address: LOOPBACK, source: LOOPBACK },
  ];
  return (await distinct(links, options)).length === 1;
}

/** Which interface the system chooses can't be asked for; but an interface can be joined only once. */
async function distinct(links: readonly Link[], { group }: Destination): Promise<Link[]> {
  const probe = dgram.createSocket('udp4');
  try {
    await bound(probe, 0);
    return links.filter(({ address }) => {
      try {
        probe.addMembership(group, address);
        return true;
      } catch (error) {
        // Anything else shows when the interface is used.
        return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE';
      }
    });
  } finally {
    probe.close();
  }
}

/**
 * The name of the interface that the system chooses by its routes.
 * @throws UsageError where there is no route for multicast.
 */
export async function defaultInterface(group: string, port: number): Promise<string> {
  const source = await sourceAddress(undefined, { group, port });
  const interfaces = ipv4Interfaces();
  const chosen = { address: undefined, source };
  for (const { name, address } of interfaces) {
    if ((await distinct([chosen, { address, source: address }], { group, port })).length === 1) return name;
  }
  return interfaces.find(({ address }) => address === source)?.name ?? source;
}

/**
 * The address that datagrams to the group leave from. Connecting a UDP socket looks up the route and sends nothing, so
 * a missing route shows now and not at the first message; for a client too, whose server would be beyond the same
 * route.
 */
async function sourceAddress(address: string | undefined, options: Destination): Promise<string> {
  const probe = dgram.createSocket('udp4');
  try {
    await bound(probe, 0);
    if (address !== undefined) probe.setMulticastInterface(address);
    await new Promise<void>((resolve, reject) => {
      probe.connect(options.port, options.group, ((error?: Error) =>
        error ? reject(error) : resolve()) as () => void);
    });
    return probe.address().address;
  } catch (error) {
    throw explained(error, address, options);
  } finally {
    probe.close();
  }
}

export function bound(socket: dgram.Socket, port: number, address?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, ...(address !== undefined && { address }) }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

/** What the system's refusal means for the user, and what would be right. */
export function explained(error: unknown, address: string | undefined, { group, port }: Destination): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const because = { cause: error };
  switch (code) {
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENODEV':
    case 'EADDRNOTAVAIL': {
      if (address !== undefined) {
        return new OptionError(
          'interface',
          undefined,
          `no multicast to ${group} through ${address} (${code}); an interface that is up must have that address`,
          because,
        );
      }
      const example = ipv4Interfaces()[0]?.name ?? 'eth0';
      return new OptionError(
        'interface',
        undefined,
        `no route for multicast to ${group}: this host has no default gateway; name the interface, ` +
          `for example {interface} ${example}, or set GENLOCK_INTERFACE`,
        because,
      );
    }
    case 'EADDRINUSE':
      return new OptionError(
        'port',
        port,
        'another program holds this port for itself; end it, or give every camera another port',
        because,
      );
    case 'EACCES':
    case 'EPERM':
      return new OptionError(
        'port',
        port,
        `this user may not use it (${code}); take a port from 1024 up, such as 10000`,
        because,
      );
    default:
      return new FailureError(`no socket for sync messages on ${group}:${port}: ${error.message}`, because);
  }
}
