import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isVirtual } from '../src/camera/backends.ts';
import type { CameraInfo } from '../src/camera/camera.ts';
import { cameraSpec, numberedCameras, openCamera } from '../src/camera/open.ts';
import { VirtualCamera } from '../src/camera/virtual/camera.ts';
import { NUMBERED, numberedSpec } from '../src/camera/virtual/spec.ts';
import { OptionError, UsageError } from '../src/errors.ts';
import { openClock } from '../src/host/clock.ts';
import {
  parseChoice,
  parseMaxRepeats,
  parseNumber,
  parseRate,
  parseSide,
  parseTime,
  parseWhole,
} from '../src/options/parse.ts';
import { readTake, type Take, writeTake } from '../src/record/take.ts';
import { checkHeadroom } from '../src/run/camera/headroom.ts';
import { slotsFor } from '../src/run/camera/slots.ts';
import { EARLIER, EarlierTake } from '../src/run/files/earlier-take.ts';
import { makeTakeFolder, takeName, unmakeTakeFolder } from '../src/run/files/folder.ts';
import { SYNC_DEFAULTS } from '../src/sync/controller.ts';
import { stock } from '../src/sync/controllers/stock.ts';
import { type FrameRate, formatFrameRate, framesPerSecond, parseFrameRate, periodUs } from '../src/time/frame-rate.ts';
import { inFolder } from './support/genlock.ts';
import { syntheticCamera, syntheticTake } from './support/take.ts';

describe('a time', () => {
  it.each([
    ['2min', 120e6],
    ['1.5min', 90e6],
    ['20sec', 20e6],
    ['20s', 20e6],
    ['.5s', 500_000],
    ['5.s', 5e6],
    ['+3s', 3e6],
    ['500ms', 500_000],
    ['0.25ms', 250],
    ['1500us', 1500],
    ['250ns', 0.25],
    [' 7s ', 7e6],
    ['0', 0],
    ['0s', 0],
    ['-0', 0],
  ])('%j is %d us', (text, us) => {
    expect(parseTime('-t', text, 'ms') === us).toBe(true);
  });

  it('without a suffix counts in the unit of its option', () => {
    expect(parseTime('-t', '5000', 'ms')).toBe(5e6);
    expect(parseTime('--shutter', '5000', 'us')).toBe(5000);
    expect(parseTime('--lock-timeout', '30', 's')).toBe(30e6);
  });

  it.each([
    '',
    ' ',
    's',
    'ms',
    '5m',
    '5 s',
    '5h',
    '1e3s',
    '1:30',
    '5,5s',
    '1.2.3s',
    '--5s',
    'soon',
    'NaN',
    'Infinity',
    '5S',
    '0x10',
  ])('%j is none: one line names the option, the text and the suffixes', (text) => {
    const read = () => parseTime('--timeout', text, 'ms');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(
      `--timeout ${text}: not a time; give a number with min, sec, s, ms, us or ns behind it, for example 20s`,
    );
  });

  it.each(['-3s', '-1', '-.5ms'])('%j is negative, which is said', (text) => {
    expect(() => parseTime('-t', text, 'ms')).toThrow(new UsageError(`-t ${text}: a time can't be negative`));
  });

  it.each(['5constructor', '5toString', '5__proto__', '5hasOwnProperty'])('%j is none either', (text) => {
    expect(() => parseTime('-t', text, 'ms')).toThrow(UsageError);
  });
});

describe('a whole number', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['010', 10],
    ['100', 100],
  ])('%j is %i', (text, value) => {
    expect(parseWhole('--cameras', text, 0, 100)).toBe(value);
  });

  it.each(['', ' ', '-1', '+1', '1.5', '1e2', '0x1', '101', 'many', '1 2', '99999999999999999999'])(
    '%j is none from 0 to 100',
    (text) => {
      expect(() => parseWhole('--cameras', text, 0, 100)).toThrow(
        new UsageError(`--cameras ${text}: must be a whole number from 0 to 100`),
      );
    },
  );

  it('has to be within its bounds, both included', () => {
    expect(parseWhole('-x', '5', 5, 6)).toBe(5);
    expect(parseWhole('-x', '6', 5, 6)).toBe(6);
    expect(() => parseWhole('-x', '4', 5, 6)).toThrow(UsageError);
    expect(() => parseWhole('-x', '7', 5, 6)).toThrow(UsageError);
  });
});

