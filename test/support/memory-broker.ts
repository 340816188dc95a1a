import type { Letter, OpenPost, PostRequest } from '../../src/hosts/control/post.ts';
import { type BusEnd, PostBus } from '../../src/hosts/control/post-bus.ts';

interface Connection {
  readonly request: PostRequest;
  readonly patterns: RegExp[];
  up: boolean;
}

/**
 * A broker in this process, with the nuisances of a real one: letters come later, some of them twice, and those that
 * are sent while it is down are lost.
 */
export class MemoryBroker {
  private readonly kept = new Map<string, Letter>();
  private readonly connections = new Set<Connection>();
  private readonly ends = new Map<PostBus, Connection>();
  private running = true;
  private count = 0;
  private readonly repeats: number;

  /** @param repeats each so many-th letter comes twice. */
  constructor(repeats = 7) {
    this.repeats = repeats;
  }

  /** An end on it: an agent where it has a state, else somebody who asks. */
  join(end: BusEnd): PostBus {
    let connection: Connection | undefined;
    const bus = new PostBus(end, (request) => {
      connection = this.connect(request);
      return this.post(connection);
    });
    this.ends.set(bus, connection as Connection);
    return bus;
  }

  /** The end is gone without a word; its timers are stopped. */
  async vanish(bus: PostBus): Promise<void> {
    const connection = this.ends.get(bus) as Connection;
    this.drop(connection);
    this.connections.delete(connection);
    await bus.close();
  }

  /** All connections break; nobody reaches it until it is started. What it kept is lost. */
  stop(): void {
    this.running = false;
    for (const connection of this.connections) this.drop(connection, false);
    this.kept.clear();
  }

  start(): void {
    this.running = true;
    for (const connection of this.connections) this.reach(connection);
  }

  /** A connection breaks, and comes back. */
  flap(bus: PostBus): void {
    const connection = this.ends.get(bus) as Connection;
    this.drop(connection);
    this.reach(connection);
  }

  private connect(request: PostRequest): Connection {
    const patterns = request.subscriptions.map(patternOf);
    const connection = { request, patterns, up: false };
    this.connections.add(connection);
    this.reach(connection);
    return connection;
  }

  private post(connection: Connection): ReturnType<OpenPost> {
    return {
      subscribe: (topic) => {
        const pattern = patternOf(topic);
        connection.patterns.push(pattern);
        setImmediate(() => {
          for (const letter of this.kept.values()) {
            if (connection.up && pattern.test(letter.topic)) connection.request.onLetter(letter);
          }
        });
      },
      send: (letter) => {
        if (connection.up) setImmediate(() => this.spread(letter));
      },
      close: async () => {
        await new Promise((done) => setImmediate(done));
        connection.up = false;
        this.connections.delete(connection);
      },
    };
  }

  private reach(connection: Connection): void {
    setImmediate(() => {
      if (!this.running || connection.up || !this.connections.has(connection)) return;
      connection.up = true;
      for (const letter of this.kept.values()) this.deliver(connection, letter);
      connection.request.onReached(true);
    });
  }

  private drop(connection: Connection, saysWill = true): void {
    if (!connection.up) return;
    connection.up = false;
    const will = connection.request.will?.();
    if (saysWill && will !== undefined) setImmediate(() => this.spread(will));
    connection.request.onReached(false);
  }

  private spread(letter: Letter): void {
    if (!this.running) return;
    if (letter.kept && letter.text === '') this.kept.delete(letter.topic);
    else if (letter.kept) this.kept.set(letter.topic, letter);
    const times = ++this.count % this.repeats === 0 ? 2 : 1;
    for (let i = 0; i < times; i++) for (const each of this.connections) this.deliver(each, letter);
  }

  private deliver(connection: Connection, letter: Letter): void {
    if (connection.up && connection.patterns.some((pattern) => pattern.test(letter.topic))) {
      connection.request.onLetter(letter);
    }
  }
}

const patternOf = (topic: string): RegExp => new RegExp(`^${topic.replaceAll('+', '[^/]*')}$`);
