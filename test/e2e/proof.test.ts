import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apartUs, type ReadInPython, readByBoth } from '../../bench/read-both.ts';
import type { Report } from '../../src/verify/alignment.ts';
import { freshPort, genlock } from '../support/genlock.ts';
import { noOpenCv } from '../support/opencv.ts';
import { pythonWith } from '../support/python.ts';
import { takeOf } from '../support/take-schema.ts';
import { verified } from '../support/verified.ts';

const FRAMES = 60;
const TRIES = 10;
let root: string;
let take: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'genlock-proof-'));
  take = join(root, 'take');
  const args = ['record', '--force', '--sync-port', freshPort(), '--frames', String(FRAMES), '-o', take];
  // What is changed is a take of which nothing was dropped: a busy machine needs more than one.
  for (let tries = 1; ; tries++) {
    const { stderr } = await genlock(args);
    const { cameras, locked } = JSON.parse(readFileSync(join(take, 'report.json'), 'utf8')) as Report;
    if (locked && cameras.every(({ repeated }) => repeated === 0)) break;
    if (tries === TRIES) throw new Error(`none of ${TRIES} takes is without a repeat: ${stderr}`);
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const noFfmpeg = spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0 ? undefined : 'no ffmpeg here';

describe.skipIf(noFfmpeg)(`a take whose files were changed${noFfmpeg ? ` (${noFfmpeg})` : ''}`, () => {
  /** The take with some of its files filtered by ffmpeg. @param filters by number of the camera. */
  function changed(name: string, filters: Record<number, readonly string[]>): string {
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(take)) copyFileSync(join(take, file), join(folder, file));
    for (const [camera, args] of Object.entries(filters)) {
      const [from, to] = [take, folder].map((each) => join(each, `cam${camera}.mp4`)) as [string, string];
      const code = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18', to];
      execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', from, ...args, ...code]);
    }
    return folder;
  }
  const vf = (filter: string) => ['-vf', filter];
  /** What the take's own files are apart, in us. */
  const ownMeanUs = async () => (await verified(take)).pairs[0]?.meanUs as number;

  it('is not locked where a file shows every 10th picture for 10 frames', async () => {
    const held = vf("select='not(mod(n,10))',fps=30,tpad=stop_mode=clone:stop=9,trim=end_frame=60");
    const report = await verified(changed('frozen', { 1: held }));
    expect(report.code).toBe(1);
    expect(report.reasons[0]).toBe('cam1.mp4: 54 of 60 frames repeat the one before, and frames.csv does not say so');
    expect(report.pairs[0]?.evidence).toBe(6);
  });

  it('is not locked where both were cropped by the same rows, and says why', async () => {
    const crop = vf('crop=640:448:0:32');
    const report = await verified(changed('cropped', { 0: crop, 1: crop }));
    expect(report.verdict).toBe('not locked');
    expect(report.reasons[0]).toMatch(/^cam1\.mp4: of 60 of 60 frames can't be told/);
    expect(report.notes[0]).toMatch(/^cam0\.mp4: is 640x448, take\.json says 640x480; which of the sensor's rows/);
  });

  it.each([
    ['framed and cut', 'scale=640:360,pad=640:480:0:60,crop=640:360:0:120', '3.8'],
    ['moved up', 'pad=640:544:0:0,crop=640:480:0:64', '3.1'],
  ])('is not locked where both were %s: rows of the same size and time are others', async (name, filter, ms) => {
    const report = await verified(changed(name, { 0: vf(filter), 1: vf(filter) }));
    expect(report.verdict).toBe('not locked');
    expect(report.reasons[0]).toMatch(/^cam1\.mp4: of 60 of 60 frames can't be told/);
    const moved = 'its pixel clock is not where the camera drew it';
    for (const file of ['cam0.mp4', 'cam1.mp4'])
      expect(report.notes.join('\n')).toMatch(new RegExp(`${file}: ${moved}.* off by ${ms.replace('.', '\\.')}\\d ms`));
  });

  it("is not locked where the server's panel covers a camera's own, or a file is the server's, encoded again", async () => {
    const late = '[0:v]tpad=start=1,trim=end_frame=60[v]';
    const graph = `${late};[1:v]crop=400:116:120:344[p];[v][p]overlay=120:344`;
    const pasted = changed('covered', { 1: ['-i', join(take, 'cam0.mp4'), '-filter_complex', graph] });
    const copied = changed('copied', {});
    const from = ['-i', join(take, 'cam0.mp4'), '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18'];
    execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...from, join(copied, 'cam1.mp4')]);
    for (const folder of [pasted, copied]) {
      const { verdict, reasons } = await verified(folder);
      expect(verdict).toBe('not locked');
      expect(reasons).toEqual([
        expect.stringMatching(/^cam0\.mp4 and cam1\.mp4: show one pixel clock from frame 0 on/),
      ]);
    }
  });

  it.each([
    ['turned', 'vflip,hflip'],
    ['scaled', 'scale=480:360'],
  ])('is locked where one file is %s, by the rows as they are seen', async (name, filter) => {
    const report = await verified(changed(name, { 1: vf(filter) }));
    expect(report).toMatchObject({ verdict: 'locked', code: 0 });
    expect(Math.abs((report.pairs[0]?.meanUs as number) - (await ownMeanUs()))).toBeLessThan(15);
    expect(report.notes.join()).toMatch(/cam1\.mp4: .*its rows follow each other every .*: times are by what is seen/);
  });

  it("is not locked where the server's panel was pasted into the picture", async () => {
    const graph = '[1:v]crop=400:116:120:344,scale=240:70[p];[0:v][p]overlay=300:10';
    const args = ['-i', join(take, 'cam0.mp4'), '-filter_complex', graph];
    const report = await verified(changed('pasted', { 1: args }));
    expect(report.verdict).toBe('not locked');
    expect(report.reasons[0]).toMatch(
      /^cam1\.mp4: 2 pixel clocks are in view in frame 0, and they show different times/,
    );
  });

  it('is not locked where one file plays at another rate, and says where both do, or run backwards', async () => {
    const slow = ['-vf', 'setpts=N/(25*TB)', '-r', '25'];
    const one = await verified(changed('one slow', { 1: slow }));
    expect(one.reasons).toEqual([expect.stringMatching(/^cam1\.mp4: plays at 25 fps, cam0\.mp4 at 30/)]);
    const both = await verified(changed('both slow', { 0: slow, 1: slow }));
    expect(both.verdict).toBe('locked');
    expect(both.notes).toHaveLength(2);
    expect(both.notes[0]).toMatch(/^cam0\.mp4: plays at 25 fps what was captured at 30/);
    const back = await verified(changed('backwards', { 0: vf('reverse'), 1: vf('reverse') }));
    expect(back.notes).toEqual(['cam0.mp4: runs backwards', 'cam1.mp4: runs backwards']);
  });

  it('states an error that covers what denoising moves, and does not read frames that were averaged', async () => {
    const report = await verified(changed('denoised', { 1: vf('hqdn3d') }));
    const movedUs = Math.abs((report.pairs[0]?.meanUs as number) - (await ownMeanUs()));
    expect(movedUs).toBeGreaterThan(3);
    expect(report.cameras[1]?.sigmaUs).toBeGreaterThan(movedUs);
    const mixed = await verified(changed('averaged', { 1: vf('tmix=3') }));
    expect(mixed.verdict).toBe('not locked');
    expect(mixed.reasons[0]).toMatch(/^cam1\.mp4: 59 of 60 frames unreadable$/);
  });

  it.each([
    ['smeared', 'hqdn3d'],
    ['smeared much', 'hqdn3d=8:8:12:12'],
    ['smeared a little', 'hqdn3d=2:2:3:3'],
    ['mixed with the frame before', 'hqdn3d=0.01:0.01:20:20'],
    ['mixed with frames around', 'atadenoise=0a=0.3:0b=0.3'],
  ])('states an error that covers what a filter moves in files without a take, %s', async (name, filter) => {
    const folder = changed(`plain ${name}`, { 1: vf(filter) });
    rmSync(join(folder, 'take.json'));
    const plain = changed('plain', {});
    rmSync(join(plain, 'take.json'));
    const of = (where: string) => verified(...[0, 1].map((i) => join(where, `cam${i}.mp4`)));
    const [before, after] = [await of(plain), await of(folder)];
    const movedUs = Math.abs((after.pairs[0]?.meanUs as number) - (before.pairs[0]?.meanUs as number));
    // A standard error: what is moved lies within two of them.
    expect(2 * (after.cameras[1]?.sigmaUs as number)).toBeGreaterThan(movedUs);
    expect(before.cameras[1]?.sigmaUs).toBeLessThan(200);
  });

  it('is not locked where both files are one', async () => {
    const folder = changed('same', {});
    copyFileSync(join(folder, 'cam0.mp4'), join(folder, 'cam1.mp4'));
    expect((await verified(folder)).reasons).toEqual([
      'cam0.mp4 and cam1.mp4: hold the same pictures, bit for bit: one recording twice proves nothing',
    ]);
  });
});

const skipped = noOpenCv();

describe.skipIf(skipped)(`another reader, by what docs/pixel-clock.md says${skipped ? ` (${skipped})` : ''}`, () => {
  const python = pythonWith(['cv2', 'numpy']) as string;

  it('agrees with verify: every time to 0.01 us, and every figure of the report', async () => {
    const cameras = takeOf(take).cameras;
    const times: number[][] = [];
    for (const { file, readout } of cameras) {
      const { ours, theirs } = await readByBoth(python, join(take, file));
      const apart = apartUs({ ours, theirs });
      console.log(
        `${file}: times ${apart.timeUs.toFixed(5)} us apart at most, sigma ${apart.sigmaUs.toExponential(1)} us`,
      );
      expect(theirs).toHaveLength(FRAMES);
      for (const [i, own] of ours.entries()) {
        const read = theirs[i] as ReadInPython;
        expect(Math.abs(read.timeUs - (own?.timeUs as number))).toBeLessThan(0.01);
        expect(read.sigmaUs).toBeCloseTo(own?.sigmaUs as number, 4);
        expect(read.rowUs).toBeCloseTo(own?.rowUs as number, 4);
        expect(read.rowSigmaUs).toBeCloseTo(own?.rowSigmaUs as number, 4);
      }
      times.push(
        theirs.map(
          (read) =>
            (read as ReadInPython).timeUs - (read as ReadInPython).row * (readout?.rowUs ?? 0) - (readout?.topUs ?? 0),
        ),
      );
    }
    const offsets = (times[1] as number[]).map((us, i) => us - (times[0]?.[i] as number));
    const sizes = offsets.map(Math.abs).sort((a, b) => a - b);
    const rms = Math.sqrt(offsets.reduce((sum, us) => sum + us * us, 0) / FRAMES);
    const pair = (await verified(take)).pairs[0] as Report['pairs'][0];
    const figures = [pair.startOffsetUs, pair.rmsUs, pair.p99Us, pair.maxUs] as number[];
    const theirs = [offsets[0], rms, sizes[Math.ceil(0.99 * FRAMES) - 1], sizes.at(-1)] as number[];
    for (const [i, us] of figures.entries()) expect(Math.abs(us - (theirs[i] as number))).toBeLessThan(0.02);
  }, 180_000);
});
