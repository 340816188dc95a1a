import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { OptionError, UsageError } from '../../errors.ts';
import type { HostClock } from '../../host/clock.ts';
import { ipv4Interfaces, isLoopback } from '../../host/interfaces.ts';
import type { HostState } from '../../hosts/control/host-state.ts';
import type { HostClocks } from '../../hosts/exchange/host-clocks.ts';
import { NAME, NAME_WORDS } from '../../hosts/name.ts';
import { type HostOffset, offsetAt } from '../../sync/exchange/host-offset.ts';
import { nameOf } from '../files/folder.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { TakeRig } from '../plan/take-rig.ts';
import { HeldHost } from './held-host.ts';
import type { ClockHost } from './hold-messages.ts';

/** Hosts that do not say within this that they are held, or how their clocks lie, don't, in ms. */
const ANSWER_MS = 5_000;
/** A bound beyond the limit may still come within it for so long, in ms. */
const BETTER_MS = 3_000;
/** As often is looked whether they did, in ms. */
const LOOK_MS = 20;

/** Who hears of the hosts of a take. */
export interface TakeHostsEvents {
  /** How the clock of the server's host lies against this host's, where that is another one. */
  onOffset(hostId: string, offset: HostOffset): void;
  /** The host is gone, or the broker says so. */
  onGone(host: string): void;
  /** It is there again. */
  onBack(host: string): void;
}

/** The other hosts of a take, held for it from before its cameras are started to the end, and how their clocks lie. */
export class TakeHosts {
  /** Names this host in the take's messages. */
  readonly hostId = randomBytes(8).toString('hex');
  /** What the messages of the session are signed with. */
  readonly key: Uint8Array;
  private readonly options: TakeOptions;
  private readonly rig: TakeRig;
  private readonly events: TakeHostsEvents;
  private readonly clock: HostClock;
  private readonly held: readonly HeldHost[];
  private readonly gone = new Map<string, number>();
  private clocks: HostClocks | undefined;
  /** Names the run of the server's host. */
  private serverId = '';
  /** Of the server's host against this one's. */
  private own: HostOffset | undefined;
  private leave: () => void = () => {};

  /** @param session of the take's server. */
  constructor(options: TakeOptions, rig: TakeRig, session: string, clock: HostClock, events: TakeHostsEvents) {
    this.options = options;
    this.rig = rig;
    this.key = rig.own.key.derive('sync', session);
    this.clock = clock;
    this.events = events;
    const { elsewhere = [] } = options;
    const others = new Set(elsewhere.flatMap((host) => host ?? []));
    // Its own agent is told, too: so others hear that its cameras are at work.
    if (rig.bus.hosts().get(rig.own.name)?.present && elsewhere.includes(undefined)) others.add(rig.own.name);
    this.held = [...others].map((host) => new HeldHost(host, rig.bus, nameOf(options.folder)));
  }

  /**
   * Has all hosts be held for the take, and waits until their clocks are known.
   * @throws UsageError that names the host that can't, and why.
   */
  async hold(signal: AbortSignal): Promise<void> {
    const { folder } = this.options;
    if (!NAME.test(nameOf(folder))) {
      throw new OptionError(
        'output',
        folder,
        `the take is called so on other hosts, too: its name must be ${NAME_WORDS}`,
      );
    }
    const { HostClocks } = await import('../../hosts/exchange/host-clocks.ts');
    const clocks = await HostClocks.open({ key: this.rig.own.key, hostId: this.hostId, clock: this.clock });
    this.clocks = clocks;
    const server = this.server(clocks.port);
    this.serverId = server.hostId;
    if (server.hostId !== this.hostId) {
      clocks.follow(server).onOffset((offset) => {
        this.own = offset;
        this.events.onOffset(server.hostId, offset);
      });
    }
    this.watch();
    const { name } = this.rig.own;
    const own = this.ownHost(clocks.port);
    const asked = server.hostId === own.hostId ? [own] : [server, own];
    for (const held of this.held) held.begin(held.host === name ? [] : asked);
    await this.answered(signal);
    await this.known(signal);
  }

