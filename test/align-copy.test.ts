import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { align } from '../src/align/align.ts';
import type { WrittenFile } from '../src/align/write/write.ts';
import { alignTable } from '../src/cli/align.ts';
import { readContainer } from '../src/libav/container.ts';
import { measureVideo } from '../src/libav/copy-video.ts';
import { FramesCsv } from '../src/record/frames-csv.ts';
import { readRepeats } from '../src/verify/timestamps.ts';
import { clockVideo } from './support/clock-video.ts';
import { needFfmpeg } from './support/doc-desk.ts';
import { digestsWithOpenCv, noOpenCv } from './support/opencv.ts';
import { turnBy90 } from './support/turn.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-align-copy-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const path = (name: string): string => join(home, name);
const ffmpeg = (...args: string[]): string =>
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { encoding: 'utf8' });

/** Frames that the second file begins later, and frames of each. */
const [LATER, A_FRAMES, B_FRAMES] = [15, 100, 90] as const;
const PERIOD_US = 1e6 / 30;

/** The times of a file's frames beside it, so that nothing has to be found in pictures. */
async function times(name: string, frames: number, firstUs: number, left: readonly number[] = []): Promise<void> {
  const csv = await FramesCsv.open(path(`${name}.frames.csv`));
  const unknown = { exposureUs: undefined, gain: undefined, phaseUs: undefined, correctionUs: undefined };
  for (let slot = 0, i = 0; i < frames; slot++) {
    if (left.includes(slot)) continue;
    const us = 1e9 + firstUs + slot * PERIOD_US;
    csv.write({ slot: i, state: 'captured', row: { ...unknown, wallClockUs: us, sensorUs: us } });
    i++;
  }
  await csv.close();
}

/** Each picture as ffmpeg decodes it. */
const digests = (file: string): string[] =>
  ffmpeg('-i', file, '-map', '0:v:0', '-fps_mode', 'passthrough', '-f', 'framemd5', '-')
    .split('\n')
    .flatMap((line) => (line.startsWith('#') || line === '' ? [] : [line.split(',').at(-1)?.trim() ?? '']));

/** The moment of each picture, s, as ffmpeg tells it. */
const moments = (file: string): number[] =>
  ffmpeg('-i', file, '-map', '0:v:0', '-c', 'copy', '-f', 'framecrc', '-')
    .split('\n')
    .flatMap((line) => (line.startsWith('#') || line === '' ? [] : [Number(line.split(',')[2])]));

/** H.264 of a file that has a keyframe every so many frames. */
const coded = (from: string, to: string, gop: number, ...more: string[]): string => {
  const settings = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-crf',
    '20',
    '-g',
    String(gop),
    '-keyint_min',
    String(gop),
  ];
  return ffmpeg('-i', path(from), ...settings, '-sc_threshold', '0', '-c:a', 'copy', ...more, path(to));
};

async function copies(folder: string, names: readonly string[], more = {}): Promise<readonly WrittenFile[]> {
  const alignment = await align(names.map(path), { by: 'sidecar', write: path(folder), ...more });
  return alignment.written?.files ?? [];
}

