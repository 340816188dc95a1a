import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import {
  openSyncSocket,
  type SyncSocket,
  type SyncSocketCounts,
  type SyncSocketOptions,
} from '../src/host/sync-socket.ts';
import { script } from './support/scripts.ts';

const GROUP = '239.255.255.250';
const LO = '127.0.0.1';

const cleanUps: (() => unknown)[] = [];
let port = 0;

beforeEach(async () => {
  port = await freePort();
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a sync socket on the loopback', () => {
  it('carries bytes from server to client as they were', async () => {
    const client = await open({ role: 'client' });
    const server = await open({ role: 'server' });
    const long = Uint8Array.from({ length: 1472 }, (_, i) => (i * 167) % 256);
    for (const bytes of [long, new Uint8Array(0), Uint8Array.of(7)]) server.socket.send(bytes);
    const got = [await client.next(), await client.next(), await client.next()];
    expect(got.map(({ bytes }) => Uint8Array.from(bytes))).toEqual([long, new Uint8Array(0), Uint8Array.of(7)]);
    expect(got.every(({ from }) => from.address === LO && from.port !== port)).toBe(true);
    expect(client.socket.counts).toMatchObject({ received: 3, strays: 0 });
  });

  it('takes its bytes when they are sent, not later', async () => {
    const client = await open({ role: 'client' });
    const { socket } = await open({ role: 'server' });
    const bytes = Uint8Array.of(1);
    socket.send(bytes);
    bytes[0] = 2;
    expect([...(await client.next()).bytes]).toEqual([1]);
  });

  it('is heard by every client process on the port', async () => {
    const clients = [0, 1, 2].map(() => startProcess({ role: 'client', interface: 'lo' }));
    for (const client of clients) await client.next('open');
    const server = startProcess({ role: 'server', interface: 'lo' });
    await server.next('open');
    server.say('send 0102');
    for (const client of clients)
      expect(await client.next('message')).toMatchObject({ hex: '0102', from: { address: LO } });
  });

  it('hears only its own group, and nothing sent to the host itself', async () => {
    const client = await open({ role: 'client' });
    const other = await open({ role: 'client', group: '239.255.255.249' });
    const server = await open({ role: 'server' });
    const otherServer = await open({ role: 'server', group: '239.255.255.249' });
    const direct = dgram.createSocket('udp4');
    cleanUps.push(() => direct.close());
    await new Promise((resolve) => direct.send(Uint8Array.of(1), port, LO, resolve));
    otherServer.socket.send(Uint8Array.of(2));
    await other.next();
    server.socket.send(Uint8Array.of(3));
    expect([...(await client.next()).bytes]).toEqual([3]);
  });

  it('hears itself where it is both server and client', async () => {
    const both = await open({ role: 'both' });
    both.socket.send(Uint8Array.of(9));
    expect([...(await both.next()).bytes]).toEqual([9]);
  });

  it('is quiet once closed', async () => {
    const { socket } = await open({ role: 'server' });
    await socket.close();
    await socket.close();
    socket.send(Uint8Array.of(1));
    expect(socket.counts).toMatchObject({ sent: 0, sendErrors: 0 });
  });

  it('refuses to send as a client', async () => {
    const { socket } = await open({ role: 'client' });
    expect(() => socket.send(Uint8Array.of(1))).toThrow(TypeError);
  });
});

describe('a sync socket that can not be', () => {
  it.each(['192.168.1.1', '223.255.255.255', '240.0.0.0', 'ff02::1', 'group', ''])(
    'names the group %j',
    async (group) => {
      const refused = open({ role: 'server', group });
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow(`group ${group}: no IPv4 multicast address`);
    },
  );

  it.each([0, -1, 65_536, 1.5, Number.NaN])('names the port %s', async (badPort) => {
    const refused = open({ role: 'client', port: badPort });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(`port ${badPort}: a port is a whole number from 1 to 65535`);
  });

  it('says that another program holds the port', async () => {
    const holder = dgram.createSocket('udp4');
    cleanUps.push(() => holder.close());
    await new Promise<void>((resolve) => holder.bind(port, resolve));
    const refused = open({ role: 'client' });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(`port ${port}: another program holds this port`);
  });

  it.each(['server', 'client'] as const)('says to a %s that the host has no such address', async (role) => {
    const refused = open({ role, interface: '203.0.113.7' });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(/^interface: no multicast to .* through 203\.0\.113\.7/);
  });
});

