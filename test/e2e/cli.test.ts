import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { genlock, inFolder, twin } from '../support/genlock.ts';

/** Bad input: the command, and what its one line must name. */
const BAD: [string[], RegExp][] = [
  [['vid', '--nonsense'], /unknown option '--nonsense'/],
  [['record', '--cameras', '2', '--bitrate', '5'], /record has no --bitrate: it is an option of genlock vid/],
  [['record', '--nonsense'], /unknown option '--nonsense'/],
  [['record', '--fps', '60'], /record has no --fps: give --framerate 30/],
  [['record', '-d', '20'], /record has no -d: give -t 20s/],
  [['record', '--width', '1920x1080'], /--width 1920x1080: is one side only; give --width 1920 --height 1080/],
  [['record', '--camera', '/dev/video0'], /no such camera; .*, for this device v4l2:\/dev\/video0/],
  [['takes', 'rm'], /missing required argument 'take'/],
  [['takes', '/nowhere/at/all'], /\/nowhere\/at\/all: there is no such folder/],
  [['nonsense'], /unknown command 'nonsense'/],
  [['vid', 'stray'], /too many arguments/],
  [
    ['record', '\u2013cameras', '2'],
    /^genlock: \u2013cameras: begins with an en dash; write --cameras with two hyphens$/m,
  ],
  [['vid', '-t', '5m'], /-(t|-timeout) 5m: .*min, sec, s, ms, us or ns/],
  [['vid', '-t', 'soon'], /soon: not a time/],
  [['vid', '-t', '-3s'], /can't be negative/],
  [['record', '-t', '5m'], /min, sec, s, ms, us or ns/],
  [['vid', '--camera', '8'], /--camera 8: no such camera; there are 0 to 7/],
  [['vid', '--camera', 'nikon'], /--camera nikon: no such camera/],
  [['vid', '--camera', 'virtual:imx999'], /no sensor "imx999"; there are imx219, imx477/],
  [['vid', '--camera', 'virtual:imx708?mode=1x1'], /no mode "1x1"; it has 2304x1296, 1536x864, hdr/],
  [['vid', '--camera', 'virtual:imx219?colour=red'], /unknown part "colour"/],
  [['vid', '--camera', 'virtual:imx219?drop=2'], /drop must be a number from 0 to 0.9/],
  [['record', '--cameras', '0'], /--cameras 0: must be a whole number from 1/],
  [['record', '--cameras', '9'], /--cameras 9: must be a whole number from 1 to 8/],
  [['record', '--cameras', '2', '--camera', '0'], /give one or the other/],
  [['vid', '--framerate', '0', '--sync', 'server'], /--framerate 0: a variable frame rate can't be synchronised/],
  [['vid', '--framerate', 'fast'], /--framerate fast: not a frame rate/],
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
  [['vid', '--width', '641'], /--width 641: must be an even number/],
  [['vid', '--sync-controller', 'magic'], /--sync-controller magic: must be one of tracking, stock/],
  [['vid', '--sync-align', 'left'], /--sync-align left: must be one of start, middle, end/],
  [['vid', '--sync', 'maybe'], /--sync maybe: must be one of off, server, client/],
  [['vid', '--codec', 'vp9'], /--codec vp9: must be one of/],
  [['vid', '-o', '/nowhere/at/all.mp4'], /\/nowhere\/at\/all.mp4: can't be written: folder \/nowhere\/at does not/],
  [['vid', '-o', '/dev/null/x.mp4'], /\/dev\/null is not a folder/],
  [['record', '-o', '/dev/null/take'], /--output \/dev\/null\/take: /],
  [['vid', '--sync', 'server', '--sync-port', '0'], /--sync-port 0: must be a whole number from 1 to 65535/],
  [['vid', '--sync', 'server', '--sync-port', '70000'], /--sync-port 70000/],
  [['vid', '--sync', 'client', '--sync-group', '10.0.0.1'], /--sync-group 10.0.0.1: no IPv4 multicast address/],
  [['vid', '--sync', 'client', '--sync-interface', 'eth99'], /eth99/],
  [['vid', '--encoder', 'magic'], /--encoder magic: must be one of node-av, ffmpeg/],
  [['verify'], /missing required argument/],
  [['verify', '/nowhere.mp4', '/nowhere.mp4'], /\/nowhere.mp4: no such file/],
  [['verify', '--tolerance', '0', 'a', 'b'], /--tolerance 0/],
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

describe('help', () => {
  it.each([[[]], [['record']], [['vid']], [['verify']], [['cameras']]])(
    'genlock %j --help says how to use it',
    async (args) => {
      const { code, stdout } = await genlock([...(args as string[]), '--help']);
      expect(stdout).toMatch(/Usage: genlock/);
      expect(code).toBe(0);
    },
  );

  it('genlock cameras --json is JSON with eight numbered cameras', async () => {
    const { stdout, code } = await genlock(['cameras', '--json']);
    expect(JSON.parse(stdout).cameras).toHaveLength(8);
    expect(code).toBe(0);
  });
});
