import dgram from 'node:dgram';
import { isIPv4 } from 'node:net';
import { FailureError, OptionError } from '../errors.ts';
import { injectedLoss } from './injected-loss.ts';
import { isLoopback, isOwnAddress, type SyncInterfaces } from './interfaces.ts';
import { bound, type Destination, explained, type Link, openLinks, routesToLoopback } from './sync-links.ts';

export interface SyncSocketOptions {
  /** The IPv4 multicast group. */
  readonly group: string;
  /** The group's UDP port. */
  readonly port: number;
  /** A further UDP port of the group that a server sends each message to. */
  readonly alsoPort?: number | undefined;
  /** The interfaces to use, from `resolveInterface`. Default: the one that the system chooses by its routes. */
  readonly interface?: SyncInterfaces | undefined;
  /** True where what is sent to this host alone is heard as well, at a port of the system's choice. */
  readonly unicast?: boolean | undefined;
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
  /** Datagrams: on several interfaces one each. */
  readonly sent: number;
  readonly sendErrors: number;
  readonly received: number;
  /**
   * Datagrams not handed on, since they came over the loopback and this socket listens to a network, or the other way
   * round. The first is reported where nothing else was heard before it.
   */
  readonly strays: number;
  /** Datagrams not handed on, since the same came in before, over another interface. */
  readonly repeats: number;
}

/**
 * How many datagrams are kept to know a repeat by: it comes within milliseconds, messages are tenths of a second apart.
 */
const REPEATS_AMONG = 8;

/** UDP for sync messages, to a group and to hosts one by one: it moves bytes and knows nothing of what they say. */
export interface SyncSocket {
  readonly counts: SyncSocketCounts;
  /** The ports that datagrams leave from, one an interface; none on a client. */
  readonly ports: readonly number[];
  /** The port at which it hears what is sent to this host alone; undefined where it does not. */
  readonly unicastPort: number | undefined;
  /** Sends each datagram to these as well, one by one: Wi-Fi loses what goes to a group. IPv4 addresses. */
  sendAlsoTo(peers: readonly Sender[]): void;
  /**
   * Sends one datagram to the group; nothing once closed. What can't be sent is counted, and reported once.
   * @param also what goes to the further port, where that is not the same.
   * @throws TypeError on a client.
   */
  send(bytes: Uint8Array, also?: Uint8Array): void;
  close(): Promise<void>;
}

/**
 * Opens a socket for sync messages: TTL 1, so that they stay on the local network; heard on this host too; the client's
 * port shared with other clients.
 * @throws UsageError where the group, the port or the interface can't be used; it names the option.
 */
