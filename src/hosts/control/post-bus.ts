import { randomBytes } from 'node:crypto';
import { NAME } from '../name.ts';
import { AskedOrders } from './asked-orders.ts';
import type { ControlBus, HostChannel, Order } from './bus.ts';
import { DoneOrders, type OrderHandler } from './done-orders.ts';
import { type HostState, readHostState } from './host-state.ts';
import { type ChannelParcel, type Parcel, parsed, readParcel } from './parcel.ts';
import type { Letter, OpenPost, Post } from './post.ts';
import { PostChannel } from './post-channel.ts';

/** A channel whose other end is not heard for so long is lost, in ms: a cable may be out for a minute. */
const LOST_MS = 120_000;
/** As often is seen to what is due, in ms. */
const TICK_MS = 500;
/** So many channels that are over are remembered: what comes late of one opens no new one. */
const MOST_OVER = 1_000;

/** Who is at this end. */
export interface BusEnd {
  /** The rig's name. */
  readonly rig: string;
  /** The name of this host in it. */
  readonly host: string;
  /** An agent's first state; undefined for those who only ask. */
  readonly state?: HostState | undefined;
  /** True for the agent of the rig's first host. */
  readonly first?: boolean | undefined;
  /** Hosts that somebody who asks hears of; default: all. */
  readonly follows?: readonly string[] | undefined;
  /** Default: two minutes. */
  readonly lostMs?: number;
}

/** What hosts tell each other, over any broker that keeps letters and says wills. */
export class PostBus implements ControlBus {
  readonly name: string;
  private readonly end: BusEnd;
  private readonly post: Post;
  private state: HostState | undefined;
  private reached = false;
  private closing = false;
  private firstHost: string | undefined;
  private readonly states = new Map<string, HostState>();
  private readonly hostListeners = new Set<(state: HostState) => void>();
  private readonly brokerListeners = new Set<(reached: boolean) => void>();
  private readonly channelListeners = new Set<(channel: HostChannel, from: string) => void>();
  private readonly channels = new Map<string, PostChannel>();
  private readonly overChannels = new Set<string>();
  private readonly asked: AskedOrders;
  private readonly done: DoneOrders;
  private readonly timer: NodeJS.Timeout;

