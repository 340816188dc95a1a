import type { NetworkInterfaceInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../src/hosts/control/broker.ts';
import { openBus, reachRig } from '../src/hosts/control/reach.ts';
import { Announcer } from '../src/hosts/discovery/announcer.ts';
import { Finder, type Place } from '../src/hosts/discovery/finder.ts';
import { givenInterfaces } from '../src/hosts/discovery/networks.ts';
import type { Membership } from '../src/hosts/key/membership.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { stateOf } from './support/host-state.ts';
import { freePort } from './support/pipe.ts';

const LO = '127.0.0.1';
const open: { close(): Promise<void> | void }[] = [];
const before = process.env.GENLOCK_INTERFACE;
beforeAll(() => {
  process.env.GENLOCK_INTERFACE = 'lo';
});
afterAll(() => {
  if (before === undefined) delete process.env.GENLOCK_INTERFACE;
  else process.env.GENLOCK_INTERFACE = before;
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
/** Of this process: other tests may be on the same loopback. */
const RIG = `rig${process.pid}`;

async function serve(key: RigKey, host = 'pi1', rig = RIG) {
  const broker = await Broker.open({ rig, key, host: LO, port: 0 });
  const announcer = await Announcer.open({ rig, host, port: broker.port }, [LO]);
  const both = { port: broker.port, close: () => Promise.all([announcer.close(), broker.close()]).then(() => {}) };
  open.push(both);
  return both;
}

/** What a host keeps of a rig whose broker is no longer where it was. */
const stale = async (key: RigKey, name: string): Promise<Membership> => ({
  ...{ rig: RIG, host: LO, port: await freePort(), key, name, serves: false },
});

describe('what the network is told of a rig', () => {
  it('is found by its name, on the interface that was given, and no other rig is', async () => {
    const { port } = await serve(RigKey.create());
    await serve(RigKey.create(), 'pi1', `${RIG}b`);
    const found: Place[] = [];
    const finder = new Finder(RIG, [LO], (place) => found.push(place));
    open.push(finder);
    await expect.poll(() => found).toEqual([{ host: LO, port }]);
  });

  it('is told on no interface that is not there', async () => {
    const announcer = await Announcer.open({ rig: RIG, host: 'pi1', port: 1 }, ['192.0.2.1']);
    expect(announcer.tells).toBe(false);
    await announcer.close();
  });

  it('leads to the rig where its address does not answer; who tells the same and has another key is passed by', async () => {
    const key = RigKey.create();
    const evil = await serve(RigKey.create(), 'pi1');
    const own = await serve(key, 'pi1');
    const places: Place[] = [];
    const bus = await reachRig(await stale(key, 'pc'), { onPlace: (place) => places.push(place) });
    open.push(bus);
    expect(places).toEqual([{ host: LO, port: own.port }]);
    expect(own.port).not.toBe(evil.port);
  });

  it('lets an agent find the broker again when its address has changed', async () => {
    const key = RigKey.create();
    const first = await serve(key);
    const reasons: string[] = [];
    const membership = { ...(await stale(key, 'pi2')), port: first.port };
    const agent = openBus(membership, { state: stateOf('pi2'), onFailure: (reason) => reasons.push(reason) });
    const reached: boolean[] = [];
    agent.onBroker((is) => reached.push(is));
    open.push(agent);
    await expect.poll(() => reached).toEqual([true]);
    await first.close();
    open.splice(open.indexOf(first), 1);
    const second = await serve(key);
    await expect.poll(() => reached, { timeout: 20_000 }).toEqual([true, false, true]);
    expect(second.port).not.toBe(first.port);
    const asks = await reachRig({ ...membership, name: 'pc', port: second.port });
    open.push(asks);
    expect([...asks.hosts().keys()]).toEqual(['pi2']);
  });
});

describe('the interfaces that a rig is told of on', () => {
  const card = (address: string, cidr: string) => ({ address, cidr, family: 'IPv4', internal: false });
  const all = {
    lo: [{ ...card(LO, '127.0.0.1/8'), internal: true }],
    eth0: [card('10.0.0.5', '10.0.0.5/24')],
    wlan0: [card('192.168.1.5', '192.168.1.5/24')],
  } as unknown as NodeJS.Dict<NetworkInterfaceInfo[]>;
  it.each([
    ['10.0.0.1', ['10.0.0.5']],
    ['192.168.1.5', ['192.168.1.5']],
    ['127.0.0.9', [LO]],
    ['172.16.0.1', []],
    ['pi1.lan', []],
  ])('are that of the address %s alone', (broker, given) => {
    expect(givenInterfaces(broker, {}, all)).toEqual(given);
  });

  it('are those of GENLOCK_INTERFACE where it is set, and none where it names none', () => {
    expect(givenInterfaces('10.0.0.1', { GENLOCK_INTERFACE: 'lo' }, all)).toEqual([LO]);
    expect(givenInterfaces('10.0.0.1', { GENLOCK_INTERFACE: 'none0' }, all)).toEqual([]);
  });
});
