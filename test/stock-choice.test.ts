import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cameraSpec, openCamera } from '../src/camera/open.ts';
import { findStockProgram, firstLine, listStockCameras, stockVersionText } from '../src/camera/rpicam/program.ts';
import { UsageError } from '../src/errors.ts';
import { openClock } from '../src/host/clock.ts';
import { chooseCameras } from '../src/run/plan/choice.ts';
import { inFolder } from './support/genlock.ts';
import { inProcess } from './support/in-process.ts';

const FIXTURES = resolve('test/fixtures/rpicam');
const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

/** A program of this name that prints a file of the fixtures; alone on PATH. */
function install(folder: string, name: string, script: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
  process.env.PATH = `${bin}:${path}`;
  return join(bin, name);
}

const LISTS = `cat ${FIXTURES}/list-cameras/out`;

describe('the cameras of a take', () => {
  it("are listed with a number each that is no other camera's", () =>
    inFolder(async (folder) => {
      install(folder, 'rpicam-vid', LISTS);
      const { stdout } = await inProcess(['cameras']);
      expect(stdout.match(/^ {2}\d+(?= {2})/gm)).toEqual(['  0', '  1']);
      expect(stdout).toContain('virtual:imx219?ppm=15&seed=0');
    }));

  it("are the machine's own where rpicam-vid finds any: all of them, so many, or by number", () =>
    inFolder(async (folder) => {
      install(folder, 'rpicam-vid', LISTS);
      expect(await chooseCameras(undefined)).toEqual([
        { name: 'cam0', spec: 'rpicam:0' },
        { name: 'cam1', spec: 'rpicam:1' },
      ]);
      expect(await chooseCameras(1)).toEqual([{ name: 'cam0', spec: 'rpicam:0' }]);
      expect(await chooseCameras(['1', 'virtual:imx708', '0'])).toEqual([
        { name: 'cam0', spec: 'rpicam:1' },
        { name: 'cam1', spec: 'virtual:imx708' },
        { name: 'cam2', spec: 'rpicam:0' },
      ]);
      expect(await chooseCameras(['1', '0'])).toEqual([
        { name: 'cam1', spec: 'rpicam:1' },
        { name: 'cam0', spec: 'rpicam:0' },
      ]);
      expect(
        await chooseCameras(['left=rpicam:1', 'right=0', { name: 'top', camera: 'virtual:imx219?ppm=3', gain: 2 }]),
      ).toEqual([
        { name: 'left', spec: 'rpicam:1' },
        { name: 'right', spec: 'rpicam:0' },
        { name: 'top', spec: 'virtual:imx219?ppm=3', own: { gain: 2 } },
      ]);
      await expect(chooseCameras(['left=2'])).rejects.toThrow(/cameras\[0\] 2: no such camera; rpicam-vid finds 0, 1/);
      await expect(chooseCameras(['2'])).rejects.toThrow(/cameras\[0\] 2: no such camera; rpicam-vid finds 0, 1/);
      await expect(chooseCameras(3)).rejects.toThrow(
        'cameras 3: must be a whole number from 1 to 2, as many as rpicam-vid finds',
      );
    }));

  it.each([
    ['finds none', `cat ${FIXTURES}/list-cameras-none/out`, /rpicam-vid finds no camera; see to that/],
    ['fails', 'echo nonsense; echo "ERROR: *** no cameras available ***" >&2; exit 255', /no cameras available/],
    ['fails without a word', 'exit 3', /rpicam-vid can't list its cameras: /],
    ['does not answer', 'exec sleep 60', /rpicam-vid can't list its cameras: no answer within 5 s/],
  ])(
    'are never virtual ones in their place where rpicam-vid %s: that is an error with its own words',
    (_, script, words) =>
      inFolder(async (folder) => {
        install(folder, 'rpicam-vid', script);
        const asked = [undefined, 2, ['0', 'virtual:imx219']].map((given) => chooseCameras(given));
        // All of them wait at once where it does not answer.
        await Promise.allSettled(asked);
        for (const refused of asked) {
          await expect(refused).rejects.toThrow(UsageError);
          await expect(refused).rejects.toThrow(words);
          await expect(refused).rejects.toThrow(/or name virtual ones by their specs: virtual:imx219 virtual:imx708$/);
        }
        expect(await chooseCameras(['virtual:imx219'])).toEqual([{ name: 'cam0', spec: 'virtual:imx219' }]);
      }),
  );

  it('are not looked for where none is named by a number', () =>
    inFolder(async (folder) => {
      install(folder, 'rpicam-vid', `touch ${folder}/asked; ${LISTS}`);
      await chooseCameras(['virtual:imx219', 'rpicam']);
      await expect(listStockCameras(`${folder}/asked`)).resolves.toMatchObject({ cameras: [], failed: /./ });
    }));

  it('can be stock ones by their spec; rpicam is the first', () => {
    expect(['rpicam', 'rpicam:0', 'rpicam:3'].map((spec) => cameraSpec(spec))).toEqual([
      'rpicam:0',
      'rpicam:0',
      'rpicam:3',
    ]);
    expect(() => cameraSpec('rpicam:x')).toThrow(UsageError);
  });

  it('that are stock are not opened by genlock itself', async () => {
    const request = { spec: 'rpicam:1', name: 'cam0', width: 640, height: 480, frameRate: { num: 30, den: 1 } };
    await expect(openCamera(request, openClock({ error: undefined }))).rejects.toThrow(
      /camera rpicam:1: .*genlock record.* rpicam:1/,
    );
  });
});

describe('the program that runs stock cameras', () => {
  it('is rpicam-vid, else libcamera-vid, on PATH, or the one that is given', () =>
    inFolder(async (folder) => {
      const old = install(folder, 'libcamera-vid', LISTS);
      expect(await findStockProgram()).toBe(old);
      const program = install(folder, 'rpicam-vid', LISTS);
      expect(await findStockProgram()).toBe(program);
      expect(await findStockProgram('libcamera-vid')).toBe(old);
      expect(await findStockProgram(old)).toBe(old);
      await expect(findStockProgram('/no/such')).rejects.toThrow('rpicamVid /no/such: no program that can be run');
    }));

  it('tells its version in the first line, or not at all', () =>
    inFolder(async (folder) => {
      const program = install(folder, 'rpicam-vid', 'echo "rpicam-apps build: v1.12"; echo "libcamera build: v0.7.1"');
      expect(firstLine(await stockVersionText(program))).toBe('rpicam-apps build: v1.12');
      expect(firstLine(await stockVersionText(install(folder, 'rpicam-vid', 'exit 255')))).toBeUndefined();
    }));
});
