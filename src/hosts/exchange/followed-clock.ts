import { isIPv4 } from 'node:net';
import { ClockExchange, type ExchangePace } from '../../sync/exchange/clock-exchange.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import type { Clock } from '../../time/clock.ts';
import { type ExchangeDatagram, exchangeTime } from '../../wire/exchange.ts';

/** Whom to ask: as a host's state says it. */
export interface FollowedHost {
  /** Of the host's run: another run's answers are none. */
  readonly hostId: string;
  /** Its IPv4 addresses; anything else there is left out. */
  readonly addresses: readonly string[];
  /** 0 where it has none: then it is not asked. */
  readonly exchangePort: number;
}

/** What it needs of the socket. */
export interface FollowedClockUses {
  /** Sends a question. @returns when it left, on this host's boot clock, in us: what may be later is not known. */
  ask(question: Omit<ExchangeDatagram, 'from'>, address: string): number;
  onClosed(): void;
}

/** An offset is told so often at most, in us. */
const TELL_US = 250_000;
/** A host that says nothing for so long is tried at its other addresses too, in us. */
const SILENT_US = 1e6;

/** The clock of another host: asked for again and again, until it is closed. */
export class FollowedClock {
  private readonly host: FollowedHost;
  private readonly clock: Clock;
  private readonly uses: FollowedClockUses;
  private readonly exchange: ClockExchange;
  private readonly listeners = new Set<(offset: HostOffset) => void>();
  private timer: NodeJS.Timeout | undefined;
  private answeredAt: string | undefined;
  private toldUs = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(host: FollowedHost, pace: ExchangePace, clock: Clock, uses: FollowedClockUses) {
    this.host = { ...host, addresses: host.exchangePort > 0 ? host.addresses.filter((each) => isIPv4(each)) : [] };
    this.clock = clock;
    this.uses = uses;
    this.exchange = new ClockExchange(pace);
    // Not before whoever follows has hold of it.
    this.timer = setTimeout(() => this.ask(), 0);
  }

  /** What is known at a moment of this host's boot clock; undefined as long as that is nothing to go by. */
  offset(atBootUs: number): HostOffset | undefined {
    return this.exchange.offset(atBootUs);
  }

  /** When it last answered, on this host's boot clock, in us; undefined before it does. */
  get heardUs(): number | undefined {
    return this.exchange.heardUs;
  }

  /** Hears what is known, from when it is, four times a second at most. */
  onOffset(listener: (offset: HostOffset) => void): void {
    this.listeners.add(listener);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    this.uses.onClosed();
  }

  /** An answer of anybody in the rig; those of others are for others. */
  answered({ from, sequence, askedUs, heardUs, answeredUs }: ExchangeDatagram, cameUs: number, address: string): void {
    if (from !== this.host.hostId) return;
    if (!this.exchange.answered({ sequence, hostId: from, askedUs, heardUs, answeredUs, cameUs })) return;
    this.answeredAt = address;
    const known = this.exchange.offset(cameUs);
    if (known === undefined || cameUs - this.toldUs < TELL_US) return;
    this.toldUs = cameUs;
    for (const listener of this.listeners) listener(known);
  }

  private ask(): void {
    const nowUs = this.clock.boot();
    const question = this.exchange.ask(exchangeTime(nowUs));
    const { hostId } = this.host;
    const address = this.addressOf(question.sequence, nowUs);
    if (address !== undefined) {
      const datagram = { kind: 'question', to: hostId, heardUs: 0, answeredUs: 0, ...question } as const;
      this.exchange.left(question.sequence, this.uses.ask(datagram, address));
    }
    this.timer = setTimeout(() => this.ask(), Math.max(0, (this.exchange.wakeUs - this.clock.boot()) / 1000));
  }

  /** Where it answers; as long as it does not, one after the other. */
  private addressOf(sequence: number, nowUs: number): string | undefined {
    const { addresses } = this.host;
    const heardUs = this.exchange.heardUs ?? Number.NEGATIVE_INFINITY;
    if (this.answeredAt !== undefined && nowUs - heardUs < SILENT_US) return this.answeredAt;
    return addresses[sequence % addresses.length];
  }
}
