import type { SrvAnswer, StringAnswer, TxtAnswer } from 'dns-packet';
import type { MulticastDNS } from 'multicast-dns';
import { openMdns } from './mdns.ts';

/** What rigs are found by. */
export const SERVICE = '_genlock._tcp.local';
const ASKED = new Set<string>(['PTR', 'ANY']);
/** What was heard of a broker holds for so long, in s: RFC 6762, 10, for records with a host's name. */
const TTL_S = 120;
/** Questions are answered together so often at most, in ms: nobody makes us flood the network. */
const ANSWER_MS = 250;

/** What the network is told of a rig: no secret. Anybody can tell it; the key says who is right. */
export interface Announcement {
  /** The rig's name. */
  readonly rig: string;
  /** What the rig calls the host whose agent serves its broker. */
  readonly host: string;
  readonly port: number;
}

/** Tells on given interfaces where a rig's broker is, until it is closed. */
export class Announcer {
  private readonly sockets: readonly MulticastDNS[];
  private readonly farewells: (() => Promise<void>)[] = [];

  private constructor(sockets: readonly MulticastDNS[]) {
    this.sockets = sockets;
  }

  /** @param addresses of the interfaces; on each its own address is told, and none of another. */
  static async open(said: Announcement, addresses: readonly string[]): Promise<Announcer> {
    const opened = await Promise.all(addresses.map(async (address) => ({ address, mdns: await openMdns(address) })));
    const announcer = new Announcer(opened.flatMap(({ mdns }) => mdns ?? []));
    for (const { address, mdns } of opened) if (mdns !== undefined) announcer.begin(mdns, said, address);
    return announcer;
  }

  /** True where an interface takes multicast. */
  get tells(): boolean {
    return this.sockets.length > 0;
  }

  async close(): Promise<void> {
    await Promise.all(this.farewells.map((farewell) => farewell()));
    await Promise.all(this.sockets.map((mdns) => new Promise<void>((resolve) => mdns.destroy(() => resolve()))));
  }

  private begin(mdns: MulticastDNS, said: Announcement, address: string): void {
    let due: NodeJS.Timeout | undefined;
    const answer = (): void => {
      due = undefined;
      mdns.respond({ answers: records(said, address, TTL_S) });
    };
    mdns.on('query', ({ questions = [] }) => {
      if (questions.some(({ name, type }) => name === SERVICE && ASKED.has(type))) {
        due ??= setTimeout(answer, ANSWER_MS);
      }
    });
    answer();
    this.farewells.push(() => {
      clearTimeout(due);
      return new Promise((resolve) => mdns.respond({ answers: records(said, address, 0) }, () => resolve()));
    });
  }
}

/** RFC 6763: the service, what serves it, and where that is. */
function records(
  { rig, host, port }: Announcement,
  address: string,
  ttl: number,
): [StringAnswer, SrvAnswer, TxtAnswer, StringAnswer] {
  const name = `${rig} ${host}.${SERVICE}`;
  const target = `genlock-${rig}-${host}.local`;
  return [
    { type: 'PTR', name: SERVICE, ttl, data: name },
    { type: 'SRV', name, ttl, data: { port, target } },
    { type: 'TXT', name, ttl, data: [`rig=${rig}`] },
    { type: 'A', name: target, ttl, data: address },
  ];
}
