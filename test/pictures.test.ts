import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openVideo } from '../src/libav/decode.ts';
import { fitted, type Jpeg } from '../src/libav/picture-file.ts';
import { openPictures } from '../src/libav/pictures.ts';
import { recordVideo } from './support/cut-off.ts';
import { inFolder } from './support/genlock.ts';
import { readMark } from './support/pictures.ts';

const FINE = { side: 640, bytes: 100_000 };
const required = process.env.GENLOCK_REQUIRE_ENCODERS === '1';

/** The mark that a JPEG shows. */
async function markOf({ data }: Jpeg, folder: string): Promise<number> {
  const file = join(folder, 'picture.jpg');
  writeFileSync(file, data);
  const video = await openVideo(file);
  try {
    for await (const { luma } of video.frames()) {
      // JPEG has the full range, videos the limited one.
      const limited = luma.data.map((level) => Math.round(16 + (level * 219) / 255));
      return readMark({ data: limited, stride: luma.stride });
    }
  } finally {
    await video.close();
  }
  throw new Error('no picture');
}

describe.each(['node-av', 'ffmpeg'] as const)('pictures by %s', (backend) => {
  it('are of the frames that were asked for, in any order', async (context) =>
    inFolder(async (folder) => {
      const file = join(folder, 'cam0.mp4');
      await recordVideo(file, { frames: 75 });
      const pictures = await openPictures(file, backend).catch((error: Error) => error);
      if (pictures instanceof Error) {
        if (required) throw pictures;
        return context.skip(pictures.message);
      }
      expect(pictures.ptsUs.map((us) => Math.round(us * 0.03))).toEqual(Array.from({ length: 75 }, (_, i) => i * 1000));
      for (const index of [74, 0, 31, 30, 29]) {
        const jpeg = await pictures.jpeg(index, FINE);
        expect([jpeg.width, jpeg.height]).toEqual([160, 128]);
        expect(await markOf(jpeg, folder)).toBe(index % 14);
      }
      const small = await pictures.jpeg(10, { side: 80, bytes: 1500 });
      expect([small.width, small.height]).toEqual([80, 64]);
      const coarse = await pictures.jpeg(10, { side: 160, bytes: 1 });
      expect(coarse.data.length).toBeLessThan((await pictures.jpeg(10, FINE)).data.length);
      await expect(pictures.jpeg(75, FINE)).rejects.toThrow(file);
      await pictures.close();
    }));

  it('of what is no video are refused in a line that names it', async (context) =>
    inFolder(async (folder) => {
      const file = join(folder, 'cam0.mp4');
      writeFileSync(file, 'no video');
      const error = await openPictures(file, backend).catch((error: Error) => error);
      if (error instanceof Error && /^no (node-av|ffmpeg)\b/.test(error.message) && !required)
        return context.skip(error.message);
      expect(error).toMatchObject({ name: 'UsageError', message: expect.stringContaining(file) });
    }));
});

it('a picture keeps its shape, and is never made larger', () => {
  expect(fitted(640, 480, 640)).toEqual({ width: 640, height: 480 });
  expect(fitted(1920, 1080, 320)).toEqual({ width: 320, height: 180 });
  expect(fitted(480, 640, 320)).toEqual({ width: 240, height: 320 });
  expect(fitted(160, 128, 640)).toEqual({ width: 160, height: 128 });
});
