import { randomBytes } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Broker } from '../src/hosts/control/broker.ts';
import type { ControlBus } from '../src/hosts/control/bus.ts';
import { mqttPost } from '../src/hosts/control/mqtt-post.ts';
import { type BusEnd, PostBus } from '../src/hosts/control/post-bus.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { clientTls } from '../src/hosts/key/tls.ts';
import { type BusRig, describeBus, stateOf } from './support/bus-conformance.ts';
import { hasMosquitto, Mosquitto } from './support/mosquitto.ts';
import { freePort, Pipe } from './support/pipe.ts';
import { samples } from './support/thorough.ts';

const HOST = '127.0.0.1';
const KEYS = { studio: RigKey.create(), stage: RigKey.create() };

/** A broker of each rig under test, which can be stopped and started at its port. */
interface Brokers {
  port(rig: string): number;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Ends that come by a pipe each, which can be cut. */
function rigOver(brokers: Brokers): BusRig {
  const pipes = new Map<ControlBus, Pipe>();
  return {
    stop: () => brokers.stop(),
    start: () => brokers.start(),
    flap: (bus) => pipes.get(bus)?.cut(),
    async join(end: BusEnd) {
      const pipe = await Pipe.open(brokers.port(end.rig));
      const key = KEYS[end.rig as keyof typeof KEYS];
      const bus = new PostBus(
        end,
        mqttPost({ rig: end.rig, key, host: HOST, port: pipe.port }, () => {}),
      );
      pipes.set(bus, pipe);
      return bus;
    },
    async vanish(bus) {
      await pipes.get(bus)?.close();
      await bus.close();
    },
    async close() {
      for (const pipe of pipes.values()) await pipe.close();
      await brokers.close();
    },
  };
}

async function ownBrokers(): Promise<Brokers> {
  const open = (rig: keyof typeof KEYS, port = 0) => Broker.open({ rig, key: KEYS[rig], host: HOST, port });
  const brokers = { studio: await open('studio'), stage: await open('stage') };
  const ports = { studio: brokers.studio.port, stage: brokers.stage.port };
  return {
    port: (rig) => ports[rig as keyof typeof ports],
    stop: () => brokers.studio.close(),
    start: async () => {
      brokers.studio = await open('studio', ports.studio);
    },
    close: async () => {
      await Promise.all([brokers.studio.close(), brokers.stage.close()]);
    },
  };
}

async function mosquitto(): Promise<Brokers> {
  const port = await freePort();
  const broker = new Mosquitto(port, KEYS);
  await broker.start();
  return {
    port: () => port,
    stop: () => broker.stop(),
    start: () => broker.start(),
    close: () => broker.remove(),
  };
}

describeBus('our broker', async () => rigOver(await ownBrokers()));
if (hasMosquitto) describeBus('mosquitto', async () => rigOver(await mosquitto()));
else it.skip('mosquitto: it is not on this machine');

describe('a broker', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  const join = (place: { rig: string; key: RigKey; port: number }, end: Omit<BusEnd, 'rig'>) => {
    const failures: string[] = [];
    const post = mqttPost({ ...place, host: HOST }, (error) => failures.push(String(error)));
    const bus = new PostBus({ rig: place.rig, ...end }, post);
    open.push(bus);
    return { bus, failures };
  };
  const begin = async (key = RigKey.create()) => {
    const broker = await Broker.open({ rig: 'studio', key, host: HOST, port: 0 });
    open.push(broker);
    return { rig: 'studio', key, port: broker.port };
  };

  it('refuses another key, an earlier key and another rig in the handshake, and tells them nothing', async () => {
    const place = await begin();
    join(place, { host: 'pi1', state: stateOf('pi1') });
    const others = [
      { ...place, key: RigKey.create() },
      { ...place, key: place.key.next() },
      { ...place, rig: 'stage' },
    ].map((other) => join(other, { host: 'evil' }));
    const friend = join(place, { host: 'pc' });
    await expect.poll(() => friend.bus.hosts().size).toBe(1);
    for (const { bus, failures } of others) {
      await expect.poll(() => failures.length).toBeGreaterThan(1);
      expect(bus.hosts().size).toBe(0);
    }
  });

  it('takes nobody without TLS, and no other kind of it', async () => {
    const { port } = await begin();
    const plain = connectPlain(port, HOST);
    plain.write(Buffer.from('100c00044d5154540402003c0000', 'hex'));
    expect(await ended(plain)).toBe(false);
    const certificates = connect({ port, host: HOST, rejectUnauthorized: false });
    expect(await ended(certificates)).toBe(false);
  });

  it('serves its hosts while connections that say nothing, say anything, or have another key come at once', async () => {
    const place = await begin();
    const agent = join(place, { host: 'pi1', state: stateOf('pi1') });
    agent.bus.onOrder('echo', async (payload) => payload);
    const asks = join(place, { host: 'pc' });
    await expect.poll(() => asks.bus.hosts().get('pi1')?.present).toBe(true);
    const left: boolean[] = [];
    agent.bus.onBroker((reached) => left.push(reached));
    const wrong = clientTls(place.rig, RigKey.create(), 'control');
    const kinds: readonly (() => Socket)[] = [
      () => connectPlain(place.port, HOST),
      () => {
        const socket = connectPlain(place.port, HOST);
        socket.write(randomBytes(2_000));
        return socket;
      },
      () => connect({ port: place.port, host: HOST, ...wrong }),
    ];
    // More than may be about to show their key at once.
    const count = samples(1_000, 200);
    let ended = 0;
    const strangers = Array.from({ length: count }, (_, i) => {
      const socket = (kinds[i % kinds.length] as () => Socket)();
      return socket
        .on('error', () => {})
        .on('close', () => ended++)
        .resume();
    });
    try {
      for (let i = 0; i < 20; i++) expect(await asks.bus.order('pi1', { kind: 'echo', with: i })).toBe(i);
      // A host that comes meanwhile gets in as well.
      const late = join(place, { host: 'pi2', state: stateOf('pi2') });
      await expect.poll(() => asks.bus.hosts().get('pi2')?.present).toBe(true);
      await expect.poll(() => late.bus.hosts().get('pi2')?.present).toBe(true);
      expect(left).toEqual([]);
      // None of them is kept.
      await expect.poll(() => ended, { timeout: 30_000 }).toBe(count);
    } finally {
      for (const stranger of strangers) stranger.destroy();
    }
  });

  it('says which address it can not have', async () => {
    const { port, key } = await begin();
    const second = Broker.open({ rig: 'studio', key, host: HOST, port });
    await expect(second).rejects.toThrow(`127.0.0.1:${port}: another program has it`);
  });
});

/** Resolves when the other end closes; true where anything came before. */
const ended = (socket: Socket): Promise<boolean> =>
  new Promise((resolve) => {
    let came = false;
    socket.on('secureConnect', () => {
      came = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(came));
  });