  /** Whose clock all go by, and how it is asked for. */
  private server(port: number): ClockHost {
    const host = this.options.elsewhere?.[0];
    return host === undefined ? this.ownHost(port) : clockOf(this.state(host));
  }

  private ownHost(exchangePort: number): ClockHost {
    return { hostId: this.hostId, addresses: ipv4Interfaces().map(({ address }) => address), exchangePort };
  }

  /** Where the host of a camera is reached; this one, where undefined. Its loopback is none of it. */
  addressesOf(host: string | undefined): readonly string[] {
    const all = host === undefined ? ipv4Interfaces().map(({ address }) => address) : this.state(host).addresses;
    return all.filter((address) => !isLoopback(address));
  }

  /** What is known now of the clock of the server's host, against that of a camera's host. */
  offsetOf(host: string | undefined): HostOffset | undefined {
    const nowUs = this.clock.boot();
    if (host === undefined) return this.own && offsetAt(this.own, nowUs);
    return this.held.find((each) => each.host === host)?.offset(this.serverId);
  }

  /** True where a host has not been there for so long, in ms. */
  isGone(host: string, forMs: number): boolean {
    const sinceMs = this.gone.get(host);
    return sinceMs !== undefined && performance.now() - sinceMs >= forMs;
  }

  /** All are free again. */
  async close(): Promise<void> {
    this.leave();
    for (const held of this.held) held.close();
    await this.clocks?.close();
  }

  private state(host: string): HostState {
    return this.rig.bus.hosts().get(host) as HostState;
  }

  private watch(): void {
    const names = new Set(this.held.map(({ host }) => host));
    this.leave = this.rig.bus.onHost(({ host, present }) => {
      if (!names.has(host) || present !== this.gone.has(host)) return;
      if (present) this.gone.delete(host);
      else this.gone.set(host, performance.now());
      if (present) this.events.onBack(host);
      else this.events.onGone(host);
    });
  }

  private async answered(signal: AbortSignal): Promise<void> {
    await until(ANSWER_MS, signal, () => this.held.every(({ state }) => state !== 'asked'));
    for (const { host, state, refusal } of this.held) {
      if (state === 'refused') throw new OptionError('hosts', host, refusal as string);
      if (state === 'asked' && !signal.aborted)
        throw new OptionError('hosts', host, 'does not answer: see that genlock agent runs there');
    }
  }

  /** Waits until each clock that is asked for is known, and as closely as it is to be. */
  private async known(signal: AbortSignal): Promise<void> {
    const { clockLimitUs, elsewhere = [] } = this.options;
    const server = elsewhere[0];
    const hosts = [...new Set(elsewhere)].filter((host) => host !== server);
    const boundOf = (host: string | undefined): number | undefined => this.offsetOf(host)?.boundUs;
    const all = (is: (boundUs: number | undefined) => boolean) => () => hosts.every((host) => is(boundOf(host)));
    await until(
      ANSWER_MS,
      signal,
      all((boundUs) => boundUs !== undefined),
    );
    await until(
      BETTER_MS,
      signal,
      all((boundUs = 0) => boundUs <= clockLimitUs),
    );
    if (signal.aborted) return;
    const called = (host: string | undefined): string => host ?? this.rig.own.name;
    for (const host of hosts) {
      const boundUs = boundOf(host);
      if (boundUs === undefined) {
        throw new UsageError(
          `${called(host)}: its clock can't be compared with ${called(server)}'s, by UDP: let it through the firewalls between them`,
        );
      }
      if (boundUs <= clockLimitUs) continue;
      throw new OptionError(
        'clockLimitUs',
        clockLimitUs,
        `the clock of ${called(host)} is known to ${Math.ceil(boundUs)} us of ${called(server)}'s alone: see to the link between them, or give a higher limit`,
      );
    }
  }
}

/** Waits until it is so, but no longer than this. */
async function until(ms: number, signal: AbortSignal, is: () => boolean): Promise<void> {
  const endMs = performance.now() + ms;
  while (!signal.aborted && !is() && performance.now() < endMs) await wait(LOOK_MS);
}

const clockOf = ({ hostId, addresses, exchangePort }: HostState): ClockHost => ({ hostId, addresses, exchangePort });
