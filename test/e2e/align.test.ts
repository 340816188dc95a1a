import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import type { Alignment } from '../../src/align/align.ts';
import { needFfmpeg } from '../support/doc-desk.ts';
import { freshPort, genlock, inFolder, start } from '../support/genlock.ts';
import { inProcess } from '../support/in-process.ts';
import { noOpenCv, readWithOpenCv } from '../support/opencv.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-align-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function aligned(...args: string[]): Promise<Alignment> {
  const { code, stdout, stderr } = await genlock(['align', '--json', ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('files of a take', () => {
  const take = join(home, 'take');
  const [first, second] = [join(home, 'apart', 'a.mp4'), join(home, 'apart', 'b.mp4')];
  beforeAll(async () => {
    await genlock(['record', '--sync-port', freshPort(), '--no-verify', '-t', '3s', '-o', take]);
    mkdirSync(join(home, 'apart'));
    cpSync(join(take, 'cam0.mp4'), first);
    cpSync(join(take, 'cam1.mp4'), second);
  }, 60_000);

  it('are aligned by the pixel clock, with an error that is stated', async () => {
    const { by, files } = await aligned(first, second);
    expect(by).toBe('clock');
    const [a, b] = files as [Alignment['files'][number], Alignment['files'][number]];
    expect(a).toMatchObject({ file: first, startUs: 0, sigmaUs: 0 });
    expect(Math.abs(b.startUs)).toBeLessThan(5 * b.sigmaUs);
    expect(b.sigmaUs).toBeLessThan(200);
    expect(Math.abs((b.ratePpm ?? Number.NaN) - 0)).toBeLessThan(20);
  });

  it('are aligned by the times beside them', async () => {
    const { by, files, notes } = await aligned('--by', 'sidecar', join(take, 'cam0.mp4'), join(take, 'cam1.mp4'));
    expect(by).toBe('sidecar');
    expect(Math.abs(files[1]?.startUs ?? Number.NaN)).toBeLessThan(200);
    expect(notes.join()).toContain('clocks');
  });
});

describe('bare streams with what rpicam-vid writes beside them', () => {
  /** Two streams of 60 frames, the second camera's 250 ms later; metadata with these values, PTS where asked for. */
  const streams = (folder: string, values: (wallNs: bigint, i: number) => string, pts: boolean): string[] =>
    ['a', 'b'].map((name, k) => {
      const file = join(folder, `${name}.h264`);
      const source = ['-f', 'lavfi', '-i', 'testsrc=s=320x240:r=30:d=2'];
      execFileSync('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '0', file]);
      const frames = Array.from({ length: 60 }, (_, i) => i);
      const entries = frames.map(
        (i) => `{\n${values(1_795_000_000_000_000_000n + BigInt(k * 250_000_000 + i * 33_333_000), i)}\n}`,
      );
      writeFileSync(join(folder, `${name}.metadata.json`), `[\n${entries.join(',\n')}\n]\n`);
      const lines = frames.map((i) => `${(i * 33.333).toFixed(3)}\n`).join('');
      if (pts) writeFileSync(join(folder, `${name}.pts`), `# timecode format v2\n${lines}`);
      return file;
    });

  it.for<[string, (ns: bigint) => string, string]>([
    [
      'the wall clock',
      (ns: bigint) => `    "SensorTimestamp": ${ns % 10n ** 12n},\n    "FrameWallClock": ${ns}`,
      'hosts',
    ],
    ['the time since the host was started', (ns: bigint) => `    "SensorTimestamp": ${ns % 10n ** 12n}`, 'one host'],
  ])('are aligned by %s', ([, values, note], context) => {
    needFfmpeg(context);
    return inFolder(async (folder) => {
      const { by, files, notes } = await aligned(...streams(folder, values, true));
      expect(by).toBe('sidecar');
      expect(Math.abs((files[1]?.startUs ?? 0) - 250_000)).toBeLessThan(50);
      // A little before the frame that the second begins with.
      expect((files[1]?.startUs ?? 0) - (files[0]?.cutUs ?? 0)).toBeCloseTo(1000, 3);
      expect(notes.join()).toContain(note);
    });
  });

  it('need their times', (context) => {
    needFfmpeg(context);
    return inFolder(async (folder) => {
      const files = streams(folder, (ns) => `    "FrameWallClock": ${ns}`, false);
      const { code, stderr } = await genlock(['align', '--by', 'sidecar', ...files]);
      expect(code).toBe(2);
      expect(stderr).toBe(
        `genlock: ${files[0]}: its frames have no times; rpicam-vid's --save-pts as ${join(folder, 'a.pts')} gives them\n`,
      );
    });
  });
});

describe('bad input', () => {
  it.each([
    [['one.mp4'], /^genlock: align: give two or more video files\n$/],
    [['--by', 'stars', 'a.mp4', 'b.mp4'], /^genlock: .*--by.*clock, sidecar, clap, flash/],
    [['nowhere.mp4', 'b.mp4'], /^genlock: nowhere\.mp4: no such file\n$/],
  ])('%j is refused in one line', async (args, line) => {
    const { code, stdout, stderr } = await genlock(['align', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says in three lines what is likely, what else was tried and what to do, where nothing is in common', (context) => {
    needFfmpeg(context);
    return inFolder(async (folder) => {
      const clip = (name: string, ...sound: string[]): string => {
        const file = join(folder, name);
        const source = ['-f', 'lavfi', '-i', 'testsrc=s=320x240:r=30:d=1', ...sound];
        execFileSync('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', file]);
        return file;
      };
      const lines = async (...files: string[]): Promise<string[]> => {
        const { code, stderr, stdout } = await inProcess(['align', ...files]);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr.trimEnd().split('\n')).toHaveLength(3);
        return stderr.split('\n');
      };
      const nothing = 'genlock: nothing puts these files on one timeline';
      const silent = await lines(clip('a.mp4'), clip('b.mp4'));
      expect(silent[0]).toBe(`${nothing}: ${join(folder, 'a.mp4')}: no flash in it`);
      expect(silent[1]).toContain('clock (no pixel clock in view), sidecar (no times beside them), clap (no sound)');
      expect(silent[2]).toMatch(/^ {2}flash a lamp twice/);
      const sound = ['-f', 'lavfi', '-i', 'anoisesrc=a=0.01:d=1', '-c:a', 'aac'];
      const phones = await lines(clip('c.mp4', ...sound), clip('d.mp4', ...sound));
      expect(phones[0]).toBe(`${nothing}: ${join(folder, 'c.mp4')}: no clap in it`);
      expect(phones[2]).toMatch(/^ {2}clap twice/);
      // verify on such files says what takes them.
      const verified = await inProcess(['verify', join(folder, 'a.mp4'), join(folder, 'b.mp4')]);
      expect(verified.code).toBe(2);
      expect(verified.stderr).toMatch(/^genlock: .*a\.mp4: no pixel clock in view in 30 frames .*genlock align .*\n$/);
    });
  });
});

describe('files of cameras that know nothing of each other', () => {
  // Claps and flashes at 2.0 and 5.3 s of the first; the second begins 1.234 s later.
  const [a, b] = [join(home, 'a.mp4'), join(home, 'b.mp4')];
  /** Makes the files, once. */
  const clips = (context: TestContext): void => {
    needFfmpeg(context);
    if (existsSync(b)) return;
    const make = (file: string, rate: number, seconds: number, at: readonly number[], sampleRate: number): void => {
      const lit = at.map((s) => `between(t,${s},${s + 0.12})`).join('+');
      const rings = at.map((s, i) => `0.8*random(${i + 1})*exp(-60*(t-${s}))*between(t,${s},${s + 0.3})`).join('+');
      const picture = `testsrc=s=320x240:r=${rate}:d=${seconds},format=yuv420p,eq=brightness='0.4*(${lit})':eval=frame`;
      const sound = `aevalsrc='0.003*random(0)+${rings}':s=${sampleRate}:d=${seconds}`;
      const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound];
      execFileSync('ffmpeg', [
        '-v',
        'error',
        '-y',
        ...inputs,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-c:a',
        'aac',
        file,
      ]);
    };
    make(a, 30, 9, [2, 5.3], 48_000);
    make(b, 25, 7, [0.766, 4.066], 44_100);
  };

  it('are aligned by claps', async (context) => {
    clips(context);
    const { by, files } = await aligned(a, b);
    expect(by).toBe('clap');
    expect(files[1]?.points).toBe(2);
    // Its sound begins before its first frame, by what the encoder needs.
    expect(files[1]?.cutUs).toBeLessThan(25_000);
    expect(Math.abs((files[1]?.startUs ?? 0) - 1_234_000)).toBeLessThan(2 * (files[1]?.sigmaUs ?? 0));
    expect(files[1]?.sigmaUs).toBeLessThan(2_500);
    // A little before the frame that is nearest.
    const before = (files[1]?.startUs ?? 0) - (files[0]?.cutUs ?? 0);
    expect(Math.abs(before - 1000)).toBeLessThan(17_000);
  });

  it('are aligned by flashes, to a frame', async (context) => {
    clips(context);
    const { files, notes } = await aligned('--by', 'flash', a, b);
    expect(files[1]?.points).toBe(2);
    expect(Math.abs((files[1]?.startUs ?? 0) - 1_234_000)).toBeLessThan(3 * (files[1]?.sigmaUs ?? 0));
    expect(files[1]?.sigmaUs).toBeGreaterThan(10_000);
    expect(notes).toHaveLength(1);
  });

  it('are written as copies that begin together, which OpenCV counts as it should', async (context) => {
    clips(context);
    const folder = join(home, 'copies');
    const { code, stdout } = await genlock(['align', a, b, '--write', folder]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/copy +frames +pictures +repeated +left out +off at most +sound\n/);
    expect(stdout).toMatch(/b\.mp4 +210 +encoded +35 +0 +[\d.]+ [um]s +yes\n/);
    expect(stdout).toMatch(/^b\.mp4: encoded again: /m);
    expect(stdout).toContain(`210 frames each at 30 fps, in ${folder}\n`);
    const again = await genlock(['align', a, b, '--write', folder]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(
      /^genlock: --write .*a\.mp4 is there already; give another folder, or --force to.*\n$/,
    );
    const why = noOpenCv();
    if (why !== undefined) context.skip(why);
    for (const name of ['a.mp4', 'b.mp4']) {
      expect(await readWithOpenCv(join(folder, name))).toEqual([{ frames: 210, fps: 30, count: 210 }]);
    }
  });

  it('leave no copy where a signal ends it', async (context) => {
    clips(context);
    const folder = join(home, 'ended');
    const { child, ended } = start(['align', a, b, '--write', folder]);
    await vi.waitUntil(() => existsSync(folder), { timeout: 30_000, interval: 5 });
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ signal: 'SIGINT', stdout: '' });
    expect(existsSync(folder)).toBe(false);
  });

  it('are shown as a table', async (context) => {
    clips(context);
    const { stdout } = await genlock(['align', a, b]);
    expect(stdout).toMatch(/^file +begins at +\+- +rate +claps +cut off\n/);
    expect(stdout).toMatch(/b\.mp4 +1\.23\d{4} s +[\d.]+ [um]s/);
    expect(stdout).toContain('by clap');
  });
});