export async function openSyncSocket(options: SyncSocketOptions): Promise<SyncSocket> {
  const { group, port, alsoPort, role, onMessage, onError } = options;
  checkGroup(group);
  checkPort(port);
  const counts = { sent: 0, sendErrors: 0, received: 0, strays: 0, repeats: 0 };
  const reported = new Set<string>();
  const report = (doing: string, error: NodeJS.ErrnoException): void => {
    const kind = `${doing} ${error.code}`;
    if (reported.has(kind)) return;
    reported.add(kind);
    onError(new FailureError(`${doing} ${group}:${port}: ${error.code ?? error.message}`, { cause: error }));
  };

  const links = await openLinks(options);
  const looped = await routesToLoopback(options);
  const local = links.some(({ address, source }) => isLoopback(source) || (address === undefined && looped));
  const distant = links.some(({ address, source }) => !isLoopback(source) && !(address === undefined && looped));
  const senders: dgram.Socket[] = [];
  let receiver: dgram.Socket | undefined;
  let single: dgram.Socket | undefined;
  try {
    if (role !== 'client') for (const link of links) senders.push(await openSender(link, options));
    if (role !== 'server' && options.unicast) single = await openSingle(links, options);
    if (role !== 'server') receiver = await openReceiver(links, options);
  } catch (error) {
    for (const socket of [...senders, single]) socket?.close();
    throw error;
  }

  for (const sender of senders) sender.on('error', (error) => report('sync messages can not be sent to', error));
  receiver?.on('error', (error) => report('sync messages can not be received from', error));
  const seen: Buffer[] = [];
  const lost = injectedLoss();
  receiver?.on('message', (bytes, { address, port }) => {
    if (lost()) return;
    // Linux hands a socket whatever reaches its group on any interface that any process of the host has joined
    // on (IP_MULTICAST_ALL); a rig on the loopback must not be heard by one on the network.
    const fromLoopback = isLoopback(address) || (looped && isOwnAddress(address));
    if (!(fromLoopback ? local : distant)) {
      counts.strays++;
      if (counts.received === 0 && counts.strays === 1) onError(strayed(address, fromLoopback, options));
      return;
    }
    // A server that sends on several interfaces is heard on each of them.
    if (links.length > 1) {
      if (seen.some((before) => before.equals(bytes))) {
        counts.repeats++;
        return;
      }
      seen.push(Buffer.from(bytes));
      if (seen.length > REPEATS_AMONG) seen.shift();
    }
    counts.received++;
    onMessage?.(bytes, { address, port });
  });
  single?.on('error', (error) => report('sync messages can not be received from', error));
  single?.on('message', (bytes, { address, port }) => {
    if (lost()) return;
    counts.received++;
    onMessage?.(bytes, { address, port });
  });
  let peers: readonly Sender[] = [];

  let open = true;
  return {
    counts,
    ports: senders.map((sender) => sender.address().port),
    unicastPort: single?.address().port,
    sendAlsoTo(others) {
      peers = others.filter(({ address, port }) => isIPv4(address) && port >= 1 && port <= 65_535);
    },
    send(bytes, also = bytes) {
      if (role === 'client') throw new TypeError('a client has nothing to send');
      if (!open) return;
      // Copied, for it is not on its way yet when this returns.
      const copies: [Uint8Array, number][] = [[Uint8Array.from(bytes), port]];
      if (alsoPort !== undefined) copies.push([Uint8Array.from(also), alsoPort]);
      for (const sender of senders) {
        for (const [copy, destination] of copies) {
          sender.send(copy, destination, group, (error) => {
            if (error) {
              counts.sendErrors++;
              report('sync messages can not be sent to', error);
            } else counts.sent++;
          });
        }
      }
      // A host that can't be reached so is what the group is for.
      for (const peer of peers) senders[0]?.send(copies[0]?.[0] as Uint8Array, peer.port, peer.address, () => {});
    },
    async close() {
      if (!open) return;
      open = false;
      await Promise.all([...senders, receiver, single].map((socket) => socket && closed(socket)));
    },
  };
}

/** @throws UsageError */
function checkGroup(group: string): void {
  const first = isIPv4(group) ? Number(group.split('.')[0]) : 0;
  if (first >= 224 && first <= 239) return;
  throw new OptionError(
    'group',
    group,
    'no IPv4 multicast address; those are 224.0.0.0 to 239.255.255.255, such as 239.255.255.250',
  );
}

/** @throws UsageError */
function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new OptionError('port', port, 'a port is a whole number from 1 to 65535');
}

/** A server that is not heard for where it is, and what would be right. */
function strayed(address: string, fromLoopback: boolean, { group, port }: Destination): FailureError {
  const [from, here] = fromLoopback ? ['on the loopback', 'a network'] : ['on a network', 'the loopback'];
  return new FailureError(
    `sync messages to ${group}:${port} from ${address} are ${from} and not heard: this camera listens to ${here}; ` +
      `where they are its server's, give both the same network interface`,
  );
}

async function openSender({ address }: Link, options: Destination): Promise<dgram.Socket> {
  return opened(dgram.createSocket('udp4'), address, options, async (socket) => {
    await bound(socket, 0);
    socket.setMulticastTTL(1);
    socket.setMulticastLoopback(true);
    if (address !== undefined) socket.setMulticastInterface(address);
  });
}

async function openReceiver(links: readonly Link[], options: Destination): Promise<dgram.Socket> {
  return opened(dgram.createSocket({ type: 'udp4', reuseAddr: true }), links[0]?.address, options, async (socket) => {
    // Bound to the group, a socket hears neither unicast nor other groups on its port. Windows can't bind so.
    await bound(socket, options.port, process.platform === 'win32' ? undefined : options.group);
    for (const { address } of links) socket.addMembership(options.group, address);
  });
}

async function openSingle(links: readonly Link[], options: Destination): Promise<dgram.Socket> {
  const { address } = links.length === 1 ? (links[0] as Link) : { address: undefined };
  return opened(dgram.createSocket('udp4'), address, options, (socket) => bound(socket, 0, address));
}

async function opened(
  socket: dgram.Socket,
  address: string | undefined,
  options: Destination,
  setUp: (socket: dgram.Socket) => Promise<void>,
): Promise<dgram.Socket> {
  try {
    await setUp(socket);
    return socket;
  } catch (error) {
    socket.close();
    throw explained(error, address, options);
  }
}

const closed = (socket: dgram.Socket): Promise<void> => new Promise((resolve) => socket.close(resolve));
