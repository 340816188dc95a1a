import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { AnnexBSplitter } from '../../src/libav/annex-b.ts';
import { findSystemFfmpeg } from '../../src/libav/system-ffmpeg.ts';
import { CLI, genlock, inFolder, start } from '../support/genlock.ts';

const VID = ['vid', '-n', '--camera', '0', '--width', '160', '--height', '120'];

const frames = (stream: Uint8Array): number => {
  const splitter = new AnnexBSplitter();
  return splitter.push(stream).length + splitter.end().length;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('an address that FFmpeg writes to', () => {
  beforeEach(async (context) => {
    const needed = process.env.GENLOCK_REQUIRE_ENCODERS === '1';
    if (!needed && (await findSystemFfmpeg()) === undefined) context.skip('no ffmpeg on this system');
  });

  it('of http gets the stream as a file would', async () => {
    const parts: Buffer[] = [];
    const server = createHttp((request, response) => {
      request.on('data', (bytes: Buffer) => parts.push(bytes)).on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.h264`;
    const { code, stderr } = await genlock([...VID, '--frames', '30', '-o', url]);
    server.close();
    expect(stderr).toMatch(/30 frames, (none|\d+) dropped/);
    expect(stderr).toContain(` -> ${url}`);
    expect(code).toBe(0);
    expect(frames(Buffer.concat(parts))).toBe(30);
  });

  it('of rtmp gets flv, without being told', () =>
    inFolder(async (folder) => {
      const url = `rtmp://127.0.0.1:${await freePort()}/live/x`;
      const file = join(folder, 'a.h264');
      const options = ['-loglevel', 'verbose', '-listen', '1', '-i', url, '-c', 'copy', '-y', file];
      const reader = spawn('ffmpeg', options, { stdio: ['ignore', 'ignore', openSync(join(folder, 'log'), 'w')] });
      const closed = once(reader, 'close');
      // It says nothing once it listens, and takes one connection alone: the camera tries until it is there.
      let ended = await genlock([...VID, '--frames', '30', '-o', url]);
      for (let i = 0; i < 20 && ended.stderr.includes('Connection refused'); i++) {
        ended = await genlock([...VID, '--frames', '30', '-o', url]);
      }
      expect(ended.stderr).toMatch(/30 frames, .*-> rtmp:/);
      await closed;
      expect(frames(readFileSync(file))).toBe(30);
    }));

  it('where nobody listens, or without such a protocol, is one line', async () => {
    const refused = await genlock([...VID, '-t', '5s', '-o', `rtmp://127.0.0.1:${await freePort()}/x`]);
    expect(refused.stderr).toMatch(/^genlock: rtmp:\S+: recording stopped: Connection refused$/m);
    expect(refused.code).toBe(1);
    const unknown = await genlock([...VID, '-t', '5s', '-o', 'foo://127.0.0.1:4/x']);
    expect(unknown.stderr).toMatch(/^genlock: foo:\S+: ffmpeg \S+ has no such protocol; see ffmpeg -protocols$/m);
    expect(unknown.code).toBe(2);
  });

  it('that answers nothing does not keep a camera from its end', async () => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const camera = start([...VID, '-t', '0', '-o', `rtmp://127.0.0.1:${port}/live/x`]);
    await camera.says('recording');
    camera.child.kill('SIGTERM');
    const { code, stderr } = await camera.ended;
    server.close();
    expect(stderr).toMatch(/recording stopped: the reader takes nothing/);
    expect(code).toBe(1);
  });
});

describe('a circular buffer', () => {
  it('is saved to stdout at the end, as a bare stream', async () => {
    const args = [CLI, ...VID, '--frames', '45', '--circular', '-o', '-'];
    const camera = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    let said = '';
    camera.stdout.on('data', (bytes: Buffer) => parts.push(bytes));
    camera.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = await once(camera, 'close');
    expect(said).toContain('saved 45 frames, from frame 0 on -> stdout');
    expect(code).toBe(0);
    expect(frames(Buffer.concat(parts))).toBe(45);
    const contained = await genlock([...VID, '--circular', '-o', '-', '--libav-format', 'mpegts']);
    expect(contained.stderr).toMatch(/--circular: stdout gets the bare stream, not mpegts/);
    expect(contained.code).toBe(2);
  });
});
