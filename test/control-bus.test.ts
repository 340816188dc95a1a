import { expect, it } from 'vitest';
import type { HostChannel } from '../src/hosts/control/bus.ts';
import type { PostBus } from '../src/hosts/control/post-bus.ts';
import { describeBus, stateOf } from './support/bus-conformance.ts';
import { MemoryBroker } from './support/memory-broker.ts';

describeBus('a broker in memory that repeats', async () => {
  const broker = new MemoryBroker();
  return {
    join: (end) => broker.join(end),
    vanish: (bus) => broker.vanish(bus as PostBus),
    flap: (bus) => broker.flap(bus as PostBus),
    stop: () => broker.stop(),
    start: () => broker.start(),
    close: async () => {},
  };
});

it('says that a channel is lost which an earlier run of an end opened or took', async () => {
  const broker = new MemoryBroker();
  const join = (host: string) => broker.join({ rig: 'studio', host, state: stateOf(host) });
  for (const vanishes of ['pi1', 'pi2'] as const) {
    const ends = { pi1: join('pi1'), pi2: join('pi2') };
    const here = ends.pi1.channel('pi2', 'cam0');
    const [got, lost]: [unknown[], string[]] = [[], []];
    const there = new Promise<HostChannel>((opened) => ends.pi2.onChannel(opened));
    here.onMessage((message) => got.push(message));
    here.send(1);
    const taken = await there;
    if (vanishes === 'pi2') {
      taken.send(2);
      await expect.poll(() => got).toEqual([2]);
    }
    await broker.vanish(ends[vanishes]);
    // Its state is as before: the channel alone tells.
    const again = join(vanishes);
    let opened = 0;
    again.onChannel(() => opened++);
    const left = vanishes === 'pi1' ? taken : here;
    left.onLost((reason) => lost.push(reason));
    left.send(3);
    await expect.poll(() => lost).toEqual([`${vanishes}: began anew`]);
    expect(opened).toBe(0);
    await Promise.all([ends.pi1, ends.pi2, again].map((bus) => bus.close()));
  }
});