describe('aligned copies of H.264', () => {
  beforeAll(async () => {
    await clockVideo(path('drawn.mp4'), { frames: A_FRAMES });
    const draw = (name: string): Promise<void> => times(name, A_FRAMES, 0);
    for (const name of ['a', 'mid', 'b-frames', 'two']) await draw(name);
    await clockVideo(path('later.mp4'), { frames: B_FRAMES });
    await times('later', B_FRAMES, LATER * PERIOD_US);
  });

  it("are the file's own pictures, bit for bit, for ffmpeg and OpenCV, where it begins at a keyframe", async (context) => {
    needFfmpeg(context);
    coded('drawn.mp4', 'a.mp4', LATER, '-bf', '0');
    const files = await copies('exact', ['a.mp4', 'later.mp4']);
    // From the first frame of the later one to the end of the first.
    const frames = A_FRAMES - LATER;
    expect(files.map(({ encoded, why }) => ({ encoded, why }))).toEqual([{ encoded: 0 }, { encoded: 0 }]);
    const parts = [digests(path('a.mp4')).slice(LATER), digests(path('later.mp4')).slice(0, frames)];
    for (const [i, { output }] of files.entries()) {
      expect(digests(output)).toEqual(parts[i]);
      const ticks = moments(output);
      expect(ticks).toEqual(ticks.map((_, slot) => slot * (ticks[1] as number)));
    }
    const why = noOpenCv();
    if (why !== undefined) context.skip(why);
    const outputs = files.map(({ output }) => output);
    const [a, later, ...written] = await digestsWithOpenCv(path('a.mp4'), path('later.mp4'), ...outputs);
    expect(written).toEqual([a?.slice(LATER), later?.slice(0, frames)]);
  });

  it('that begin between keyframes have only the pictures up to the next one encoded', async (context) => {
    needFfmpeg(context);
    coded('drawn.mp4', 'mid.mp4', 20, '-bf', '0');
    const alignment = await align(['mid.mp4', 'later.mp4'].map(path), { by: 'sidecar', write: path('between') });
    const [mid] = alignment.written?.files ?? [];
    const [frames, anew] = [A_FRAMES - LATER, 20 - LATER];
    expect(mid).toMatchObject({ frames, encoded: anew, repeated: 0 });
    expect(alignTable(alignment)).toMatch(/^mid\.mp4 +85 +copied but 5 .*$/m);
    expect(alignTable(alignment)).toMatch(/^mid\.mp4: 5 frames encoded again: where it begins, pictures up to /m);
    const output = mid?.output ?? '';
    const [copy, own] = [digests(output), digests(path('mid.mp4'))];
    expect(copy).toHaveLength(frames);
    expect(copy.slice(anew)).toEqual(own.slice(20));
    const why = noOpenCv();
    if (why !== undefined) context.skip(why);
    const [seen, read] = await digestsWithOpenCv(output, path('mid.mp4'));
    expect(seen).toHaveLength(frames);
    expect(seen?.slice(anew)).toEqual(read?.slice(20));
  });

  it('are encoded where B-frames, a turn or repeats forbid copying, and say why', async (context) => {
    needFfmpeg(context);
    coded('drawn.mp4', 'b-frames.mp4', LATER, '-bf', '2');
    const files = await copies('fallen', ['later.mp4', 'b-frames.mp4']);
    expect(files.map(({ frames, encoded, why }) => ({ copied: encoded < frames, why }))).toEqual([
      { copied: true },
      { copied: false, why: 'it has B-frames' },
    ]);
    expect(digests(files[1]?.output ?? '')).toHaveLength(A_FRAMES - LATER);
    const turned = path('two.mp4');
    coded('drawn.mp4', 'two.mp4', LATER, '-bf', '0');
    turnBy90(turned);
    const [, upright] = await copies('turned', ['later.mp4', 'two.mp4']);
    expect(upright).toMatchObject({
      encoded: upright?.frames,
      why: 'its pictures are stored otherwise than they are shown',
    });
    // Of 36 frames a second every sixth is a repeat.
    const slow = await copies('slow', ['later.mp4', 'b-frames.mp4'], { rate: 36 });
    expect(slow[0]).toMatchObject({ encoded: slow[0]?.frames, why: expect.stringContaining('repeated or left out') });
  });

  it('have a hole filled by encoding up to the next keyframe, and mark the repeat', async (context) => {
    needFfmpeg(context);
    coded('drawn.mp4', 'two.mp4', 10, '-bf', '0');
    ffmpeg('-i', path('two.mp4'), '-c', 'copy', '-bsf:v', "noise=drop='eq(n,55)'", path('holed.mp4'));
    await times('holed', A_FRAMES - 1, 0, [55]);
    const [, holed] = await copies('holes', ['two.mp4', 'holed.mp4']);
    expect(holed).toMatchObject({ frames: A_FRAMES, encoded: 5, repeated: 1, dropped: 0 });
    expect([...((await readRepeats(path('holes/holed.frames.csv'))) ?? [])]).toEqual([55]);
    const [copy, own] = [digests(holed?.output ?? ''), digests(path('two.mp4'))];
    expect([...copy.slice(0, 55), ...copy.slice(60)]).toEqual([...own.slice(0, 55), ...own.slice(60)]);
  });

  it('keep all sound tracks, in step', async (context) => {
    needFfmpeg(context);
    const beep = "aevalsrc='if(between(t,2,2.02),0.5*sin(2000*t))':s=48000:d=3.3";
    const low = "aevalsrc='0.5*sin(600*t)':s=48000:d=3.3";
    const sounds = ['-f', 'lavfi', '-i', beep, '-f', 'lavfi', '-i', low, '-map', '0:v', '-map', '1:a', '-map', '2:a'];
    const settings = [
      '-c:v',
      'libx264',
      '-bf',
      '0',
      '-g',
      '15',
      '-keyint_min',
      '15',
      '-sc_threshold',
      '0',
      '-c:a',
      'aac',
    ];
    ffmpeg('-i', path('drawn.mp4'), ...sounds, ...settings, path('a.mp4'));
    const alignment = await align(['a.mp4', 'later.mp4'].map(path), { by: 'sidecar', write: path('heard') });
    const [a] = alignment.written?.files ?? [];
    expect(a).toMatchObject({ encoded: 0, sound: true, soundsLeft: 0 });
    expect(alignTable(alignment)).not.toMatch(/left out:/);
    const output = a?.output ?? '';
    // The second track is loud all along, the first one for a moment.
    expect((await readContainer(output)).sounds).toBe(2);
    const second = execFileSync('ffmpeg', [
      '-v',
      'error',
      '-i',
      output,
      '-map',
      '0:a:1',
      '-f',
      's16le',
      '-ac',
      '1',
      '-',
    ]);
    const loud = new Int16Array(second.buffer, second.byteOffset, second.length >> 1).filter(
      (at) => Math.abs(at) > 5000,
    );
    expect(loud.length).toBeGreaterThan(48_000);
    expect(await measureVideo(output)).toEqual({ frames: A_FRAMES - LATER, firstUs: 0 });
    expect(digests(output)).toEqual(digests(path('a.mp4')).slice(LATER));
    const pcm = execFileSync('ffmpeg', ['-v', 'error', '-i', output, '-map', '0:a:0', '-f', 's16le', '-ac', '1', '-']);
    const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
    const heardS = samples.findIndex((sample) => Math.abs(sample) > 1500) / 48_000;
    expect(Math.abs(heardS - (2 - LATER / 30))).toBeLessThan(0.003);
  });
});
