import { existsSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import type { VideoExtent } from '../src/libav/copy-options.ts';
import { copyVideo, measureVideo } from '../src/libav/copy-video.ts';
import { openVideo } from '../src/libav/decode.ts';
import { type TopBox, topBoxes } from '../src/libav/mp4-boxes.ts';
import { encoderBackends } from '../src/record/encoders/ways.ts';
import { cuts, cutTo, edges, FRAGMENT, recordVideo } from './support/cut-off.ts';
import { eachBackend, packets } from './support/encoding.ts';
import { readMark } from './support/pictures.ts';

const SEED = 2027;
let folder = '';
let files = 0;
const name = (ending = 'mp4'): string => join(folder, `${files++}.${ending}`);
/** Left open behind 62 frames; so many frames from slot 50 on; at 29.97 fps from slot 7 on; closed. */
const [open, late, odd, closed] = ['open.mp4', 'late.mp4', 'odd.mp4', 'closed.mp4'];
const at = (file: string): string => join(folder, file);
const NTSC = { num: 30000, den: 1001 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-copy-'));
  await recordVideo(at(open), { frames: 62, killed: true });
  await recordVideo(at(late), { first: 50, frames: 62, killed: true });
  await recordVideo(at(odd), { first: 7, frames: 40, frameRate: NTSC, killed: true });
  await recordVideo(at(closed), { frames: 40 });
});
afterAll(() => rm(folder, { recursive: true }));

/** Where the indices of a file's fragments are, in bytes. */
async function indicesOf(file: string): Promise<TopBox[]> {
  const handle = await openFile(file);
  try {
    const indices: TopBox[] = [];
    for await (const box of topBoxes(handle, statSync(file).size)) if (box.type === 'moof') indices.push(box);
    return indices;
  } finally {
    await handle.close();
  }
}

