import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ClockServer, serveClock } from '../src/run/clock/server.ts';
import { replaceCall } from './support/replace-call.ts';

const SEED = 20_260_102;

let server: ClockServer;
let putBack = (): void => {};
beforeAll(async () => {
  // The page's script is what a build makes: these tests are about requests.
  putBack = replaceCall('readFile', () => async () => 'const page = 1;');
  server = await serveClock('127.0.0.1', 0);
});
afterAll(async () => {
  putBack();
  await server.close();
});

/** Sends bytes as they are. @returns what comes back until the other side ends, or nothing more comes for it. */
function send(bytes: Uint8Array | string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

const get = (target: string): Promise<string> => send(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);

async function expectAlive(): Promise<void> {
  expect(await get('/time')).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n[\s\S]*\d/);
}

describe("the clock page's server", () => {
  it.each(['//', '///', '//:0', '//[', 'http://', 'http://[', '/%', '/%ff%00', '*', '?', '#', '/\\', '//@:99999999/'])(
    'answers GET %s, and the next request as well',
    async (target) => {
      expect(await get(target)).toMatch(/^HTTP\/1\.1 (404|400) /);
      await expectAlive();
    },
  );

  it.each(['HEAD', 'POST', 'OPTIONS', 'TRACE', 'PUT', 'CONNECT', 'DELETE'])('outlives %s', async (method) => {
    await send(`${method} / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello`);
    await expectAlive();
  });

  it('outlives an upgrade, a head of a megabyte, and a body that is said to be endless', async () => {
    await send('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await send(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(1 << 20)}\r\n\r\n`);
    await send('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n');
    await expectAlive();
  });

  it('outlives a request that is never ended, and many connections that say nothing', async () => {
    const idle = Array.from({ length: 250 }, () => connect(server.port, '127.0.0.1').on('error', () => {}));
    for (const socket of idle.slice(0, 20)) socket.write('GET / HT');
    for (const socket of idle) socket.destroy();
    await vi.waitFor(expectAlive);
  });

  it(`outlives whatever bytes are sent (seed ${SEED})`, async () => {
    const target = fc.string({ unit: fc.constantFrom(...'/:@?#%[]\\.a0 \t\u00ff'), maxLength: 30 });
    const line = fc
      .tuple(fc.constantFrom('GET', 'HEAD', 'POST', 'get', ''), target)
      .map(([method, to]) => `${method} ${to} HTTP/1.1\r\nhost: ${to}\r\nconnection: close\r\n\r\n`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(line, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        await send(bytes);
      }),
      { seed: SEED, numRuns: 300 },
    );
    await expectAlive();
  });
});
