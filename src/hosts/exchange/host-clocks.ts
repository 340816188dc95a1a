import type { RemoteInfo } from 'node:dgram';
import { resolveInterface } from '../../host/interfaces.ts';
import { openStampedSocket, type StampedSocket } from '../../host/stamped-socket.ts';
import { type ExchangePace, TAKE_PACE } from '../../sync/exchange/clock-exchange.ts';
import type { Clock } from '../../time/clock.ts';
import { decodeExchange, EXCHANGE_SIGNED_BYTES, type ExchangeDatagram, encodeExchange } from '../../wire/exchange.ts';
import { isMac, macOf } from '../key/mac.ts';
import type { RigKey } from '../key/rig-key.ts';
import { FollowedClock, type FollowedHost } from './followed-clock.ts';

/** Whose clock is told to others, and by which key. */
export interface HostClocksOptions {
  readonly key: RigKey;
  /** Names this host's run to the others: 16 hex digits. */
  readonly hostId: string;
  /** This host's. */
  readonly clock: Clock;
}

/**
 * The exchange of times with the other hosts of a rig, on one UDP socket: answers whoever asks with the rig's key, and
 * asks those hosts that are followed. All is signed; what is not is not looked at.
 */
export class HostClocks {
  /** What others ask at. */
  readonly port: number;
  /** Datagrams that were signed by nobody of the rig, or are none. */
  turnedAway = 0;
  private readonly options: HostClocksOptions;
  private readonly key: Uint8Array;
  private readonly stamped: StampedSocket;
  private readonly followed = new Set<FollowedClock>();
  private open = true;

  private constructor(options: HostClocksOptions, stamped: StampedSocket) {
    this.options = options;
    this.stamped = stamped;
    this.key = options.key.derive('exchange');
    this.port = stamped.socket.address().port;
    stamped.socket.on('message', (bytes, from) => this.receive(bytes, from));
    // What can't be sent is a question that nobody answers.
    stamped.socket.on('error', () => {});
  }

  /** On the interface of GENLOCK_INTERFACE where that is one, else on all. */
  static async open(options: HostClocksOptions): Promise<HostClocks> {
    const given = resolveInterface(undefined);
    const address = typeof given === 'string' ? given : undefined;
    return new HostClocks(options, await openStampedSocket(options.clock, address));
  }

  /** Who tells when datagrams came in: `kernel` or, less well, `process`. */
  get stamps(): StampedSocket['stamps'] {
    return this.stamped.stamps;
  }

  /** Follows the clock of a host's run, from now on until that is closed. */
  follow(host: FollowedHost, pace: ExchangePace = TAKE_PACE): FollowedClock {
    const { clock, hostId } = this.options;
    const followed = new FollowedClock(host, pace, clock, {
      ask: (question, address) => this.send({ ...question, from: hostId }, address, host.exchangePort),
      onClosed: () => this.followed.delete(followed),
    });
    this.followed.add(followed);
    return followed;
  }

  async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    for (const each of [...this.followed]) each.close();
    await new Promise<void>((resolve) => this.stamped.socket.close(() => resolve()));
  }

  private receive(bytes: Uint8Array, from: RemoteInfo): void {
    const cameUs = this.stamped.cameUs();
    const datagram = decodeExchange(bytes);
    const signed = bytes.subarray(0, EXCHANGE_SIGNED_BYTES);
    if (datagram === undefined || !isMac(this.key, signed, bytes.subarray(EXCHANGE_SIGNED_BYTES))) {
      this.turnedAway++;
      return;
    }
    // One that is for another run of this host, or comes back from elsewhere, is for nobody here.
    if (datagram.to !== this.options.hostId) return;
    if (datagram.kind === 'question') this.answer(datagram, cameUs, from);
    else for (const each of this.followed) each.answered(datagram, cameUs, from.address);
  }

  private answer({ from: asker, sequence, askedUs }: ExchangeDatagram, heardUs: number, to: RemoteInfo): void {
    const answeredUs = this.options.clock.boot();
    const datagram = { kind: 'answer', from: this.options.hostId, to: asker, sequence, askedUs, heardUs, answeredUs };
    this.send(datagram as ExchangeDatagram, to.address, to.port);
  }

  /** @returns when it left. */
  private send(datagram: ExchangeDatagram, address: string, port: number): number {
    const bytes = encodeExchange(datagram);
    bytes.set(macOf(this.key, bytes.subarray(0, EXCHANGE_SIGNED_BYTES)), EXCHANGE_SIGNED_BYTES);
    return this.open ? this.stamped.send(bytes, port, address) : this.options.clock.boot();
  }
}
