import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LibavCamera } from '../src/camera/libav/camera.ts';
import { isLibavSpec, type LibavSpec, parseLibavSpec } from '../src/camera/libav/spec.ts';
import { stampArrival } from '../src/camera/libav/stamp.ts';
import { pictureBytes } from '../src/camera/picture.ts';
import { UsageError } from '../src/errors.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import type { Clock } from '../src/time/clock.ts';
import { bootUs, monoUs, wallUs } from '../src/time/units.ts';
import { readMark, testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-libav-camera-'));
  const options = { file: join(folder, 'clip.mp4'), width: 320, height: 240, frameRate: { num: 25, den: 1 } };
  const encoder = await nodeAvBackend.open(options);
  for (let slot = 0; slot < 20; slot++) await encoder.write(testPicture(slot), slot);
  await encoder.close();
  await writeFile(join(folder, 'text.mp4'), 'no video');
});
afterAll(() => rm(folder, { recursive: true }));

const request = { width: 320, height: 240, frameRate: { num: 30, den: 1 } };

/** A clock on which 10 ms pass between any two readings, so that nobody waits for real. */
function hastyClock(): Clock {
  let us = 5e9;
  const boot = () => {
    us += 10_000;
    return bootUs(us);
  };
  return {
    source: 'test',
    resolutionUs: 0,
    boot,
    wall: () => wallUs(us),
    mono: () => monoUs(us),
    pair: () => ({ bootUs: bootUs(us), wallUs: wallUs(us) }),
  };
}

async function collect(spec: string, limit = Number.POSITIVE_INFINITY, size = request) {
  const camera = await LibavCamera.open({ ...size, spec }, hastyClock());
  const frames: { sequence: number; sensorUs: number; mark: number; bytes: number }[] = [];
  let closing: Promise<void> | undefined;
  await camera.run(({ sequence, sensorUs, picture }) => {
    const { data, width } = picture();
    frames.push({ sequence, sensorUs, mark: readMark({ data, stride: width }), bytes: data.length });
    if (frames.length === limit) closing = camera.close();
  });
  await (closing ?? camera.close());
  return { camera, frames };
}