describe('a number', () => {
  it('may have a fraction and be at its bounds', () => {
    expect(parseNumber('--gain', '1.5', 0, 64)).toBe(1.5);
    expect(parseNumber('--gain', '64', 0, 64)).toBe(64);
    expect(parseNumber('--gain', '0', 0, 64)).toBe(0);
  });

  it.each(['', ' ', 'loud', '-1', '64.1', 'NaN', 'Infinity', '1,5'])('%j is none from 0 to 64', (text) => {
    expect(() => parseNumber('--gain', text, 0, 64)).toThrow(
      new UsageError(`--gain ${text}: must be a number from 0 to 64`),
    );
  });
});

describe('the side of a picture', () => {
  it('is even', () => {
    expect(parseSide('--width', '640')).toBe(640);
    expect(parseSide('--width', '0')).toBe(0);
    expect(() => parseSide('--width', '641')).toThrow(new UsageError('--width 641: must be an even number'));
    expect(() => parseSide('--width', '8194')).toThrow(UsageError);
  });
});

describe('a choice', () => {
  it('is one of the words', () => {
    expect(parseChoice('--sync', 'client', ['off', 'client'])).toBe('client');
    for (const text of ['', 'Client', 'constructor']) {
      expect(() => parseChoice('--sync', text, ['off', 'client'])).toThrow(
        new UsageError(`--sync ${text}: must be one of off, client`),
      );
    }
  });
});

describe('a frame rate', () => {
  it.each<[string, number, number]>([
    ['30', 30, 1],
    ['29.97', 30_000, 1001],
    ['23.976', 24_000, 1001],
    ['23.98', 24_000, 1001],
    ['59.94', 60_000, 1001],
    ['119.88', 120_000, 1001],
    ['30000/1001', 30_000, 1001],
    ['60/2', 30, 1],
    ['12.5', 25, 2],
    ['.5', 1, 2],
    ['30.', 30, 1],
    ['+25', 25, 1],
    ['29.98', 1499, 50],
    [' 25 ', 25, 1],
    ['1000', 1000, 1],
  ])('%j is %i/%i', (text, num, den) => {
    expect(parseFrameRate(text)).toEqual({ num, den });
    expect(parseRate('--framerate', text, true)).toEqual({ num, den });
  });

  it.each([
    '',
    'fast',
    '30fps',
    '30/0',
    '0/1',
    '0/0',
    '1/2/3',
    '1e3',
    '30,5',
    'NaN',
    'Infinity',
    '0x1e',
    '30000/',
    '/1001',
    '0.0000001',
  ])('%j is none', (text) => {
    expect(parseFrameRate(text)).toBeUndefined();
  });

  it('that is negative is none, and as an option the default of 30, as in rpicam-vid', () => {
    expect(parseFrameRate('-1')).toBeUndefined();
    expect(parseRate('--framerate', '-1', true)).toEqual({ num: 30, den: 1 });
    expect(parseRate('--framerate', '-1', false)).toEqual({ num: 30, den: 1 });
  });

  it('of 0 is a variable one in rpicam-vid, which nothing here has: what is said depends on sync', () => {
    for (const text of ['0', '0.0', '0/1']) expect(parseFrameRate(text)).toBeUndefined();
    expect(() => parseRate('--framerate', '0', true)).toThrow(
      new UsageError("--framerate 0: a variable frame rate can't be synchronised; give a rate such as 30"),
    );
    expect(() => parseRate('--framerate', '0', false)).toThrow(/no variable frame rate/);
  });

  it.each(['1001', '1000000/1', 'fast', '1e3'])('%j as an option is refused in one line with examples', (text) => {
    expect(() => parseRate('--framerate', text, false)).toThrow(
      new UsageError(`--framerate ${text}: not a frame rate up to 1000; give one such as 30, 29.97 or 30000/1001`),
    );
  });

  it.each(['-1x', '-3 o clock', '-25/1/1'])('%j as an option is refused', (text) => {
    expect(() => parseRate('--framerate', text, false)).toThrow(UsageError);
  });

  it('has a period and frames a second that are exact, and is written as people do', () => {
    const ntsc: FrameRate = { num: 30_000, den: 1001 };
    expect(periodUs(ntsc)).toBeCloseTo(33_366.6667, 3);
    expect(periodUs({ num: 25, den: 1 })).toBe(40_000);
    expect(framesPerSecond({ num: 25, den: 2 })).toBe(12.5);
    expect(formatFrameRate(ntsc)).toBe('29.97');
    expect(formatFrameRate({ num: 24_000, den: 1001 })).toBe('23.976');
    expect(formatFrameRate({ num: 30, den: 1 })).toBe('30');
  });
});

