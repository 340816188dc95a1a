import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AlignBy, align } from '../src/align/align.ts';
import { openWithFfmpeg } from '../src/libav/decode-ffmpeg.ts';
import { findSystemFfmpeg, runCommand } from '../src/libav/system-ffmpeg.ts';
import { REPORT_PAGE_FILE } from '../src/record/take.ts';
import { reportTake } from '../src/run/take/report.ts';
import { verify } from '../src/verify/verify.ts';
import { clockVideo } from './support/clock-video.ts';
import { needFfmpeg } from './support/doc-desk.ts';
import { syntheticTake } from './support/take.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-abort-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const path = (name: string): string => join(home, name);
const FRAMES = 60;
const reason = new Error('enough');

/** A minute of sound with a click each second. */
function wav(file: string): void {
  const [rate, seconds] = [8000, 60];
  const bytes = Buffer.alloc(44 + 2 * rate * seconds);
  bytes.write('RIFF');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  for (const [at, value] of [
    [16, 16],
    [24, rate],
    [28, 2 * rate],
    [40, bytes.length - 44],
  ] as const)
    bytes.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.write('data', 36);
  for (let second = 0; second < seconds; second++) bytes.writeInt16LE(20_000, 44 + 2 * (second * rate + 4000));
  writeFileSync(file, bytes);
}

beforeAll(async () => {
  for (const seed of [0, 1]) await clockVideo(path(`cam${seed}.mp4`), { frames: FRAMES, seed });
  for (const name of ['a.wav', 'b.wav']) wav(path(name));
});

/** Aborts at the fifth time that it is told how far a work is. */
function abortingAt(times = 5) {
  const controller = new AbortController();
  let told = 0;
  const onProgress = (): void => {
    if (++told === times) controller.abort(reason);
  };
  return { signal: controller.signal, onProgress, told: () => told };
}

describe('a work that is aborted ends with the reason', () => {
  it('verify, within the frame', async () => {
    const { told, ...watch } = abortingAt();
    await expect(verify([path('cam0.mp4'), path('cam1.mp4')], watch)).rejects.toBe(reason);
    // What the decoder holds may still come.
    expect(told()).toBeLessThan(FRAMES / 2);
  });

  it.each<[AlignBy, string, string]>([
    ['clock', 'cam0.mp4', 'cam1.mp4'],
    ['flash', 'cam0.mp4', 'cam1.mp4'],
    ['clap', 'a.wav', 'b.wav'],
  ])('align by %s', async (by, ...files) => {
    const { told, ...watch } = abortingAt();
    await expect(align(files.map(path), { by, ...watch })).rejects.toBe(reason);
    expect(told()).toBeLessThan(FRAMES / 2);
  });

  it('align by whatever there is, and tries no other way then', async () => {
    const { told: _, ...watch } = abortingAt();
    await expect(align(['cam0.mp4', 'cam1.mp4'].map(path), watch)).rejects.toBe(reason);
  });

  it('before anything is done', async () => {
    const signal = AbortSignal.abort(reason);
    await expect(verify([path('cam0.mp4'), path('cam1.mp4')], { signal })).rejects.toBe(reason);
    await expect(align([path('a.wav'), path('b.wav')], { signal })).rejects.toBe(reason);
  });
});

describe('a report that is aborted is not written', () => {
  const take = { ...syntheticTake(2), width: 320, height: 240, frames: FRAMES };
  beforeAll(() => writeFileSync(path('take.json'), JSON.stringify(take)));

  it('while it reads the pixels', async () => {
    const { told, ...watch } = abortingAt();
    await expect(reportTake(home, watch)).rejects.toBe(reason);
    expect(told()).toBeLessThan(FRAMES / 2);
    expect(existsSync(path(REPORT_PAGE_FILE))).toBe(false);
  });

  it('while it takes pictures', async () => {
    const { told, onProgress, signal } = abortingAt(1);
    await expect(reportTake(home, { onPicture: onProgress, signal })).rejects.toBe(reason);
    expect(told()).toBe(1);
    expect(existsSync(path(REPORT_PAGE_FILE))).toBe(false);
  });
});

/** Processes that were started and have not ended. */
const children = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;

describe('a child process is killed where its work is aborted', () => {
  it('a command that would go on for a minute', async () => {
    const controller = new AbortController();
    const running = runCommand('sleep', ['60'], controller.signal);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect.poll(children).toBe(0);
  });

  it('an ffmpeg whose pictures nobody takes any more', async (context) => {
    needFfmpeg(context);
    const ffmpeg = await findSystemFfmpeg();
    if (ffmpeg === undefined) throw new Error('no ffmpeg');
    const controller = new AbortController();
    const video = await openWithFfmpeg(ffmpeg, path('cam0.mp4'), controller.signal);
    const frames = video.frames()[Symbol.asyncIterator]();
    await frames.next();
    expect(children()).toBe(1);
    controller.abort(reason);
    const rest = async (): Promise<void> => {
      while (!(await frames.next()).done);
    };
    await expect(rest()).rejects.toBe(reason);
    await expect.poll(children).toBe(0);
  });
});