  /** @param open connects to the broker, with what this end needs of it. */
  constructor(end: BusEnd, open: OpenPost) {
    this.end = end;
    this.state = end.state;
    this.name = end.state === undefined ? `${end.host}.${newId()}` : end.host;
    this.asked = new AskedOrders({
      send: (host, parcel) => this.sendTo(host, parcel),
      host: (name) => this.states.get(name),
      reached: () => this.reached,
    });
    this.done = new DoneOrders((to, answer) => this.sendTo(to, answer));
    this.post = open({
      subscriptions: [
        ...[this.topic('to', this.name), this.topic('first')],
        ...(end.follows ?? [end.state === undefined ? '+' : end.host]).map((host) => this.topic('hosts', host)),
      ],
      will: end.state === undefined ? undefined : () => this.stateLetter(false),
      onLetter: (letter) => this.take(letter),
      onReached: (reached) => this.onReached(reached),
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  announce(state: HostState): void {
    if (this.state === undefined) throw new Error('who only asks has no state');
    this.state = state;
    this.post.send(this.stateLetter(true));
  }

  forget(host: string): void {
    this.post.send({ topic: this.topic('hosts', host), text: '', kept: true });
  }

  follow(host: string): void {
    if (this.hearsAll) return;
    this.post.subscribe(this.topic('hosts', host));
  }

  first(): HostState | undefined {
    return this.firstHost === undefined ? undefined : this.states.get(this.firstHost);
  }

  hosts(): ReadonlyMap<string, HostState> {
    return this.states;
  }

  onHost(listener: (state: HostState) => void): () => void {
    return added(this.hostListeners, listener);
  }

  onBroker(listener: (reached: boolean) => void): () => void {
    return added(this.brokerListeners, listener);
  }

  order(host: string, order: Order, signal?: AbortSignal): Promise<unknown> {
    this.follow(host);
    const parcel = { is: 'order', id: newId(), from: this.name, kind: order.kind, with: order.with } as const;
    return this.asked.ask(host, parcel, signal);
  }

  onOrder(kind: string, handler: OrderHandler): () => void {
    return this.done.handle(kind, handler);
  }

  channel(host: string, name: string): HostChannel {
    this.follow(host);
    return this.newChannel(newId(), name, host);
  }

  onChannel(listener: (channel: HostChannel, from: string) => void): () => void {
    return added(this.channelListeners, listener);
  }

  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    this.asked.close();
    for (const channel of this.channels.values()) channel.close();
    if (this.state !== undefined) this.post.send(this.stateLetter(false));
    await this.post.close();
    for (const channel of this.channels.values()) channel.lose('the end was closed');
  }

  private onReached(reached: boolean): void {
    if (reached === this.reached) return;
    this.reached = reached;
    if (reached) {
      if (this.state !== undefined) this.post.send(this.stateLetter(true));
      if (this.end.first) this.post.send({ topic: this.topic('first'), text: this.end.host, kept: true });
      for (const channel of this.channels.values()) channel.again();
      this.asked.tick(true);
    }
    for (const listener of [...this.brokerListeners]) listener(reached);
  }

  private tick(): void {
    this.asked.tick();
    for (const channel of [...this.channels.values()]) channel.tick();
  }

  private take({ topic, text }: Letter): void {
    if (topic === this.topic('first')) {
      this.takeFirst(text);
      return;
    }
    const states = topic.startsWith(this.topic('hosts', ''));
    const parcel = states ? undefined : readParcel(text);
    if (states && text === '') this.takeForgotten(topic.slice(this.topic('hosts', '').length));
    else if (states) this.takeState(parsed(text));
    else if (parcel === undefined) return;
    else if (parcel.is === 'order') this.done.take(parcel);
    else if (parcel.is === 'answer') this.asked.take(parcel);
    else this.takeOfChannel(parcel);
  }

  private takeFirst(host: string): void {
    if (!NAME.test(host)) return;
    if (host === this.firstHost) return;
    this.firstHost = host;
    this.follow(host);
    // Where its state came earlier, who looks for the first host hears of it now.
    const state = this.states.get(host);
    if (state !== undefined) for (const listener of [...this.hostListeners]) listener(state);
  }

  private takeForgotten(host: string): void {
    this.states.delete(host);
    if (this.state !== undefined && host === this.end.host && !this.closing) this.post.send(this.stateLetter(true));
  }

  private takeState(value: unknown): void {
    const state = readHostState(value);
    if (state === undefined) return;
    // A will of an earlier connection, or of an earlier run here, comes late: this one is there.
    if (this.state !== undefined && state.host === this.end.host && !state.present) {
      if (!this.closing) this.post.send(this.stateLetter(true));
      return;
    }
    const before = this.states.get(state.host);
    this.states.set(state.host, state);
    if (before !== undefined && before.hostId !== state.hostId) {
      for (const channel of [...this.channels.values()]) {
        if (channel.peer === state.host) channel.lose(`${state.host}: began anew`);
      }
    }
    for (const listener of [...this.hostListeners]) listener(state);
  }

  private takeOfChannel(parcel: ChannelParcel): void {
    const { channel: id, from } = parcel;
    const known = this.channels.get(id);
    if (known !== undefined) {
      if (known.peer === from) known.take(parcel);
    } else if (parcel.is !== 'message') {
      return;
    } else if (this.overChannels.has(id)) {
      // It may not have heard that its last message came.
      if (parcel.last) this.sendTo(from, { is: 'heard', channel: id, from: this.name, heard: parcel.number + 1 });
    } else if (parcel.known > 0 || parcel.heard > 0) {
      // It has to do with an earlier run of this end.
      this.sendTo(from, { is: 'unknown', channel: id, from: this.name });
    } else if (parcel.number === 0) {
      // Where another number comes first, the beginning was lost on the way, and comes again.
      // An agent among those that ask is a host, and heard of where it begins anew.
      if (NAME.test(from)) this.follow(from);
      const channel = this.newChannel(id, parcel.name, from);
      for (const listener of [...this.channelListeners]) listener(channel, from);
      channel.take(parcel);
    }
  }

  private newChannel(id: string, name: string, peer: string): PostChannel {
    const channel = new PostChannel(id, name, peer, {
      self: this.name,
      send: (parcel) => this.sendTo(peer, parcel),
      onOver: () => this.forgetChannel(id),
      lostMs: this.end.lostMs ?? LOST_MS,
    });
    this.channels.set(id, channel);
    return channel;
  }

  private forgetChannel(id: string): void {
    this.channels.delete(id);
    this.overChannels.add(id);
    for (const old of this.overChannels) {
      if (this.overChannels.size <= MOST_OVER) return;
      this.overChannels.delete(old);
    }
  }

  private sendTo(end: string, parcel: Parcel): void {
    this.post.send({ topic: this.topic('to', end), text: JSON.stringify(parcel) });
  }

  private stateLetter(present: boolean): Letter {
    const state = { ...(this.state as HostState), present };
    return { topic: this.topic('hosts', this.end.host), text: JSON.stringify(state), kept: true };
  }

  private get hearsAll(): boolean {
    return this.end.state === undefined && this.end.follows === undefined;
  }

  private topic(...levels: ['hosts' | 'to', string] | ['first']): string {
    return ['genlock', this.end.rig, ...levels].join('/');
  }
}

const newId = (): string => randomBytes(8).toString('hex');

/** @returns what takes it away again. */
function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => void set.delete(item);
}
