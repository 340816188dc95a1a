import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FailureError, UsageError } from '../src/errors.ts';
import type { EncoderOptions, VideoEncoder } from '../src/record/encoder.ts';
import { parseAddress } from '../src/record/encoders/outputs/address.ts';
import { StreamOutput } from '../src/record/encoders/outputs/stream.ts';
import { decoded, eachBackend, writeFrames } from './support/encoding.ts';
import { testPicture } from './support/pictures.ts';
import { script } from './support/scripts.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-streams-'));
});
afterAll(() => rm(folder, { recursive: true }));

const VIDEO = { width: 320, height: 240, frameRate: { num: 30, den: 1 } };
const RUNS = Array.from({ length: 12 }, (_, i) => i);

/** A server on a free port of this machine. */
async function listening(onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** A port that nothing listens at. */
async function freePort(): Promise<number> {
  const { server, port } = await listening(() => {});
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Everything that comes, until the other side ends. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A server that keeps what comes. */
async function reading(onSocket?: (socket: Socket) => void) {
  let take: (bytes: Promise<Buffer>) => void = () => {};
  const received = new Promise<Buffer>((resolve) => {
    take = resolve;
  });
  const opened = await listening((socket) => {
    onSocket?.(socket);
    take(readAll(socket));
  });
  return { ...opened, received };
}

/** Connects as soon as someone listens. */
async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const came = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (came) return socket;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function writeUntilFailure(encoder: VideoEncoder): Promise<unknown> {
  const noise = testPicture(0);
  for (let slot = 0; slot < 3000; slot++) {
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = 16 + ((i * 7919 * (slot + 1)) % 219);
    const error = await outcome(encoder.write(noise, slot));
    if (error !== undefined) return error;
  }
  return undefined;
}

eachBackend((backend) => {
  const path = (name: string) => join(folder, `${backend.name}-${name}`);
  const marks = async (bytes: Buffer, name: string) => {
    await writeFile(path(name), bytes);
    return (await decoded(path(name))).frames.map(({ mark }) => mark);
  };

  /** Runs a process that writes to its stdout; resolves with what it did. */
  async function run(frames: number, stdout: number | 'pipe', onStdout?: (stdout: NodeJS.ReadableStream) => void) {
    const args = [script('write-stream'), backend.name, '-', String(frames)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'pipe'] });
    let err = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    if (child.stdout) onStdout?.(child.stdout);
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, err };
  }

  test.each<[string, Partial<EncoderOptions>, string]>([
    ['h264', {}, 'c.h264'],
    ['mjpeg', { codec: 'mjpeg', quality: 95 }, 'c.mjpeg'],
    ['MPEG-TS', { format: 'mpegts' }, 'c.ts'],
    ['MP4 in fragments', { format: 'mp4' }, 'c.mp4'],
    ['Matroska', { format: 'matroska' }, 'c.mkv'],
  ])('a reader that listens gets the whole stream: %s', async (_, given, name) => {
    const { server, port, received } = await reading();
    await writeFrames(backend, { ...VIDEO, file: `tcp://127.0.0.1:${port}`, ...given }, 0, 12);
    const got = await marks(await received, name);
    // Full range spreads the levels that the marks are read from.
    if (given.codec === 'mjpeg') expect(got).toHaveLength(12);
    else expect(got).toEqual(RUNS);
    server.close();
  });

  test('planes go over the network as they are', async () => {
    const { server, port, received } = await reading();
    await writeFrames(backend, { ...VIDEO, file: `tcp://127.0.0.1:${port}`, codec: 'yuv420' }, 0, 3);
    expect((await received).equals(Buffer.concat([0, 1, 2].map((i) => testPicture(i).data)))).toBe(true);
    server.close();
  });

  test.each<[string, string, Partial<EncoderOptions>]>([
    ['listen', '', { listen: true }],
    ["FFmpeg's way", '?listen=1', {}],
  ])('a reader is waited for, and gets the stream from its first frame: %s', async (_, query, given) => {
    const port = await freePort();
    const opening = backend.open({ ...VIDEO, file: `tcp://127.0.0.1:${port}${query}`, ...given });
    const received = connected(port).then(readAll);
    const encoder = await opening;
    for (const slot of RUNS) await encoder.write(testPicture(slot), slot);
    await encoder.close();
    expect(await marks(await received, 'listened.h264')).toEqual(RUNS);
  });

  test('waiting for a reader ends with the signal', async () => {
    const file = `tcp://127.0.0.1:${await freePort()}`;
    const stop = new AbortController();
    const opening = outcome(backend.open({ ...VIDEO, file, listen: true, signal: stop.signal }));
    stop.abort();
    const error = await opening;
    expect(error).toBeInstanceOf(FailureError);
    expect((error as Error).message).toBe(`${file}: stopped before a reader was there`);
  });

  test.each<[string, string, Partial<EncoderOptions>, number, number]>([
    ['h264', '?pkt_size=1000', {}, 1000, 1],
    ['MPEG-TS', '', { format: 'mpegts' }, 1316, 188],
  ])('datagrams carry the stream, none too large: %s', async (name, query, given, most, unit) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const packets: Buffer[] = [];
    socket.on('message', (packet) => packets.push(packet));
    const file = `udp://127.0.0.1:${socket.address().port}${query}`;
    await writeFrames(backend, { ...VIDEO, file, ...given }, 0, 12);
    // On the loopback interface what was sent is there; it has yet to be picked up.
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.close();
    expect(Math.max(...packets.map(({ length }) => length))).toBe(most);
    expect(packets.filter(({ length }) => length % unit !== 0)).toEqual([]);
    expect(await marks(Buffer.concat(packets), `udp-${name}`)).toEqual(RUNS);
  });

  test('a reader that goes away ends the recording in one line', async () => {
    const { server, port } = await listening((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const file = `tcp://127.0.0.1:${port}`;
    const encoder = await backend.open({ ...VIDEO, file });
    const error = await writeUntilFailure(encoder);
    await outcome(encoder.close());
    expect(error).toBeInstanceOf(FailureError);
    expect((error as Error).message).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+: recording stopped: the reader went away$/);
    server.close();
  });

  test('a reader that only ends its own side still gets the stream', async () => {
    const { server, port, received } = await reading((socket) => socket.end());
    const encoder = await backend.open({ ...VIDEO, file: `tcp://127.0.0.1:${port}` });
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const slot of RUNS) await encoder.write(testPicture(slot), slot);
    await encoder.close();
    expect(await marks(await received, 'half.h264')).toEqual(RUNS);
    server.close();
  });

  test('an address that cannot be had is one line of usage', async () => {
    const refused = `tcp://127.0.0.1:${await freePort()}`;
    const { server, port } = await listening(() => {});
    const cases: [Partial<EncoderOptions> & { file: string }, RegExp][] = [
      [{ file: refused }, /^tcp:\/\/127\.0\.0\.1:\d+: connection refused: nothing listens there/],
      [{ file: 'tcp://no-such-host.invalid:4000' }, /^tcp:\/\/no-such-host\.invalid:4000: unknown host/],
      [{ file: 'udp://no-such-host.invalid:4000' }, /^udp:\/\/no-such-host\.invalid:4000: unknown host/],
      [{ file: `tcp://127.0.0.1:${port}`, listen: true }, /^tcp:\/\/127\.0\.0\.1:\d+: the port is in use$/],
      [{ file: 'tcp://192.0.2.1:4000', listen: true }, /^tcp:\/\/192\.0\.2\.1:4000: no address of this machine$/],
      [{ file: 'rtsp://127.0.0.1:4000' }, /^rtsp:\/\/127\.0\.0\.1:4000: FFmpeg's rtsp makes connections of its own/],
      [{ file: 'udp://127.0.0.1:4000', listen: true }, /listen needs tcp:\/\/host:port$/],
      [
        { file: '-', libavCodec: 'prores_ks' },
        /^-: prores_ks has no stream of its own; give a format, such as matroska$/,
      ],
    ];
    for (const [given, message] of cases) {
      const error = await outcome(backend.open({ ...VIDEO, ...given }));
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(message);
    }
    server.close();
  });

  test('stdout holds the stream and nothing else, as a pipe and as a file', async () => {
    const piped: Buffer[] = [];
    const toPipe = await run(12, 'pipe', (stdout) => stdout.on('data', (bytes) => piped.push(bytes)));
    expect(toPipe).toEqual({ code: 0, err: '' });
    expect(await marks(Buffer.concat(piped), 'piped.h264')).toEqual(RUNS);

    const handle = await open(path('redirected.h264'), 'w');
    const toFile = await run(12, handle.fd);
    await handle.close();
    expect(toFile).toEqual({ code: 0, err: '' });
    expect((await decoded(path('redirected.h264'))).frames.map(({ mark }) => mark)).toEqual(RUNS);
  });

  test('a reader of stdout that goes away ends the recording in one line', async () => {
    const { code, err } = await run(5000, 'pipe', (stdout) => stdout.once('data', () => (stdout as Socket).destroy()));
    expect({ code, err }).toEqual({ code: 1, err: 'FailureError: stdout: recording stopped: the reader went away\n' });
  });
});