describe('the frames of a recording', () => {
  it.each<[number, FrameRate, number | undefined]>([
    [20e6, { num: 30, den: 1 }, 600],
    [20e6, { num: 30_000, den: 1001 }, 599],
    [3600e6, { num: 30_000, den: 1001 }, 107_892],
    [1e6, { num: 25, den: 2 }, 13],
    [500_000, { num: 30, den: 1 }, 15],
    [1, { num: 30, den: 1 }, 1],
    [0, { num: 30, den: 1 }, undefined],
    [-0, { num: 30, den: 1 }, undefined],
  ])('of %d us at %j are %j: time by rate, rounded, at least one, and without end for 0', (us, rate, frames) => {
    expect(slotsFor(us, rate)).toBe(frames);
  });
});

describe('the headroom of a client', () => {
  const clock = openClock({ error: '' });
  const info = (spec: string, fps: number): CameraInfo =>
    new VirtualCamera({ spec, name: 'x', width: 640, height: 480, frameRate: { num: fps, den: 1 } }, clock).info;

  it('is enough for 33 fps of an imx477 in its 40 fps mode and not for 34, as its users saw', () => {
    expect(() => checkHeadroom(info('virtual:imx477?mode=2028x1520', 33), SYNC_DEFAULTS, stock)).not.toThrow();
    const refused = () => checkHeadroom(info('virtual:imx477?mode=2028x1520', 34), SYNC_DEFAULTS, stock);
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(
      'frameRate 34: imx477 in mode 2028x1520 is too close to its fastest (40.0 fps): ' +
        'a client could not catch up; at most 33.3 fps with sync',
    );
  });

  it.each([
    ['imx219', 34, 35],
    ['imx477?mode=1332x990', 90, 110],
    ['imx708', 45, 50],
    ['imx296', 45, 55],
  ])('of an %s is enough at %i fps and not at %i', (model, enough, tooFast) => {
    expect(() => checkHeadroom(info(`virtual:${model}`, enough), SYNC_DEFAULTS, stock)).not.toThrow();
    expect(() => checkHeadroom(info(`virtual:${model}`, tooFast), SYNC_DEFAULTS, stock)).toThrow(UsageError);
  });

  it('that is said to be enough is enough', () => {
    for (const spec of ['virtual:imx477?mode=2028x1520', 'virtual:imx219', 'virtual:imx708', 'virtual:imx296']) {
      let said: number | undefined;
      for (let fps = 30; fps < 60 && said === undefined; fps++) {
        try {
          checkHeadroom(info(spec, fps), SYNC_DEFAULTS, stock);
        } catch (error) {
          said = Number(/at most ([\d.]+) fps/.exec((error as Error).message)?.[1]);
        }
      }
      const frameRate = parseFrameRate(String(said)) as FrameRate;
      const camera = new VirtualCamera({ spec, name: 'x', width: 640, height: 480, frameRate }, clock);
      expect(() => checkHeadroom(camera.info, SYNC_DEFAULTS, stock)).not.toThrow();
    }
  });

  it('grows with the messages before the recording: more of them let a faster rate catch up', () => {
    const fast = info('virtual:imx477?mode=2028x1520', 37);
    expect(() => checkHeadroom(fast, SYNC_DEFAULTS, stock)).toThrow(UsageError);
    expect(() => checkHeadroom(fast, { syncPeriod: 30, readyFrame: 300 }, stock)).not.toThrow();
    expect(() => checkHeadroom(info('virtual:imx219', 30), { syncPeriod: 1000, readyFrame: 1 }, stock)).toThrow(
      UsageError,
    );
  });

  it('does not matter to a camera that can not be steered', () => {
    const steering = { kind: 'timestamped', reason: 'a file' } as const;
    expect(() => checkHeadroom({ ...info('virtual:imx219', 41), steering }, SYNC_DEFAULTS, stock)).not.toThrow();
  });
});

