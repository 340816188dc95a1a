import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYNC_GROUP } from '../../src/host/sync-defaults.ts';
import { Random } from '../../src/sensor/random.ts';
import {
  freshPort,
  genlock,
  inFolder,
  LENIENT,
  type Running,
  SMALL,
  SOON,
  sleep,
  start,
  twin,
} from '../support/genlock.ts';
import { verified } from '../support/verified.ts';

/** The command of the documentation, with a port of its own. */
const vid = (folder: string, port: string, camera: string, sync: string, time = '2s', ...more: string[]): string[] => [
  ...['vid', '-n', '-t', time, ...SMALL, '--camera', camera, '--framerate', '30', '--codec', 'libav'],
  ...(sync === 'server' && !more.includes('--ready-frames') ? SOON : []),
  ...['-o', join(folder, `${sync}.mp4`), '--sync', sync, '--sync-port', port, ...more],
];

/**
 * Runs a client and a server to their ends. The client listens first: on a busy machine one that starts beside its
 * server may hear too little of so short a countdown.
 */
async function bothEnd(clientArgs: readonly string[], serverArgs: readonly string[]): Promise<(number | null)[]> {
  const client = start(clientArgs);
  await client.says('waiting for a server');
  const ends = await Promise.all([client.ended, genlock(serverArgs)]);
  return ends.map(({ code }) => code);
}

/** What the pixels of both cameras say. */
const proof = (folder: string) =>
  verified(...LENIENT, ...['server.mp4', 'client.mp4'].map((name) => join(folder, name)));

