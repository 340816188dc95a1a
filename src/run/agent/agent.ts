import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../../errors.ts';
import type { ControlBus } from '../../hosts/control/bus.ts';
import type { HostState } from '../../hosts/control/host-state.ts';
import { type BusOptions, openBus } from '../../hosts/control/reach.ts';
import type { FilesServer } from '../../hosts/files/server.ts';
import { type Membership, ownMembership, readMembership } from '../../hosts/key/membership.ts';
import { AgentCameras } from './agent-cameras.ts';
import { AgentClocks } from './agent-clocks.ts';
import { serveTakes } from './agent-files.ts';
import { HostFacts } from './host-facts.ts';
import { OwnBroker } from './own-broker.ts';

/** What an agent says of its host is as old at most, in ms. */
const TELL_MS = 5_000;
/** Whether this host left its rig, or got another key, is seen after so long, in ms. */
const LOOK_MS = 1_000;
/** A host of the same name that has vanished is known to be gone by then, in ms. */
const NAME_MS = 5_000;

/** How an agent is run. */
export interface AgentOptions {
  /** Specs of its cameras; undefined is what the system lists. */
  readonly cameras?: readonly string[] | undefined;
  /** Where takes are recorded. */
  readonly folder: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Hears what goes on, a line each. */
  readonly say: (line: string) => void;
}

/**
 * Is this host's agent until it is ended, or the host leaves its rig: serves the rig's broker where that is here, and
 * tells of the host. Goes on with another key where it gets one.
 * @throws UsageError where the host is of no rig, the broker's port can't be had, or another host has its name.
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { signal, say } = options;
  for (let own: Membership | undefined = await ownMembership(); own !== undefined && !signal.aborted; ) {
    const agent = new Agent(own, options);
    try {
      await agent.begin();
      own = await changed(own, signal);
    } finally {
      await agent.end();
    }
    if (signal.aborted) return;
    say(own === undefined ? 'this host has left its rig' : 'this host has another key, or another rig, from now on');
  }
}

/** Waits until what this host keeps of its rig is no longer as given, or the end is asked for. */
async function changed(own: Membership, signal: AbortSignal): Promise<Membership | undefined> {
  while (!signal.aborted) {
    await wait(LOOK_MS, undefined, { signal }).catch(() => {});
    const now = await readMembership();
    if (now === undefined || !same(now, own)) return now;
  }
  return own;
}

const same = (a: Membership, b: Membership): boolean =>
  a.key.secret().equals(b.key.secret()) &&
  a.broker?.ca?.text === b.broker?.ca?.text &&
  (['rig', 'host', 'port', 'name', 'serves'] as const).every((field) => a[field] === b[field]);

/** The agent with one key. */
class Agent {
  private readonly own: Membership;
  private readonly options: AgentOptions;
  private broker: OwnBroker | undefined;
  private bus: ControlBus | undefined;
  private cameras: AgentCameras | undefined;
  private clocks: AgentClocks | undefined;
  private files: FilesServer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private unheard: (() => void) | undefined;

  constructor(own: Membership, options: AgentOptions) {
    this.own = own;
    this.options = options;
  }

  async begin(): Promise<void> {
    const { own, options } = this;
    const { rig, name } = own;
    const facts = await HostFacts.find({ host: name, cameras: options.cameras, folder: options.folder });
    if (own.serves && own.broker === undefined) {
      this.broker = await OwnBroker.open(own, options.say);
    }
    await this.checkName();
    if (options.signal.aborted) return;
    const clocks = await AgentClocks.open(own, facts.hostId);
    this.clocks = clocks;
    facts.add(() => clocks.part());
    const files = await serveTakes(own, options.folder);
    this.files = files;
    facts.add(() => ({ filesPort: files.port }));
    const bus = openBus(own, { ...this.place, state: await facts.now(), onFailure: (reason) => options.say(reason) });
    this.bus = bus;
    this.unheard = bus.onBroker((reached) =>
      options.say(reached ? `is ${name} of the rig ${rig}` : "the rig's broker is lost"),
    );
    const tell = (): void => void facts.now().then((state) => bus.announce(state));
    this.cameras = this.runCameras(bus, facts, clocks, tell);
    this.timer = setInterval(tell, TELL_MS);
    clocks.follow(bus, tell);
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    this.unheard?.();
    this.cameras?.release();
    await this.clocks?.close();
    await this.files?.close();
    await this.bus?.close();
    await this.broker?.close();
  }

  private runCameras(bus: ControlBus, facts: HostFacts, { exchange }: AgentClocks, tell: () => void): AgentCameras {
    const { folder: takes, say } = this.options;
    let busyWith: HostState['busyWith'];
    facts.add(() => ({ busyWith }));
    const onBusy = (take: HostState['busyWith']): void => {
      say(take === undefined ? 'its cameras are free' : `records the take ${take.take}, which ${take.asker} asks for`);
      busyWith = take;
      tell();
    };
    const signingKey = (session: string): Uint8Array => this.own.key.derive('sync', session);
    return new AgentCameras(bus, { takes, onBusy, hostId: facts.hostId, clocks: exchange, signingKey });
  }

  private get place(): BusOptions {
    return this.broker === undefined ? {} : { at: this.broker.at };
  }

  /** Waits for the broker, and looks whether this host's name is free. */
  private async checkName(): Promise<void> {
    const { own, options } = this;
    const look = openBus(own, { ...this.place, follows: [own.name], onFailure: (reason) => options.say(reason) });
    try {
      let reached = false;
      look.onBroker((is) => {
        reached = is;
      });
      // A quarter of a second behind it the broker has told of whoever is there.
      for (let leftMs = NAME_MS; !options.signal.aborted; ) {
        await wait(250, undefined, { signal: options.signal }).catch(() => {});
        if (!reached) continue;
        if (look.hosts().get(own.name)?.present !== true) return;
        leftMs -= 250;
        if (leftMs > 0) continue;
        throw new UsageError(
          `${own.name}: a host of this name is in the rig ${own.rig}: genlock agent runs here already, or another ` +
            'host has the name; then join anew under another name',
        );
      }
    } finally {
      await look.close();
    }
  }
}
