import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCamera } from '../src/camera/open.ts';
import { readOptions } from '../src/cli/options/read.ts';
import { vidRun } from '../src/cli/options/run-options.ts';
import { inOrder } from '../src/errors.ts';
import { openClock } from '../src/host/clock.ts';
import { readLayout } from '../src/libav/mp4-boxes.ts';
import { CameraRun } from '../src/run/camera/camera-run.ts';
import { decoded } from './support/encoding.ts';
import { inFolder } from './support/genlock.ts';

describe('a camera that can not be closed', () => {
  it('leaves its files finished, and is told', () =>
    inFolder(async (folder) => {
      const [file, csv] = [join(folder, 'a.mp4'), join(folder, 'a.csv')];
      const size = ['--width', '320', '--height', '240'];
      const { options } = vidRun(
        readOptions(['-n', '--frames', '10', ...size, '-o', file, '--frames-csv', csv, '--codec', 'libav']),
      );
      const opens: typeof openCamera = async (request, clock) => {
        const camera = await openCamera(request, clock);
        const close = async (): Promise<void> => {
          await camera.close();
          throw new Error('the driver says no');
        };
        return new Proxy(camera, { get: (of, name) => (name === 'close' ? close : bound(of, name)) });
      };
      const run = new CameraRun(options, openClock(), { onSnapshot: () => {}, onLine: () => {} }, opens);
      await expect(run.run()).rejects.toThrow('cam0: the camera could not be closed: the driver says no');
      expect((await decoded(file)).frames).toHaveLength(10);
      expect(readFileSync(csv, 'utf8').trim().split('\n')).toHaveLength(11);
      // An index of all frames stands in a file that is closed.
      const handle = await open(file);
      expect((await readLayout(handle, (await handle.stat()).size)).kind).toBe('plain');
      await handle.close();
    }));
});

const bound = (of: object, name: string | symbol): unknown => {
  const value = Reflect.get(of, name);
  return typeof value === 'function' ? value.bind(of) : value;
};

describe('what is done in order', () => {
  it('is all done, and the first that went wrong is told', async () => {
    const done: number[] = [];
    const works = [1, 2, 3, 4].map((number) => async () => {
      done.push(number);
      if (number % 2 === 0) throw new Error(`${number}`);
    });
    await expect(inOrder(...works)).rejects.toThrow('2');
    expect(done).toEqual([1, 2, 3, 4]);
  });
});
