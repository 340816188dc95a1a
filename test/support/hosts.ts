import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CLI, type Outcome, type Running, sleep, start } from './genlock.ts';
import { ip, namespaceCommand, whyNoNamespaces } from './isolation.ts';
import { pythonWith } from './python.ts';

const RELAY = resolve('test/support/relay.py');

/** What happens to what a link carries, one way. */
export interface Way {
  readonly delayUs?: number;
  /** Evenly spread on top of the delay. */
  readonly jitterUs?: number;
  /** Share that is lost, 0 to 1. */
  readonly loss?: number;
  /** What was sent later may come earlier. */
  readonly reorder?: boolean;
  /** So often nothing passes for `stallS`. */
  readonly stallEveryS?: number;
  readonly stallS?: number;
}

/** A host's link: what happens on the way to it, and from it. */
export interface Link {
  readonly to?: Way;
  readonly from?: Way;
}

export interface HostsOptions {
  /** Of each host, as in GENLOCK_CLOCK; undefined is the machine's own clock. */
  readonly clocks?: readonly (string | undefined)[];
  /** Of each host. Default: the kernel's bridge, as quick as it is. */
  readonly links?: readonly Link[];
}

let made = 0;

/**
 * Hosts of a network of their own, pi1, pi2 and so on: network namespaces, each with a state folder, clocks of its own
 * and one link (eth0), joined by a bridge or by a switch that delays and loses (relay.py). The machine's own network is
 * not touched.
 */
export class Hosts {
  readonly all: readonly TestHost[];
  private readonly home = mkdtempSync(join(tmpdir(), 'genlock-hosts-'));
  private readonly prefix = `gl${process.pid}-${made++}`;
  private readonly namespaces: string[] = [];
  private readonly relay: ChildProcess | undefined;
  private readonly removeAtExit = (): void => this.removeNetwork();

  private constructor(count: number, { clocks = [], links }: HostsOptions) {
    process.once('exit', this.removeAtExit);
    const middle = this.namespace('sw');
    if (links === undefined) {
      ip(`-n ${middle} link add br0 type bridge mcast_snooping 0`);
      ip(`-n ${middle} link set br0 up`);
    }
    this.all = Array.from({ length: count }, (_, i) => {
      const space = this.namespace(`pi${i + 1}`);
      const address = `10.77.0.${i + 1}`;
      ip(`link add eth${i} netns ${middle} type veth peer name eth0 netns ${space}`);
      if (links === undefined) ip(`-n ${middle} link set eth${i} master br0`);
      else ip(`netns exec ${space} ${pythonWith([])} ${RELAY} plain eth0`);
      ip(`-n ${middle} link set eth${i} up`);
      ip(`-n ${space} addr add ${address}/24 dev eth0`);
      for (const device of ['lo', 'eth0']) ip(`-n ${space} link set ${device} up`);
      const plug = (in_: boolean): unknown => ip(`-n ${middle} link set eth${i} ${in_ ? 'up' : 'down'}`);
      return new TestHost(`pi${i + 1}`, space, address, join(this.home, `pi${i + 1}`), clocks[i], plug);
    });
    if (links !== undefined) {
      const [command = '', ...args] = namespaceCommand(middle, [pythonWith([]) ?? '', RELAY, this.linkText(links)]);
      this.relay = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    }
  }

  /** Why there can be none here, for the skip; undefined where there can. */
  static whyNone({ links }: HostsOptions = {}): string | undefined {
    if (links !== undefined && pythonWith([]) === undefined) return 'python3, which the relay needs, is not there';
    const name = `gl${process.pid}-try`;
    const reason = whyNoNamespaces(name);
    if (reason !== undefined) return reason;
    try {
      ip(`-n ${name} link add br0 type bridge`);
      ip(`-n ${name} link add cable0 type veth peer name cable1`);
      return undefined;
    } catch (error) {
      return `virtual cables do not work here: ${(error as Error).message.trim().replaceAll('\n', ' ')}`;
    } finally {
      ip(`netns del ${name}`);
    }
  }

  static async make(count: number, options: HostsOptions = {}): Promise<Hosts> {
    const hosts = new Hosts(count, options);
    if (hosts.relay?.stdout) await once(hosts.relay.stdout, 'data');
    // That a cable is in is seen a moment later.
    for (const { space } of hosts.all) while (!ip(`-n ${space} link show eth0`).includes('state UP')) await sleep(10);
    return hosts;
  }

