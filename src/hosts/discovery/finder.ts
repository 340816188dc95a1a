import type { MulticastDNS, ResponsePacket } from 'multicast-dns';
import { NAME } from '../name.ts';
import { SERVICE } from './announcer.ts';
import { openMdns } from './mdns.ts';

/** The first questions are so far apart, in ms, further ones twice as far each time up to the last (RFC 6762, 5.2). */
const FIRST_MS = 500;
const LAST_MS = 30_000;
/** Who says that he is the rig may be anybody: of so many places at most is kept account. */
const MOST_PLACES = 8;

/** Where a broker is said to be. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Asks on given interfaces where a rig's broker is, until it is closed. Whoever answers has yet to show the key. */
export class Finder {
  private readonly rig: string;
  private readonly onPlace: (place: Place) => void;
  private readonly found = new Set<string>();
  private sockets: readonly MulticastDNS[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param onPlace hears of each place once. */
  constructor(rig: string, addresses: readonly string[], onPlace: (place: Place) => void) {
    this.rig = rig;
    this.onPlace = onPlace;
    void Promise.all(addresses.map(openMdns)).then((opened) => {
      this.sockets = opened.filter((mdns) => mdns !== undefined);
      for (const mdns of this.sockets) mdns.on('response', (response, from) => this.take(response, from.address));
      if (this.closed) this.close();
      else this.ask(FIRST_MS);
    });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const mdns of this.sockets) mdns.destroy();
    this.sockets = [];
  }

  private ask(nextMs: number): void {
    for (const mdns of this.sockets) mdns.query(SERVICE, 'PTR');
    this.timer = setTimeout(() => this.ask(Math.min(2 * nextMs, LAST_MS)), nextMs);
  }

  /** The sender's address counts: what a message says of addresses may be of another network. */
  private take({ answers = [], additionals = [] }: ResponsePacket, host: string): void {
    for (const record of [...answers, ...additionals]) {
      if (record.type !== 'SRV' || record.ttl === 0) continue;
      const [rig = '', name = ''] = record.name.slice(0, -SERVICE.length - 1).split(' ');
      if (!record.name.endsWith(`.${SERVICE}`) || rig !== this.rig || !NAME.test(name)) continue;
      const { port } = record.data;
      const place = `${host} ${port}`;
      if (port < 1 || this.found.has(place) || this.found.size >= MOST_PLACES || this.closed) continue;
      this.found.add(place);
      this.onPlace({ host, port });
    }
  }
}
