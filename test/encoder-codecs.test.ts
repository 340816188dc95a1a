import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pictureBytes } from '../src/camera/picture.ts';
import { UsageError } from '../src/errors.ts';
import { AnnexBSplitter } from '../src/libav/annex-b.ts';
import { readParameters } from '../src/libav/avc.ts';
import { openVideo } from '../src/libav/decode.ts';
import { requireLibav } from '../src/libav/load.ts';
import type { EncoderOptions } from '../src/record/encoder.ts';
import { completeUnit } from '../src/record/encoders/elementary.ts';
import { jpegQscale } from '../src/record/encoders/settings.ts';
import { decoded, eachBackend, packets, writeFrames } from './support/encoding.ts';
import { markLevel, psnr, testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-codecs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const THIRTY = { num: 30, den: 1 };
const NTSC = { num: 30_000, den: 1001 };

/** NAL unit types of a byte stream, in order. */
function unitTypes(data: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at + 3 < data.length; at++) {
    if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1) types.push((data[at + 3] ?? 0) & 0x1f);
  }
  return types;
}

/** NAL unit types of an MP4's frame, where each unit stands behind its size. */
function sizedUnitTypes(data: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 4 < data.length; at += 4 + data.readUInt32BE(at)) types.push((data[at + 4] ?? 0) & 0x1f);
  return types;
}

