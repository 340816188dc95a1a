import type { HostState } from './host-state.ts';

/** Something that a host is asked to do, once. */
export interface Order {
  /** What is to be done: whoever does such things there has named it (`onOrder`). */
  readonly kind: string;
  /** What it takes to do it, as JSON holds it. */
  readonly with?: unknown;
}

/**
 * What hosts of a rig tell each other. Each end is an agent, which is its host, or somebody who asks from a host
 * (`record`, `hosts`): askers can order and open channels, and nobody sees them in `hosts`.
 *
 * The broker between the ends may go away and come again, messages may be lost then or come twice: an order is done
 * once all the same, and a channel's messages come in their order, each once.
 */
export interface ControlBus {
  /** What others know this end by: its host's name, behind an asker's a dot and the run. */
  readonly name: string;
  /** Says this host's state anew. Agents alone; their first state is said when they come. */
  announce(state: HostState): void;
  /** Takes a host that is gone off the list, for all and for good. One that is there comes back at once. */
  forget(host: string): void;
  /**
   * Hears of a host from now on. Askers hear of all; agents of themselves, of the first host, and of hosts that they
   * ask something or are asked by: else a thousand of them would tell each other a million states.
   */
  follow(host: string): void;
  /** The rig's first host, on which it was made; undefined while it is not known. */
  first(): HostState | undefined;
  /** The hosts that this end hears of, by their names, with what each said last: there, or gone. */
  hosts(): ReadonlyMap<string, HostState>;
  /** Calls with each state of those hosts that comes from now on. @returns what ends it. */
  onHost(listener: (state: HostState) => void): () => void;
  /** Calls when the broker is lost (false) and reached again (true). @returns what ends it. */
  onBroker(listener: (reached: boolean) => void): () => void;
  /**
   * Has a host do something, once, however often the order reaches it.
   * @returns what the host's handler returned, as JSON holds it.
   * @throws FailureError with what the host said, or where it is not there, goes away or begins anew before it
   * answers; the signal's reason where that ended it: the order may be done all the same.
   */
  order(host: string, order: Order, signal?: AbortSignal): Promise<unknown>;
  /**
   * Does orders of one kind that come to this end: one handler a kind. Orders of kinds without one are refused.
   * @param handler `from` is the name of the end that asks. What it throws is told there by its message alone.
   * @returns what ends it.
   */
  onOrder(kind: string, handler: (payload: unknown, from: string) => Promise<unknown>): () => void;
  /**
   * Opens a channel to a host, whose agent hears of it with `onChannel`. What is sent is kept until the other end has
   * it, however long the broker is away, up to the time when the channel counts as lost.
   * @param name says what for: one run of one camera's process.
   */
  channel(host: string, name: string): HostChannel;
  /** Calls with channels that others open to this end. @returns what ends it. */
  onChannel(listener: (channel: HostChannel, from: string) => void): () => void;
  /** Ends it: of an agent others know that it left. Its channels are closed, open orders fail. */
  close(): Promise<void>;
}

/** Messages both ways between two ends, each once and in order. */
export interface HostChannel {
  /** What for, as it was opened. */
  readonly name: string;
  /** The end on the other side, by its name. */
  readonly peer: string;
  /** Sends what JSON can hold. Without effect once the channel is closed or lost. */
  send(message: unknown): void;
  /** Calls with each message. What came before anybody listened comes at once. One listener. */
  onMessage(listener: (message: unknown) => void): void;
  /** Calls once, when the other end closed it, began anew, or was not heard for long; why, in a line. One listener. */
  onLost(listener: (reason: string) => void): void;
  /** Ends it; the other end hears of it behind what was sent. Nothing is called any more. */
  close(): void;
}
