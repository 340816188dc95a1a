import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FailureError, UsageError } from '../src/errors.ts';
import { openVideo } from '../src/libav/decode.ts';
import { describeMissing, requireLibav } from '../src/libav/load.ts';
import { isTooOld } from '../src/libav/system-ffmpeg.ts';
import type { EncoderOptions, VideoEncoder } from '../src/record/encoder.ts';
import { createFfmpegBackend } from '../src/record/encoders/ffmpeg.ts';
import { chooseBackend } from '../src/record/encoders/ways.ts';
import { x264Threads } from '../src/record/encoders/x264.ts';
import { topLevelBoxes } from './support/boxes.ts';
import { decoded, eachBackend, packets, writeFrames } from './support/encoding.ts';
import { framesDecoded, noFfprobe } from './support/ffprobe.ts';
import { processesNaming } from './support/genlock.ts';
import { markLevel, psnr, testPicture } from './support/pictures.ts';
import { script } from './support/scripts.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-encoders-'));
});
afterAll(() => rm(folder, { recursive: true }));

const withoutFfprobe = noFfprobe();
if (withoutFfprobe !== undefined) console.warn(`what ffprobe decodes is not compared: ${withoutFfprobe}`);

/** At 30 fps; and frames that were taken over and are still being encoded when the kill comes. */
const FRAGMENT_FRAMES = 15;
const IN_ENCODER = 2;

const THIRTY = { num: 30, den: 1 };
const NTSC = { num: 30_000, den: 1001 };