describe('a sync socket on a network', () => {
  const [hostA, hostB] = [`genlock-${process.pid}-a`, `genlock-${process.pid}-b`];
  let missing: string | undefined;

  beforeAll(() => {
    missing = whyNoNamespaces(hostA);
  });
  beforeEach(async (context) => {
    if (missing !== undefined) context.skip(missing);
    // Two hosts on one wire, neither with a gateway.
    for (const host of [hostA, hostB]) {
      ip(`netns add ${host}`);
      cleanUps.push(() => ip(`netns del ${host}`));
      ip(`-n ${host} link set lo up`);
    }
    ip(`-n ${hostA} link add cable0 type veth peer name cable0 netns ${hostB}`);
    ip(`-n ${hostA} addr add 10.9.0.1/24 dev cable0`);
    ip(`-n ${hostB} addr add 10.9.0.2/24 dev cable0`);
    for (const host of [hostA, hostB]) ip(`-n ${host} link set cable0 up`);
    for (const host of [hostA, hostB]) {
      while (!ip(`-n ${host} link show cable0`).includes('state UP'))
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  afterAll(() => {
    if (missing === undefined) expect(ip('netns list')).not.toContain(`genlock-${process.pid}`);
  });

  it.each(['server', 'client'] as const)('tells a %s without a route to name an interface, and which', async (role) => {
    const refused = await startProcess({ role }, hostA).next('refused');
    expect(refused.name).toBe('UsageError');
    expect(refused.message).toBe(
      'interface: no route for multicast to 239.255.255.250: this host has no default gateway; ' +
        'name the interface, for example interface cable0, or set GENLOCK_INTERFACE',
    );
  });

  it('needs no interface named where there is a gateway', async () => {
    for (const [host, gateway] of [
      [hostA, '10.9.0.2'],
      [hostB, '10.9.0.1'],
    ])
      ip(`-n ${host} route add default via ${gateway}`);
    await connected(startProcess({ role: 'server' }, hostA), startProcess({ role: 'client' }, hostB));
  });

  it('crosses a bare wire through the named interface, or its address', async () => {
    const server = startProcess({ role: 'server', interface: 'cable0' }, hostA);
    await connected(server, startProcess({ role: 'client', interface: '10.9.0.2' }, hostB));
  });

  it('does not let a rig on the loopback hear one on the network', async () => {
    const inside = startProcess({ role: 'both', interface: 'lo' }, hostA);
    await inside.next('open');
    const client = startProcess({ role: 'client', interface: 'cable0' }, hostA);
    await connected(startProcess({ role: 'server', interface: 'cable0' }, hostB), client);
    inside.say('send aa');
    const heard = await inside.next('message');
    expect(heard.hex).toBe('aa');
    expect(heard.counts?.received).toBe(1);
    expect(heard.counts?.strays).toBeGreaterThan(0);
  });

  it('on the default interface and the loopback reaches those that joined either, on this host and others', async () => {
    for (const [host, gateway] of [
      [hostA, '10.9.0.2'],
      [hostB, '10.9.0.1'],
    ])
      ip(`-n ${host} route add default via ${gateway}`);
    const remote = startProcess({ role: 'client' }, hostB);
    const onDefault = startProcess({ role: 'client' }, hostA);
    const onLoopback = startProcess({ role: 'client', interface: 'lo' }, hostA);
    const onBoth = startProcess({ role: 'client', interface: 'default,lo' }, hostA);
    for (const client of [onDefault, onLoopback, onBoth]) await client.next('open');
    const server = startProcess({ role: 'server', interface: 'default,lo' }, hostA);
    await connected(server, remote);
    server.say('send dd');
    for (const client of [remote, onDefault, onLoopback, onBoth]) {
      let heard = await client.next('message');
      while (heard.hex === '01') heard = await client.next('message');
      expect(heard.hex).toBe('dd');
    }
    server.say('send ee');
    // The repeat of `dd` came before `ee`, and was not handed on.
    const next = await onBoth.next('message');
    expect(next.hex).toBe('ee');
    expect(next.counts?.repeats).toBeGreaterThan(0);
    expect(next.counts?.strays).toBe(0);
  });

  it('on both interfaces hears a sender of the default one alone, as a stock camera is', async () => {
    for (const [host, gateway] of [
      [hostA, '10.9.0.2'],
      [hostB, '10.9.0.1'],
    ])
      ip(`-n ${host} route add default via ${gateway}`);
    const client = startProcess({ role: 'client', interface: 'default,lo' }, hostA);
    await connected(startProcess({ role: 'server' }, hostA), client);
  });

  it('takes the loopback once where the routes lead there, and the messages cross it', async () => {
    ip(`-n ${hostA} route add ${GROUP} dev lo`);
    const server = startProcess({ role: 'server', interface: 'default,lo' }, hostA);
    const stock = startProcess({ role: 'client' }, hostA);
    const client = startProcess({ role: 'client', interface: 'default,lo' }, hostA);
    for (const peer of [server, stock, client]) await peer.next('open');
    server.say('send ff');
    expect((await server.next('done')).counts).toMatchObject({ sent: 1, sendErrors: 0 });
    expect((await stock.next('message')).hex).toBe('ff');
    expect(await client.next('message')).toMatchObject({ hex: 'ff', counts: { repeats: 0, strays: 0 } });
  });

  describe('where a route without a source leads to the loopback', () => {
    it.each(['another interface has an address', 'no other interface has one'])(
      'hears a server of the default interface, and one of the loopback, on either: %s',
      async (which) => {
        if (which.startsWith('no')) ip(`-n ${hostA} addr flush dev cable0`);
        ip(`-n ${hostA} route add 239.0.0.0/8 dev lo`);
        const clients = ['lo', 'default', 'default,lo'].map((name) =>
          startProcess({ role: 'client', interface: name }, hostA),
        );
        for (const client of clients) await client.next('open');
        for (const [name, hex] of [
          ['default', 'ab'],
          ['lo', 'cd'],
        ] as const) {
          const server = startProcess({ role: 'server', interface: name }, hostA);
          await server.next('open');
          server.say(`send ${hex}`);
          for (const client of clients)
            expect(await client.next('message')).toMatchObject({ hex, counts: { strays: 0 } });
        }
        expect(clients.map((client) => client.waiting('error'))).toEqual([0, 0, 0]);
      },
    );
  });

  it('says once that it hears nothing of a server that is on the other side', async () => {
    const [inside, outside] = [
      startProcess({ role: 'client', interface: 'lo' }, hostA),
      startProcess({ role: 'client', interface: 'cable0' }, hostA),
    ];
    await inside.next('open');
    const server = startProcess({ role: 'server', interface: 'cable0' }, hostB);
    await connected(server, outside);
    expect((await inside.next('error')).message).toBe(
      `sync messages to ${GROUP}:${port} from 10.9.0.2 are on a network and not heard: this camera listens to the loopback; ` +
        "where they are its server's, give both the same network interface",
    );
    for (let i = 0; i < 3; i++) server.say('send 02');
    while ((await outside.next('message')).hex !== '02');
    expect(inside.waiting('error')).toBe(0);
  });

  it('reports an interface that goes down once, counts what is lost, and goes on when it is back', async () => {
    const server = startProcess({ role: 'server', interface: 'cable0' }, hostA);
    const client = startProcess({ role: 'client', interface: 'cable0' }, hostB);
    await connected(server, client);
    ip(`-n ${hostA} link set cable0 down`);
    for (let i = 0; i < 3; i++) server.say('send bb');
    expect(await server.next('error')).toMatchObject({
      name: 'FailureError',
      message: `sync messages can not be sent to 239.255.255.250:${port}: ENETUNREACH`,
    });
    while ((await server.next('done')).counts?.sendErrors !== 3);
    ip(`-n ${hostA} link set cable0 up`);
    await connected(server, client, 'cc');
    expect(server.waiting('error')).toBe(0);
  });

  it('says that a port below 1024 is not for this user', async () => {
    port = 700;
    const refused = await startProcess({ role: 'client', interface: 'lo', uid: 65_534 }, hostA).next('refused');
    expect(refused).toMatchObject({ name: 'UsageError' });
    expect(refused.message).toBe(
      'port 700: this user may not use it (EACCES); take a port from 1024 up, such as 10000',
    );
  });
});

interface Message {
  readonly bytes: Uint8Array;
  readonly from: { readonly address: string; readonly port: number };
}

async function open(
  options: Pick<SyncSocketOptions, 'role'> & Partial<SyncSocketOptions>,
): Promise<{ socket: SyncSocket; next(): Promise<Message> }> {
  const messages = new Queue<Message>();
  const socket = await openSyncSocket({
    group: GROUP,
    port,
    interface: LO,
    onMessage: (bytes, from) => messages.push({ bytes, from }),
    onError: (error) => messages.fail(error),
    ...options,
  });
  cleanUps.push(() => socket.close());
  return { socket, next: () => messages.next(() => true) };
}

interface Line {
  readonly event: 'open' | 'message' | 'error' | 'done' | 'refused';
  readonly name?: string;
  readonly message?: string;
  readonly hex?: string;
  readonly from?: Message['from'];
  readonly counts?: SyncSocketCounts;
}

interface Peer {
  next(event: Line['event']): Promise<Line>;
  waiting(event: Line['event']): number;
  say(command: string): void;
}

/** A socket in a process of its own; `host` is the network namespace to run it in. */
function startProcess(
  options: Pick<SyncSocketOptions, 'role'> & { interface?: string; uid?: number },
  host?: string,
): Peer {
  const node = [process.execPath, script('host-sync-process'), JSON.stringify({ group: GROUP, port, ...options })];
  const [command = '', ...args] = host === undefined ? node : ['ip', 'netns', 'exec', host, ...node];
  const child: ChildProcess = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: withoutInterface() });
  const lines = new Queue<Line>();
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  const exited = new Promise<void>((resolve) => child.once('close', resolve as () => void));
  child.once('close', (code, signal) => lines.fail(new Error(`the process ended: ${signal ?? code}`)));
  cleanUps.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  return {
    next: (event) => lines.next((line) => line.event === event),
    waiting: (event) => lines.count((line) => line.event === event),
    say: (line) => child.stdin?.write(`${line}\n`),
  };
}

function withoutInterface(): NodeJS.ProcessEnv {
  const { GENLOCK_INTERFACE: _, ...env } = process.env;
  return env;
}

/**
 * Waits until both are open and a message gets through; a cable that was just plugged in may swallow the first ones.
 */
async function connected(server: Peer, client: Peer, hex = '01'): Promise<void> {
  if (hex === '01') for (const peer of [server, client]) await peer.next('open');
  let heard = false;
  const message = client.next('message').then((line) => {
    heard = true;
    return line;
  });
  while (!heard) {
    server.say(`send ${hex}`);
    await Promise.race([message, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  expect(await message).toMatchObject({ hex, from: { address: expect.stringMatching(/^10\.9\.0\./) } });
}

/** What has arrived, and who waits for it. */
class Queue<T> {
  private items: T[] = [];
  private error: Error | undefined;
  private wake: () => void = () => {};

  push(item: T): void {
    this.items.push(item);
    this.wake();
  }

  fail(error: Error): void {
    this.error = error;
    this.wake();
  }

  count(wanted: (item: T) => boolean): number {
    return this.items.filter(wanted).length;
  }

  async next(wanted: (item: T) => boolean): Promise<T> {
    for (;;) {
      const at = this.items.findIndex(wanted);
      if (at >= 0) return this.items.splice(at, 1)[0] as T;
      if (this.error) throw new Error(`${this.error.message}; until then: ${JSON.stringify(this.items)}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

/** Why network namespaces can't be used here, for the skip; undefined where they can. */
function whyNoNamespaces(name: string): string | undefined {
  if (process.platform !== 'linux') return `network namespaces are Linux's own, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    ip(`netns add ${name}`);
    ip(`-n ${name} link add cable0 type veth peer name cable1`);
    return undefined;
  } catch (error) {
    return `network namespaces do not work here: ${(error as Error).message.trim().replaceAll('\n', ' ')}`;
  } finally {
    try {
      ip(`netns del ${name}`);
    } catch {
      // It was never made.
    }
  }
}
