import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchFile } from '../src/hosts/files/fetcher.ts';
import { CHUNK_BYTES, hashOf } from '../src/hosts/files/manifest.ts';
import { clientTls, serverTls } from '../src/hosts/key/tls.ts';
import { anyBytes, FilesHost, HERE, KEY, TAKE } from './support/files-host.ts';

const NAME = 'cam2.mp4';
const BYTES = anyBytes(3 * CHUNK_BYTES);
const PAGE = {
  bytes: BYTES.length,
  version: '1-2',
  from: 0,
  hashes: [0, 1, 2].map((chunk) => hashOf(BYTES.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES))),
};

let host: FilesHost;
let liar: Server | undefined;
beforeEach(() => {
  host = new FilesHost();
});
afterEach(async () => {
  liar?.closeAllConnections();
  liar?.close();
  liar = undefined;
  await host.close();
});

/** A host with the key that answers as it likes: `page` as its manifest, `bytes` as a range of its file. */
async function lying(page: unknown, bytes?: RequestListener): Promise<Promise<unknown>> {
  liar = createServer(serverTls('studio', KEY, 'files'), (asked, answer) => {
    if (!asked.url?.includes('hashes=')) bytes?.(asked, answer);
    else if (typeof page === 'function') page(asked, answer);
    else answer.end(JSON.stringify(page));
  });
  liar.listen(0, HERE);
  await once(liar, 'listening');
  const remote = host.ask((liar.address() as AddressInfo).port);
  return fetchFile({ remote, folder: host.here, name: NAME, waitsMs: [0, 0, 0] }).then(
    () => 'taken for whole',
    (error) => `${error.name}: ${error.message}`,
  );
}

/** Answers with these bytes, whatever was asked for. */
const sending =
  (bytes: Uint8Array, heads: Record<string, string | number> = {}): RequestListener =>
  (asked, answer) => {
    const [, start, end] = /bytes=(\d+)-(\d+)/.exec(asked.headers.range ?? '') ?? [];
    const length = Number(end) - Number(start) + 1;
    const head = { 'Content-Range': `bytes ${start}-${end}/${BYTES.length}`, 'Content-Length': length, ...heads };
    answer.writeHead(206, head);
    if (length > bytes.length) answer.write(bytes, () => answer.destroy());
    else answer.end(bytes);
  };

