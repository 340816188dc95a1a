import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { type ListedCamera, parseCameraList } from '../../src/rpicam/list-cameras.ts';
import { checkRate } from '../../src/run/stock/rate.ts';
import { genlock, inFolder } from '../support/genlock.ts';
import { standIn } from '../support/stand-in.ts';

const [camera] = parseCameraList(readFileSync('test/fixtures/rpicam/list-cameras/out', 'utf8')) as [ListedCamera];

describe('a rate for a stock camera', () => {
  it('that no mode has is refused, with the fastest one named', () => {
    for (const num of [250, 207]) {
      expect(() => checkRate(camera, { num, den: 1 })).toThrow(UsageError);
      expect(() => checkRate(camera, { num, den: 1 })).toThrow(
        `frameRate ${num}: camera 0 (imx219) has no mode that is so fast; it runs at most at 206.6 fps, in 640x480`,
      );
    }
  });

  it('that a mode has is taken, be it the last hundredth; and any where no mode is listed', () => {
    for (const rate of [
      { num: 20_665, den: 100 },
      { num: 30, den: 1 },
    ])
      expect(() => checkRate(camera, rate)).not.toThrow();
    expect(() => checkRate({ ...camera, modes: [] }, { num: 250, den: 1 })).not.toThrow();
  });

  it('is refused before anything is started or written', () =>
    inFolder(async (home) => {
      const { env } = standIn(home);
      const folder = `${home}/take`;
      const cameras = ['--camera', 'rpicam:0', 'virtual:imx219'];
      const { code, stderr } = await genlock(['record', ...cameras, '--framerate', '250', '-o', folder], env);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(/--framerate 250: camera 0 .*at most/),
      });
      expect((await genlock(['verify', folder])).stderr).toMatch(/no such file or folder/);
    }));
});
