import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileTags } from '../src/libav/file-tags.ts';
import { namedTags } from '../src/libav/file-tags.ts';
import { remuxH264 } from '../src/libav/remux.ts';
import type { EncoderOptions } from '../src/record/encoder.ts';
import { timecodeAt } from '../src/time/timecode.ts';
import { topLevelBoxes } from './support/boxes.ts';
import { decoded, eachBackend, packets, writeFrames } from './support/encoding.ts';
import { ffprobe, noFfprobe, type Probe } from './support/ffprobe.ts';
import { noOpenCv, readWithOpenCv } from './support/opencv.ts';
import { testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-tags-'));
});
afterAll(() => rm(folder, { recursive: true }));

const NTSC = { num: 30_000, den: 1001 };
const START = { wallUs: Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 678_901, utcOffsetMinutes: 60 };
const tags = (frameRate = NTSC): FileTags => ({
  name: 'cam0',
  model: 'imx219',
  start: (slot) => ({
    wallUs: START.wallUs + (slot * frameRate.den * 1e6) / frameRate.num,
    timecode: timecodeAt(START, frameRate, slot),
  }),
});

const video = ({ streams }: Probe) => streams.find(({ codec_type }) => codec_type === 'video');
const timecodeTrack = ({ streams }: Probe) => streams.find(({ codec_tag_string }) => codec_tag_string === 'tmcd');
const probe = (file: string): Promise<Probe> => ffprobe(file, '-show_streams', '-show_format');

const withoutFfprobe = noFfprobe();
const withoutOpenCv = noOpenCv();
const reason = (why: string | undefined) => (why === undefined ? '' : ` (skipped: ${why})`);