describe('the spec of a camera', () => {
  it('is what a number stands for: a virtual imx219, the first two 35 ppm apart', () => {
    expect(cameraSpec('0')).toBe('virtual:imx219?ppm=15&seed=0');
    expect(cameraSpec('1')).toBe('virtual:imx219?ppm=-20&seed=1');
    expect(cameraSpec(String(NUMBERED - 1))).toBe(numberedSpec(NUMBERED - 1));
    expect(numberedCameras().map(({ number, spec }) => cameraSpec(String(number)) === spec)).toEqual(
      new Array(NUMBERED).fill(true),
    );
  });

  it.each(['8', '99', '100000000000000000000'])('%j is a number that no camera has', (text) => {
    expect(() => cameraSpec(text)).toThrow(
      new OptionError('camera', text, `no such camera; there are 0 to 7 (see genlock cameras)`),
    );
  });

  it.each([
    'virtual',
    'virtual:imx708',
    'virtual:imx708?mode=hdr',
    'virtual:imx477?mode=1332x990&ppm=-3.5&seed=9&drop=0.01',
    'virtual?ppm=3',
    'libav:film.mp4',
    'libav:rtsp://10.0.0.2/stream?x=1',
    'lavfi:testsrc2=size=640x480:rate=30',
    'v4l2:/dev/video0?width=640&height=480',
    'avfoundation:0',
    'dshow:video=Camera',
  ])('%j is one as it is', (text) => {
    expect(cameraSpec(text)).toBe(text);
    expect(isVirtual(text)).toBe(text.startsWith('virtual'));
  });

  it.each([
    ['', /camera : no such camera/],
    ['-1', /camera -1: no such camera; give a number from 0 to 7, virtual:MODEL/],
    ['1.5', /no such camera/],
    ['virtually', /camera virtually: no such camera/],
    ['Virtual:imx219', /no such camera/],
    ['/dev/video0', /no such camera.*v4l2:\/dev\/video0/],
    ['virtual:imx999', /no sensor "imx999"; there are imx219, imx477, imx708, ov9281, imx296/],
    ['virtual:imx219?mode=hdr', /imx219 has no mode "hdr"; it has 1640x1232/],
    ['virtual:imx219?ppm=', /ppm must be a number from -1000 to 1000, not ""/],
    ['virtual:imx219?seed=-1', /seed must be a number from 0/],
    ['virtual:imx219?drop=1', /drop must be a number from 0 to 0.9, not "1"/],
    ['virtual:imx219?speed=3', /unknown part "speed"; the form is virtual:MODEL\?mode=WxH/],
  ])('%j is refused with what is wrong and what would be right', (text, reason) => {
    expect(() => cameraSpec(text)).toThrow(UsageError);
    expect(() => cameraSpec(text)).toThrow(reason);
  });

  it('opens the camera that it names, in the mode that it names', async () => {
    const request = { name: 'x', width: 320, height: 240, frameRate: { num: 30, den: 1 } };
    const camera = await openCamera({ ...request, spec: 'virtual:imx708?mode=1536x864' }, openClock({ error: '' }));
    expect(camera.info).toMatchObject({ model: 'imx708', mode: '1536x864', width: 320, pixelClock: true });
    await camera.close();
  });
});

