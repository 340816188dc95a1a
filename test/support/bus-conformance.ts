import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError, OptionError, UsageError } from '../../src/errors.ts';
import type { ControlBus, HostChannel } from '../../src/hosts/control/bus.ts';
import type { HostState } from '../../src/hosts/control/host-state.ts';
import type { BusEnd } from '../../src/hosts/control/post-bus.ts';
import { stateOf } from './host-state.ts';

export { stateOf };

/** A broker under test, with its ends. */
export interface BusRig {
  /** Opens an end, which may not have reached the broker yet. */
  join(end: BusEnd): Promise<ControlBus> | ControlBus;
  /** Ends an end as a killed process ends it. */
  vanish(bus: ControlBus): Promise<void>;
  /** Breaks the connection of an end, which comes back. */
  flap(bus: ControlBus): void;
  /** All connections break; what was kept is lost. */
  stop(): Promise<void> | void;
  start(): Promise<void> | void;
  /** Ends all that is left. */
  close(): Promise<void>;
}

/** What any control bus does, whatever carries it. */
export function describeBus(called: string, begin: () => Promise<BusRig>): void {
  describe(`the control bus over ${called}`, () => {
    let rig: BusRig;
    const open: ControlBus[] = [];
    const agent = (host: string, more: Partial<HostState> = {}): Promise<ControlBus> =>
      end({ host, state: stateOf(host, more) });
    const asker = (host: string) => end({ host });
    const end = async (given: Omit<BusEnd, 'rig'>): Promise<ControlBus> => {
      const bus = await rig.join({ rig: 'studio', ...given });
      open.push(bus);
      return bus;
    };
    const sees = (bus: ControlBus, host: string, present = true) =>
      expect.poll(() => bus.hosts().get(host)?.present).toBe(present);

    beforeEach(async () => {
      rig = await begin();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((bus) => bus.close()));
      await rig.close();
    });

    it('tells of a host to those that are there, and to those that come later', async () => {
      const early = await asker('pi1');
      const pi2 = await agent('pi2', { cameras: [{ spec: 'rpicam:0', number: 0, model: 'imx219', virtual: false }] });
      await sees(early, 'pi2');
      const late = await asker('pi3');
      await sees(late, 'pi2');
      expect(late.hosts().get('pi2')).toEqual(early.hosts().get('pi2'));
      expect(late.hosts().get('pi2')?.cameras).toMatchObject([{ spec: 'rpicam:0' }]);
      pi2.announce(stateOf('pi2', { diskFreeBytes: 17 }));
      await expect.poll(() => late.hosts().get('pi2')?.diskFreeBytes).toBe(17);
      expect([...late.hosts().keys()]).toEqual(['pi2']);
    });

    it('tells that a host left or vanished, with what it last was', async () => {
      const [pi1, pi2] = [await agent('pi1'), await agent('pi2')];
      const asks = await asker('pc');
      await sees(asks, 'pi1');
      await sees(asks, 'pi2');
      await pi1.close();
      await rig.vanish(pi2);
      await sees(asks, 'pi1', false);
      await sees(asks, 'pi2', false);
      const late = await asker('pc');
      await sees(late, 'pi2', false);
      expect(late.hosts().get('pi2')?.version).toBe('0.1.0');
    });

    it('forgets a host that is gone, but none that is there', async () => {
      const [pi1, pi2] = [await agent('pi1'), await agent('pi2')];
      const asks = await asker('pc');
      await sees(asks, 'pi1');
      await sees(asks, 'pi2');
      await pi2.close();
      await sees(asks, 'pi2', false);
      asks.forget('pi2');
      await expect.poll(() => asks.hosts().has('pi2')).toBe(false);
      const seen: string[] = [];
      asks.onHost(({ host }) => seen.push(host));
      asks.forget('pi1');
      await expect.poll(() => seen).toEqual(['pi1']);
      const late = await asker('pc');
      await sees(late, pi1.name);
      expect([...late.hosts().keys()]).toEqual(['pi1']);
    });

    it('tells an agent of itself, the first host, and whom it has to do with; askers of all, or of whom they want', async () => {
      const names = (bus: ControlBus) => [...bus.hosts().keys()].sort();
      const pi1 = await end({ host: 'pi1', state: stateOf('pi1'), first: true });
      const [pi2, pi3] = [await agent('pi2'), await agent('pi3')];
      const [all, one] = [await asker('pc'), await end({ host: 'pc', follows: ['pi3'] })];
      await expect.poll(() => names(all)).toEqual(['pi1', 'pi2', 'pi3']);
      await expect.poll(() => names(pi2)).toEqual(['pi1', 'pi2']);
      await sees(one, 'pi3');
      expect([names(pi1), names(pi3)]).toEqual([['pi1'], ['pi1', 'pi3']]);
      expect([pi1, pi2, all].map((bus) => bus.first()?.host)).toEqual(['pi1', 'pi1', 'pi1']);
      pi3.onOrder('echo', async (payload) => payload);
      expect(await order(pi2, 'pi3', 'echo', 7)).toBe(7);
      await sees(pi2, 'pi3');
      pi1.follow('pi2');
      await sees(pi1, 'pi2');
      pi1.announce(stateOf('pi1', { diskFreeBytes: 17 }));
      await expect.poll(() => pi3.first()?.diskFreeBytes).toBe(17);
      await rig.stop();
      await rig.start();
      pi3.announce(stateOf('pi3', { diskFreeBytes: 18 }));
      await expect.poll(() => pi2.hosts().get('pi3')?.diskFreeBytes, { timeout: 5_000 }).toBe(18);
    });

    it('knows all again when the broker comes back, or a connection', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      const reached: boolean[] = [];
      asks.onBroker((is) => reached.push(is));
      await rig.stop();
      await expect.poll(() => reached).toEqual([false]);
      await rig.start();
      await expect.poll(() => reached).toEqual([false, true]);
      await sees(await asker('pi3'), 'pi2');
      rig.flap(pi2);
      await sees(asks, 'pi2');
      await expect(order(asks, 'pi2', 'nothing')).rejects.toThrow("pi2: does not know what 'nothing' is");
    });

    const order = (bus: ControlBus, host: string, kind: string, payload?: unknown) =>
      bus.order(host, { kind, with: payload });

    it('has an order done once, and says what came of it', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      let done = 0;
      const stop = pi2.onOrder('add', async (payload, from) => {
        done++;
        const [a, b] = payload as [number, number];
        return { sum: a + b, from };
      });
      const sums = Array.from({ length: 50 }, (_, i) => order(asks, 'pi2', 'add', [i, 1]));
      expect(await Promise.all(sums)).toEqual(sums.map((_, i) => ({ sum: i + 1, from: asks.name })));
      expect(done).toBe(50);
      stop();
      await expect(order(asks, 'pi2', 'add', [1, 2])).rejects.toThrow('does not know');
    });

    it('has an order done once though the connection breaks under it', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      let done = 0;
      let go: (value: string) => void = () => {};
      const gate = new Promise<string>((resolve) => {
        go = resolve;
      });
      pi2.onOrder('slow', () => {
        done++;
        return gate;
      });
      const answer = order(asks, 'pi2', 'slow');
      await expect.poll(() => done).toBe(1);
      rig.flap(asks);
      rig.flap(pi2);
      go('well');
      expect(await answer).toBe('well');
      expect(done).toBe(1);
    });

    it('says what a host refused as what it is', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      pi2.onOrder('record', async (payload) => {
        if (payload === 'usage') throw new UsageError('no such camera');
        if (payload === 'option') throw new OptionError('framerate', 900, 'is beyond the camera');
        throw new FailureError('the disk is full');
      });
      const errors = ['usage', 'option', 'failed'].map((payload) => order(asks, 'pi2', 'record', payload));
      const [usage, option, failure] = await Promise.all(errors.map((each) => each.catch((error: unknown) => error)));
      expect(usage).toBeInstanceOf(UsageError);
      expect(option).toBeInstanceOf(OptionError);
      expect(failure).toBeInstanceOf(FailureError);
      expect([usage, option, failure].map((error) => (error as Error).message)).toEqual([
        'pi2: no such camera',
        'pi2: framerate 900: is beyond the camera',
        'pi2: the disk is full',
      ]);
    });

    it('says that nobody is there to do an order, and ends one that is no longer wanted', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      pi2.onOrder('never', () => new Promise(() => {}));
      const wanted = new AbortController();
      const aborted = asks.order('pi2', { kind: 'never' }, wanted.signal);
      wanted.abort(new Error('enough'));
      await expect(aborted).rejects.toThrow('enough');
      await pi2.close();
      await sees(asks, 'pi2', false);
      await expect(order(asks, 'pi2', 'never')).rejects.toThrow('pi2: is not there');
    });

    it('fails an order whose host began anew', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      pi2.onOrder('never', () => new Promise(() => {}));
      const answer = order(asks, 'pi2', 'never').catch((error: Error) => error.message);
      await rig.vanish(pi2);
      await agent('pi2', { hostId: '0000000000000002' });
      expect(await answer).toBe('pi2: began anew before it answered');
    });

    it('carries messages of a channel both ways, each once and in order, also where the connection breaks', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      const opened: string[] = [];
      pi2.onChannel((channel, from) => {
        opened.push(`${channel.name} ${from} ${channel.peer}`);
        channel.onMessage((message) => channel.send({ echo: message }));
      });
      const channel = asks.channel('pi2', 'cam0 of take-1');
      const got: unknown[] = [];
      channel.onMessage((message) => got.push(message));
      for (let i = 0; i < 300; i++) {
        if (i === 100) rig.flap(asks);
        if (i === 200) rig.flap(pi2);
        channel.send(i);
      }
      await expect.poll(() => got.length).toBe(300);
      expect(got).toEqual(got.map((_, i) => ({ echo: i })));
      expect(opened).toEqual([`cam0 of take-1 ${asks.name} ${asks.name}`]);
    });

    it('opens a channel whose first messages are lost on the way, though more are sent all the time', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      const got: unknown[] = [];
      pi2.onChannel((channel) => channel.onMessage((message) => got.push(message)));
      const channel = asks.channel('pi2', 'cam0');
      const lost: string[] = [];
      channel.onLost((reason) => lost.push(reason));
      let sent = 0;
      channel.send(sent++);
      rig.flap(pi2);
      const more = setInterval(() => channel.send(sent++), 20);
      try {
        await expect.poll(() => [...lost, ...got][0]).toBe(0);
      } finally {
        clearInterval(more);
      }
      await expect.poll(() => got.length).toBe(sent);
      expect(got).toEqual(got.map((_, i) => i));
    });

    it('keeps what is sent while the broker is away', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      const got: unknown[] = [];
      pi2.onChannel((channel) => channel.onMessage((message) => got.push(message)));
      const channel = asks.channel('pi2', 'cam0');
      channel.send('before');
      await expect.poll(() => got).toEqual(['before']);
      await rig.stop();
      channel.send('while');
      await rig.start();
      channel.send('after');
      await expect.poll(() => got).toEqual(['before', 'while', 'after']);
    });

    it('tells the other end of a channel that it was closed, behind what was sent', async () => {
      const pi2 = await agent('pi2');
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      const got: unknown[] = [];
      let there: HostChannel | undefined;
      pi2.onChannel((channel) => {
        there = channel;
        channel.onMessage((message) => got.push(message));
        channel.onLost((reason) => got.push(reason));
      });
      const channel = asks.channel('pi2', 'cam0');
      channel.onLost((reason) => got.push(`here: ${reason}`));
      channel.send(1);
      channel.close();
      channel.send(2);
      await expect.poll(() => got).toEqual([1, `${asks.name}: closed it`]);
      there?.send('to nobody');
    });

    it('says that a channel is lost where its host began anew, or is not heard for long', async () => {
      const pi2 = await agent('pi2');
      const asks = await end({ host: 'pc', lostMs: 2_000 });
      await sees(asks, 'pi2');
      const reasons: string[] = [];
      const channel = asks.channel('pi2', 'cam0');
      channel.onLost((reason) => reasons.push(reason));
      channel.send(1);
      await rig.vanish(pi2);
      const again = await agent('pi2', { hostId: '0000000000000002' });
      await expect.poll(() => reasons).toEqual(['pi2: began anew']);
      await rig.vanish(again);
      asks.channel('pi2', 'cam0').onLost((reason) => reasons.push(reason));
      await expect.poll(() => reasons).toEqual(['pi2: began anew', 'pi2: not heard for 2 s']);
    });

    it('keeps rigs apart', async () => {
      await agent('pi2');
      const other = await rig.join({ rig: 'stage', host: 'pi2', state: stateOf('pi2', { diskFreeBytes: 5 }) });
      open.push(other);
      const asks = await asker('pc');
      await sees(asks, 'pi2');
      await sees(other, 'pi2');
      expect(other.hosts().get('pi2')?.diskFreeBytes).toBe(5);
      expect(asks.hosts().get('pi2')?.diskFreeBytes).toBeUndefined();
    });
  });
}
