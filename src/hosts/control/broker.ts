import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { UsageError } from '../../errors.ts';
import type { RigKey } from '../key/rig-key.ts';
import { serverTls } from '../key/tls.ts';

/** Who has not shown within so long that he has the key is sent away, in ms. */
const HANDSHAKE_MS = 5_000;
/** So many may be about to show it; the one that has taken longest makes room for the next. */
const MOST_UNPROVEN = 128;
/** A thousand hosts, each with an agent and a few that ask, in connections; further ones are closed at once. */
const MOST_CONNECTIONS = 4_096;
/** Names of connections are not words of MQTT 3.1's 23 letters. */
const LONGEST_ID = 128;

/** Where and for whom a broker is. */
export interface BrokerPlace {
  readonly rig: string;
  readonly key: RigKey;
  /** The address to listen at; undefined is all of this host. */
  readonly host?: string | undefined;
  /** 0 is any that is free. */
  readonly port: number;
}

/** The broker of a rig, in this process, for those who have its key. */
export class Broker {
  readonly port: number;
  private readonly server: Server;
  private readonly aedes: Aedes;
  private readonly sockets: ReadonlySet<Socket>;

  private constructor(server: Server, aedes: Aedes, sockets: ReadonlySet<Socket>) {
    this.server = server;
    this.aedes = aedes;
    this.sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @throws UsageError where the port can't be had. */
  static async open({ rig, key, host, port }: BrokerPlace): Promise<Broker> {
    const aedes = await Aedes.createBroker({ maxClientsIdLength: LONGEST_ID, connectTimeout: HANDSHAKE_MS });
    const server = createServer({ ...serverTls(rig, key, 'control'), handshakeTimeout: HANDSHAKE_MS });
    server.maxConnections = MOST_CONNECTIONS;
    const sockets = new Set<Socket>();
    /** In the order in which they came, by the other end's address. */
    const unproven = new Map<string, Socket>();
    server.on('connection', (socket: Socket) => {
      const name = nameOf(socket);
      sockets.add(socket);
      unproven.set(name, socket);
      const [longest] = unproven.values();
      if (unproven.size > MOST_UNPROVEN) longest?.destroy();
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        if (unproven.get(name) === socket) unproven.delete(name);
      });
    });
    server.on('secureConnection', (socket) => {
      unproven.delete(nameOf(socket));
      socket.on('error', () => {});
      aedes.handle(socket);
    });
    server.on('tlsClientError', (_, socket) => socket.destroy());
    // What goes wrong with a connection ends that one.
    aedes.on('clientError', (client) => client.close());
    aedes.on('connectionError', (client) => client.close());
    await listening(server, port, host).catch(async (cause: NodeJS.ErrnoException) => {
      await closed(aedes);
      const at = `${host ?? 'this host'}:${port}`;
      const why = cause.code === 'EADDRINUSE' ? 'another program has it' : `can't be listened at: ${cause.code}`;
      throw new UsageError(`${at}: ${why}`, { cause });
    });
    return new Broker(server, aedes, sockets);
  }

  /** Ends it: all connections break. */
  async close(): Promise<void> {
    const over = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await over;
    await closed(this.aedes);
  }
}

const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

const listening = (server: Server, port: number, host: string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const closed = (aedes: Aedes): Promise<void> => new Promise((resolve) => aedes.close(() => resolve()));
