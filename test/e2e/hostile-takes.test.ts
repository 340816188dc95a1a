import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { readText } from '../../src/regular-file.ts';
import { readTold } from '../../src/report/drops.ts';
import { EarlierTake } from '../../src/run/files/earlier-take.ts';
import { recordVideo } from '../support/cut-off.ts';
import { inFolder, start } from '../support/genlock.ts';
import { type Answer, inProcess } from '../support/in-process.ts';
import { syntheticCamera, syntheticTake } from '../support/take.ts';

/** What a command may take: of memory in kB, and of time in ms until it is killed, which fails the test. */
const MOST_KB = 500_000;
const KILL_MS = 30_000;

let videos = '';
let removeVideos = (): void => {};
beforeAll(async () => {
  await new Promise<void>((made) => {
    void inFolder(async (folder) => {
      videos = folder;
      await recordVideo(join(folder, 'cam0.mp4'), { frames: 30 });
      await recordVideo(join(folder, 'cam1.mp4'), { frames: 30 });
      made();
      await new Promise<void>((resolve) => {
        removeVideos = resolve;
      });
    });
  });
});
afterAll(() => removeVideos());

/** All that is in a folder and below, with what files hold. */
const contents = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
    const entry = lstatSync(join(folder, name));
    return `${name} ${entry.mode} ${entry.isFile() && entry.size < 1e7 ? readFileSync(join(folder, name), 'base64') : entry.size}`;
  });

/** Runs a command; it is killed where it takes too long. */
async function bounded(args: readonly string[]) {
  const { child, ended } = start(args);
  let peakKb = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakKb = Math.max(peakKb, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended, or the system has no such files.
    }
  }, 20);
  const kill = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
  const outcome = await ended;
  clearInterval(look);
  clearTimeout(kill);
  return { ...outcome, peakKb };
}

type Change = (folder: string) => unknown;

/** A take whose description is changed. */
const described =
  (change: (take: Record<string, unknown> & { cameras: Record<string, unknown>[] }) => void): Change =>
  (folder) => {
    const take = JSON.parse(readFileSync(join(folder, 'take.json'), 'utf8'));
    change(take);
    writeFileSync(join(folder, 'take.json'), JSON.stringify(take));
  };
const camera = (more: object): Change => described(({ cameras }) => Object.assign(cameras[1] as object, more));
const text =
  (value: string): Change =>
  (folder) =>
    writeFileSync(join(folder, 'take.json'), value);
/** In the place of a file of the take. */
const inPlace =
  (name: string, make: (file: string) => unknown): Change =>
  (folder) => {
    rmSync(join(folder, name), { force: true });
    return make(join(folder, name));
  };
const fifo = (file: string): unknown => execFileSync('mkfifo', [file]);
const zero = (file: string): void => symlinkSync('/dev/zero', file);