describe('the folder of a take', () => {
  /** Everything a take leaves, and things that only look like it. */
  const OURS = [
    'cam0.mp4',
    'cam0.frames.csv',
    'cam12.mp4',
    'cam1.mkv',
    'cam1-2.mov',
    'cam12.frames.csv',
    'take.json',
    'report.json',
    'offsets.csv',
    'report.html',
  ];
  const THEIRS = [
    'notes.txt',
    'cam0.mp4.bak',
    'mycam0.mp4',
    'camA.mp4',
    'cam0.csv',
    'take.json.old',
    'Report.json',
    '.hidden',
  ];
  const fill = (folder: string, names: readonly string[]) => {
    for (const name of names) writeFileSync(join(folder, name), name);
  };

  it('is made with all folders above it', () =>
    inFolder(async (folder) => {
      await makeTakeFolder(join(folder, 'a', 'b'), false);
      expect(readdirSync(join(folder, 'a', 'b'))).toEqual([]);
    }));

  it('may be there and empty', () =>
    inFolder(async (folder) => {
      await makeTakeFolder(folder, false);
      expect(existsSync(folder)).toBe(true);
    }));

  it('that is not empty is refused, by name, and nothing in it is touched', () =>
    inFolder(async (folder) => {
      fill(folder, OURS);
      await expect(makeTakeFolder(folder, false)).rejects.toThrow(
        new OptionError('output', folder, 'is not empty; give another folder, or {force} to replace the take in it'),
      );
      expect(readdirSync(folder).sort()).toEqual([...OURS].sort());
    }));

  it('with force sets the files of the take before it aside and nothing else', () =>
    inFolder(async (folder) => {
      fill(folder, [...OURS, ...THEIRS]);
      mkdirSync(join(folder, 'cam3'));
      fill(join(folder, 'cam3'), OURS);
      await makeTakeFolder(folder, true);
      expect(readdirSync(folder).sort()).toEqual([...THEIRS, 'cam3', EARLIER].sort());
      expect(readdirSync(join(folder, EARLIER)).sort()).toEqual([...OURS].sort());
      for (const name of THEIRS) expect(readFileSync(join(folder, name), 'utf8')).toBe(name);
      expect(readdirSync(join(folder, 'cam3'))).toHaveLength(OURS.length);
    }));

  it('with force sets the files of named cameras aside, by the description that tells the names', () =>
    inFolder(async (folder) => {
      const named = (name: string, i: number) =>
        syntheticCamera(i, { name, file: `${name}.mp4`, framesCsv: `${name}.frames.csv` });
      const cameras = ['left', 'right'].map(named);
      const files = cameras.flatMap(({ file, framesCsv }) => [file, framesCsv, `${file}.part`]);
      fill(folder, [...files, ...THEIRS, 'left.txt', 'leftover.mp4']);
      await writeTake(folder, syntheticTake(2, { cameras }));
      await makeTakeFolder(folder, true, undefined, ['left', 'top']);
      expect(readdirSync(folder).sort()).toEqual([...THEIRS, 'left.txt', 'leftover.mp4', EARLIER].sort());
      const earlier = await EarlierTake.find(folder);
      await earlier?.putBack();
      expect(readdirSync(folder).sort()).toEqual([...THEIRS, ...files, 'left.txt', 'leftover.mp4', 'take.json'].sort());
    }));

  it("with force is refused where a file that is of no take has the name of a camera's, and all is as it was", () =>
    inFolder(async (folder) => {
      const all = [...OURS, 'top.mp4'];
      fill(folder, all);
      await expect(makeTakeFolder(folder, true, undefined, ['left', 'top'])).rejects.toThrow(
        /top\.mp4 in it is of no take, and a camera's file is to be called so: move it away/,
      );
      expect(readdirSync(folder).sort()).toEqual(all.sort());
    }));

  it('that is a file, or lies below one, is named with what is wrong', () =>
    inFolder(async (folder) => {
      fill(folder, ['file']);
      await expect(makeTakeFolder(join(folder, 'file'), true)).rejects.toThrow(
        new OptionError('output', join(folder, 'file'), 'is not a folder'),
      );
      const below = makeTakeFolder(join(folder, 'file', 'take'), true);
      await expect(below).rejects.toThrow(UsageError);
      await expect(below).rejects.toThrow(/can't be written \(ENOTDIR\)/);
    }));

  it('is gone again after a take that never began, unless something else is in it', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      mkdirSync(take);
      fill(take, OURS);
      await unmakeTakeFolder(take);
      expect(existsSync(take)).toBe(false);
      mkdirSync(take);
      fill(take, [...OURS, ...THEIRS]);
      await unmakeTakeFolder(take);
      expect(readdirSync(take).sort()).toEqual([...THEIRS].sort());
    }));

  it('is named by the start in UTC, in a form that every file system takes', () => {
    expect(takeName(new Date('2026-03-04T05:06:07.891Z'))).toBe('2026-03-04T05-06-07Z');
    expect(takeName(new Date('2026-03-04T05:06:07.891Z'), 'jump-3')).toBe('2026-03-04T05-06-07Z-jump-3');
  });
});

