import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../src/errors.ts';
import { type Notice, type TakeListeners, type TakeProgress, takeEvents } from '../src/node/events.ts';
import { cameras, type RecordCameraOptions, recordCamera } from '../src/node.ts';
import { inFolder } from './support/genlock.ts';

/** What is heard of a take's events, by listener. */
function heard(frames?: number) {
  const told: { notices: Notice[]; warnings: Notice[]; progress: TakeProgress[] } = {
    notices: [],
    warnings: [],
    progress: [],
  };
  const listeners: TakeListeners = {
    onNotice: (notice) => told.notices.push(notice),
    onWarning: (warning) => told.warnings.push(warning),
    onProgress: (progress) => told.progress.push(progress),
  };
  return { told, events: takeEvents(listeners, frames, ['cam0', 'cam1', 'left']) };
}

describe("a take's events", () => {
  it.each([
    ['warning: the disk is nearly full', { camera: undefined, text: 'the disk is nearly full' }],
    ['warning: cam1: was killed; the others go on', { camera: 'cam1', text: 'was killed; the others go on' }],
    ['cam0: warning: 3 frames dropped', { camera: 'cam0', text: '3 frames dropped' }],
    ['warning: left: was killed', { camera: 'left', text: 'was killed' }],
    ['warning: rpicam-vid: no such option', { camera: undefined, text: 'rpicam-vid: no such option' }],
  ])('%s is a warning, and of that camera', (line, warning) => {
    const { told, events } = heard();
    events.onNote?.(line);
    expect(told).toMatchObject({ warnings: [warning], notices: [] });
  });

  it('are no warning for a word in them', () => {
    const { told, events } = heard();
    events.onNote?.('disk: 3 GB free; a warning: none');
    expect(told).toMatchObject({
      warnings: [],
      notices: [{ camera: undefined, text: 'disk: 3 GB free; a warning: none' }],
    });
  });

  it('tell what cameras say with their names', () => {
    const { told, events } = heard();
    events.onLine?.('cam1', { level: 'warning', text: 'the server is silent' });
    events.onLine?.('cam0', { level: 'news', text: 'saved' });
    expect(told.warnings).toEqual([{ camera: 'cam1', text: 'the server is silent' }]);
    expect(told.notices).toEqual([{ camera: 'cam0', text: 'saved' }]);
  });

  it('tell how far each work is, of as many frames as are known', () => {
    const { told, events } = heard(150);
    events.onConformProgress?.('cam0.h264', 10);
    events.onFinishProgress?.('cam1.mp4', 20, 140);
    events.onVerifyProgress?.('cam0.mp4', 30);
    events.onPicture?.('cam0.mp4', 1, 6);
    expect(told.progress).toEqual([
      { work: 'conforming', file: 'cam0.h264', done: 10, of: 150 },
      { work: 'finishing', file: 'cam1.mp4', done: 20, of: 140 },
      { work: 'proving', file: 'cam0.mp4', done: 30, of: 150 },
      { work: 'picturing', file: 'cam0.mp4', done: 1, of: 6 },
    ]);
  });
});

/** A program in place of rpicam-vid that lists what `script` prints. */
function program(folder: string, script: string): string {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const file = join(folder, 'bin', 'rpicam-vid');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const LIST = `cat <<'END'
Available cameras
-----------------
0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]

1 : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@0/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]

END`;

describe.skipIf(process.platform === 'win32')('cameras()', () => {
  it("lists the machine's own where its program finds some", () =>
    inFolder(async (folder) => {
      expect(await cameras({ rpicamVid: program(folder, LIST) })).toEqual({
        cameras: [
          { number: 0, spec: 'rpicam:0', model: 'imx708', virtual: false },
          { number: 1, spec: 'rpicam:1', model: 'imx219', virtual: false },
        ],
        reason: undefined,
      });
    }));

  it('lists none, and says why, where its program fails: virtual ones never stand in for real ones', () =>
    inFolder(async (folder) => {
      const { cameras: found, reason } = await cameras({ rpicamVid: program(folder, 'echo boom >&2; exit 3') });
      expect(found).toEqual([]);
      expect(reason).toMatch(/can't list its cameras: boom/);
    }));

  it('lists two virtual ones on a machine that can have none', () =>
    inFolder(async (folder) => {
      const { PATH } = process.env;
      process.env.PATH = folder;
      try {
        const { cameras: found, reason } = await cameras();
        expect(found.map(({ number, model, virtual }) => [number, model, virtual])).toEqual([
          [0, 'imx219', true],
          [1, 'imx219', true],
        ]);
        expect(reason).toBeUndefined();
      } finally {
        process.env.PATH = PATH;
      }
    }));

  it('throws where the program that is named can not be run', async () => {
    await expect(cameras({ rpicamVid: '/no/such' })).rejects.toMatchObject({ option: 'rpicamVid', value: '/no/such' });
  });
});

describe('recordCamera()', () => {
  it.each<[Record<string, unknown>, string, RegExp]>([
    [{ restart: true }, 'restart', /is no option; there are camera, backends, .*, minAdjustmentUs/],
    [{ output: 'x' }, 'output', /is no option/],
    [{ sync: 'master' }, 'sync', /must be one of off, server, client/],
    [{ seconds: -1 }, 'seconds', /must be seconds from 0/],
    [{ camera: 'nowhere:1' }, 'camera', /no such camera; give a number from 0 to 7/],
    [{ controller: 'magic' }, 'controller', /must be one of tracking, stock/],
    [{ encoder: 'magic' }, 'encoder', /must be one of node-av, ffmpeg/],
  ])('refuses %j before a camera is opened', async (options, option, words) => {
    const refused = recordCamera(options as RecordCameraOptions);
    await expect(refused).rejects.toBeInstanceOf(OptionError);
    await expect(refused).rejects.toMatchObject({ option, message: expect.stringMatching(words) });
  });

  it('ends at once where its signal is aborted already, and leaves no file', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.mp4');
      const result = await recordCamera({ file, seconds: 0, signal: AbortSignal.abort() });
      expect(result).toMatchObject({ frames: 0, files: [], interrupted: true });
    }));

  it('tells its state, and ends with the last frame when its signal is aborted', async () => {
    const ending = new AbortController();
    const states: string[] = [];
    const { frames, interrupted } = await recordCamera({
      seconds: 0,
      signal: ending.signal,
      onState: ({ state, frames }) => {
        states.push(state);
        if (frames >= 3) ending.abort();
      },
    });
    expect(frames).toBeGreaterThanOrEqual(3);
    expect(interrupted).toBe(true);
    expect(states).toContain('recording');
  });
});