describe('genlock vid', () => {
  it.each(['client', 'server'])('locks two cameras frame for frame when the %s is started first', (first) =>
    inFolder(async (folder) => {
      const port = freshPort();
      const begin = (sync: string): Running => start(vid(folder, port, sync === 'server' ? '0' : '1', sync));
      const one = begin(first);
      await one.says(/waiting for a server|serving/);
      const other = begin(first === 'client' ? 'server' : 'client');
      const ends = await Promise.all([one.ended, other.ended]);
      expect(ends.map(({ code }) => code)).toEqual([0, 0]);
      expect(await proof(folder)).toMatchObject({ code: 0, locked: true, frames: 60 });
    }),
  );

  it.each([
    ['stock', 'tracking'],
    ['tracking', 'stock'],
    ['stock', 'stock'],
  ])('locks frame for frame with a %s server and a %s client', (serving, following) =>
    inFolder(async (folder) => {
      const port = freshPort();
      const client = vid(folder, port, '1', 'client', '2s', '--sync-controller', following);
      const server = vid(folder, port, '0', 'server', '2s', '--sync-controller', serving);
      expect(await bothEnd(client, server)).toEqual([0, 0]);
      expect(await proof(folder)).toMatchObject({ locked: true, frames: 60 });
    }),
  );

  // The pixel clock tells mid-exposure: ends that coincide are half the difference of the exposures apart there.
  it.each([
    ['end', -1000],
    ['middle', 0],
    ['start', 1000],
  ])('with unequal exposures lets their %ss coincide', (align, meanUs) =>
    inFolder(async (folder) => {
      const port = freshPort();
      const client = vid(folder, port, '1', 'client', '2s', '--shutter', '3000', '--sync-align', align);
      const server = vid(folder, port, '0', 'server', '2s', '--shutter', '1000');
      expect(await bothEnd(client, server)).toEqual([0, 0]);
      const report = await proof(folder);
      // What a busy machine adds to the time that is read is far from what another alignment would.
      expect(Math.abs((report.pairs[0]?.meanUs ?? Number.NaN) - meanUs)).toBeLessThan(300);
    }),
  );

  it('writes metadata and PTS as rpicam-vid does, one entry a frame', () =>
    inFolder(async (folder) => {
      const [metadata, pts] = [join(folder, 'm.json'), join(folder, 'a.pts')];
      const files = ['-o', join(folder, 'a.mp4'), '--metadata', metadata, '--save-pts', pts];
      const { code } = await genlock(['vid', '--frames', '30', ...SMALL, ...files, '--shutter', '2000', '--gain', '2']);
      expect(code).toBe(0);
      const entries = JSON.parse(readFileSync(metadata, 'utf8'));
      expect(entries).toHaveLength(30);
      expect(entries[5]).toMatchObject({ ExposureTime: 2000, AnalogueGain: 2 });
      const lines = readFileSync(pts, 'utf8').trim().split('\n');
      expect(lines[0]).toBe('# timecode format v2');
      expect(lines).toHaveLength(31);
      expect(lines[1]).toBe('0.000');
    }));

  it('stopped while it waits ends with code 0 and leaves no file', () =>
    inFolder(async (folder) => {
      const run = start(vid(folder, freshPort(), '1', 'client'));
      await run.says('waiting for a server');
      run.child.kill('SIGINT');
      const { code, stderr } = await run.ended;
      expect(code).toBe(0);
      expect(stderr).toMatch(/stopped before the recording began: nothing written/);
      expect(existsSync(join(folder, 'client.mp4'))).toBe(false);
    }));

  it('stopped while it records leaves a file that is whole', () =>
    inFolder(async (folder) => {
      const run = start(['vid', '-t', '0', ...SMALL, '--codec', 'libav', '-o', join(folder, 'a.mp4')]);
      await run.says('recording');
      await sleep(800);
      run.child.kill('SIGTERM');
      const { code, stderr } = await run.ended;
      expect(code).toBe(0);
      const frames = Number(/stopped: (\d+) frames/.exec(stderr)?.[1]);
      expect(frames).toBeGreaterThan(10);
      const again = await verified(join(folder, 'a.mp4'), twin(join(folder, 'a.mp4')));
      expect(again.frames).toBe(frames);
      // A frame that a busy machine dropped shows the one before.
      const [{ repeated, unreadable } = { repeated: 0, unreadable: 0 }] = again.cameras;
      expect(again.pairs[0]?.matched).toBeGreaterThanOrEqual(frames - repeated - unreadable);
      expect(again.pairs[0]?.matched).toBeGreaterThan(10);
    }));

  it.each(['SIGUSR1', 'SIGUSR2'] as const)(
    'that gets %s without --signal says what is missing, and records on',
    (name) =>
      inFolder(async (folder) => {
        const run = start(['vid', '--frames', '30', ...SMALL, '-o', join(folder, 'a.mp4')]);
        await run.says('recording');
        run.child.kill(name);
        await run.says(`${name}: acts with --signal only`);
        const { code, stderr } = await run.ended;
        expect(code).toBe(0);
        expect(stderr).toMatch(/30 frames/);
        expect(stderr).not.toMatch(/debugger/i);
      }),
  );

  it("says that an alignment can't be had with a camera that can't be steered", () =>
    inFolder(async (folder) => {
      const camera = ['--camera', 'lavfi:testsrc', '--sync', 'client', '--sync-port', freshPort()];
      const run = start(['vid', ...camera, '--sync-align', 'start', '-o', join(folder, 'a.mp4')]);
      await run.says("warning: alignment by the start of exposures: no effect on a camera that can't be steered");
      run.child.kill('SIGINT');
      expect((await run.ended).code).toBe(0);
    }));

  it('starts a camera that can not be steered again until its frames lie near those of the server', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const server = start([
        'vid',
        '--camera',
        '0',
        '-t',
        '0',
        '--sync',
        'server',
        '--sync-port',
        port,
        '--ready-frames',
        '9000',
      ]);
      const camera = ['--camera', 'lavfi:testsrc2=size=160x120:rate=30', '--sync', 'client', '--sync-port', port];
      const client = start(['vid', ...camera, '--phase-within', '3ms', '--frames', '60', '-o', join(folder, 'a.mp4')]);
      await client.says("from the server's now");
      for (const { child } of [client, server]) child.kill('SIGINT');
      const { code, stderr } = await client.ended;
      expect([code, (await server.ended).code]).toEqual([0, 0]);
      const [, now] = /its frames are (-?[\d.]+) ms from the server's now/.exec(stderr) ?? [];
      expect(Math.abs(Number(now))).toBeLessThanOrEqual(3);
    }));

  it('as a client that hears a server at another rate says both, once, and waits on', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const server = start(['vid', '--framerate', '25', '-t', '0', '--sync', 'server', '--sync-port', port]);
      const client = start(vid(folder, port, '1', 'client'));
      await client.says('a server at 25.00 fps is sending');
      server.child.kill('SIGINT');
      await server.ended;
      client.child.kill('SIGINT');
      const { stderr } = await client.ended;
      expect(stderr).toMatch(/this camera runs at 30: not followed; .* give both the same frame rate/);
      expect(stderr.match(/a server at 25/g)).toHaveLength(1);
    }));

  it('as a client outlives a server that is killed, waiting or recording', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const first = start(vid(folder, port, '0', 'server', '2s', '--ready-frames', '9000'));
      const client = start(vid(folder, port, '1', 'client'));
      await client.says('server heard');
      first.child.kill('SIGKILL');
      await first.ended;
      await client.says('the server is silent');
      const second = start(vid(folder, port, '0', 'server', '60s'));
      await client.says(/recording/);
      second.child.kill('SIGKILL');
      const { code, stderr } = await client.ended;
      expect(code).toBe(0);
      expect(stderr).toMatch(/60 frames, (none|\d+) dropped/);
    }));

  it('is moved by no bad datagram, waiting, locked or recording: 100,000 random ones and the known bad ones', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const client = start(vid(folder, port, '1', 'client', '5s', '-v', '2'));
      await client.says('waiting for a server');
      const attack = flood(Number(port), 100_000);
      const server = start(vid(folder, port, '0', 'server', '5s'));
      const ends = await Promise.all([client.ended, server.ended]);
      expect(await attack).toBe(100_000);
      expect(ends.map(({ code }) => code)).toEqual([0, 0]);
      const report = await proof(folder);
      expect(report).toMatchObject({ locked: true, frames: 150 });
      // One in ten is what a busy machine may drop; a client that the datagrams hold up drops more.
      for (const { repeated } of report.cameras) expect(repeated).toBeLessThanOrEqual(15);
      // The random ones were really heard.
      const refused = Math.max(
        ...[...(ends[0]?.stderr ?? '').matchAll(/(\d+) refused/g)].map((match) => Number(match[1])),
      );
      expect(refused).toBeGreaterThan(50_000);
    }));
});

/** Sends so many bad datagrams to the group on the loopback, spread over about eight seconds. */
async function flood(port: number, count: number): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  socket.setMulticastInterface('127.0.0.1');
  const random = new Random(5);
  const zeros = (bytes: number) => new Uint8Array(bytes);
  const known = [
    Uint8Array.of(1),
    zeros(40),
    zeros(39),
    field(33333, 0n),
    field(33333, 1n << 63n),
    field(4_000_000_000, 1n),
  ];
  let sent = 0;
  while (sent < count) {
    for (let i = 0; i < 125 && sent < count; i++, sent++) {
      const junk = Uint8Array.from({ length: Math.floor(random.between(0, 100)) }, () => random.between(0, 256));
      socket.send(sent % 20 === 0 ? (known[(sent / 20) % known.length] ?? junk) : junk, port, SYNC_GROUP);
    }
    await sleep(10);
  }
  socket.close();
  return sent;
}

function field(duration: number, wall: bigint): Uint8Array {
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, duration, true);
  view.setBigUint64(16, wall, true);
  view.setBigUint64(32, 1_700_000_000_000_000n, true);
  return bytes;
}