const stock = { program: 'x', arguments: [], log: '../x', metadata: 'm.json', pts: 'p' };
/** What could hold a command up, or cost it memory. */
const HEAVY: [string, Change, RegExp][] = [
  ['cameras that are no list', described((take) => Object.assign(take, { cameras: { length: 1e9 } })), /cameras/],
  [
    '4,000 cameras',
    described((take) => {
      take.cameras = Array.from({ length: 4000 }, (_, i) => ({ ...syntheticCamera(i) }));
    }),
    /cameras/,
  ],
  ['a rate beyond all numbers', text('{"frameRate":{"num":1e308,"den":1}}'), /take\.json: /],
  [
    'a million pictures a second',
    described((take) => Object.assign(take, { frameRate: { num: 1e6, den: 1 } })),
    /frameRate/,
  ],
  ['a million brackets', text('['.repeat(1e6)), /deep/],
  ['a description of 20 MB', text(`{"x":"${'y'.repeat(2e7)}"}`), /larger than/],
  ['a description that is a pipe', inPlace('take.json', fifo), /take\.json: is a pipe/],
  ['a description that never ends', inPlace('take.json', zero), /take\.json: is a device/],
  ['a video that is a pipe', inPlace('cam0.mp4', fifo), /cam0\.mp4: is a pipe/],
  ['a video that never ends', inPlace('cam0.mp4', zero), /cam0\.mp4: is a device/],
];
const CASES: [string, Change, RegExp][] = [
  ['a name with a way out', camera({ name: '../evil' }), /cameras\.1\.name/],
  ['an empty name', camera({ name: '' }), /cameras\.1\.name/],
  ['a name with a line end and an escape', camera({ name: 'a\n\u001b[2J' }), /cameras\.1\.name/],
  ['a file with a way out', camera({ file: '../evil.mp4' }), /cameras\.1\.file/],
  ['a file from the root', camera({ file: '/etc/passwd' }), /cameras\.1\.file/],
  ['rows in the place of the description', camera({ framesCsv: 'take.json' }), /cameras\.1\.framesCsv/],
  ['a later file with a way out', camera({ files: [{ file: 'a/b.mp4', framesCsv: 'c.csv' }] }), /cameras\.1\.files/],
  ['a log with a way out', camera({ stock }), /cameras\.1\.stock\.log/],
  ['one file for both cameras', camera({ file: 'cam0.mp4' }), /cam0\.mp4 is named twice/],
  ['one name for both cameras', camera({ name: 'cam0' }), /cam0 is named twice/],
  ['a name of a wrong type', camera({ name: { toString: 1 } }), /cameras\.1\.name/],
  [
    'a rate that is no number',
    described((take) => Object.assign(take, { frameRate: { num: 'NaN', den: 1 } })),
    /frameRate/,
  ],
  ['a negative rate', described((take) => Object.assign(take, { frameRate: { num: -30, den: 1 } })), /frameRate/],
  ['a negative count', described((take) => Object.assign(take, { frames: -1 })), /frames/],
  ['no JSON', text('\0\0\0'), /not JSON/],
  ['a description that is a folder', inPlace('take.json', mkdirSync), /take\.json: is a folder/],
  ['a video that is a folder', inPlace('cam0.mp4', mkdirSync), /cam0\.mp4: is a folder/],
  [
    'a video that is a link out',
    inPlace('cam0.mp4', (file) => symlinkSync('../outside.mp4', file)),
    /leads out of the folder/,
  ],
  [
    'a link to nothing outside',
    inPlace('cam0.mp4', (file) => symlinkSync('../nowhere.mp4', file)),
    /leads out of the folder/,
  ],
  ['one video by two links', inPlace('cam1.mp4', (file) => linkSync(join(file, '../cam0.mp4'), file)), /are one file/],
  ['one video and a link to it', inPlace('cam1.mp4', (file) => symlinkSync('cam0.mp4', file)), /are one file/],
];

