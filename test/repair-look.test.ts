import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { finishVideo } from '../src/run/repair/finish-video.ts';
import { lookAt } from '../src/run/repair/look.ts';
import { cuts, cutTo, edges, FRAGMENT, RATE, recordVideo } from './support/cut-off.ts';

const SEED = 41;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-look-'));
  await recordVideo(at('open.mp4'), { first: 12, frames: 50, killed: true });
  await recordVideo(at('closed.mp4'), { frames: 50 });
});
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

describe('a look at a file of a take', () => {
  it('tells one that was left open, where it begins and what is in it', async () => {
    const { size: bytes } = await stat(at('open.mp4'));
    expect(await lookAt(at('open.mp4'), RATE)).toEqual({ kind: 'open', bytes, frames: 3 * FRAGMENT, firstSlot: 12 });
  });

  it('tells one that is finished', async () => {
    const { size: bytes } = await stat(at('closed.mp4'));
    expect(await lookAt(at('closed.mp4'), RATE)).toEqual({ kind: 'finished', bytes, frames: 50, firstSlot: 0 });
  });

  it.each(['mov', 'mkv'])(
    'tells a .%s that was left open from one that is finished, and finishes it',
    async (ending) => {
      const [open, closed] = [at(`open.${ending}`), at(`closed.${ending}`)];
      await recordVideo(open, { first: 12, frames: 50, killed: true });
      await recordVideo(closed, { frames: 20 });
      expect(await lookAt(closed, RATE)).toMatchObject({ kind: 'finished', frames: 20, firstSlot: 0 });
      const found = await lookAt(open, RATE);
      expect(found).toMatchObject({ kind: 'open', firstSlot: 12 });
      expect(found.frames).toBeGreaterThanOrEqual(50 - FRAGMENT);
      await finishVideo(open, found, { frameRate: RATE, frames: 50 });
      expect(await lookAt(open, RATE)).toMatchObject({ kind: 'finished', frames: 50, firstSlot: 12 });
    },
  );

  it('finishes one of JPEGs with what it holds, and says that it is no longer', async () => {
    await recordVideo(at('jpeg.mov'), { frames: 50, killed: true, codec: 'mjpeg' });
    const found = await lookAt(at('jpeg.mov'), RATE);
    expect(found.kind).toBe('open');
    const finished = finishVideo(at('jpeg.mov'), found, { frameRate: RATE, frames: 50 });
    await expect(finished).rejects.toThrow(`ends ${50 - found.frames} frames early: `);
    expect(await lookAt(at('jpeg.mov'), RATE)).toMatchObject({ kind: 'finished', frames: found.frames });
  });

  it('finds the first slot at a rate of which no frame is a whole number of us long', async () => {
    const rate = { num: 30000, den: 1001 };
    await recordVideo(at('odd.mp4'), { first: 1001, frames: 20, frameRate: rate });
    expect(await lookAt(at('odd.mp4'), rate)).toMatchObject({ kind: 'finished', frames: 20, firstSlot: 1001 });
  });

  it('tells one that is missing, and one that can not be read', async () => {
    expect(await lookAt(at('nowhere.mp4'), RATE)).toMatchObject({ kind: 'absent', why: 'there is no such file' });
    await mkdir(at('folder.mp4'));
    await expect(lookAt(at('folder.mp4'), RATE)).rejects.toThrow('folder.mp4: is a folder, not a file');
  });

  it('tells one that no frame came into', async () => {
    await writeFile(at('empty.mp4'), '');
    expect(await lookAt(at('empty.mp4'), RATE)).toEqual({
      ...{ kind: 'nothing', bytes: 0, frames: 0, firstSlot: undefined, why: 'it is empty' },
    });
    // The first box alone; and all that comes before the first fragment.
    const header = cutTo(at('open.mp4'), 28, at('header.mp4'));
    expect(await lookAt(header, RATE)).toMatchObject({ kind: 'nothing', bytes: 28, frames: 0 });
    expect((await lookAt(header, RATE)).why).toMatch(/died before the first frame/);
    await recordVideo(at('early.mp4'), { frames: 5, killed: true });
    expect(await lookAt(at('early.mp4'), RATE)).toMatchObject({ kind: 'nothing', frames: 0 });
  });

  it('does not take what it can not read for what was recorded', async () => {
    for (const [i, content] of ['not a video', 'ftyp'.repeat(100), '\0'.repeat(4096)].entries()) {
      await writeFile(at(`garbage-${i}.mp4`), content);
      const found = await lookAt(at(`garbage-${i}.mp4`), RATE);
      expect(found).toMatchObject({ frames: 0, firstSlot: undefined });
      expect(['nothing', 'unusable']).toContain(found.kind);
      expect(found.why).not.toContain(folder);
    }
    const torn = cutTo(at('closed.mp4'), (await stat(at('closed.mp4'))).size - 30, at('torn.mp4'));
    const found = await lookAt(torn, RATE);
    // Its fragments are still there.
    expect(found).toMatchObject({ firstSlot: 0 });
    expect(found.kind).not.toBe('finished');
  });

  it.each(['open.mp4', 'closed.mp4'])(
    `never finds more in a %s than was written, wherever it ends (seed ${SEED})`,
    async (name) => {
      const { size } = await stat(at(name));
      for (const bytes of [...edges(size), ...cuts(size, 50, SEED)]) {
        const found = await lookAt(cutTo(at(name), bytes, at('cut.mp4')), RATE);
        expect(found.bytes).toBe(bytes);
        expect(found.frames).toBeLessThanOrEqual(50);
        if (found.frames > 0) expect(found.firstSlot).toBe(name === 'open.mp4' ? 12 : 0);
        else expect(found.why).toMatch(/\w/);
        if (bytes < size) expect(found.kind).not.toBe('finished');
      }
    },
  );

  it('does not say what is in a file where there is nothing to read videos with', async () => {
    vi.resetModules();
    vi.doMock('../src/libav/load.ts', () => ({ loadLibav: async () => new UsageError('no node-av') }));
    vi.doMock('../src/libav/system-ffmpeg.ts', () => ({
      findSystemFfmpeg: async () => undefined,
      HOW_TO_GET_FFMPEG: 'install it',
    }));
    try {
      const { lookAt } = await import('../src/run/repair/look.ts');
      await expect(lookAt(at('open.mp4'), RATE)).rejects.toThrow(/no node-av; or no ffmpeg: install it/);
      // What needs no reading is told all the same.
      expect(await lookAt(at('empty.mp4'), RATE)).toMatchObject({ kind: 'nothing' });
    } finally {
      vi.doUnmock('../src/libav/load.ts');
      vi.doUnmock('../src/libav/system-ffmpeg.ts');
      vi.resetModules();
    }
  });
});
