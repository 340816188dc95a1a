import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { openVideo } from '../src/libav/decode.ts';
import { openWithFfmpeg } from '../src/libav/decode-ffmpeg.ts';
import { requireLibav } from '../src/libav/load.ts';
import { findSystemFfmpeg } from '../src/libav/system-ffmpeg.ts';
import type { VideoFile } from '../src/libav/video-file.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { readMark, testPicture } from './support/pictures.ts';

let folder = '';
const FRAMES = 45;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-decode-'));
  // A width that is no multiple of 32, so that decoded rows are padded.
  const options = { file: join(folder, 'a.mp4'), width: 316, height: 240, frameRate: { num: 30_000, den: 1001 } };
  const encoder = await nodeAvBackend.open(options);
  for (let slot = 0; slot < FRAMES; slot++) await encoder.write(testPicture(slot, 316, 240), slot);
  await encoder.close();
  await writeWithBFrames(join(folder, 'b-frames.mp4'));
  const whole = await readFile(join(folder, 'a.mp4'));
  await writeFile(join(folder, 'empty.mp4'), '');
  await writeFile(join(folder, 'text.mp4'), 'this is not a video\n'.repeat(50));
  await writeFile(join(folder, 'half.mp4'), whole.subarray(0, whole.length >> 1));
  const indexed = await readFile(join(folder, 'b-frames.mp4'));
  await writeFile(join(folder, 'cut.mp4'), indexed.subarray(0, indexed.length >> 1));
  await writeFile(join(folder, 'sound.wav'), silence());
  await copyFile(join(folder, 'a.mp4'), join(folder, 'with: colon %d.mp4'));
});
afterAll(() => rm(folder, { recursive: true }));

const ffmpeg = await findSystemFfmpeg();
const required = process.env.GENLOCK_REQUIRE_ENCODERS === '1';
const ways: [string, boolean, (file: string) => Promise<VideoFile>][] = [
  ['decoding with node-av', true, openVideo],
  [
    ffmpeg ? 'decoding with the system ffmpeg' : 'decoding with the system ffmpeg (skipped: there is none)',
    ffmpeg !== undefined || required,
    (file) => openWithFfmpeg(ffmpeg as NonNullable<typeof ffmpeg>, file),
  ],
];

describe.each(ways)('%s', (_, possible, open) => {
  const path = (name: string) => join(folder, name);

  async function read(name: string) {
    const video = await open(path(name));
    const frames: { index: number; ptsUs: number; mark: number }[] = [];
    try {
      for await (const { index, ptsUs, luma } of video.frames()) frames.push({ index, ptsUs, mark: readMark(luma) });
    } finally {
      await video.close();
    }
    return { video, frames };
  }

  test.runIf(possible)('gives size, and every frame with its exact time and its luma', async () => {
    const { video, frames } = await read('a.mp4');
    expect([video.width, video.height]).toEqual([316, 240]);
    expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
    expect(frames.map(({ mark }) => mark)).toEqual(Array.from({ length: FRAMES }, (_, i) => i % 14));
    for (const { index, ptsUs } of frames) expect(ptsUs).toBeCloseTo((index * 1001 * 1e6) / 30_000, 3);
  });

  test.runIf(possible)('gives frames in the order of presentation where they are stored in another', async () => {
    const { frames } = await read('b-frames.mp4');
    expect(frames.map(({ mark }) => mark)).toEqual(Array.from({ length: 30 }, (_, i) => i % 14));
    const first = frames[0]?.ptsUs ?? Number.NaN;
    for (const { index, ptsUs } of frames) expect(ptsUs - first).toBeCloseTo((index * 1e6) / 30, 3);
  });

  test.runIf(possible)('takes a file name as it is', async () => {
    expect((await read('with: colon %d.mp4')).frames).toHaveLength(FRAMES);
  });

  test.runIf(possible).each([
    ['text.mp4', /text\.mp4: not a complete video file/],
    ['sound.wav', /sound\.wav: holds no video$/],
  ])('names %s and what is wrong with it, in one line', async (name, message) => {
    const failure = await read(name).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('\n');
  });

  test.runIf(possible)('may be left before the end', async () => {
    const video = await open(path('a.mp4'));
    for await (const { index } of video.frames()) if (index === 3) break;
    await expect(video.close()).resolves.toBeUndefined();
  });
});

test.each([
  ['empty.mp4', /empty\.mp4: is empty/],
  ['missing.mp4', /missing\.mp4: no such file/],
  // Whether the index stands at the end or in front of the data.
  ['half.mp4', /half\.mp4: cut off: the last \d+ of \d+ bytes are missing/],
  ['cut.mp4', /cut\.mp4: cut off: the last \d+ of \d+ bytes are missing/],
  ['.', /: is a folder, not a file/],
])('opening %s is refused before any decoder sees it', async (name, message) => {
  await expect(openVideo(join(folder, name))).rejects.toThrow(message);
  await expect(openVideo(join(folder, name))).rejects.toThrow(UsageError);
});

test('the rate and the time base are the file’s own', async () => {
  const video = await openVideo(join(folder, 'a.mp4'));
  expect(video.frameRate).toEqual({ num: 30_000, den: 1001 });
  expect(video.timeBase).toEqual({ num: 1, den: 30_000 });
  await video.close();
});

/** A file as other programs write it. */
async function writeWithBFrames(file: string): Promise<void> {
  const libav = await requireLibav();
  const { constants } = libav;
  const h264 = libav.Codec.findEncoder(constants.AV_CODEC_ID_H264);
  if (!h264) throw new Error('no libx264');
  const codec = new libav.CodecContext();
  codec.allocContext3(h264);
  codec.width = 320;
  codec.height = 240;
  codec.pixelFormat = constants.AV_PIX_FMT_YUV420P;
  codec.timeBase = new libav.Rational(1, 30);
  codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
  expect(
    await codec.open2(h264, libav.Dictionary.fromObject({ preset: 'fast', bf: 3, g: 6, 'x264-params': 'b-adapt=0' })),
  ).toBe(0);
  const output = new libav.FormatContext();
  output.allocOutputContext2(null, 'mp4', file);
  const stream = output.newStream();
  stream.codecpar.fromContext(codec);
  await output.openOutput();
  await output.writeHeader(libav.Dictionary.fromObject({ movflags: 'faststart' }));
  const packet = new libav.Packet();
  packet.alloc();
  for (let i = 0; i <= 30; i++) {
    const { data } = testPicture(i);
    const props = { width: 320, height: 240, format: constants.AV_PIX_FMT_YUV420P, pts: BigInt(i) };
    await codec.sendFrame(i < 30 ? libav.Frame.fromVideoBuffer(Buffer.from(data), props) : null);
    while ((await codec.receivePacket(packet)) >= 0) {
      packet.duration = 1n;
      packet.rescaleTs({ num: 1, den: 30 }, stream.timeBase);
      await output.interleavedWriteFrame(packet);
    }
  }
  await output.writeTrailer();
  await output.closeOutput();
}

/** A tenth of a second of silence as WAV: 16 bit, mono, 8 kHz. */
function silence(): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 1600, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(1600, 40);
  return Buffer.concat([header, Buffer.alloc(1600)]);
}