describe('a hostile take', () => {
  const refused = (change: Change, names: RegExp, run: (args: string[]) => Promise<Answer>): Promise<void> =>
    inFolder(async (outer) => {
      const folder = join(outer, 'take');
      mkdirSync(folder);
      for (const name of ['cam0.mp4', 'cam1.mp4']) copyFileSync(join(videos, name), join(folder, name));
      copyFileSync(join(videos, 'cam0.mp4'), join(outer, 'outside.mp4'));
      writeFileSync(join(folder, 'take.json'), JSON.stringify(syntheticTake(2)));
      await change(folder);
      const before = contents(outer);
      for (const command of ['verify', 'repair', 'report']) {
        const { code, stdout, stderr } = await run([command, folder]);
        expect(stderr).toMatch(/^genlock: [^\n]*\n$/);
        expect(stderr).toMatch(names);
        expect(stderr).toMatch(/^[\x20-\x7e]*\n$/);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      }
      expect(contents(outer)).toEqual(before);
    });

  it.each(CASES)('%s: one line, exit code 2, nothing written', (_, change, names) => refused(change, names, inProcess));

  it.each(HEAVY)(
    '%s: one line, exit code 2, nothing written, in little memory',
    { timeout: 4 * KILL_MS },
    (_, change, names) =>
      refused(change, names, async (args) => {
        const { peakKb, ...outcome } = await bounded(args);
        expect(peakKb).toBeLessThan(MOST_KB);
        return outcome;
      }),
  );

  it('rows that are a pipe hold neither verify, repair, report nor align', { timeout: 4 * KILL_MS }, () =>
    inFolder(async (folder) => {
      for (const name of ['cam0', 'cam1']) {
        copyFileSync(join(videos, `${name}.mp4`), join(folder, `${name}.mp4`));
        for (const ending of ['frames.csv', 'pts', 'metadata.json']) fifo(join(folder, `${name}.${ending}`));
      }
      writeFileSync(join(folder, 'take.json'), JSON.stringify(syntheticTake(2)));
      const files = ['cam0.mp4', 'cam1.mp4'].map((name) => join(folder, name));
      const commands = [
        ['verify', folder],
        ['repair', folder],
        ['report', folder],
        ['align', '--by', 'sidecar', ...files],
      ];
      for (const args of commands) {
        const { code, stderr } = await bounded(args);
        expect(stderr).toMatch(/^genlock: [^\n]*\n$/);
        expect(code).toBe(2);
      }
    }),
  );

  it('what stands where a file is made is taken away, not followed', { timeout: 4 * KILL_MS }, () =>
    inFolder(async (outer) => {
      const folder = join(outer, 'take');
      mkdirSync(folder);
      for (const name of ['cam0.mp4', 'cam1.mp4']) copyFileSync(join(videos, name), join(folder, name));
      await recordVideo(join(folder, 'cam1.mp4'), { frames: 40, killed: true });
      writeFileSync(join(folder, 'take.json'), JSON.stringify(syntheticTake(2)));
      writeFileSync(join(outer, 'precious'), 'kept');
      for (const name of ['take.json', 'cam0.frames.csv', 'cam1.mp4', 'cam0.mp4.h264', 'cam0.mp4']) {
        symlinkSync('../precious', join(folder, `${name}.part`));
      }
      const { code } = await bounded(['repair', folder]);
      expect(code).toBe(0);
      expect(readFileSync(join(outer, 'precious'), 'utf8')).toBe('kept');
      expect(readdirSync(outer).sort()).toEqual(['precious', 'take']);
    }),
  );

  it('a place for the earlier take that is a link is refused before anything moves', () =>
    inFolder(async (outer) => {
      const folder = join(outer, 'take');
      for (const each of [folder, join(outer, 'elsewhere')]) mkdirSync(each);
      writeFileSync(join(folder, 'cam0.mp4'), 'video');
      symlinkSync('../elsewhere', join(folder, 'earlier-take'));
      const before = contents(outer);
      await expect(EarlierTake.setAside(folder)).rejects.toThrow(UsageError);
      expect(contents(outer)).toEqual(before);
    }));
});

describe('files that are compared', () => {
  it.each<[string, (file: string) => unknown]>([
    ['the same path', () => {}],
    ['a second name', (file) => linkSync(join(file, '../a.mp4'), file)],
    ['a link', (file) => symlinkSync('a.mp4', file)],
  ])('are refused where they are one file: %s', { timeout: 2 * KILL_MS }, (what, make) =>
    inFolder(async (folder) => {
      const a = join(folder, 'a.mp4');
      copyFileSync(join(videos, 'cam0.mp4'), a);
      const b = what === 'the same path' ? a : join(folder, 'b.mp4');
      make(b);
      const { code, stderr } = await bounded(['verify', a, b]);
      expect(stderr).toMatch(/^genlock: [^\n]*a\.mp4[^\n]*(given twice|are one file)[^\n]*\n$/);
      expect(code).toBe(2);
    }),
  );
});

describe('reading', () => {
  it('a socket is refused', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'take.json');
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(file, resolve));
      await expect(readText(file)).rejects.toThrow('is a socket, not a file');
      await new Promise((resolve) => server.close(resolve));
    }));

  it('rows that no frame of the video has cost no memory', { timeout: KILL_MS }, () =>
    inFolder(async (folder) => {
      const rows = Array.from({ length: 100_000 }, (_, i) => `${i},repeated,missed\n`).join('');
      writeFileSync(join(folder, 'cam0.frames.csv'), `index,state,cause\n${rows.repeat(5)}`);
      const told = await readTold(folder, syntheticCamera(0), [0, 150]);
      expect(told.causes.size).toBe(150);
      expect(told.files).toEqual([[0, 149]]);
    }),
  );
});
