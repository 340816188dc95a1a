import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVideo } from '../src/libav/decode.ts';
import { encoderBackends } from '../src/record/encoders/ways.ts';
import { CircularEncoder } from '../src/record/segments/circular.ts';
import { parsePattern } from '../src/record/segments/name-pattern.ts';
import { SegmentNames } from '../src/record/segments/segment-names.ts';
import { SegmentPlan } from '../src/record/segments/segment-plan.ts';
import { SegmentedEncoder, type SegmentFile } from '../src/record/segments/segmented.ts';
import { readMark, testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-segments-encoded-'));
});
afterAll(() => rm(folder, { recursive: true }));

const FORMAT = { width: 320, height: 240, frameRate: { num: 30, den: 1 } };
const PERIOD_US = 1e6 / 30;

/**
 * What a file shows: its frames' times in periods, and the marks in their pixels. JPEG pictures have luma from 0 to
 * 255.
 */
async function shown(file: string, fullRange = false): Promise<[slot: number, mark: number][]> {
  const video = await openVideo(file);
  const seen: [number, number][] = [];
  for await (const { ptsUs, luma } of video.frames()) {
    const data = fullRange ? luma.data.map((level) => 16 + (level * 219) / 255) : luma.data;
    seen.push([ptsUs / PERIOD_US, readMark({ ...luma, data })]);
  }
  await video.close();
  return seen.map(([slot, mark]) => [Number(slot.toFixed(3)), mark]);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

const required = process.env.GENLOCK_REQUIRE_ENCODERS === '1';

for (const backend of encoderBackends) {
  const missing = required ? undefined : await backend.unavailable();
  const title = missing === undefined ? backend.name : `${backend.name} (skipped: ${missing})`;

  describe.skipIf(missing !== undefined)(`with ${title}`, () => {
    const path = (name: string) => join(folder, `${backend.name}-${name}`);

    test('each segment begins at its cut: frame i of segment k is frame k x S + i', async () => {
      const finished: SegmentFile[] = [];
      const encoder = await SegmentedEncoder.open({
        backend,
        encoder: FORMAT,
        plan: new SegmentPlan({ everyFrames: 7, wallUs: () => 0 }),
        names: new SegmentNames(parsePattern('--output', path('%d.mp4'))),
        onFinished: (each) => finished.push(each),
      });
      for (const position of range(0, 18)) await encoder.write(testPicture(position), position);
      await encoder.close();
      expect(finished.map(({ frames }) => frames).sort()).toEqual([4, 7, 7]);
      for (const { number, file, frames } of finished) {
        expect(await shown(file)).toEqual(range(0, frames).map((i) => [i, (number * 7 + i) % 14]));
      }
    });

    test('a circular recording is saved as MP4 whose frame N is frame N, and as a bare stream', async () => {
      const encoder = await CircularEncoder.open({
        backend,
        encoder: { ...FORMAT, file: path('circular.mp4'), intra: 10 },
        bytes: 16_000,
      });
      for (const position of range(3, 55)) await encoder.write(testPicture(position), position);
      const saving = encoder.save(path('middle.mp4'), 55);
      for (const position of range(55, 68)) await encoder.write(testPicture(position), position);
      await encoder.close();
      const middle = await saving;
      const end = await encoder.save(path('end.h264'));
      expect([middle.firstPosition + middle.frames, end.firstPosition + end.frames]).toEqual([55, 68]);
      expect(middle.firstPosition).toBeGreaterThan(3);
      expect(await shown(middle.file)).toEqual(range(middle.firstPosition, 55).map((n) => [n, n % 14]));
      expect((await shown(end.file)).map(([, mark]) => mark)).toEqual(range(end.firstPosition, 68).map((n) => n % 14));
      expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
    });

    test('a circular recording is saved in a pause without a frame behind it, and goes on where it was', async () => {
      const encoder = await CircularEncoder.open({
        backend,
        encoder: { ...FORMAT, file: path('paused.mp4'), intra: 10 },
        bytes: 1e6,
      });
      for (const position of range(0, 23)) await encoder.write(testPicture(position), position);
      const paused = await encoder.save(path('in-pause.mp4'), 23, true);
      for (const position of range(23, 40)) await encoder.write(testPicture(position), position);
      await encoder.close();
      const end = await encoder.save(path('behind-pause.mp4'));
      expect(await shown(paused.file)).toEqual(range(0, 23).map((n) => [n, n % 14]));
      expect(await shown(end.file)).toEqual(range(0, 40).map((n) => [n, n % 14]));
    });

    test('a circular recording of mjpeg holds whole pictures', async () => {
      const encoder = await CircularEncoder.open({
        backend,
        encoder: { ...FORMAT, codec: 'mjpeg', file: path('a.mjpeg') },
        bytes: 30_000,
      });
      for (const position of range(0, 20)) await encoder.write(testPicture(position), position);
      await encoder.close();
      const { file, firstPosition, frames } = await encoder.save(path('a.mjpeg'));
      expect(firstPosition).toBeGreaterThan(0);
      expect(firstPosition + frames).toBe(20);
      expect((await shown(file, true)).map(([, mark]) => mark)).toEqual(range(firstPosition, 20).map((n) => n % 14));
    });
  });
}
