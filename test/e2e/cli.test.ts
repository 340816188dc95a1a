import { cpSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { genlock, inFolder, start, twin } from '../support/genlock.ts';

/** Bad input that is refused once a camera is being opened: the command, and what its one line must name. */
const BAD: [string[], RegExp][] = [
  [
    ['vid', '--framerate', '300', '--sync', 'server'],
    /--framerate 300: imx219 in mode 640x480 runs at most at 206.6 fps/,
  ],
  [['vid', '--framerate', '41.8', '--sync', 'client'], /--framerate 41.8: .*has no room to follow a server/],
  [
    ['vid', '--framerate', '41', '--sync', 'client', '--sync-controller', 'stock'],
    /--framerate 41: .*could not catch up; at most 34.8 fps with sync/,
  ],
  [['vid', '--shutter', '1s'], /--shutter 1000000: .*exposes for at most/],
  [['vid', '-o', '/nowhere/at/all.mp4'], /\/nowhere\/at\/all.mp4: can't be written: folder \/nowhere\/at does not/],
  [['vid', '-o', '/dev/null/x.mp4'], /\/dev\/null is not a folder/],
  [['record', '-o', '/dev/null/take'], /--output \/dev\/null\/take: /],
  [['vid', '--sync', 'client', '--sync-group', '10.0.0.1'], /--sync-group 10.0.0.1: no IPv4 multicast address/],
];

describe('bad input', () => {
  it.each(BAD)('%j is one clear line and exit code 2', async (args, line) => {
    const { code, stdout, stderr } = await genlock(args);
    expect(stderr).toMatch(line);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((text) => text.startsWith('genlock: ')),
    ).toHaveLength(1);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('a folder that is not empty is refused, and nothing in it is touched, unless --force is given', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'precious.txt'), 'x');
      const { code, stderr } = await genlock(['record', '-t', '1s', '-o', folder]);
      expect(stderr).toMatch(/is not empty; give another folder, or --force/);
      expect(code).toBe(2);
    }));

  it('files that are no videos are named by verify with what is wrong', () =>
    inFolder(async (folder) => {
      const empty = join(folder, 'empty.mp4');
      writeFileSync(empty, '');
      const text = join(folder, 'text.mp4');
      writeFileSync(text, 'no video at all, just some text that goes on for a while\n'.repeat(50));
      mkdirSync(join(folder, 'sub'));
      const named = async (files: string[], reason: RegExp): Promise<void> => {
        const { code, stderr, stdout } = await genlock(['verify', ...files]);
        expect(stderr).toMatch(reason);
        expect(stdout).toBe('');
        expect(code).toBe(2);
      };
      await named([empty, twin(empty)], /empty.mp4: is empty/);
      await named([text, twin(text)], /text.mp4: /);
      await named([empty], /verify compares/);
      await named([join(folder, 'sub')], /sub: no take: there is no take.json/);
    }));

  it('a video without a pixel clock, and one that is cut short, are unusable and named', () =>
    inFolder(async (folder) => {
      const plain = join(folder, 'plain.mp4');
      const made = await genlock(['vid', '--camera', 'lavfi:testsrc2=size=320x240:rate=30', '-t', '1s', '-o', plain]);
      expect(made.stderr).toMatch(/30 frames/);
      const { code, stderr } = await genlock(['verify', plain, twin(plain)]);
      expect(stderr).toMatch(/plain.mp4: no pixel clock in view/);
      expect(code).toBe(2);
      truncateSync(plain, 2000);
      const cut = await genlock(['verify', plain, twin(plain)]);
      expect(cut.stderr).toMatch(/plain.mp4: /);
      expect(cut.code).toBe(2);
    }));
});

describe('a program whose packages are missing', () => {
  it('says so in a line and ends', () =>
    inFolder(async (folder) => {
      cpSync('dist', join(folder, 'dist'), { recursive: true });
      cpSync('package.json', join(folder, 'package.json'));
      const { code, stderr } = await start(['--help'], {}, [process.execPath, join(folder, 'dist/cli.js')]).ended;
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^genlock: .*'commander'.*\n$/),
      });
    }));
});
