import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder } from './support/genlock.ts';
import { inProcess } from './support/in-process.ts';

/** Runs a command of the sources with this folder as the current one. */
async function within(folder: string, ...args: string[]) {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await inProcess(args);
  } finally {
    process.chdir(before);
  }
}

const RIG = `{
  // the bench
  "cameras": [{ "name": "left", "camera": 0, "gain": 2 }, { "name": "right", "camera": 1 }],
  "size": "720p",
  "exposureUs": 4000,
  "restart": true,
  "output": "shots"
}`;

const withRig = (work: (folder: string) => Promise<void>, text = RIG): Promise<void> =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'genlock.json'), text);
    await work(folder);
  });

describe('record --print', () => {
  it('says what would be recorded by the rig of the current folder, and that there is one', () =>
    withRig(async (folder) => {
      const { code, stdout, stderr } = await within(folder, 'record', '--print', '-t', '2s');
      expect(stderr).toBe('rig: genlock.json, 2 cameras\n');
      expect(stdout).toMatch(/^left +server +virtual:imx219\S+ +virtual +imx219 +1640x1232 +4000 us, gain 2$/m);
      expect(stdout).toMatch(/^right +client +virtual:imx219\S+ +virtual +imx219 +1640x1232 +4000 us$/m);
      expect(stdout).toMatch(/^video +1280x720 at 30 fps, 60 frames \(2\.0 s\), h264$/m);
      expect(stdout).toMatch(/^also +--restart$/m);
      expect(stdout).toMatch(/^folder +shots\/\S+Z$/m);
      expect(code).toBe(0);
    }));

  it('is JSON with --json: cameras, folder, and all options with their defaults', () =>
    withRig(
      async (folder) => {
        const args = ['--print', '--json', '--camera', 'right=2', '--no-restart', '--framerate', '29.97', '-o', 'one'];
        const { stdout } = await within(folder, 'record', ...args);
        expect(JSON.parse(stdout)).toMatchObject({
          ...{ rig: 'genlock.json', folder: 'one', frames: 599, codec: 'h264' },
          cameras: [{ name: 'right', spec: 'virtual:imx219?ppm=8&seed=2', backend: 'virtual', exposureUs: 4000 }],
          options: { frameRate: '30000/1001', width: 1280, height: 720, restart: false, preset: 'fast' },
        });
      },
      RIG.replace('"restart"', '"preset": "fast", "restart"'),
    ));

  it('takes no notice of the rig with --no-rig, and another one by --rig', () =>
    withRig(async (folder) => {
      const without = await within(folder, 'record', '--print', '--no-rig');
      expect(without.stderr).toBe('');
      expect(without.stdout).toMatch(/^video +640x480 at 30 fps, 600 frames/m);
      writeFileSync(join(folder, 'other.json'), '{ "seconds": 1 }');
      const other = await within(folder, 'record', '--print', '--rig', 'other.json');
      expect(other.stderr).toBe('rig: other.json\n');
      expect(other.stdout).toMatch(/30 frames \(1\.0 s\)/);
    }));

  it('warns of what a take would be warned of', () =>
    withRig(async (folder) => {
      const { code, stdout, stderr } = await within(folder, 'record', '--print', '--no-rig', '-t', '20');
      expect(stderr).toBe('warning: -t 20 is 20 ms, one frame; -t 20s?\n');
      expect(stdout).toMatch(/^video .* 1 frame \(0\.033 s\), h264$/m);
      expect(code).toBe(0);
    }));

  it.each([
    [RIG, ['--framerate', '500'], /^genlock: left: --framerate 500: imx219 in mode .* runs at most at/m],
    [`{ "seconds": 1,\n"frameRate": 500 }`, [], /^genlock: genlock\.json:2: cam0: frameRate 500: imx219 in mode/m],
    [`{ "cameras": [0,\n"nikon"] }`, [], /^genlock: genlock\.json:2: cameras\[1\] nikon: no such camera/m],
    [`{ "cameras": [0,\n{ "name": "cam0", "camera": 1 }] }`, ['--camera', 'a=0', 'a=1'], /^genlock: --camera a: two/m],
    [`{ "preset": "fast",\n"gain": 99 }`, [], /^genlock: genlock\.json:2: gain 99: must be a number from 0 to 64$/m],
    ['{}', ['--rig', 'none.json'], /^genlock: none\.json: there is no such rig file$/m],
    ['{}', ['-o', '.'], /^genlock: --output \.: is not empty; give another folder, or --force/m],
  ])('refuses %j with %j in one line, with exit code 2', (text, args, line) =>
    withRig(async (folder) => {
      const { code, stdout, stderr } = await within(folder, 'record', '--print', ...args);
      expect(stderr).toMatch(line);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    }, text),
  );
});

describe('genlock rig', () => {
  it('saves what a command line says, once, and shows what would be recorded with it', () =>
    inFolder(async (folder) => {
      const args = [
        'rig',
        'save',
        '--camera',
        'left=0',
        'right=1',
        '--size',
        '1080p',
        '--shutter',
        '4ms',
        '-o',
        'shots',
      ];
      const saved = await within(folder, ...args, '--sync-port', '10001');
      expect(saved).toMatchObject({ code: undefined, stdout: 'rig: genlock.json\n', stderr: '' });
      expect(JSON.parse(readFileSync(join(folder, 'genlock.json'), 'utf8'))).toEqual({
        $schema: 'urn:genlock:rig:1',
        cameras: [
          { name: 'left', camera: 0 },
          { name: 'right', camera: 1 },
        ],
        ...{ width: 1920, height: 1080, output: 'shots', exposureUs: 4000, port: 10_001 },
      });
      const again = await within(folder, 'rig', 'save', '--gain', '2');
      expect(again).toMatchObject({
        code: 2,
        stderr: 'genlock: genlock.json: is there already; give another name, or --force to replace it\n',
      });
      const shown = await within(folder, 'rig', 'show', '--json');
      expect(JSON.parse(shown.stdout)).toMatchObject({ rig: 'genlock.json', options: { port: 10_001, width: 1920 } });
      expect((await within(folder, 'rig', 'save', '--force', '--gain', '2')).code).toBeUndefined();
      expect(JSON.parse(readFileSync(join(folder, 'genlock.json'), 'utf8'))).toMatchObject({ gain: 2 });
    }));

  it.each([
    [['rig', 'show'], /^genlock: genlock\.json: there is no such rig file$/m],
    [['rig', 'save', '--camera', 'a=0', 'A=1'], /^genlock: --camera A: two cameras have this name/m],
    [['rig', 'save', '--gain', '99'], /^genlock: --gain 99: must be a number from 0 to 64$/m],
    [['rig', 'save', 'no/genlock.json'], /^genlock: no\/genlock\.json: can't be written: /m],
  ])('%j is refused in one line, with exit code 2', (args, line) =>
    inFolder(async (folder) => {
      const { code, stderr } = await within(folder, ...args);
      expect(stderr).toMatch(line);
      expect(stderr).toMatch(/^genlock: [^\n]*\n$/);
      expect(code).toBe(2);
    }),
  );
});
