import dgram from 'node:dgram';
import { DEFAULT_INTERFACE, type SyncInterfaces } from '../../host/interfaces.ts';

export interface StandInSocketOptions {
  readonly group: string;
  readonly port: number;
  /** Where the group is joined; a stock client lets the routes decide. */
  readonly interface?: SyncInterfaces | undefined;
}

/**
 * The socket of a stock client: bound to any address, so that it hears whatever comes to its port, by unicast and for any group that somebody on this
 * host has joined. Nobody is asked who sends.
 */
export class StandInSocket {
  private readonly options: StandInSocketOptions;
  private socket: dgram.Socket | undefined;
  private joined = false;
  private waiting: Uint8Array[] = [];

  constructor(options: StandInSocketOptions) {
    this.options = options;
  }

  /** Joins the group, where that was not possible before: without a route it is not. @returns whether it has. */
  join(): boolean {
    if (this.joined) return true;
    this.socket ??= this.bound();
    const { group, interface: given } = this.options;
    const interfaces = given === undefined ? [DEFAULT_INTERFACE] : [given].flat();
    this.joined = interfaces.map((each) => this.joins(this.socket as dgram.Socket, group, each)).every(Boolean);
    // Whatever came before is nothing to who begins to listen.
    if (this.joined) this.waiting = [];
    return this.joined;
  }

  /** What came since the last time, oldest first. */
  take(): Uint8Array[] {
    return this.waiting.splice(0);
  }

  close(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private joins(socket: dgram.Socket, group: string, address: string): boolean {
    try {
      socket.addMembership(group, address === DEFAULT_INTERFACE ? undefined : address);
      return true;
    } catch (error) {
      // An interface can be joined once; else it is tried again with the next frame.
      return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    }
  }

  private bound(): dgram.Socket {
    const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    socket.on('message', (bytes) => this.waiting.push(bytes));
    socket.on('error', () => {});
    socket.bind(this.options.port);
    return socket;
  }
}
