import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostState } from '../src/hosts/control/host-state.ts';
import type { PostBus } from '../src/hosts/control/post-bus.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import type { TakeAsked } from '../src/options/take.ts';
import { checkTake, settleTake } from '../src/options/take.ts';
import { takeInterfaces } from '../src/run/plan/network.ts';
import { chooseRigCameras } from '../src/run/plan/rig-cameras.ts';
import { version } from '../src/version.ts';
import { stateOf } from './support/host-state.ts';
import { MemoryBroker } from './support/memory-broker.ts';

const virtual = (...specs: string[]): HostState['cameras'] =>
  specs.map((spec, number) => ({ spec, number, virtual: true }));

describe('the cameras of a take on hosts of a rig', () => {
  let broker: MemoryBroker;
  let asker: PostBus;
  const open: PostBus[] = [];

  const host = async (name: string, more: Partial<HostState> = {}): Promise<PostBus> => {
    const state = stateOf(name, { version, cameras: virtual('virtual:imx219'), ...more });
    const bus = broker.join({ rig: 'studio', host: name, state });
    open.push(bus);
    await expect.poll(() => asker.hosts().get(name)?.present).toBe(true);
    return bus;
  };
  const choose = (asked: TakeAsked) => {
    const { cameras, hosts, rpicamVid } = settleTake(checkTake(asked));
    const rig = {
      own: { rig: 'studio', host: '127.0.0.1', port: 8883, name: 'pi1', serves: true, key: RigKey.create() },
      bus: asker,
    };
    return chooseRigCameras({ cameras, hosts, rpicamVid }, rig);
  };
  const places = async (asked: TakeAsked) => {
    const { chosen, elsewhere = [] } = await choose(asked);
    return chosen.map(({ name, spec }, i) => `${name} ${elsewhere[i] ?? 'here'} ${spec}`);
  };

  beforeEach(() => {
    broker = new MemoryBroker();
    asker = broker.join({ rig: 'studio', host: 'pi1' });
    open.push(asker);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
  });

  it('are those of every host, this one first, and named so that files do not collide', async () => {
    await host('pc');
    await host('pi2', { cameras: virtual('virtual:imx219', 'virtual:imx708') });
    await host('pi1');
    expect(await places({ hosts: true })).toEqual([
      'pi1-cam0 here virtual:imx219',
      'pc-cam0 pc virtual:imx219',
      'pi2-cam0 pi2 virtual:imx219',
      'pi2-cam1 pi2 virtual:imx708',
    ]);
  });

  it('are those that were named, by number or spec, beside those of this host, in their order', async () => {
    await host('pi2', { cameras: virtual('virtual:imx219', 'virtual:imx708') });
    const cameras = ['pi2/1', 'virtual:imx477', 'left=pi2/virtual:imx219?ppm=3', 'pi1/virtual:imx296'];
    expect(await places({ cameras })).toEqual([
      'pi2-cam0 pi2 virtual:imx708',
      'cam0 here virtual:imx477',
      'left pi2 virtual:imx219?ppm=3',
      'pi1-cam0 here virtual:imx296',
    ]);
  });

  it('has what was named in front, and none twice', async () => {
    await host('pi2', { cameras: virtual('virtual:imx219', 'virtual:imx708') });
    expect(await places({ cameras: ['virtual:imx477', 'main=pi2/1'], hosts: ['pi2'] })).toEqual([
      'cam0 here virtual:imx477',
      'main pi2 virtual:imx708',
      'pi2-cam0 pi2 virtual:imx219',
    ]);
  });

  it('leaves out a host without cameras, unless it is named', async () => {
    await host('pi2');
    await host('pc', { cameras: [] });
    expect(await places({ hosts: true })).toEqual(['pi2-cam0 pi2 virtual:imx219']);
    await expect(choose({ hosts: ['pc'] })).rejects.toThrow('hosts pc: has no camera');
  });

  it.each<[string, Partial<HostState>, TakeAsked, string]>([
    ['a host that nobody knows', {}, { hosts: ['pi9'] }, 'hosts pi9: the rig studio has no such host; there is pi2'],
    [
      'one of another version',
      { version: '0.0.1' },
      { hosts: true },
      `hosts pi2: pi2 has genlock 0.0.1, this host ${version}`,
    ],
    [
      'one that records',
      { busyWith: { take: 'jump', asker: 'pi3' } },
      { cameras: ['pi2/0'] },
      'cameras[0] pi2/0: pi2 records the take jump, which pi3 asked for: wait until it is over',
    ],
    [
      'an unknown camera',
      {},
      { cameras: ['0', 'pi2/7'] },
      'cameras[1] pi2/7: pi2 has no such camera; there is pi2/virtual:imx219',
    ],
    ['numbers beside hosts', {}, { cameras: 2, hosts: true }, 'cameras 2: counts cameras of this host alone'],
    [
      'a stock camera',
      { cameras: [{ spec: 'rpicam:0', number: 0, virtual: false }] },
      { hosts: true },
      'cameras pi2/rpicam:0: a stock camera can be in takes of its own host alone',
    ],
  ])('refuses %s by its name', async (_, state, asked, words) => {
    await host('pi2', state);
    await expect(choose(asked)).rejects.toThrow(words);
  });

  it('refuses a host that was there and is gone', async () => {
    const bus = await host('pi2');
    await broker.vanish(bus);
    await expect.poll(() => asker.hosts().get('pi2')?.present).toBe(false);
    await expect(choose({ hosts: true })).rejects.toThrow('hosts pi2: pi2 is gone: see that it is on');
  });

  it('hear each other on no loopback, unless told to', () => {
    const specs = ['virtual:imx219', 'virtual:imx219'];
    expect(takeInterfaces({ specs, interfaces: undefined })).toBe('127.0.0.1');
    expect(takeInterfaces({ specs, interfaces: undefined, elsewhere: [undefined, undefined] })).toBe('127.0.0.1');
    expect(takeInterfaces({ specs, interfaces: undefined, elsewhere: [undefined, 'pi2'] })).toEqual(['default']);
  });
});

describe('hosts as an option', () => {
  it.each([[['pi2', 'pi 3']], [[]], [['../pi2']], ['pi2'], [1]])('are no %j', (hosts) => {
    expect(() => checkTake({ hosts } as unknown as TakeAsked)).toThrow('hosts');
  });
});