  /** What the links do from now on; only of hosts that were made with links. */
  relink(links: readonly Link[]): void {
    this.relay?.stdin?.write(`${this.linkText(links)}\n`);
  }

  /**
   * Makes a rig of them, by `genlock rig create` and `join`, with an agent on each.
   * @param cameras of each host; none: a virtual imx219.
   * @returns the agents, once all are in the rig.
   */
  async rig(cameras: readonly (readonly string[])[] = []): Promise<Running[]> {
    const [first, ...others] = this.all as [TestHost, ...TestHost[]];
    const created = await first.run('rig', 'create', 'studio', '--as', first.name);
    if (created.code !== 0) throw new Error(created.stderr);
    const agents = [await first.agent(cameras[0])];
    for (const [i, host] of others.entries()) {
      await host.join(created.stdout.trim());
      agents.push(await host.agent(cameras[i + 1]));
    }
    return agents;
  }

  /** Ends what runs on them, and takes all away. */
  async remove(): Promise<void> {
    await Promise.all(this.all.map((host) => host.end()));
    if (this.relay) {
      const over = once(this.relay, 'close');
      this.relay.kill('SIGKILL');
      await over;
    }
    this.removeNetwork();
    process.off('exit', this.removeAtExit);
    rmSync(this.home, { recursive: true, force: true });
  }

  private linkText(links: readonly Link[]): string {
    return JSON.stringify(Object.fromEntries(this.all.map((_, i) => [`eth${i}`, links[i] ?? {}])));
  }

  private namespace(name: string): string {
    const space = `${this.prefix}-${name}`;
    ip(`netns add ${space}`);
    this.namespaces.push(space);
    return space;
  }

  private removeNetwork(): void {
    for (const space of this.namespaces.splice(0)) {
      try {
        execFileSync('ip', ['netns', 'del', space], { stdio: 'ignore' });
      } catch {
        // The others go all the same.
      }
    }
  }
}

/** One of them. */
export class TestHost {
  readonly name: string;
  readonly address: string;
  /** Its network namespace, for what is no command of genlock's. */
  readonly space: string;
  /** Where it keeps its state, and takes. */
  readonly folder: string;
  private readonly clock: string | undefined;
  private readonly running: Running[] = [];
  private readonly link: (plugged: boolean) => unknown;

  constructor(
    name: string,
    space: string,
    address: string,
    folder: string,
    clock: string | undefined,
    link: (plugged: boolean) => unknown,
  ) {
    this.name = name;
    this.space = space;
    this.address = address;
    this.folder = folder;
    this.clock = clock;
    this.link = link;
  }

  /** Where its agent records. */
  get takes(): string {
    return join(this.folder, 'takes');
  }

  /** What makes a process one of this host, besides its network. */
  get env(): NodeJS.ProcessEnv {
    return {
      GENLOCK_STATE: join(this.folder, 'state'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      GENLOCK_INTERFACE: 'eth0',
      GENLOCK_CLOCK: this.clock,
    };
  }

  /** A genlock command on it. */
  start(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): Running {
    return this.startCommand([process.execPath, CLI], args, stdin);
  }

  /** Any command on it. */
  startCommand(command: readonly string[], args: readonly string[] = [], stdin: 'ignore' | 'pipe' = 'ignore'): Running {
    const begun = start(args, this.env, namespaceCommand(this.space, command), stdin);
    this.running.push(begun);
    return begun;
  }

  run(...args: string[]): Promise<Outcome> {
    return this.start(args).ended;
  }

  /** Joins a rig by its line. */
  async join(line: string): Promise<void> {
    const begun = this.start(['join', '-', '--as', this.name], 'pipe');
    begun.child.stdin?.end(`${line}\n`);
    const { code, stderr } = await begun.ended;
    if (code !== 0) throw new Error(stderr);
  }

  /** Its agent, once it is in its rig. */
  async agent(cameras: readonly string[] = ['virtual:imx219']): Promise<Running> {
    const begun = this.start(['agent', '--camera', ...cameras, '--folder', this.takes]);
    await begun.says(`is ${this.name} of the rig`);
    return begun;
  }

  /** Pulls its cable, or plugs it in. */
  plug(plugged: boolean): void {
    this.link(plugged);
  }

  /** Kills what runs on it. */
  async end(): Promise<void> {
    for (const { child } of this.running) child.kill('SIGKILL');
    await Promise.all(this.running.splice(0).map(({ ended }) => ended));
  }
}
