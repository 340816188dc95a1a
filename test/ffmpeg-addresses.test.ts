import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkAddress } from '../src/record/encoders/outputs/address.ts';
import { openOutput } from '../src/record/encoders/outputs/index.ts';
import { countFrames } from './support/count-frames.ts';
import { freshPort, genlock, inFolder, sleep } from './support/genlock.ts';
import { need } from './support/program.ts';

describe('an address that FFmpeg writes to', () => {
  it('is sent all bytes in their order, here by http', async () => {
    const parts: Buffer[] = [];
    const server = createServer((request, response) => {
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 167) % 256));
    const output = await openOutput({ file: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cam.ts` });
    for (let at = 0; at < bytes.length; at += 30_000) await output.write(bytes.subarray(at, at + 30_000));
    await output.close();
    await new Promise((resolve) => server.close(resolve));
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  it('where nothing listens is an error that names it, with exit code 2', async () => {
    const file = `rtmp://127.0.0.1:${freshPort()}/live/cam`;
    const { code, stderr } = await genlock(['vid', '-n', '--camera', 'virtual:imx219', '-t', '1s', '-o', file]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(`genlock: ${file}: can't be written`),
    });
  });

  it.each([
    ['rtsp://127.0.0.1/cam', /rtsp is not done here: .*rtmp:\/\/ or srt:\/\//],
    ['rtmp:///live', /has no host/],
    ['gopher://host/x', /must be udp:\/\/host:port or tcp:\/\/host:port, or an address of rtmp/],
  ])('%s is refused with what would be right', (address, why) => {
    expect(() => checkAddress(address)).toThrow(why);
  });

  it('of a media server by RTMP gets flv, every frame of it', async (context) => {
    need(context, 'ffmpeg');
    await inFolder(async (folder) => {
      const address = `rtmp://127.0.0.1:${freshPort()}/live/cam`;
      const file = join(folder, 'got.mkv');
      const server = spawn('ffmpeg', ['-v', 'error', '-listen', '1', '-i', address, '-c', 'copy', file]);
      const ended = new Promise((resolve) => server.once('close', resolve));
      const send = () => genlock(['vid', '-n', '--camera', 'virtual:imx219', '--frames', '30', '-o', address]);
      let sent = await send();
      while (sent.code === 2 && server.exitCode === null) {
        await sleep(100);
        sent = await send();
      }
      expect(sent).toMatchObject({ code: 0 });
      await ended;
      expect(await countFrames(file)).toBe(30);
    });
  });
});