eachBackend((backend) => {
  const path = (name: string) => join(folder, `${backend.name}-${name}`);
  const options = (file: string): EncoderOptions => ({ file, width: 320, height: 240, frameRate: THIRTY });

  test.each([
    ['30 fps in MP4', 'a.mp4', THIRTY, 0, 1e-3],
    ['29.97 fps in MP4', 'b.mp4', NTSC, 0, 1e-3],
    ['a first slot above 0 in MP4', 'c.mp4', NTSC, 7, 1e-3],
    ['12.5 fps in MOV', 'd.mov', { num: 25, den: 2 }, 1, 1e-3],
    ['a rate with a large numerator', 'e.mp4', { num: 59_999, den: 2000 }, 3, 1e-3],
    // Matroska counts in whole milliseconds.
    ['29.97 fps in Matroska', 'f.mkv', NTSC, 2, 501],
  ])('every frame has exactly its slot time: %s', async (_, name, frameRate, first, toleranceUs) => {
    await writeFrames(backend, { ...options(path(name)), frameRate }, first, 70);
    const { frames, frameRate: stated } = await decoded(path(name));
    expect(frames.map(({ mark }) => mark)).toEqual(Array.from({ length: 70 }, (_, i) => (first + i) % 14));
    for (const [i, { ptsUs }] of frames.entries()) {
      expect(Math.abs(ptsUs - ((first + i) * frameRate.den * 1e6) / frameRate.num)).toBeLessThan(toleranceUs);
    }
    if (!name.endsWith('.mkv')) expect(stated).toEqual(frameRate);
  });

  test('the file lasts as long as its slots, at exactly its rate', async () => {
    await writeFrames(backend, { ...options(path('length.mp4')), frameRate: NTSC }, 0, 90);
    const { stream } = await packets(path('length.mp4'));
    expect(stream.durationUs).toBeCloseTo(90 * 1001 * (1e6 / 30_000), 3);
    expect(stream.rate).toEqual(NTSC);
    expect(stream.frames).toBe(90);
  });

  test('there are no B-frames, and a keyframe starts every second', async () => {
    await writeFrames(backend, { ...options(path('order.mp4')), preset: 'veryfast' }, 0, 75);
    const { list } = await packets(path('order.mp4'));
    expect(list.map(({ pts }) => pts)).toEqual(list.map(({ dts }) => dts));
    expect(list.flatMap(({ key }, i) => (key ? [i] : []))).toEqual(expect.arrayContaining([0, 30, 60]));
  });

  test('an elementary stream holds every frame and states the rate', async () => {
    await writeFrames(backend, { ...options(path('a.h264')), frameRate: NTSC }, 0, 40);
    const { frames, frameRate } = await decoded(path('a.h264'));
    expect(frames.map(({ mark }) => mark)).toEqual(Array.from({ length: 40 }, (_, i) => i % 14));
    expect(frameRate).toEqual(NTSC);
  });

  test('pixels survive: 36 dB or better at the default quality', async () => {
    await writeFrames(backend, options(path('psnr.mp4')), 0, 5);
    const video = await openVideo(path('psnr.mp4'));
    for await (const { index, luma } of video.frames()) {
      expect(luma.stride).toBe(320);
      expect(psnr(luma.data, testPicture(index).data, 320 * 240)).toBeGreaterThan(36);
    }
    await video.close();
  });

  test('a closed MP4 is plain: one index, no fragments', async () => {
    await writeFrames(backend, options(path('plain.mp4')), 0, 70);
    const boxes = topLevelBoxes(await readFile(path('plain.mp4')));
    expect(boxes).toContain('moov');
    expect(boxes).not.toContain('moof');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('a closed MP4 is seekable to any second', async () => {
    await writeFrames(backend, options(path('seek.mp4')), 0, 120);
    expect(await seekTo(path('seek.mp4'), 2.5)).toBe(2);
  });

  test.each(['mp4', 'mov', 'mkv'])(
    'a recording that is killed lacks half a second at most, and what is being encoded: %s',
    async (ending) => {
      const file = path(`killed.${ending}`);
      const written = await writeAndKill(backend.name, file, 100);
      const { frames } = await decoded(file);
      expect(frames.length).toBeGreaterThanOrEqual(written - FRAGMENT_FRAMES - IN_ENCODER);
      expect(frames.length).toBeLessThanOrEqual(written + 1);
      expect(frames.map(({ mark }) => mark)).toEqual(frames.map((_, i) => i % 14));
      const toleranceUs = ending === 'mkv' ? 501 : 1e-3;
      for (const [i, { ptsUs }] of frames.entries()) expect(Math.abs(ptsUs - (i * 1e6) / 30)).toBeLessThan(toleranceUs);
      if (withoutFfprobe === undefined) expect(await framesDecoded(file)).toBe(frames.length);
    },
  );

  test('an earlier file of the same name is replaced', async () => {
    await writeFile(path('old.mp4'), 'x'.repeat(1_000_000));
    await writeFrames(backend, options(path('old.mp4')), 0, 3);
    expect((await stat(path('old.mp4'))).size).toBeLessThan(1_000_000);
    expect((await decoded(path('old.mp4'))).frames).toHaveLength(3);
  });

  test('a file that is closed without a frame closes', async () => {
    const encoder = await backend.open(options(path('none.mp4')));
    await expect(encoder.close()).resolves.toBeUndefined();
    await expect(openVideo(path('none.mp4')).then((video) => drain(video))).rejects.toThrow(UsageError);
  });

  test('odd sizes are refused', async () => {
    const odd = { ...options(path('odd.mp4')), width: 321 };
    await expect(backend.open(odd)).rejects.toThrow(/odd\.mp4: size 321x240 can't be encoded: .*even/);
  });

  test.each([
    ['a preset', { preset: 'warp' }, /preset warp: libx264 has ultrafast/],
    ['a crf', { crf: 99 }, /crf 99: must be from 0 to 51/],
    ['a bitrate', { bitrate: 0.5 }, /bitrate 0.5/],
    ['a keyframe distance', { intra: 0 }, /intra 0/],
  ])('%s that x264 has not is refused', async (_, wrong, message) => {
    const opening = backend.open({ ...options(path('wrong.mp4')), ...wrong });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(UsageError);
  });

  test('an unknown ending is refused by name', async () => {
    await expect(backend.open(options(path('a.xyz')))).rejects.toThrow(/a\.xyz: the ending names no known container/);
  });

  test('a file that cannot be written is named, with the reason', async () => {
    const missing = join(folder, 'missing', 'a.mp4');
    await expect(backend.open(options(missing))).rejects.toThrow(
      /missing\/a\.mp4: can't be written: folder .*missing does not/,
    );
    await expect(backend.open(options(missing))).rejects.toThrow(UsageError);
    await mkdir(path('folder.mp4'), { recursive: true });
    await expect(backend.open(options(path('folder.mp4')))).rejects.toThrow(/can't be written: it is a folder/);
    const below = join(path('a.mp4'), 'b.mp4');
    await expect(backend.open(options(below))).rejects.toThrow(/is not a folder/);
  });

  test.runIf(process.platform === 'linux')('a full disk fails in one line that names the file', async () => {
    const opening = backend.open({ ...options('/dev/full'), format: 'matroska' });
    const failure = await opening.then(writeUntilFailure).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailureError);
    expect((failure as Error).message).toMatch(/^\/dev\/full: recording stopped: .*[Nn]o space left on device/);
    expect((failure as Error).message).not.toContain('\n');
  });

  test('holes, steps back and other sizes are refused', async () => {
    const encoder = await backend.open(options(path('contract.mp4')));
    await encoder.write(testPicture(0), 4);
    await expect(encoder.write(testPicture(0), 6)).rejects.toThrow(/frame 6 is out of order, 5 is next/);
    await expect(encoder.write(testPicture(0), 4)).rejects.toThrow(/frame 4 is out of order/);
    await expect(encoder.write(testPicture(0, 160, 120), 5)).rejects.toThrow(/frame 5 is 160x120/);
    await encoder.write(testPicture(0), 5);
    await encoder.close();
    expect((await decoded(path('contract.mp4'))).frames).toHaveLength(2);
  });

  test('a frame after the close is refused', async () => {
    const encoder = await backend.open(options(path('after.mp4')));
    await encoder.write(testPicture(0), 0);
    await encoder.close();
    await expect(encoder.write(testPicture(1), 1)).rejects.toThrow(
      /after\.mp4: frame 1 came after the file was closed/,
    );
  });

  test('a picture may be a view into a larger buffer', async () => {
    const whole = testPicture(5);
    const shifted = new Uint8Array(whole.data.length + 64);
    shifted.set(whole.data, 37);
    const encoder = await backend.open(options(path('view.mp4')));
    await encoder.write({ ...whole, data: shifted.subarray(37, 37 + whole.data.length) }, 0);
    await encoder.close();
    expect((await decoded(path('view.mp4'))).frames[0]?.mark).toBe(5);
  });

  test('a bitrate replaces the quality', async () => {
    await writeFrames(backend, { ...options(path('slow.mp4')), bitrate: 50_000 }, 0, 60);
    await writeFrames(backend, { ...options(path('fast.mp4')), bitrate: 400_000 }, 0, 60);
    expect((await stat(path('slow.mp4'))).size).toBeLessThan((await stat(path('fast.mp4'))).size);
  });
});

describe('choosing an encoder', () => {
  const broken = (name: 'node-av' | 'ffmpeg', why: string | undefined) => ({
    name,
    way: name,
    unavailable: async () => why,
    check: () => Promise.reject(new Error('not checked here')),
    open: () => Promise.reject(new Error('not opened here')),
  });

  test('the first that works is taken', async () => {
    const backends = [broken('node-av', 'gone'), broken('ffmpeg', undefined)];
    expect((await chooseBackend(undefined, backends)).name).toBe('ffmpeg');
  });

  test('where none works the error says how to get either', async () => {
    const missing = describeMissing(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    const backends = [broken('node-av', missing), createFfmpegBackend('no-such-ffmpeg')];
    const choosing = chooseBackend(undefined, backends);
    await expect(choosing).rejects.toThrow(UsageError);
    await expect(choosing).rejects.toThrow(/npm install node-av.*no no-such-ffmpeg on this system.*apt install ffmpeg/);
  });

  test('an unknown name is an error that lists the names', async () => {
    await expect(chooseBackend('gstreamer')).rejects.toThrow(/no encoder gstreamer; there are node-av, ffmpeg/);
  });

  test('a name whose encoder is missing is an error that says what is missing', async () => {
    await expect(chooseBackend('node-av', [broken('node-av', 'not here')])).rejects.toThrow(/not here/);
  });

  test('an ffmpeg before 5.1 is too old, a build from git is not', () => {
    expect(['4.4.2-0ubuntu0.22.04.1', '5.0.1', 'n4.3'].map(isTooOld)).toEqual([true, true, true]);
    expect(['5.1.9-0+deb12u1', 'n7.0', '10.0', 'N-118000-gabcdef'].map(isTooOld)).toEqual([false, false, false, false]);
  });

  test('the picture rate decides the threads', () => {
    expect(x264Threads({ width: 1280, height: 720, frameRate: THIRTY })).toBe(1);
    expect(x264Threads({ width: 1920, height: 1080, frameRate: { num: 60, den: 1 } })).toBeGreaterThanOrEqual(1);
  });
});

async function drain(video: Awaited<ReturnType<typeof openVideo>>): Promise<void> {
  for await (const _ of video.frames());
}

/** The second at which reading goes on after a seek: that of the keyframe before. */
async function seekTo(file: string, seconds: number): Promise<number> {
  const libav = await requireLibav();
  const input = new libav.FormatContext();
  await input.openInput(file);
  await input.findStreamInfo();
  const stream = input.streams[0];
  if (!stream) throw new Error('no stream');
  const ticks = BigInt(Math.round((seconds * stream.timeBase.den) / stream.timeBase.num));
  expect(await input.seekFrame(0, ticks, libav.constants.AVSEEK_FLAG_BACKWARD)).toBeGreaterThanOrEqual(0);
  const packet = new libav.Packet();
  packet.alloc();
  await input.readFrame(packet);
  const at = (Number(packet.pts) * stream.timeBase.num) / stream.timeBase.den;
  packet.free();
  await input.closeInput();
  return at;
}

/**
 * Has a process of its own write frames, and kills it without warning, with the ffmpeg that it runs. Resolves with the
 * frames it had written.
 */
async function writeAndKill(encoder: string, file: string, frames: number): Promise<number> {
  const child = spawn(process.execPath, [script('write-until-killed'), encoder, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = 0;
  let killed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written = Number(text.trim().split('\n').at(-1));
    if (written < frames || killed) return;
    killed = true;
    for (const pid of processesNaming(file)) process.kill(pid, 'SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  expect(child.signalCode).toBe('SIGKILL');
  return written;
}

async function writeUntilFailure(encoder: VideoEncoder): Promise<void> {
  const noise = testPicture(0);
  noise.data.forEach((_, i) => {
    noise.data[i] = 16 + ((i * 7919) % 211);
  });
  try {
    for (let slot = 0; slot < 90; slot++) await encoder.write(noise, slot);
  } finally {
    await encoder.close();
  }
}

test('the marks of test pictures are levels of limited range', () => {
  expect(Math.min(...Array.from({ length: 14 }, (_, i) => markLevel(i)))).toBeGreaterThanOrEqual(16);
  expect(Math.max(...Array.from({ length: 14 }, (_, i) => markLevel(i)))).toBeLessThanOrEqual(235);
});