eachBackend((backend) => {
  const path = (name: string) => join(folder, `${backend.name}-${name}`);
  const options = (file: string): EncoderOptions => ({ file, width: 320, height: 240, frameRate: THIRTY });
  const marks = (first: number, count: number) => Array.from({ length: count }, (_, i) => (first + i) % 14);

  test.each<[string, string, Partial<EncoderOptions>, number, number]>([
    ['h264 in MPEG-TS', 'a.ts', {}, 3, 6],
    ['h264 in AVI', 'a.avi', {}, 0, 1],
    ['h264 in FLV', 'a.flv', {}, 3, 501],
    ['h264 in what FFmpeg guesses by the ending', 'a.nut', {}, 3, 1],
    ['mpeg4 in Matroska', 'm.mkv', { libavCodec: 'mpeg4', bitrate: 2_000_000 }, 3, 501],
    ['H.265 in MP4', 'x265.mp4', { libavCodec: 'libx265' }, 3, 1],
    ['yuv420 in Matroska', 'y.mkv', { codec: 'yuv420' }, 3, 501],
  ])('every frame has its slot time: %s', async (_, name, given, first, toleranceUs) => {
    await writeFrames(backend, { ...options(path(name)), frameRate: NTSC, ...given }, first, 25);
    const { frames } = await decoded(path(name));
    expect(frames.map(({ mark }) => mark)).toEqual(marks(first, 25));
    for (const [i, { ptsUs }] of frames.entries()) {
      expect(Math.abs(ptsUs - ((first + i) * 1001e6) / 30_000)).toBeLessThan(toleranceUs);
    }
  });

  test.each(['j.mp4', 'j.mkv', 'j.avi', 'j.mjpeg'])('mjpeg has full range, as JPEG must: %s', async (name) => {
    await writeFrames(backend, { ...options(path(name)), codec: 'mjpeg', quality: 90 }, 0, 15);
    const video = await openVideo(path(name));
    let frames = 0;
    for await (const { index, luma } of video.frames()) {
      expect(Math.abs((luma.data[8 * luma.stride + 8] ?? 0) - ((markLevel(index) - 16) * 255) / 219)).toBeLessThan(4);
      frames++;
    }
    await video.close();
    expect(frames).toBe(15);
    const { stream, list } = await packets(path(name));
    expect(stream.pixelFormat).toBe((await requireLibav()).constants.AV_PIX_FMT_YUVJ420P);
    expect(list.every(({ key }) => key)).toBe(true);
  });

  test('quality decides the size of mjpeg', async () => {
    const sizes: number[] = [];
    for (const quality of [10, 50, 90]) {
      const file = path(`q${quality}.mjpeg`);
      await writeFrames(backend, { ...options(file), codec: 'mjpeg', quality }, 0, 5);
      expect((await decoded(file)).frames).toHaveLength(5);
      sizes.push((await stat(file)).size);
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes[2]).toBeGreaterThan(2 * (sizes[0] ?? 0));
  });

  test('yuv420 is the planes, byte for byte', async () => {
    await writeFrames(backend, { ...options(path('planes.yuv')), codec: 'yuv420' }, 4, 3);
    const expected = Buffer.concat([4, 5, 6].map((slot) => testPicture(slot).data));
    expect((await readFile(path('planes.yuv'))).equals(expected)).toBe(true);
  });

  test('a format goes before the ending', async () => {
    await writeFrames(backend, { ...options(path('video.bin')), format: 'h264' }, 0, 5);
    expect((await decoded(path('video.bin'))).frames).toHaveLength(5);
    expect(unitTypes(await readFile(path('video.bin')))).toContain(7);
  });

  test.each<[string, Partial<EncoderOptions>]>([
    ['libx264', { preset: 'veryfast' }],
    ['libx264 by its own options', { preset: 'veryfast', intra: 50, libavOptions: { g: '10' } }],
    ['mpeg4', { libavCodec: 'mpeg4' }],
    ['libx265', { libavCodec: 'libx265' }],
  ])('keyframes stand on slots that the distance divides, and on the first: %s', async (_, given) => {
    const file = path('grid.mkv');
    const encoder = await backend.open({ ...options(file), intra: 10, ...given });
    for (let slot = 7; slot < 42; slot++) {
      const picture = testPicture(slot);
      // A change of the scene.
      if (slot >= 15) for (let i = 0; i < 320 * 240; i++) picture.data[i] = 16 + ((i * 7919) % 211);
      await encoder.write(picture, slot);
    }
    await encoder.close();
    const { list } = await packets(file);
    expect(list.flatMap(({ key }, i) => (key ? [i + 7] : []))).toEqual([7, 10, 20, 30, 40]);
    expect(list.map(({ pts }) => pts)).toEqual(list.map(({ dts }) => dts));
  });

  test('profile and level stand in the headers', async () => {
    await writeFrames(backend, { ...options(path('main.h264')), profile: 'baseline', level: '4.2' }, 0, 2);
    const stream = await readFile(path('main.h264'));
    const headers = stream.indexOf(Buffer.from([0, 0, 0, 1, 0x67])) + 5;
    expect([stream[headers], stream[headers + 2]]).toEqual([66, 42]);
  });

  test.for([
    ['ultrafast', undefined, 100],
    ['ultrafast', 'high', 100],
    ['ultrafast', 'main', 77],
    ['veryfast', undefined, 100],
    ['veryfast', 'baseline', 66],
  ] as const)('preset %s with profile %s makes a stream of profile %d', async ([preset, profile, idc]) => {
    await writeFrames(backend, { ...options(path('p.h264')), preset, ...(profile && { profile }) }, 0, 2);
    const stream = await readFile(path('p.h264'));
    expect(stream[stream.indexOf(Buffer.from([0, 0, 0, 1, 0x67])) + 5]).toBe(idc);
  });

  test.for([
    [240, 6],
    [720, 1],
  ] as const)(
    'pictures of %d lines say their colours: code point %d, in stream and container',
    async ([height, code]) => {
      const picture = { width: 320, height, data: new Uint8Array(pictureBytes(320, height)).fill(128) };
      for (const ending of ['h264', 'mp4', 'mov']) {
        const file = path(`colours.${ending}`);
        const encoder = await backend.open({ ...options(file), height });
        await encoder.write(picture, 0);
        await encoder.close();
        const bytes = await readFile(file);
        if (ending === 'h264') {
          const told = { fullRange: false, primaries: code, transfer: code, matrix: code };
          expect(readParameters(bytes)).toMatchObject(told);
          continue;
        }
        // ISO/IEC 14496-12, 12.1.5: nclx with a flag for full range; QuickTime's nclc without.
        const at = bytes.indexOf(ending === 'mov' ? 'colrnclc' : 'colrnclx');
        expect(at).toBeGreaterThan(0);
        expect([8, 10, 12].map((offset) => bytes.readUInt16BE(at + offset))).toEqual([code, code, code]);
        if (ending === 'mp4') expect((bytes[at + 14] as number) >> 7).toBe(0);
      }
    },
  );

  test('inline repeats the headers at each keyframe in a container that keeps them', async () => {
    const headers: boolean[] = [];
    for (const inline of [false, true]) {
      await writeFrames(backend, { ...options(path('inline.mp4')), intra: 4, inline }, 0, 9);
      const { list } = await packets(path('inline.mp4'));
      const keys = list.filter(({ key }) => key).map(({ data }) => sizedUnitTypes(data).includes(7));
      expect(keys).toHaveLength(3);
      headers.push(keys.slice(1).every(Boolean), keys.slice(1).some(Boolean));
    }
    expect(headers).toEqual([false, false, true, true]);
    expect((await decoded(path('inline.mp4'))).frames).toHaveLength(9);
  });

  test('a sink gets a stream that can be cut into frames', async () => {
    const chunks: Uint8Array[] = [];
    const sink = (bytes: Uint8Array) => chunks.push(bytes);
    await writeFrames(backend, { ...options('memory'), intra: 5, sink }, 3, 14);
    const stream = Buffer.concat(chunks);
    expect(unitTypes(stream).filter((type) => type === 9)).toHaveLength(14);
    const splitter = new AnnexBSplitter();
    const units = [...splitter.push(stream), ...splitter.end()];
    expect(units.flatMap(({ keyframe }, i) => (keyframe ? [i + 3] : []))).toEqual([3, 5, 10, 15]);
    for (const { bytes, keyframe } of units) {
      const types = unitTypes(bytes);
      expect(types[0]).toBe(9);
      expect(types.includes(7) && types.includes(8)).toBe(keyframe);
    }
  });

  test.each<[string, Partial<EncoderOptions>]>([
    ['mjpeg', { codec: 'mjpeg' }],
    ['yuv420', { codec: 'yuv420' }],
  ])('a sink gets pictures of %s', async (codec, given) => {
    const chunks: Uint8Array[] = [];
    await writeFrames(backend, { ...options('memory'), ...given, sink: (bytes) => chunks.push(bytes) }, 0, 4);
    const stream = Buffer.concat(chunks);
    if (codec === 'yuv420')
      expect(stream.equals(Buffer.concat([0, 1, 2, 3].map((i) => testPicture(i).data)))).toBe(true);
    else expect(stream.toString('latin1').split('\xff\xd8\xff')).toHaveLength(5);
  });

  test('an encoder that keeps pictures for later gets its own', async () => {
    const file = path('kept.mkv');
    const shared = testPicture(0);
    const encoder = await backend.open({
      ...options(file),
      libavCodec: 'libx265',
      libavOptions: { 'x265-params': 'rc-lookahead=10' },
    });
    for (let slot = 0; slot < 20; slot++) {
      shared.data.set(testPicture(slot).data);
      await encoder.write(shared, slot);
    }
    await encoder.close();
    expect((await decoded(file)).frames.map(({ mark }) => mark)).toEqual(marks(0, 20));
  });

  test('an encoder with another pixel format gets its own', async () => {
    const file = path('prores.mov');
    await writeFrames(backend, { ...options(file), libavCodec: 'prores_ks' }, 0, 3);
    const video = await openVideo(file);
    for await (const { index, luma } of video.frames()) {
      expect(psnr(luma.data, testPicture(index).data, 320 * 240)).toBeGreaterThan(36);
    }
    await video.close();
  });

  test.each<[string, Partial<EncoderOptions>, RegExp]>([
    ['an encoder', { libavCodec: 'h266_dream' }, /^h266_dream: .* has no video encoder of this name$/],
    ['an option', { libavOptions: { speedy: '1' } }, /^libav option speedy: libx264 has no such option$/],
    ['an option of the program', { libavOptions: { vf: 'hflip' } }, /^libav option vf: libx264 has no such option$/],
    [
      "an option's value",
      { libavOptions: { refs: 'abc' } },
      /^libav option refs=abc: libx264 does not take this value/,
    ],
    ["a private option's value", { libavOptions: { tune: 'abc' } }, /^libav option tune=abc: libx264 does not take/],
    ['B-frames', { libavOptions: { bf: '2' } }, /^libav option bf=2: B-frames must stay off: they move the times/],
    ['hidden B-frames', { libavOptions: { 'x264-params': 'ref=2:bframes=3' } }, /bframes=3: B-frames must stay off/],
    ['a profile', { profile: 'fancy' }, /^profile fancy: H.264 has baseline, main, high/],
    ['a level', { level: '9' }, /^level 9: H.264 has 1, /],
    ['a quality', { codec: 'mjpeg', quality: 101 }, /^quality 101: must be from 0 to 100$/],
    ['a format', { format: 'cinema' }, /wrong\.mp4: FFmpeg has no container called cinema$/],
    ['a format of many files', { format: 'hls' }, /format hls writes files or streams of its own/],
    ['a container for the codec', { codec: 'yuv420' }, /wrong\.mp4: can't be written as mp4 with rawvideo: /],
    ["a stream of another codec's", { codec: 'mjpeg', format: 'h264' }, /h264 can't hold mjpeg/],
  ])('%s that is not there is refused by name, before anything is written', async (_, wrong, message) => {
    const given = { ...options(path('wrong.mp4')), ...wrong };
    for (const attempt of ['check', 'open'] as const) {
      const error = await backend[attempt](given).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toContain('\n');
    }
  });

  test('a picture ending is no video', async () => {
    await expect(backend.check(options(path('a.jpg')))).rejects.toThrow(/a\.jpg: \.jpg is a single picture's/);
  });

  test('what can be had passes the check and leaves no trace', async () => {
    const given = { ...options(path('unwritten.mp4')), libavOptions: { tune: 'zerolatency' } };
    await backend.check(given);
    await expect(stat(given.file)).rejects.toThrow(/ENOENT/);
  });

  test('hardware that is missing is named', async (context) => {
    const given = { ...options(path('hw.mp4')), libavCodec: 'h264_v4l2m2m' };
    const error = await backend.check(given).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (error === undefined) context.skip('this machine has it');
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(
      /^h264_v4l2m2m: (this machine has no hardware for it \(.*\); libx264 needs none|.* has no video encoder of this name)$/,
    );
  });
});

describe('segments of encoders', () => {
  test('libjpeg qualities become the nearest qscale, within 1 to 31', () => {
    expect([0, 1, 10, 16, 25, 50, 75, 85, 90, 95, 100].map(jpegQscale)).toEqual([
      31, 31, 31, 31, 20, 10, 5, 3, 2, 1, 1,
    ]);
  });

  test('an access unit gets the delimiter and the headers that it lacks', () => {
    const [delimiter, sps, slice] = [
      [0, 0, 0, 1, 9, 0xf0],
      [0, 0, 0, 1, 0x67, 1, 2],
      [0, 0, 1, 0x65, 8],
    ] as const;
    const headers = Uint8Array.from(sps);
    const complete = (unit: readonly number[], given?: Uint8Array) => [...completeUnit(Uint8Array.from(unit), given)];
    expect(complete(slice)).toEqual([...delimiter, ...slice]);
    expect(complete(slice, headers)).toEqual([...delimiter, ...sps, ...slice]);
    expect(complete([...delimiter, ...slice], headers)).toEqual([...delimiter, ...sps, ...slice]);
    expect(complete([...delimiter, ...sps, ...slice], headers)).toEqual([...delimiter, ...sps, ...slice]);
    expect(complete([...sps, ...slice], headers)).toEqual([...delimiter, ...sps, ...slice]);
  });
});
