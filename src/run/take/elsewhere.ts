import { OptionError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import type { TakeHosts } from '../hosts/take-hosts.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { CameraChain } from './camera-chain.ts';
import type { TakeCameras } from './cameras.ts';
import type { ServerRelay } from './server-relay.ts';
import type { TakeTies } from './ties.ts';

/** A host that has been gone for so long when a take is over elsewhere is not waited for, in ms. */
const GONE_MS = 3_000;

/** What of a take is on other hosts of a rig: held before its cameras are started, watched while they run. */
export class Elsewhere {
  /** Undefined where all of it is here. */
  hosts: TakeHosts | undefined;
  private readonly relay: ServerRelay;
  private readonly note: (text: string) => void;
  private brokerGone = false;
  private leave: () => void = () => {};

  /** @param note hears of hosts that go and come back. */
  constructor(relay: ServerRelay, note: (text: string) => void) {
    this.relay = relay;
    this.note = note;
  }

  /**
   * @throws UsageError where a host can't be had, or its clock is not known well enough; where other hosts can't take
   *   the messages of the take's server.
   */
  async open(options: TakeOptions, ties: TakeTies, clock: HostClock, signal: AbortSignal): Promise<void> {
    const { rig, elsewhere = [], specs } = options;
    if (rig === undefined) return;
    const { session, recordLeads } = ties;
    if (options.controller === 'stock') {
      throw new OptionError(
        'controller',
        'stock',
        'goes by wall clocks, which other hosts have others of: leave it out',
      );
    }
    if (recordLeads) throw new OptionError('lead', options.lead, LEADS);
    if (session === undefined) throw new OptionError('cameras', specs[0], LEADS);
    const { TakeHosts } = await import('../hosts/take-hosts.ts');
    const hosts = new TakeHosts(options, rig, session, clock, {
      onOffset: (hostId, offset) => this.relay.hostClock(hostId, offset),
      onGone: (host) => this.note(`warning: ${host} is gone: ${camerasOf(host, options)} go on there`),
      onBack: (host) => this.note(`${host} is there again`),
    });
    this.hosts = hosts;
    this.leave = rig.bus.onBroker((reached) => {
      if (reached !== this.brokerGone) return;
      this.brokerGone = !reached;
      this.note(reached ? "the rig's broker is reached again" : "warning: the rig's broker is gone: all cameras go on");
    });
    this.relay.reach({ ofServer: elsewhere[0], addressesOf: (host) => hosts.addressesOf(host) });
    await hosts.hold(signal);
  }

  /** What names this host in the take's messages, and signs them. */
  get signing(): { readonly hostId: string; readonly key: Uint8Array } | undefined {
    return this.hosts && { hostId: this.hosts.hostId, key: this.hosts.key };
  }

  /**
   * Cameras whose hosts are gone are not waited for.
   * @param over the take is past its end, or was told to end.
   */
  look(cameras: TakeCameras, over: boolean): void {
    const { hosts } = this;
    if (hosts === undefined || !over) return;
    const living = cameras.all.filter(({ end }) => end === undefined);
    const goneOf = ({ name }: CameraChain): string | undefined => {
      const host = cameras.hostOf(name);
      return host !== undefined && hosts.isGone(host, GONE_MS) ? host : undefined;
    };
    if (living.length === 0 || living.some((camera) => goneOf(camera) === undefined)) return;
    for (const camera of living) cameras.lose(camera.name, `${goneOf(camera)} is gone`);
  }

  async close(): Promise<void> {
    this.leave();
    await this.hosts?.close();
  }
}

const LEADS = 'cameras of other hosts follow a camera that genlock itself runs: name such a one first, and let it lead';

const camerasOf = (host: string, { elsewhere = [], names }: TakeOptions): string =>
  names.filter((_, number) => elsewhere[number] === host).join(', ');
