import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelParcel } from '../src/hosts/control/parcel.ts';
import { PostChannel } from '../src/hosts/control/post-channel.ts';

const TICK_MS = 500;

/** Both ends of a channel in virtual time; `loses` says what does not come. */
function pair(loses: (parcel: ChannelParcel) => boolean): { here: PostChannel; there: PostChannel } {
  const end = (self: string, peer: string, other: () => PostChannel): PostChannel =>
    new PostChannel('1', 'cam0', peer, {
      self,
      send: (parcel) => void (loses(parcel) || setTimeout(() => other().take(parcel), 1)),
      onOver: () => {},
      lostMs: 120_000,
    });
  const here: PostChannel = end('here', 'there', () => there);
  const there: PostChannel = end('there', 'here', () => here);
  setInterval(() => {
    here.tick();
    there.tick();
  }, TICK_MS);
  return { here, there };
}

/** Loses the first message of one end, once. */
const losesFirstOf = (from: string): ((parcel: ChannelParcel) => boolean) => {
  let lost = false;
  return (parcel) => {
    if (lost || parcel.is !== 'message' || parcel.from !== from) return false;
    lost = true;
    return true;
  };
};

describe('a channel', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'setInterval', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('sends again what was lost, though it has more to send all the time', () => {
    const { here, there } = pair(losesFirstOf('here'));
    const got: unknown[] = [];
    there.onMessage((message) => got.push(message));
    for (let i = 0; i < 100; i++) {
      here.send(i);
      vi.advanceTimersByTime(50);
    }
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('sends again what was lost, though it says all the time what it has heard', () => {
    const { here, there } = pair(losesFirstOf('there'));
    const got: unknown[] = [];
    here.onMessage((message) => got.push(message));
    there.send('lost');
    for (let i = 0; i < 100; i++) {
      here.send(i);
      vi.advanceTimersByTime(50);
    }
    expect(got).toEqual(['lost']);
  });

  it('sends nothing again while what it sends is heard', () => {
    const numbers: number[] = [];
    const { here } = pair((parcel) => {
      if (parcel.is === 'message') numbers.push(parcel.number);
      return false;
    });
    for (let i = 0; i < 100; i++) {
      here.send(i);
      vi.advanceTimersByTime(50);
    }
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