/** What each frame of a file shows, and when. */
async function shown(file: string): Promise<{ marks: number[]; ptsUs: number[] }> {
  const video = await openVideo(file);
  const [marks, ptsUs]: [number[], number[]] = [[], []];
  for await (const frame of video.frames()) {
    marks.push(readMark(frame.luma));
    ptsUs.push(frame.ptsUs);
  }
  await video.close();
  return { marks, ptsUs };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const marksOf = (slots: readonly number[]): number[] => slots.map((slot) => slot % 14);

eachBackend(({ name: backend }) => {
  it('makes a plain file of one that was left open, with every whole fragment of it', async () => {
    const output = name();
    const extent = await copyVideo(at(open), output, { format: 'mp4', way: backend });
    expect(extent).toEqual({ frames: 4 * FRAGMENT, firstUs: 0 });
    const { list, stream } = await packets(output);
    expect(stream).toMatchObject({ frames: 60, rate: { num: 30, den: 1 }, durationUs: 2e6 });
    expect(list.map(({ data }) => data)).toEqual((await packets(at(open))).list.map(({ data }) => data));
    expect((await shown(output)).marks).toEqual(marksOf(range(0, 60)));
    // One index, which is told from the file's beginning without going through it.
    expect(await measureVideo(output, { way: backend, plain: true })).toEqual(extent);
    expect(await measureVideo(output, { way: backend })).toEqual(extent);
  });

  it('keeps the times of a file that begins later, to the tick', async () => {
    const output = name();
    const extent = await copyVideo(at(late), output, { format: 'mp4', way: backend });
    expect(extent).toEqual({ frames: 60, firstUs: (50 * 1e6) / 30 });
    const { marks, ptsUs } = await shown(output);
    expect(marks).toEqual(marksOf(range(50, 110)));
    expect(ptsUs.map((us) => (us * 30) / 1e6)).toEqual(range(50, 110).map((slot) => expect.closeTo(slot, 6)));
    expect(await measureVideo(output, { way: backend, plain: true })).toEqual(extent);
  });

  it('keeps times of which no two are as many us apart', async () => {
    const output = name();
    const { frames, firstUs } = await copyVideo(at(odd), output, { format: 'mp4', way: backend });
    expect(firstUs).toBeCloseTo((7 * 1001e6) / 30000, 3);
    const { ptsUs } = await shown(output);
    const slots = range(7, 7 + frames);
    expect(ptsUs.map((us) => (us * 30000) / 1001e6)).toEqual(slots.map((slot) => expect.closeTo(slot, 6)));
    expect((await packets(output)).stream.rate).toEqual(NTSC);
  });

  it('copies a file that is plain already', async () => {
    const output = name();
    expect(await copyVideo(at(closed), output, { format: 'mp4', way: backend })).toEqual({ frames: 40, firstUs: 0 });
    expect((await packets(output)).list).toEqual((await packets(at(closed))).list);
  });

  it('takes the bare stream out, picture for picture', async () => {
    const output = name('h264');
    expect(await copyVideo(at(late), output, { format: 'h264', way: backend })).toMatchObject({ frames: 60 });
    const { list } = await packets(output);
    expect(list).toHaveLength(60);
    expect((await shown(output)).marks).toEqual(marksOf(range(50, 110)));
  });

  it('refuses what holds no frame in a line that names it, and leaves no output', async () => {
    const output = name();
    const garbage = name();
    writeFileSync(garbage, Buffer.alloc(5000, 'garbage'));
    const empty = name();
    writeFileSync(empty, '');
    for (const input of [garbage, empty, at('nowhere.mp4')]) {
      const attempt = copyVideo(input, output, { format: 'mp4', way: backend });
      await expect(attempt).rejects.toThrow(input);
      await expect(attempt).rejects.toThrow(UsageError);
      expect(existsSync(output)).toBe(false);
    }
  });

  it('names an output that can not be written', async () => {
    const output = join(folder, 'no', 'folder.mp4');
    await expect(copyVideo(at(open), output, { format: 'mp4', way: backend })).rejects.toThrow(
      `${output}: can't be written`,
    );
  });

  it('tells how far it is', async () => {
    const seen: number[] = [];
    await copyVideo(at(open), name(), { format: 'mp4', way: backend, onProgress: (frames) => seen.push(frames) });
    for (const frames of seen) expect(frames).toBeLessThanOrEqual(60);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

const missing = (await Promise.all(encoderBackends.map((backend) => backend.unavailable()))).find(Boolean);

describe(`a file that breaks off anywhere (seed ${SEED})`, () => {
  const measure = (file: string, backend: 'node-av' | 'ffmpeg'): Promise<VideoExtent | 'refused'> =>
    measureVideo(file, { way: backend }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toContain(file);
      return 'refused';
    });

  it('is copied up to there: never a frame that was not written, and none but in its place', async () => {
    const { size } = statSync(at(late));
    const indices = await indicesOf(at(late));
    let before = 0;
    for (const bytes of [...edges(size), ...cuts(size, 60, SEED)].sort((a, b) => a - b)) {
      const [cut, output] = [cutTo(at(late), bytes, name()), name()];
      const extent = await measure(cut, 'node-av');
      // FFmpeg opens no small file that ends within an index. Fragments are written whole: only a torn disk ends there.
      if (extent === 'refused' && indices.some(({ at, end }) => bytes > at && bytes < end)) continue;
      const frames = extent === 'refused' ? 0 : extent.frames;
      // More bytes never hold fewer frames.
      expect(frames).toBeGreaterThanOrEqual(before);
      before = frames;
      if (frames === 0) continue;
      expect(await copyVideo(cut, output, { format: 'mp4', way: 'node-av' })).toEqual(extent);
      const { marks, ptsUs } = await shown(output);
      expect(marks).toEqual(marksOf(range(50, 50 + frames)));
      expect(ptsUs[0]).toBeCloseTo((50 * 1e6) / 30, 3);
    }
    expect(before).toBe(60);
  });

  const title = `is the same file to all backends${missing === undefined ? '' : ` (skipped: ${missing})`}`;
  it.skipIf(missing !== undefined)(title, async () => {
    const { size } = statSync(at(late));
    for (const bytes of [...cuts(size, 8, SEED + 1), size]) {
      const cut = cutTo(at(late), bytes, name());
      const [a, b] = [await measure(cut, 'node-av'), await measure(cut, 'ffmpeg')];
      const framesOf = (extent: typeof a): unknown =>
        extent === 'refused' || extent.frames === 0 ? 'none' : { ...extent };
      expect({ bytes, extent: framesOf(a) }).toEqual({ bytes, extent: framesOf(b) });
      if (framesOf(a) === 'none') continue;
      const [byA, byB] = [name(), name()];
      await copyVideo(cut, byA, { format: 'mp4', way: 'node-av' });
      await copyVideo(cut, byB, { format: 'mp4', way: 'ffmpeg' });
      expect((await packets(byB)).list).toEqual((await packets(byA)).list);
    }
  });
});