describe('a host that lies is named, and nothing of it is taken for whole', () => {
  const cases: Record<string, [page: unknown, bytes: RequestListener | undefined, said: RegExp]> = {
    'other bytes': [PAGE, sending(anyBytes(BYTES.length, 2)), /bytes from 0 on have not the SHA-256 that it says/],
    'one bit that is wrong': [PAGE, sending(flipped(2 * CHUNK_BYTES + 5)), /bytes from 524288 on have not the SHA-256/],
    'fewer bytes than it says': [PAGE, sending(BYTES.subarray(0, 1000)), /can't be fetched: (ECONNRESET|aborted)/],
    'another length': [
      PAGE,
      sending(BYTES, { 'Content-Length': BYTES.length - 1 }),
      /sent other bytes than were asked/,
    ],
    'another range': [PAGE, sending(BYTES, { 'Content-Range': 'bytes 0-9/10' }), /sent other bytes than were asked/],
    'a longer file': [
      PAGE,
      sending(BYTES, { 'Content-Range': `bytes 0-${BYTES.length - 1}/${BYTES.length + 1}` }),
      /sent other bytes than were asked for/,
    ],
    'no range at all': [PAGE, (_, answer) => answer.end(BYTES), /sent other bytes than were asked for/],
    'always another version': [PAGE, (_, answer) => answer.writeHead(412).end(), /still changes/],
    'errors of its own': [PAGE, (_, answer) => answer.writeHead(503).end(), /can't be fetched: it answered 503/],
    'a file that went': [PAGE, (_, answer) => answer.writeHead(404).end(), /is not there/],
    'fewer hashes': [{ ...PAGE, hashes: PAGE.hashes.slice(0, 1) }, sending(BYTES), /sent fewer hashes than it has/],
    'other hashes': [{ ...PAGE, from: 64 }, undefined, /sent other hashes than were asked for/],
    'no hashes': [{ ...PAGE, hashes: ['12'] }, undefined, /sent a list of files whose hashes.0 is wrong/],
    'a negative length': [{ ...PAGE, bytes: -1 }, undefined, /sent a list of files whose bytes is wrong/],
    'no JSON': [(_: unknown, answer: { end(text: string): void }) => answer.end('<html>'), undefined, /is no list of/],
    'text without end': [endless, undefined, /is no list of files/],
  };

  for (const [lie, [page, bytes, said]] of Object.entries(cases)) {
    it(lie, async () => {
      const answer = await lying(page, bytes);
      expect(answer).toMatch(said);
      expect(answer).toMatch(/^FailureError: pi2: /);
      expect(readdirSync(host.here)).not.toContain(NAME);
    });
  }
});

describe('a host gives away nothing but the files of its takes', () => {
  /** @returns status and text. */
  function ask(port: number, path: string, method = 'GET', headers = {}): Promise<[number | undefined, string]> {
    return new Promise((resolve, reject) => {
      const options = { ...clientTls('studio', KEY, 'files'), host: HERE, port, path, method, headers, agent: false };
      const asked = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.once('end', () => resolve([answer.statusCode, text]));
      });
      asked.once('error', reject).end();
    });
  }

  it('not what lies elsewhere, by whatever path', async () => {
    const port = await host.serve();
    writeFileSync(join(host.root, 'secret'), 'SECRET');
    host.put(NAME, BYTES);
    symlinkSync(join(host.root, 'secret'), join(host.there, 'link.mp4'));
    symlinkSync(NAME, join(host.there, 'alias.mp4'));
    mkdirSync(join(host.there, 'folder'));
    execFileSync('mkfifo', [join(host.there, 'pipe.mp4')]);
    const names = [
      '../secret',
      '..%2fsecret',
      '%2e%2e/secret',
      'link.mp4',
      'alias.mp4',
      'folder',
      'pipe.mp4',
      '.',
      '..',
    ];
    const paths = [
      ...names.map((name) => `/takes/${TAKE}/${name}`),
      ...['/', '/takes', '/takes/', '/takes/other', '/takes/..', '/takes/../../secret', '//secret', '/takes/%00/x'],
      ...[`/takes/${TAKE}/${'a'.repeat(300)}`, `/takes/${TAKE}/x%00y`, `/takes/${TAKE}/`, '*'],
    ];
    for (const path of paths) {
      const [status, text] = await ask(port, path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).not.toContain('SECRET');
    }
    const [, list] = await ask(port, `/takes/${TAKE}`);
    expect(JSON.parse(list).files.map(({ name }: { name: string }) => name)).toEqual([NAME]);
  });

  it('no range that is none, and is still there afterwards', async () => {
    const port = await host.serve();
    host.put(NAME, BYTES);
    const path = `/takes/${TAKE}/${NAME}`;
    for (const range of [
      'bytes=-5',
      'bytes=9-3',
      'bytes=0-1,4-5',
      `bytes=${BYTES.length}-`,
      'lines=1-2',
      'bytes=1e3-',
    ]) {
      expect(await ask(port, path, 'GET', { range })).toEqual([416, expect.stringContaining('ask for one range')]);
    }
    expect((await ask(port, `${path}?hashes=-1`))[0]).toBe(400);
    expect((await ask(port, path, 'POST'))[0]).toBe(405);
    expect((await ask(port, path, 'GET', { range: 'bytes=5-9' }))[0]).toBe(206);
  });

  it('and removes only what whoever asks has', async () => {
    const port = await host.serve();
    host.put(NAME, BYTES);
    const remote = host.ask(port);
    expect((await ask(port, `/takes/${TAKE}/${NAME}`, 'DELETE'))[0]).toBe(428);
    const { version } = await fetchFile({ remote, folder: host.here, name: NAME });
    host.put(NAME, anyBytes(99, 3));
    await expect(remote.remove(NAME, version)).rejects.toThrow();
    expect(readdirSync(host.there)).toEqual([NAME]);
    const [now] = (await remote.list()) ?? [];
    await remote.remove(NAME, now?.version ?? '');
    expect(existsSync(host.there)).toBe(false);
    // Once more, as where the answer was lost.
    await remote.remove(NAME, now?.version ?? '');
  });

  it('and serves on whatever strangers send who have no key', async () => {
    const port = await host.serve();
    host.put(NAME, BYTES);
    const strangers = Array.from({ length: 40 }, (_, i) => {
      const socket = connect(port, HERE).on('error', () => {});
      socket.write(i % 2 === 0 ? anyBytes(600, i) : 'GET /takes/take1 HTTP/1.1\r\n\r\n');
      return socket;
    });
    await fetchFile({ remote: host.ask(port), folder: host.here, name: NAME });
    expect(readFileSync(join(host.here, NAME)).equals(BYTES)).toBe(true);
    for (const socket of strangers) socket.destroy();
  });
});

function flipped(at: number): Buffer {
  const bytes = Buffer.from(BYTES);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

function endless(_: unknown, answer: NodeJS.WritableStream & { destroyed?: boolean }): void {
  const piece = Buffer.alloc(1 << 16, ' ');
  const more = (): void => {
    while (answer.destroyed !== true && answer.write(piece));
  };
  answer.on('drain', more);
  more();
}
