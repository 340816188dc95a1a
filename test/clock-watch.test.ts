import { describe, expect, it } from 'vitest';
import type { TimeService } from '../src/host/time-service.ts';
import { ClockWatch } from '../src/run/camera/clock-watch.ts';

const adrift: TimeService = {
  service: 'chrony',
  synchronised: true,
  source: 'ntp.example',
  offsetUs: 900,
  boundUs: 2500,
};
const own = () => [{ name: 'eth0', address: '192.168.1.7' }];

describe('what keeps the clock of a host', () => {
  it('is spoken of once a server on another host is followed', async () => {
    const watch = new ClockWatch(async () => adrift);
    expect(await watch.heard('192.168.1.9', own)).toMatchObject({
      level: 'warning',
      text: expect.stringMatching(/may be 2\.5 ms from ntp\.example/),
    });
    expect(await watch.heard('192.168.1.9', own)).toBeUndefined();
  });

  it('is shown where it is good', async () => {
    const watch = new ClockWatch(async () => ({ ...adrift, offsetUs: 12, boundUs: 45 }));
    expect(await watch.heard('192.168.1.9', own)).toEqual({
      level: 'news',
      text: 'clock: chrony, 12 us from ntp.example, bound 45 us',
    });
  });

  it('does not matter for a server on the same host', async () => {
    const watch = new ClockWatch(async () => adrift);
    // From 0.0.0.0 where messages are led to the loopback on a host that has no other address.
    for (const address of ['192.168.1.7', '127.0.0.1', '127.0.0.2', '0.0.0.0']) {
      expect(await watch.heard(address, own), address).toBeUndefined();
      expect(watch.here, address).toBe(true);
    }
    await watch.heard('192.168.1.8', own);
    expect(watch.here).toBe(false);
  });
});
