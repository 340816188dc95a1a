import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { type AccessUnit, NAL_IDR, NAL_SLICE, nalUnits } from '../src/libav/annex-b.ts';
import { openWithFfmpeg } from '../src/libav/decode-ffmpeg.ts';
import { openWithNodeAv } from '../src/libav/decode-node-av.ts';
import { decodeUnits } from '../src/libav/decode-units.ts';
import { requireLibav } from '../src/libav/load.ts';
import { readAccessUnits } from '../src/libav/read-units.ts';
import { findSystemFfmpeg } from '../src/libav/system-ffmpeg.ts';
import type { VideoFile } from '../src/libav/video-file.ts';
import { openSource } from '../src/record/conform/source.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { packets } from './support/encoding.ts';
import { inFolder } from './support/genlock.ts';
import { readMark, testPicture } from './support/pictures.ts';
import { need } from './support/program.ts';

const FRAMES = 30;
const ffmpeg = await findSystemFfmpeg();

/** Each frame's slot by its time, and what it shows: the sum of its luma. */
async function read(video: VideoFile): Promise<{ slot: number; mark: number }[]> {
  const frames: { slot: number; mark: number }[] = [];
  try {
    for await (const { ptsUs, luma } of video.frames()) {
      frames.push({ slot: Math.round((ptsUs * 30) / 1e6), mark: luma.data.reduce((a, b) => a + b, 0) });
    }
  } finally {
    await video.close();
  }
  return frames;
}

/** A file in which every picture stands alone. */
async function record(file: string): Promise<void> {
  const encoder = await nodeAvBackend.open({
    ...{ file, width: 320, height: 240, frameRate: { num: 30, den: 1 }, codec: 'mjpeg' as const },
  });
  for (let slot = 0; slot < FRAMES; slot++) await encoder.write(testPicture(slot), slot);
  await encoder.close();
}

const withNodeAv = async (file: string) => read(await openWithNodeAv(await requireLibav(), file));
const withFfmpeg = async (file: string) => read(await openWithFfmpeg(ffmpeg as NonNullable<typeof ffmpeg>, file));

/** A file, what both decoders read in it, and its bytes, to be damaged. */
async function recorded(folder: string) {
  const file = join(folder, 'a.mkv');
  await record(file);
  const whole = await withNodeAv(file);
  expect(await withFfmpeg(file)).toEqual(whole);
  return { file, whole, bytes: readFileSync(file) };
}

describe.skipIf(ffmpeg === undefined)('both decoders, where the system has ffmpeg', () => {
  it('give the pictures behind one that can not be decoded their own times', () =>
    inFolder(async (folder) => {
      const { file, whole, bytes } = await recorded(folder);
      const all = await packets(file);
      const damaged = Buffer.from(all.list[12]?.data as Uint8Array);
      const at = bytes.indexOf(damaged);
      expect(at).toBeGreaterThan(0);
      bytes.fill(0, at, at + damaged.length);
      writeFileSync(file, bytes);
      const expected = whole.filter(({ slot }) => slot !== 12);
      expect(await withNodeAv(file)).toEqual(expected);
      expect(await withFfmpeg(file)).toEqual(expected);
    }));

  it('give the same pictures the same times where a file is cut', () =>
    inFolder(async (folder) => {
      const { file, whole, bytes } = await recorded(folder);
      writeFileSync(file, bytes.subarray(0, Math.round(bytes.length * 0.6)));
      const frames = await withNodeAv(file);
      expect(frames.length).toBeGreaterThan(10);
      // The one that is cut itself may be shown in part.
      expect(frames.slice(0, -1)).toEqual(whole.slice(0, frames.length - 1));
      expect(await withFfmpeg(file)).toEqual(frames);
    }));
});