describe('a libav camera', () => {
  test('plays a file to its end, each frame stamped with the time it is due', async () => {
    const { camera, frames } = await collect(`libav:${join(folder, 'clip.mp4')}`);
    expect(frames.map(({ mark }) => mark)).toEqual(Array.from({ length: 20 }, (_, i) => i % 14));
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => i));
    const first = frames[0]?.sensorUs ?? 0;
    for (const [i, { sensorUs }] of frames.entries()) expect(sensorUs - first).toBeCloseTo(i * 40_000, 2);
    expect(camera.info).toMatchObject({ frameRate: { num: 25, den: 1 }, mode: '320x240 at 25 fps', pixelClock: false });
  });

  test('says that it cannot be steered, and why', async () => {
    const { camera } = await collect('lavfi:testsrc2=size=320x240:rate=30', 1);
    expect(camera.info.steering).toEqual({
      kind: 'timestamped',
      reason: 'a generated picture comes at its own rate',
      restarts: 'when-asked',
    });
    expect(() => camera.setFrameDuration()).not.toThrow();
  });

  test('gives pictures of the wanted size whatever the input’s size and format is', async () => {
    const spec = 'lavfi:testsrc2=size=322x182:rate=30,format=rgb24';
    const { camera, frames } = await collect(spec, 3, { ...request, width: 160, height: 90 });
    expect(frames.map(({ bytes }) => bytes)).toEqual([1, 2, 3].map(() => pictureBytes(160, 90)));
    expect([camera.info.width, camera.info.height, camera.info.mode]).toEqual([160, 90, '322x182 at 30 fps']);
  });

  test('turns white into limited range', async () => {
    const camera = await LibavCamera.open(
      { ...request, spec: 'lavfi:color=white:size=64x64:rate=10,format=rgb24' },
      hastyClock(),
    );
    const levels: (number | undefined)[] = [];
    await camera.run(({ picture }) => {
      const { data, width, height } = picture();
      levels.push(data[width * 8 + 8], data[width * height + 100]);
      void camera.close();
    });
    expect(levels.slice(0, 2)).toEqual([235, 128]);
  });

  test('keeps the pictures that it gave out', async () => {
    const camera = await LibavCamera.open({ ...request, spec: `libav:${join(folder, 'clip.mp4')}` }, hastyClock());
    const sources: (() => { data: Uint8Array; width: number })[] = [];
    await camera.run(({ picture }) => sources.push(picture));
    const marks = sources.map((source) => readMark({ data: source().data, stride: source().width }));
    expect(marks).toEqual(Array.from({ length: 20 }, (_, i) => i % 14));
    await camera.close();
  });

  test('stops when it is closed, once and for all', async () => {
    const { camera, frames } = await collect('lavfi:testsrc2=size=320x240:rate=30', 5);
    expect(frames).toHaveLength(5);
    await expect(camera.close()).resolves.toBeUndefined();
  });

  test.each([
    ['libav:nowhere.mp4', /camera libav:nowhere\.mp4: no file nowhere\.mp4/],
    ['libav:/', /\/ is a folder/],
    ['lavfi:nofilter', /camera lavfi:nofilter: can't be opened/],
    ['v4l2:/dev/no-such-video', /camera v4l2:\/dev\/no-such-video: (can't be opened|FFmpeg has no input)/],
    ['lavfi:sine=frequency=440', /holds no video/],
    ['libav:x.mp4?width=100', /a file has its own size/],
  ])('%s is refused in one line that names it', async (spec, message) => {
    const failure = await LibavCamera.open({ ...request, spec }, hastyClock()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('\n');
  });

  test('a file that is no video is refused', async () => {
    const spec = `libav:${join(folder, 'text.mp4')}`;
    await expect(LibavCamera.open({ ...request, spec }, hastyClock())).rejects.toThrow(
      /text\.mp4: can't be opened: Invalid data/,
    );
  });
});

describe('a spec', () => {
  const parse = (text: string): LibavSpec => {
    const spec = parseLibavSpec(text);
    if (spec instanceof Error) throw spec;
    return spec;
  };

  test.each<[string, Partial<LibavSpec>]>([
    ['libav:clip.mp4', { kind: 'file', input: 'clip.mp4', format: undefined }],
    ['libav:a:b.mp4', { kind: 'file', input: 'a:b.mp4' }],
    [
      'libav:f.yuv?format=rawvideo&width=4&height=2&framerate=5',
      { format: 'rawvideo', asked: { width: 4, height: 2, frameRate: { num: 5, den: 1 } } },
    ],
    ['libav:rtsp://host/x?token=1', { kind: 'stream', input: 'rtsp://host/x?token=1' }],
    ['lavfi:testsrc2=size=8x8:rate=30', { kind: 'generated', format: 'lavfi', input: 'testsrc2=size=8x8:rate=30' }],
    ['v4l2:/dev/video0', { kind: 'device', format: 'video4linux2', input: '/dev/video0', asked: {}, options: {} }],
    ['v4l2:/dev/video0?input_format=mjpeg', { options: { input_format: 'mjpeg' } }],
    ['v4l2:/dev/video0?framerate=29.97', { asked: { frameRate: { num: 30_000, den: 1001 } } }],
    ['avfoundation:0', { kind: 'device', format: 'avfoundation', input: '0' }],
    ['dshow:video=HD Cam', { kind: 'device', format: 'dshow', input: 'video=HD Cam' }],
  ])('%s is understood', (text, expected) => {
    expect(isLibavSpec(text)).toBe(true);
    expect(parse(text)).toMatchObject({ text, ...expected });
  });

  test.each([
    ['libav:', /nothing behind libav:/],
    ['v4l2:?width=4', /nothing between/],
    ['v4l2:/dev/video0?width=640', /go together/],
    ['v4l2:/dev/video0?width=a&height=2', /whole numbers of pixels/],
    ['v4l2:/dev/video0?framerate=fast', /fast is no frame rate/],
    ['v4l2:/dev/video0?mjpeg', /mjpeg is not NAME=VALUE/],
    ['virtual:imx219', /no libav:/],
  ])('%s is refused, and says why', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(UsageError);
  });
});

describe('the stamp of a frame that arrives', () => {
  const clock = { ...hastyClock(), boot: () => bootUs(900_000_000), mono: () => monoUs(400_000_000) };

  test('is the moment of arrival where the device says nothing', () => {
    expect(stampArrival(clock, undefined)).toBe(900_000_000);
  });

  test('is the device’s own monotonic stamp, on the boot clock', () => {
    expect(stampArrival(clock, 400_000_000 - 12_345)).toBe(900_000_000 - 12_345);
  });

  test('is the moment of arrival where the device stamps by another clock', () => {
    expect(stampArrival(clock, 1_795_379_549_397_541)).toBe(900_000_000);
    expect(stampArrival(clock, 0)).toBe(900_000_000);
  });
});
