import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nalUnits } from '../src/libav/annex-b.ts';
import { readUnits } from '../src/libav/video-units.ts';
import { exportTake } from '../src/run/export/export.ts';
import { makeTake, phaseOf, wallOf } from './support/export-take.ts';
import { digestsWithOpenCv, noOpenCv } from './support/opencv.ts';
import { without } from './support/program.ts';
import { readMcap } from './support/read-mcap.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-export-mcap-'));
const take = join(home, 'jump');
let read: Awaited<ReturnType<typeof readMcap>>;

beforeAll(async () => {
  mkdirSync(take);
  await makeTake(take, [
    [{ frames: 40 }],
    [
      { frames: 12, repeats: { 5: 'missed' } },
      { first: 20, frames: 20 },
    ],
  ]);
  const { folder } = await exportTake(take, { for: 'mcap', output: join(home, 'made') });
  read = await readMcap(join(folder, 'jump.mcap'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const of = (topic: string) => read.messages.filter((message) => message.topic === topic);
const dataOf = (topic: string): Uint8Array[] => of(topic).map(({ message }) => message.data as Uint8Array);

describe('an exported MCAP file, read with @mcap/core and a decoder of ROS 2 messages', () => {
  it('has topics of the types that Foxglove and rosbag2 know', () => {
    expect(read.profile).toBe('ros2');
    const ros2 = { encoding: 'cdr', schemaEncoding: 'ros2msg' };
    expect(read.channels).toEqual(
      ['cam0', 'cam1'].flatMap((name) => [
        { topic: `/${name}/video`, schema: 'foxglove_msgs/msg/CompressedVideo', ...ros2 },
        { topic: `/${name}/offset_us`, schema: 'std_msgs/msg/Float64', ...ros2 },
        { topic: `/${name}/state`, schema: 'std_msgs/msg/String', ...ros2 },
      ]),
    );
  });

  it('has a message a frame, with its index, at the time at which it was captured', () => {
    const server = of('/cam0/video');
    expect(server.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    for (const { sequence, logTime, message } of server) {
      // A double of today's us ends at a quarter of one.
      expect(Math.abs(Number(logTime - BigInt(Math.round(wallOf(0, sequence) * 1000))))).toBeLessThan(500);
      const { sec, nanosec } = message.timestamp as { sec: number; nanosec: number };
      expect(BigInt(sec) * 1_000_000_000n + BigInt(nanosec)).toBe(logTime);
      expect(message).toMatchObject({ frame_id: 'cam0', format: 'h264' });
    }
    const client = of('/cam1/video').map(({ sequence }) => sequence);
    expect(client).toEqual(server.map(({ sequence }) => sequence).filter((index) => index < 12 || index >= 20));
  });

  it('has offsets as numbers, and tells of frames without a picture of their own', () => {
    const offsets = of('/cam1/offset_us');
    expect(offsets).toHaveLength(31);
    for (const { sequence, message } of offsets) expect(message.data).toBeCloseTo(phaseOf(1, sequence), 3);
    expect(of('/cam1/state').map(({ sequence, message }) => [sequence, message.data])).toEqual([[5, 'missed']]);
    expect(of('/cam0/state')).toEqual([]);
    expect(read.metadata.get('cam1 without a picture of its own')).toBe('5-5 missed, 12-19 absent');
    expect(read.metadata.get('frame_rate')).toBe('30/1');
  });

  it('has Annex B, one picture a message, with parameter sets in front of each keyframe', () => {
    for (const [at, data] of dataOf('/cam0/video').entries()) {
      const types = [...nalUnits(data)].map(({ type }) => type);
      const slices = types.filter((type) => type === 1 || type === 5);
      expect(slices.length).toBeGreaterThan(0);
      expect(new Set(slices).size).toBe(1);
      if (at % 10 === 0) expect(types.slice(types.indexOf(7))).toEqual([7, 8, ...types.slice(types.indexOf(8) + 1)]);
      expect(types.includes(5)).toBe(at % 10 === 0);
      expect(types.includes(7)).toBe(at % 10 === 0);
    }
  });

  it('shows the same pictures as the video, seen with OpenCV', async (context) => {
    const why = noOpenCv();
    if (why !== undefined) context.skip(why);
    const stream = join(home, 'cam0.h264');
    writeFileSync(stream, Buffer.concat(dataOf('/cam0/video')));
    const [exported, recorded] = await digestsWithOpenCv(stream, join(take, 'cam0.mp4'));
    expect(exported).toHaveLength(40);
    expect(exported).toEqual(recorded);
  });
});

it('pictures are the same by node-av and by the ffmpeg program', async (context) => {
  const why = without('ffmpeg');
  if (why !== undefined) context.skip(why);
  const all = async (way: 'node-av' | 'ffmpeg') => {
    const found = [];
    for await (const { bytes, keyframe } of readUnits(join(take, 'cam0.mp4'), { way }))
      found.push({ keyframe, slices: [...nalUnits(bytes)].map((unit) => Buffer.from(unit.bytes).toString('base64')) });
    return found;
  };
  expect(await all('ffmpeg')).toEqual(await all('node-av'));
});