describe.each(['node-av', 'ffmpeg'] as const)('pictures of H.264 with %s', (backend) => {
  // The frame numbers of the slices behind it have a gap where one is missing; in a stream of keyframes nothing else
  // goes.
  it.for([1, 1000])('keep their places behind one that can not be decoded, a keyframe every %i', (intra, context) => {
    if (backend === 'ffmpeg') need(context, 'ffmpeg');
    return inFolder(async (folder) => {
      const file = join(folder, 'a.h264');
      const encoder = await nodeAvBackend.open({
        ...{ file, width: 320, height: 240, frameRate: { num: 30, den: 1 }, intra },
      });
      for (let slot = 0; slot < FRAMES; slot++) await encoder.write(testPicture(slot), slot);
      await encoder.close();
      const units: AccessUnit[] = [];
      for await (const unit of readAccessUnits(file)) units.push(unit);
      expect(units).toHaveLength(FRAMES);
      const { parameters } = await openSource(file);
      const shown = async (): Promise<Map<number, number>> => {
        const marks = new Map<number, number>();
        const given = (async function* () {
          yield* units;
        })();
        for await (const { index, width, data } of decodeUnits(given, parameters, file, backend)) {
          marks.set(index, readMark({ stride: width, data }));
        }
        return marks;
      };
      const whole = Array.from({ length: FRAMES }, (_, i): [number, number] => [i, i % 14]);
      expect([...(await shown())]).toEqual(whole);
      const damaged = 12;
      const bytes = units[damaged]?.bytes as Uint8Array;
      for (const nal of nalUnits(bytes)) {
        // The number of its first macroblock is kept, by which it is a picture; no type of a slice has so many zeros.
        if (nal.type === NAL_SLICE || nal.type === NAL_IDR) nal.bytes.fill(0, 2).fill(0x80, 1, 2);
      }
      const seen = await shown();
      expect(seen.has(damaged)).toBe(false);
      expect(seen.size).toBeGreaterThanOrEqual(intra === 1 ? FRAMES - 1 : damaged);
      for (const [index, mark] of seen) {
        // Without keyframes those behind may show what was lost; those before, and all where each stands alone, show
        // their own.
        if (index < damaged || intra === 1) expect(mark, `unit ${index}`).toBe(index % 14);
        expect(index).toBeLessThan(FRAMES);
      }
    });
  });
});

describe('an ffmpeg', () => {
  it('that is not there is named', () =>
    inFolder(async (folder) => {
      const none = { command: join(folder, 'none'), version: '6.0', encoders: new Set<string>() };
      await expect(openWithFfmpeg(none, join(folder, 'a.mp4'))).rejects.toThrow(/a\.mp4: can't be read: .*ENOENT/);
    }));

  it.each(['exit 3', 'kill -9 $$'])('that dies while it decodes (%s) is an error, not the end of the file', (death) =>
    inFolder(async (folder) => {
      const command = join(folder, 'ffmpeg');
      const list = '#tb 0: 1/30\\n#dimensions 0: 2x2\\n0, 0, 0, 1, 6, 0x0\\n0, 1, 1, 1, 6, 0x0\\n';
      const said =
        '[Parsed_showinfo_0 @ 0x1] [info] config in time_base: 1/30, frame_rate: 30/1\\n[Parsed_showinfo_0 @ 0x1] [info] n:   0 pts:      0 pts_time:0\\n';
      writeFileSync(
        command,
        `#!/bin/sh\ncase "$*" in *framecrc*) printf '${list}';; *) printf '${said}' >&2; printf 'abcd'; ${death};; esac\n`,
      );
      chmodSync(command, 0o755);
      const video = await openWithFfmpeg({ command, version: '6.0', encoders: new Set() }, join(folder, 'a.mp4'));
      const seen: number[] = [];
      const reading = (async () => {
        for await (const { ptsUs } of video.frames()) seen.push(ptsUs);
      })();
      await expect(reading).rejects.toThrow(UsageError);
      await expect(reading).rejects.toThrow(/a\.mp4: ffmpeg ended behind 1 frames \((exit code 3|SIGKILL)\)/);
      expect(seen).toEqual([0]);
    }),
  );
});