describe('take.json', () => {
  const take: Take = {
    format: 'genlock take',
    version: 1,
    genlock: '0.1.0',
    commandLine: ['record', '-t', '5s'],
    state: 'complete',
    started: '2026-03-04T05:06:07.891Z',
    ended: '2026-03-04T05:06:17.000Z',
    frameRate: { num: 30_000, den: 1001 },
    frames: 150,
    width: 640,
    height: 480,
    sync: {
      controller: 'stock',
      group: '239.255.255.250',
      port: 10_000,
      interface: '127.0.0.1',
      periodFrames: 30,
      readyFrames: 100,
      minAdjustmentUs: 20,
    },
    cameras: [
      {
        name: 'cam0',
        sync: 'server',
        spec: 'virtual:imx219?ppm=15&seed=0',
        file: 'cam0.mp4',
        framesCsv: 'cam0.frames.csv',
        steered: true,
        lineUs: 18.90352,
        clock: {
          host: 'pi',
          source: 'clock_gettime',
          resolutionUs: 1,
          synchronised: true,
          boundUs: 350.5,
          injected: { offsetUs: 1500, ppm: -20, steps: [{ byUs: -1e6, afterUs: 5e6 }] },
        },
        firstIndex: 0,
        frames: 150,
        refused: { 'too short': 3, 'off the grid': 1 },
        warnings: ['a second server is sending'],
      },
      { name: 'cam1', sync: 'client', spec: 'x', file: 'cam1.mp4', framesCsv: 'cam1.frames.csv', error: 'it broke' },
    ],
  };
  const stored = (folder: string, text: string): Promise<Take> => {
    writeFileSync(join(folder, 'take.json'), text);
    return readTake(folder);
  };

  it('comes back as it was written, and leaves no other file', () =>
    inFolder(async (folder) => {
      await writeTake(folder, take);
      expect(await readTake(folder)).toEqual(take);
      expect(readdirSync(folder)).toEqual(['take.json']);
      await writeTake(folder, { ...take, state: 'failed' });
      expect((await readTake(folder)).state).toBe('failed');
    }));

  it('is not written with what it can not say', () =>
    inFolder(async (folder) => {
      await expect(writeTake(folder, { ...take, cameras: [] })).rejects.toThrow();
      expect(readdirSync(folder)).toEqual([]);
    }));

  it('may hold what a later version adds', () =>
    inFolder(async (folder) => {
      const more = { ...take, mood: 'good' };
      expect(await stored(folder, JSON.stringify(more))).toEqual(take);
    }));

  it('that is not there, or no JSON, is said in one line', () =>
    inFolder(async (folder) => {
      await expect(readTake(folder)).rejects.toThrow(new UsageError(`${folder}: no take: there is no take.json in it`));
      for (const text of ['', '{', 'take', '{"format": "genlock take",']) {
        await expect(stored(folder, text)).rejects.toThrow(new UsageError(`${join(folder, 'take.json')}: not JSON`));
      }
    }));

  const without = (key: keyof Take): unknown => ({ ...take, [key]: undefined });
  const camera = (change: object): unknown => ({
    ...take,
    cameras: [take.cameras[0], { ...take.cameras[1], ...change }],
  });
  it.each<[string, unknown]>([
    ['format', { ...take, format: 'other' }],
    ['version', { ...take, version: 2 }],
    ['state', { ...take, state: 'lost' }],
    ['started', { ...take, started: 'yesterday' }],
    ['frameRate', without('frameRate')],
    ['frameRate.num', { ...take, frameRate: { num: 0, den: 1 } }],
    ['frameRate.den', { ...take, frameRate: { num: 30, den: 1.5 } }],
    ['width', { ...take, width: '640' }],
    ['sync.port', { ...take, sync: { ...take.sync, port: null } }],
    ['cameras', { ...take, cameras: [] }],
    ['cameras', { ...take, cameras: 'two' }],
    ['cameras.1.file', camera({ file: 3 })],
    ['cameras.1.sync', camera({ sync: 'off' })],
    ['cameras.1.refused.too short', camera({ refused: { 'too short': 'many' } })],
    ['cameras.1.clock.resolutionUs', camera({ clock: { host: 'pi', source: 'x' } })],
  ])('with a wrong %s is refused in one line that names the file and the field', (field, value) =>
    inFolder(async (folder) => {
      const error = await stored(folder, JSON.stringify(value)).catch((reason: Error) => reason);
      expect(error).toBeInstanceOf(UsageError);
      const { message } = error as Error;
      expect(message.startsWith(`${join(folder, 'take.json')}: ${field}: `)).toBe(true);
      expect(message).not.toContain('\n');
    }),
  );

  it.each(['[]', '3', 'null'])('that is %s is refused in a line without a gap', (text) =>
    inFolder(async (folder) => {
      const error = await stored(folder, text).catch((reason: Error) => reason);
      expect((error as Error).message).not.toContain(': : ');
    }),
  );
});

it('a share of repeats is a percentage from 0 to 100, with or without its sign', () => {
  expect(['0', '5', '2.5', '100', '7 %', '7%'].map((text) => parseMaxRepeats('--max-repeats', text))).toEqual(
    [0, 0.05, 0.025, 1, 0.07, 0.07].map((share) => expect.closeTo(share, 12)),
  );
  for (const text of ['101', '-1', 'x', '', '1e9', 'NaN', '5%%', '100.1']) {
    expect(() => parseMaxRepeats('--max-repeats', text)).toThrow(
      new UsageError(`--max-repeats ${text}: must be a percentage from 0 to 100`),
    );
  }
});
