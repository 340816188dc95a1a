import { describe, expect, it } from 'vitest';
import { ForeignServers } from '../src/run/take/foreign-servers.ts';
import { encodeMessage } from '../src/wire/message.ts';

const bytes = (frameDurationUs: number, envelope?: { sessionId: string }): Uint8Array =>
  encodeMessage({ frameDurationUs, wallClockUs: 1.7e15, readyTimeUs: 1.7e15, ...(envelope && { envelope }) });

describe('a server that is not of the take', () => {
  it('is one line that names it and its rate, once, however many there are', () => {
    const foreign = new ForeignServers();
    const lines = Array.from({ length: 30 }, (_, i) =>
      foreign.update(bytes(40_000, { sessionId: `00000000000000f${i % 3}` }), {
        address: '10.0.0.7',
        port: 40_000 + (i % 3),
      }),
    ).filter((line) => line !== undefined);
    expect(lines).toEqual([
      'another server sends here: 10.0.0.7:40000, session 00000000000000f0, 25.00 fps; it is not of this take, which does not follow it',
    ]);
  });

  it('is none by a message or two, nor by what no camera can be', () => {
    const foreign = new ForeignServers();
    for (let port = 1; port < 1000; port++) {
      expect(foreign.update(bytes(33_333), { address: '10.0.0.7', port })).toBeUndefined();
      expect(foreign.update(bytes(5), { address: '10.0.0.8', port: 5 })).toBeUndefined();
      expect(foreign.update(Uint8Array.of(1), { address: '10.0.0.9', port: 5 })).toBeUndefined();
    }
  });
});
