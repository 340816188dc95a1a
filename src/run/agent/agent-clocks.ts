import { openClock } from '../../host/clock.ts';
import type { ControlBus } from '../../hosts/control/bus.ts';
import type { HostState } from '../../hosts/control/host-state.ts';
import type { FollowedClock } from '../../hosts/exchange/followed-clock.ts';
import { HostClocks } from '../../hosts/exchange/host-clocks.ts';
import type { Membership } from '../../hosts/key/membership.ts';
import { IDLE_PACE } from '../../sync/exchange/clock-exchange.ts';
import type { Clock } from '../../time/clock.ts';
import type { HostPart } from './host-facts.ts';

/** A host that has not answered for so long does not: what is between may let nothing through. In us. */
const SILENT_US = 5e6;

/** The clocks of a rig's hosts, as the agent of one of them has them. */
export class AgentClocks {
  /** The exchange with whichever host: a take's cameras follow the host of its server by it. */
  readonly exchange: HostClocks;
  private readonly own: Membership;
  private readonly clock: Clock;
  private reference: { host: HostState; followed: FollowedClock; sinceUs: number; known: boolean } | undefined;
  private leave: (() => void) | undefined;

  private constructor(own: Membership, clock: Clock, exchange: HostClocks) {
    this.own = own;
    this.clock = clock;
    this.exchange = exchange;
  }

  /** @param hostId names this host's run, as its state does. */
  static async open(own: Membership, hostId: string): Promise<AgentClocks> {
    const clock = openClock();
    return new AgentClocks(own, clock, await HostClocks.open({ key: own.key, hostId, clock }));
  }

  /**
   * Follows the host that all compare their clocks with: the rig's first.
   * @param onKnown hears when its clock is known.
   */
  follow(bus: Pick<ControlBus, 'first' | 'onHost'>, onKnown: () => void): void {
    const look = (): void => {
      const first = bus.first();
      this.refer(first?.present && first.exchangePort > 0 ? first : undefined, onKnown);
    };
    this.leave = bus.onHost(look);
    look();
  }

  /** What the host says of its clock. */
  part(): HostPart {
    const { exchange, reference } = this;
    const { port: exchangePort } = exchange;
    if (reference === undefined) return { exchangePort };
    const { host, followed, sinceUs } = reference;
    const nowUs = this.clock.boot();
    const silent = nowUs - Math.max(sinceUs, followed.heardUs ?? 0) > SILENT_US;
    const problems = silent ? [unheard(host)] : [];
    const known = silent ? undefined : followed.offset(nowUs);
    if (known === undefined) return { exchangePort, problems };
    return { exchangePort, clock: { against: host.host, boundUs: Math.round(known.boundUs) }, problems };
  }

  async close(): Promise<void> {
    this.leave?.();
    await this.exchange.close();
  }

  private refer(host: HostState | undefined, onKnown: () => void): void {
    const { reference: before, own } = this;
    const is = host?.host === own.name ? undefined : host;
    if (before?.host.hostId === is?.hostId) return;
    before?.followed.close();
    this.reference = undefined;
    if (is === undefined) return;
    const followed = this.exchange.follow(is, IDLE_PACE);
    const reference = { host: is, followed, sinceUs: this.clock.boot(), known: false };
    this.reference = reference;
    followed.onOffset(() => {
      if (reference.known) return;
      reference.known = true;
      onKnown();
    });
  }
}

const unheard = ({ host, addresses, exchangePort }: HostState): string =>
  `its clock can't be compared with ${host}'s: UDP port ${exchangePort} of ${addresses[0]} does not answer; let it ` +
  'through the firewalls between them';
