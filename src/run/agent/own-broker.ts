import { ipv4Interfaces } from '../../host/interfaces.ts';
import { Broker } from '../../hosts/control/broker.ts';
import { Announcer } from '../../hosts/discovery/announcer.ts';
import type { Place } from '../../hosts/discovery/finder.ts';
import { givenInterfaces } from '../../hosts/discovery/networks.ts';
import type { Membership } from '../../hosts/key/membership.ts';

/** This host's addresses are looked at so often, in ms. */
const LOOK_MS = 1_000;

/** The broker that the first host serves, and what the network is told of it, though the host's address changes. */
export class OwnBroker {
  private readonly own: Membership;
  private readonly say: (line: string) => void;
  private broker: Broker;
  private announcer: Announcer | undefined;
  /** Where it listens; undefined is everywhere. */
  private address: string | undefined;
  private told = '';
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  private constructor(own: Membership, say: (line: string) => void, address: string | undefined, broker: Broker) {
    this.own = own;
    this.say = say;
    this.address = address;
    this.broker = broker;
  }

  /** @throws UsageError where its port can't be had. */
  static async open(own: Membership, say: (line: string) => void): Promise<OwnBroker> {
    const address = ownAddressOf(own);
    const opened = new OwnBroker(own, say, address, await Broker.open({ ...own, host: address }));
    say(`serves the rig ${own.rig} at ${own.host}:${own.port}`);
    await opened.look();
    opened.timer = setInterval(() => {
      opened.looking ??= opened.look().finally(() => {
        opened.looking = undefined;
      });
    }, LOOK_MS);
    return opened;
  }

  /** Where this host reaches it. */
  readonly at = (): Place => ({ host: this.address ?? '127.0.0.1', port: this.own.port });

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    await this.announcer?.close();
    await this.broker.close();
  }

  private async look(): Promise<void> {
    const { own } = this;
    if (this.address !== undefined && ownAddressOf(own) === undefined) {
      this.say(`this host no longer has the address ${own.host}: serves the rig ${own.rig} at any that it has`);
      await this.broker.close();
      this.address = undefined;
      this.broker = await Broker.open({ ...own, host: undefined });
    }
    const addresses = givenInterfaces(own.host);
    if (addresses.join() === this.told) return;
    this.told = addresses.join();
    await this.announcer?.close();
    this.announcer = await Announcer.open({ rig: own.rig, host: own.name, port: own.port }, addresses);
  }
}

/** The address that the rig knows this host by, where it has it. */
const ownAddressOf = ({ host }: Membership): string | undefined =>
  ipv4Interfaces().find(({ address }) => address === host)?.address;
