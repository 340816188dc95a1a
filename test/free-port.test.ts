import dgram from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { holdFreePort } from '../src/host/free-port.ts';
import { bound } from '../src/host/sync-links.ts';

describe('a port of its own', () => {
  it('is taken for whoever looks for one, and free for sockets that share it', async () => {
    const held = await holdFreePort();
    const probe = dgram.createSocket('udp4');
    await expect(bound(probe, held.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    probe.close();
    const shared = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    await bound(shared, held.port);
    shared.close();
    await held.close();
    const again = dgram.createSocket('udp4');
    await bound(again, held.port);
    again.close();
  });

  it('is another one each time', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, holdFreePort));
    expect(new Set(all.map(({ port }) => port)).size).toBe(20);
    await Promise.all(all.map((each) => each.close()));
  });
});
