import dgram from 'node:dgram';
import { DEFAULT_INTERFACE, type SyncInterfaces } from '../../host/interfaces.ts';

export interface StandInSocketOptions {
  readonly group: string;
  readonly port: number;
  /** Where the group is joined; a stock client lets the routes decide. */
  readonly interface?: SyncInterfaces | undefined;
}

/**
 * The socket of a stock client: bound to any address, so that it hears whatever comes to its port, by unicast and for
 * any group that somebody on this host has joined. Nobody is asked who sends.
 */
export class StandInSocket {
  private readonly options: StandInSocketOptions;
  private readonly socket: dgram.Socket;
  /** Bound, and not closed again: before that nothing can be joined. */
  private open = false;
  private joined = false;
  private waiting: Uint8Array[] = [];

  constructor(options: StandInSocketOptions) {
    this.options = options;
    this.socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    this.socket.on('message', (bytes) => this.waiting.push(bytes));
    this.socket.on('error', () => {});
    this.socket.bind(options.port, () => {
      this.open = true;
    });
  }

  /** Joins the group, where that was not possible before: without a route it is not. @returns whether it has. */
  join(): boolean {
    if (this.joined || !this.open) return this.joined;
    const { group, interface: given } = this.options;
    const interfaces = given === undefined ? [DEFAULT_INTERFACE] : [given].flat();
    this.joined = interfaces.map((each) => this.joins(group, each)).every(Boolean);
    // Whatever came before is nothing to who begins to listen.
    if (this.joined) this.waiting = [];
    return this.joined;
  }

  /** What came since the last time, oldest first. */
  take(): Uint8Array[] {
    return this.waiting.splice(0);
  }

  close(): void {
    this.open = false;
    this.socket.close();
  }

  private joins(group: string, address: string): boolean {
    try {
      this.socket.addMembership(group, address === DEFAULT_INTERFACE ? undefined : address);
      return true;
    } catch (error) {
      // An interface can be joined once; else it is tried again with the next frame.
      return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    }
  }
}
