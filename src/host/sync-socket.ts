import dgram from 'node:dgram';
import { isIPv4 } from 'node:net';
import { FailureError, UsageError } from '../errors.ts';
import { ipv4Interfaces } from './interfaces.ts';

export interface SyncSocketOptions {
  /** The IPv4 multicast group. */
  readonly group: string;
  /** The group's UDP port. */
  readonly port: number;
  /** IPv4 address of the interface to use, from `resolveInterface`. Default: the system chooses by its routes. */
  readonly interface?: string | undefined;
  /** A server sends, a client listens. */
  readonly role: 'server' | 'client' | 'both';
  /** One datagram, as it came: unchecked. The bytes are the callee's to keep. */
  readonly onMessage?: (bytes: Uint8Array, from: Sender) => void;
  /** Trouble that the socket carries on from, such as an interface that went down. Each kind is reported once. */
  readonly onError: (error: FailureError) => void;
}

export interface Sender {
  readonly address: string;
  readonly port: number;
}

export interface SyncSocketCounts {
  readonly sent: number;
  readonly sendErrors: number;
  readonly received: number;
  /**
   * Datagrams not handed on, since they came over the loopback and this socket listens to a network, or the other way
   * round.
   */
  readonly strays: number;
}

/** UDP multicast for sync messages: it moves bytes and knows nothing of what they say. */
export interface SyncSocket {
  readonly counts: SyncSocketCounts;
  /**
   * Sends one datagram to the group; nothing once closed. What can't be sent is counted, and reported once.
   * @throws TypeError on a client.
   */
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/**
 * Opens a socket for sync messages: TTL 1, so that they stay on the local network; heard on this host too; the client's
 * port shared with other clients.
 * @throws UsageError where the group, the port or the interface can't be used; it names the option.
 */
export async function openSyncSocket(options: SyncSocketOptions): Promise<SyncSocket> {
  const { group, port, role, onMessage, onError } = options;
  checkGroup(group);
  checkPort(port);
  const counts = { sent: 0, sendErrors: 0, received: 0, strays: 0 };
  const reported = new Set<string>();
  const report = (doing: string, error: NodeJS.ErrnoException): void => {
    const kind = `${doing} ${error.code}`;
    if (reported.has(kind)) return;
    reported.add(kind);
    onError(new FailureError(`${doing} ${group}:${port}: ${error.code ?? error.message}`, { cause: error }));
  };

  const local = await sourceAddress(options);
  const sender = role === 'client' ? undefined : await openSender(options);
  let receiver: dgram.Socket | undefined;
  try {
    receiver = role === 'server' ? undefined : await openReceiver(options);
  } catch (error) {
    sender?.close();
    throw error;
  }

  sender?.on('error', (error) => report('sync messages can not be sent to', error));
  receiver?.on('error', (error) => report('sync messages can not be received from', error));
  receiver?.on('message', (bytes, { address, port }) => {
    // Linux hands a socket whatever reaches its group on any interface that any process of the host has joined
    // on (IP_MULTICAST_ALL); a rig on the loopback must not be heard by one on the network.
    if (isLoopback(address) !== isLoopback(local)) {
      counts.strays++;
      return;
    }
    counts.received++;
    onMessage?.(bytes, { address, port });
  });

  let open = true;
  return {
    counts,
    send(bytes) {
      if (sender === undefined) throw new TypeError('a client has nothing to send');
      if (!open) return;
      // Copied, for it is not on its way yet when this returns.
      sender.send(Uint8Array.from(bytes), port, group, (error) => {
        if (error) {
          counts.sendErrors++;
          report('sync messages can not be sent to', error);
        } else counts.sent++;
      });
    },
    async close() {
      if (!open) return;
      open = false;
      await Promise.all([sender, receiver].map((socket) => socket && closed(socket)));
    },
  };
}

/** @throws UsageError */
function checkGroup(group: string): void {
  const first = isIPv4(group) ? Number(group.split('.')[0]) : 0;
  if (first >= 224 && first <= 239) return;
  throw new UsageError(
    `--sync-group ${group}: no IPv4 multicast address; those are 224.0.0.0 to 239.255.255.255, such as 239.255.255.250`,
  );
}

/** @throws UsageError */
function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new UsageError(`--sync-port ${port}: a port is a whole number from 1 to 65535`);
}

/**
 * The address that datagrams to the group leave from. Connecting a UDP socket looks up the route and sends nothing, so
 * a missing route shows now and not at the first message; for a client too, whose server would be beyond the same
 * route.
 */
async function sourceAddress(options: SyncSocketOptions): Promise<string> {
  const probe = dgram.createSocket('udp4');
  try {
    await bound(probe, 0);
    if (options.interface !== undefined) probe.setMulticastInterface(options.interface);
    await new Promise<void>((resolve, reject) => {
      probe.connect(options.port, options.group, ((error?: Error) =>
        error ? reject(error) : resolve()) as () => void);
    });
    return probe.address().address;
  } catch (error) {
    throw explained(error, options);
  } finally {
    probe.close();
  }
}

async function openSender(options: SyncSocketOptions): Promise<dgram.Socket> {
  return opened(dgram.createSocket('udp4'), options, async (socket) => {
    await bound(socket, 0);
    socket.setMulticastTTL(1);
    socket.setMulticastLoopback(true);
    if (options.interface !== undefined) socket.setMulticastInterface(options.interface);
  });
}

async function openReceiver(options: SyncSocketOptions): Promise<dgram.Socket> {
  return opened(dgram.createSocket({ type: 'udp4', reuseAddr: true }), options, async (socket) => {
    // Bound to the group, a socket hears neither unicast nor other groups on its port. Windows can't bind so.
    await bound(socket, options.port, process.platform === 'win32' ? undefined : options.group);
    socket.addMembership(options.group, options.interface);
  });
}

async function opened(
  socket: dgram.Socket,
  options: SyncSocketOptions,
  setUp: (socket: dgram.Socket) => Promise<void>,
): Promise<dgram.Socket> {
  try {
    await setUp(socket);
    return socket;
  } catch (error) {
    socket.close();
    throw explained(error, options);
  }
}

function bound(socket: dgram.Socket, port: number, address?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, ...(address !== undefined && { address }) }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

const closed = (socket: dgram.Socket): Promise<void> => new Promise((resolve) => socket.close(resolve));

const isLoopback = (address: string): boolean => address.startsWith('127.');

/** What the system's refusal means for the user, and what would be right. */
function explained(error: unknown, { group, port, interface: address }: SyncSocketOptions): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const because = { cause: error };
  switch (code) {
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENODEV':
    case 'EADDRNOTAVAIL': {
      if (address !== undefined) {
        return new UsageError(
          `--sync-interface: no multicast to ${group} through ${address} (${code}); ` +
            'an interface that is up must have that address',
          because,
        );
      }
      const example = ipv4Interfaces()[0]?.name ?? 'eth0';
      return new UsageError(
        `no route for multicast to ${group}: this host has no default gateway; ` +
          'name the interface with --sync-interface NAME or FRAMELOCK_INTERFACE, ' +
          `for example --sync-interface ${example}`,
        because,
      );
    }
    case 'EADDRINUSE':
      return new UsageError(
        `--sync-port ${port}: another program holds this port for itself; end it, or give every camera another port`,
        because,
      );
    case 'EACCES':
    case 'EPERM':
      return new UsageError(
        `--sync-port ${port}: this user may not use it (${code}); take a port from 1024 up, such as 10000`,
        because,
      );
    default:
      return new FailureError(`no socket for sync messages on ${group}:${port}: ${error.message}`, because);
  }
}