test('a reader that stops reading does not keep a process that was told to stop', async () => {
  const stuck = new Writable({ write: () => {} });
  const stop = new AbortController();
  const output = new StreamOutput(stuck, 'tcp://there', stop.signal, 5);
  const writing = outcome(output.write(Buffer.from('frame')));
  stop.abort();
  expect(await writing).toEqual(new FailureError('tcp://there: recording stopped: the reader takes nothing'));
  await output.close();
  expect(stuck.destroyed).toBe(true);
});

describe('addresses', () => {
  test('host, port and options are read', () => {
    expect(parseAddress('udp://239.1.2.3:5000?pkt_size=1316&ttl=4')).toEqual({
      ...{ protocol: 'udp', host: '239.1.2.3', port: 5000, listen: false },
      ...{ packetBytes: 1316, ttl: 4 },
    });
    expect(parseAddress('tcp://[::1]:80').host).toBe('::1');
    expect(parseAddress('tcp://pi.local:8000?listen=1').listen).toBe(true);
  });

  test.each([
    ['tcp://host', /must be udp/],
    ['tcp://:5000', /must be udp/],
    ['udp://host:99999', /must be udp/],
    ['udp://host:5000/path', /must be udp/],
    ['udp://host:5000?fifo_size=3', /unknown option fifo_size; udp has pkt_size, ttl/],
    ['udp://host:5000?pkt_size=0', /pkt_size=0 must be a whole number up to 65507/],
    ['tcp://host:5000?listen=yes', /listen=yes must be/],
  ])('%s is refused', (file, message) => {
    expect(() => parseAddress(file)).toThrow(message);
  });
});