eachBackend((backend) => {
  const path = (name: string) => join(folder, `${backend.name}-${name}`);
  const options = (name: string, frameRate = NTSC): EncoderOptions => ({
    ...{ file: path(name), width: 320, height: 240, frameRate },
    tags: tags(frameRate),
  });

  describe.skipIf(withoutFfprobe !== undefined)(`as ffprobe reads it${reason(withoutFfprobe)}`, () => {
    test.each(['mp4', 'mov'])('a closed file tells its start, its camera and its timecode: %s', async (ending) => {
      const given = options(`closed.${ending}`);
      await writeFrames(backend, given, 0, 70);
      const said = await probe(given.file);
      expect(said.format?.tags).toMatchObject({
        title: 'cam0',
        creation_time: '2026-01-02T03:04:05.000000Z',
        [ending === 'mp4' ? 'comment' : 'model']: 'imx219',
      });
      expect(video(said)).toMatchObject({
        r_frame_rate: '30000/1001',
        avg_frame_rate: '30000/1001',
        nb_frames: '70',
        tags: { handler_name: 'cam0', timecode: '04:04:05;20' },
      });
      expect(timecodeTrack(said)).toMatchObject({
        nb_frames: '1',
        tags: { timecode: '04:04:05;20', handler_name: 'cam0' },
      });
      // A reel is QuickTime's: FFmpeg writes it in MOV.
      expect(timecodeTrack(said)?.tags?.reel_name).toBe(ending === 'mov' ? 'cam0' : undefined);
      expect(Number(timecodeTrack(said)?.duration)).toBeCloseTo(Number(video(said)?.duration), 3);
    });

    test.each(['mp4', 'mov'])('a recording that is cut off tells the same: %s', async (ending) => {
      const given = options(`open.${ending}`);
      const encoder = await backend.open(given);
      for (let slot = 0; slot < 70; slot++) await encoder.write(testPicture(slot), slot);
      const copy = path(`cut.${ending}`);
      // ffmpeg writes what it was given a moment later.
      const written = async () => {
        await copyFile(given.file, copy);
        return probe(copy).then(video, () => undefined);
      };
      await expect.poll(written).toBeDefined();
      await encoder.close();
      const said = await probe(copy);
      expect(video(said)?.tags).toMatchObject({ timecode: '04:04:05;20', handler_name: 'cam0' });
      expect(timecodeTrack(said)?.tags).toMatchObject({ timecode: '04:04:05;20' });
      expect(said.format?.tags).toMatchObject({ title: 'cam0', creation_time: '2026-01-02T03:04:05.000000Z' });
    });

    test('a file that begins later has the timecode and the time of its own first frame', async () => {
      const given = options('late.mp4');
      await writeFrames(backend, given, 100, 40);
      const said = await probe(given.file);
      // 20 + 100 frames of 30: four seconds on.
      expect(video(said)?.tags?.timecode).toBe('04:04:09;00');
      expect(said.format?.tags?.creation_time).toBe('2026-01-02T03:04:09.000000Z');
      expect((await decoded(given.file)).frames.map(({ mark }) => mark)).toEqual(
        Array.from({ length: 40 }, (_, i) => (100 + i) % 14),
      );
    });

    test('what is known when the first frame comes is in time', async () => {
      let start: ReturnType<NonNullable<FileTags['start']>>;
      const given = { ...options('first.mp4'), tags: { name: 'cam1', start: () => start } };
      const encoder = await backend.open(given);
      start = tags().start?.(0);
      for (let slot = 0; slot < 20; slot++) await encoder.write(testPicture(slot), slot);
      await encoder.close();
      expect(video(await probe(given.file))?.tags).toMatchObject({ timecode: '04:04:05;20', handler_name: 'cam1' });
      expect((await decoded(given.file)).frames).toHaveLength(20);
    });

    test.each([
      ['30', { num: 30, den: 1 }, '04:04:05:20'],
      ['25', { num: 25, den: 1 }, '04:04:05:16'],
      ['23.976', { num: 24_000, den: 1001 }, '04:04:05:16'],
      ['59.94', { num: 60_000, den: 1001 }, '04:04:05;40'],
      ['15', { num: 15, den: 1 }, '04:04:05:10'],
      ['12.5, which has none', { num: 25, den: 2 }, undefined],
    ])('the timecode is that of the rate: %s', async (name, frameRate, timecode) => {
      const given = options(`rate-${frameRate.num}-${frameRate.den}.mp4`, frameRate);
      await writeFrames(backend, given, 0, 20);
      const said = await probe(given.file);
      expect([name, video(said)?.tags?.timecode]).toEqual([name, timecode]);
      expect(timecodeTrack(said) !== undefined).toBe(timecode !== undefined);
      expect(video(said)).toMatchObject({ avg_frame_rate: `${frameRate.num}/${frameRate.den}`, nb_frames: '20' });
    });

    test('Matroska has title, model and the time to the microsecond', async () => {
      const given = options('a.mkv');
      await writeFrames(backend, given, 0, 20);
      const said = (await probe(given.file)).format?.tags ?? {};
      const upper = Object.fromEntries(Object.entries(said).map(([key, value]) => [key.toLowerCase(), value]));
      expect(upper).toMatchObject({ title: 'cam0', model: 'imx219', creation_time: '2026-01-02T03:04:05.678901Z' });
    });

    test('what is copied into a container says the same', async () => {
      const given = { ...options('plain.h264'), tags: undefined };
      await writeFrames(backend, given, 0, 40);
      for (const ending of ['mp4', 'mov']) {
        const file = path(`copied.${ending}`);
        await remuxH264(given.file, file, { frameRate: NTSC, firstSlot: 3, tags: tags(), way: backend.name });
        const said = await probe(file);
        expect(video(said)?.tags).toMatchObject({ timecode: '04:04:05;23', handler_name: 'cam0' });
        expect(timecodeTrack(said)?.tags?.timecode).toBe('04:04:05;23');
        expect(said.format?.tags).toMatchObject({ title: 'cam0', creation_time: '2026-01-02T03:04:05.000000Z' });
      }
    });
  });

  test('a timecode track changes no time and no frame of the video', async () => {
    const given = options('same.mp4');
    await writeFrames(backend, given, 0, 70);
    await writeFrames(backend, { ...given, file: path('bare.mp4'), tags: undefined }, 0, 70);
    const [tagged, bare] = await Promise.all([packets(given.file), packets(path('bare.mp4'))]);
    expect(tagged).toEqual(bare);
    const boxes = topLevelBoxes(await readFile(given.file));
    expect(boxes.filter((type) => type === 'moov')).toHaveLength(1);
    expect(boxes).not.toContain('moof');
    expect((await decoded(given.file)).frames).toHaveLength(70);
  });

  test.skipIf(withoutOpenCv !== undefined)(`OpenCV reads every frame${reason(withoutOpenCv)}`, async () => {
    const given = ['mp4', 'mov', 'mkv'].map((ending) => options(`opencv.${ending}`));
    for (const each of given) await writeFrames(backend, each, 0, 75);
    const read = await readWithOpenCv(...given.map(({ file }) => file));
    expect(read.map(({ frames }) => frames)).toEqual([75, 75, 75]);
    for (const { fps } of read) expect(fps).toBeCloseTo(29.97, 2);
  });
});

test('a file says what it is told to, by names that its container knows', () => {
  expect(namedTags(undefined, 'mp4', 0)).toEqual({ file: {}, video: {} });
  expect(namedTags({ name: 'a' }, 'mp4', 0)).toEqual({ file: { title: 'a' }, video: { handler_name: 'a' } });
  expect(namedTags({ name: 'a', take: 't-1' }, 'mp4', 0)).toEqual({
    file: { title: 't-1 a' },
    video: { handler_name: 'a' },
  });
  expect(namedTags(tags(), 'matroska', 1).video).toEqual({});
  expect(namedTags(tags(), 'mov', 1).video).toEqual({
    handler_name: 'cam0',
    reel_name: 'cam0',
    timecode: '04:04:05;21',
  });
});
