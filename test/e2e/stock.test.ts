import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  freshPort,
  genlock,
  inFolder,
  LENIENT,
  processesNaming,
  SMALL,
  SOON,
  sleep,
  start,
} from '../support/genlock.ts';
import { standIn } from '../support/stand-in.ts';
import { record, rowsOf } from '../support/stock-take.ts';

describe('a take of stock cameras', () => {
  it('follows a server of our own, beside a virtual client', () =>
    record('on', ['virtual:imx219?seed=9', 'rpicam:0', '1'], ['-t', '2s'], ({ code, stderr, folder, take, report }) => {
      expect(code, stderr).toBe(0);
      expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 60 });
      const conformed = take.cameras.map(({ stock }) => stock?.conformed);
      expect(conformed).toEqual([
        undefined,
        ...take.cameras.slice(1).map(({ repeated }) => (repeated === 0 ? 'copied' : 're-encoded')),
      ]);
      // What was recorded was only needed to make the take's file.
      expect(existsSync(join(folder, 'cam1.h264'))).toBe(false);
      expect(stderr).toMatch(/sync messages go out and are heard on lo/);
    }));

  it('leads a client of our own, and gives it its exposure', () =>
    record(
      'on',
      ['rpicam:0', 'virtual:imx219?seed=9&ppm=20'],
      ['-t', '2s', '--match-exposure'],
      ({ code, stderr, report, take, folder }) => {
        expect(code, stderr).toBe(0);
        expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 60 });
        expect(take.exposure?.matched).toBe(true);
        const exposures = ['cam0', 'cam1'].map((name) => rowsOf(folder, name)[10]?.split(',')[4]);
        expect(exposures).toEqual([1, 2].map(() => String(take.exposure?.exposureUs)));
        expect(readdirSync(folder).filter((name) => name.includes('exposure'))).toEqual([]);
      },
    ));

  it.each(['rpicam:0', 'virtual:imx219'])(
    'stopped while %s is measured for its exposure ends at once and leaves nothing',
    (spec) =>
      inFolder(async (home) => {
        const { env } = standIn(home);
        const folder = join(home, 'take');
        const options = [...SMALL, '--match-exposure', '--sync-port', freshPort(), '-o', folder, '--json'];
        const run = start(['record', '--camera', spec, 'rpicam:1', ...options], env);
        while (!existsSync(join(folder, 'cam0.exposure.json'))) await sleep(10);
        run.child.kill('SIGINT');
        const { code, stdout, stderr } = await run.ended;
        expect({ code, stderr }).toMatchObject({ code: 1 });
        expect(stderr).not.toMatch(/exposure of all cameras fixed/);
        expect(stderr).toMatch(/stopped before the cameras were started: nothing is recorded/);
        expect(JSON.parse(stdout)).toMatchObject({ good: false, interrupted: true, problems: [] });
        expect(existsSync(folder)).toBe(false);
        expect(processesNaming(folder)).toEqual([]);
      }),
  );

  it.each([
    ['second frame', 'stock', false],
    ['frame, as libcamera is configured for it', 'log', true],
  ])('at 50 fps, where sync runs on every %s, begins with a frame that both captured', (_, steer, configured) =>
    record('on', ['rpicam:0', 'rpicam:1'], ['-t', '1s', '--framerate', '50', '--steer', steer], (result) => {
      const { code, stderr, report, folder } = result;
      expect(code, stderr).toBe(0);
      expect(existsSync(join(folder, 'cam1.libcamera.yaml'))).toBe(configured);
      expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 50 });
      for (const name of ['cam0', 'cam1']) {
        expect(rowsOf(folder, name)[0]).toMatch(/^0,\d.*,captured,/);
      }
      expect(stderr).not.toMatch(/first frame|black/);
    }),
  );

  it.each([
    ['stock server', 'stock', ['rpicam:0', 'virtual:imx219?seed=9']],
    ['camera that runs free', 'auto', ['rpicam:0', 'virtual:imx219?seed=9']],
    ['server of ours', 'auto', ['virtual:imx219?seed=9', 'rpicam:0']],
  ])(
    'beside cameras of ours, behind a %s, begins with a frame that all captured, where sync runs on some frames only',
    (_, steer, cameras) =>
      record('on', cameras, ['-t', '1s', '--framerate', '50', '--steer', steer], ({ code, stderr, report, folder }) => {
        expect(code, stderr).toBe(0);
        expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 50 });
        for (const name of ['cam0', 'cam1']) expect(rowsOf(folder, name)[0]).toMatch(/^0,\d.*,captured,/);
        expect(stderr).not.toMatch(/first frame|black/);
      }),
  );

  it('goes into a folder whose name rpicam-vid would format', () =>
    inFolder(async (home) => {
      const { env } = standIn(home);
      const folder = join(home, '100%', 'take %d');
      const cameras = ['--camera', 'rpicam:0', 'rpicam:1', '--shutter', '4000', '--gain', '2'];
      const { code, stderr } = await genlock(
        ['record', ...SMALL, ...LENIENT, ...SOON, ...cameras, '-t', '1s', '--sync-port', freshPort(), '-o', folder],
        env,
      );
      expect(code, stderr).toBe(0);
      expect(readdirSync(home).sort()).toEqual(['100%', 'bin', 'ipa']);
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(['cam0.mp4', 'cam1.metadata.json', 'cam1.pts']));
    }));

  it('ends at one frame when it is interrupted', () =>
    inFolder(async (home) => {
      const { env } = standIn(home);
      const folder = join(home, 'take');
      const take = start(
        [
          'record',
          ...SMALL,
          ...LENIENT,
          ...SOON,
          '--camera',
          'virtual:imx219',
          '0',
          '-t',
          '0',
          '--sync-port',
          freshPort(),
          '-o',
          folder,
        ],
        env,
      );
      await take.says(/^recording: /m);
      take.child.kill('SIGINT');
      const { code, stdout, stderr } = await take.ended;
      expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringMatching(/LOCKED/) });
      const frames = ['cam0', 'cam1'].map((name) => rowsOf(folder, name).length);
      expect(frames[0]).toBe(frames[1]);
    }));
});
