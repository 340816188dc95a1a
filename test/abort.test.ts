import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { align } from '../src/align/align.ts';
import type { AlignBy } from '../src/align/align-by.ts';
import { openWithFfmpeg } from '../src/libav/decode-ffmpeg.ts';
import { findSystemFfmpeg, runCommand } from '../src/libav/system-ffmpeg.ts';
import { repair, type TakeProgress } from '../src/node.ts';
import { FRAMES_CSV_HEADER } from '../src/record/frames-csv.ts';
import { REPORT_PAGE_FILE, readTake } from '../src/record/take.ts';
import { reportTake } from '../src/run/take/report.ts';
import { verify } from '../src/verify/verify.ts';
import { clockVideo } from './support/clock-video.ts';
import { recordVideo } from './support/cut-off.ts';
import { needFfmpeg } from './support/doc-desk.ts';
import { inFolder } from './support/genlock.ts';
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

describe('a repair that is aborted', () => {
  const take = syntheticTake(2, { frames: 90, wanted: 90 });

  /** A take in which both files were left open. */
  async function cutOffTake(folder: string): Promise<void> {
    for (const [name, frames] of [
      ['cam0', 30],
      ['cam1', 90],
    ] as const) {
      await recordVideo(join(folder, `${name}.mp4`), { frames, killed: true });
      writeFileSync(join(folder, `${name}.frames.csv`), `${FRAMES_CSV_HEADER}\n`);
    }
    writeFileSync(join(folder, 'take.json'), JSON.stringify(take));
  }

  it('ends behind the file in hand, and another one goes on from there', () =>
    inFolder(async (folder) => {
      await cutOffTake(folder);
      const { told, ...watch } = abortingAt(1);
      await expect(repair(folder, watch)).rejects.toBe(reason);
      expect(told()).toBeGreaterThan(0);
      expect(await readTake(folder)).toMatchObject({ state: 'recording' });
      const progress: TakeProgress[] = [];
      const { frames, whole } = await repair(folder, { onProgress: (done) => progress.push(done) });
      // What was in no fragment is lost with the process.
      expect({ frames, whole }).toEqual({ frames: 75, whole: true });
      expect(progress.map(({ file }) => file)).not.toContain('cam0.mp4');
    }));

  it('before it begins does nothing', () =>
    inFolder(async (folder) => {
      await cutOffTake(folder);
      await expect(repair(folder, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(await readTake(folder)).toMatchObject({ state: 'recording' });
    }));
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
