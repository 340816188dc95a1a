import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPORT_FORMATS } from '../src/export/formats.ts';
import { exportTake } from '../src/run/export/export.ts';
import { makeTake, START_US } from './support/export-take.ts';
import { inFolder } from './support/genlock.ts';
import { inProcess } from './support/in-process.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-export-'));
const take = join(home, 'jump');

beforeAll(async () => {
  mkdirSync(take);
  await makeTake(take, [[{ frames: 20 }], [{ frames: 20, repeats: { 5: 'missed', 6: 'missed', 12: 'lost' } }]]);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** All files below a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();

describe('genlock export', () => {
  it('makes the folders and names that each program wants', async () => {
    const made: Record<string, string[]> = {};
    for (const { name } of EXPORT_FORMATS) {
      const output = join(home, 'all', name);
      await exportTake(take, { for: name, output });
      made[name] = filesIn(output);
    }
    expect(made).toEqual({
      caliscope: [
        'README.txt',
        ...['cam_0.mp4', 'cam_1.mp4', 'timestamps.csv'].map((each) => `recordings/jump/${each}`),
      ],
      freemocap: [
        'README.txt',
        ...['000', '001'].map((n) => `recording_sessions/jump/synchronized_videos/Camera_${n}_synchronized.mp4`),
      ],
      anipose: ['README.txt', 'config.toml', 'jump/videos-raw/jump-cam0.mp4', 'jump/videos-raw/jump-cam1.mp4'],
      deeplabcut: ['README.txt', 'cam0-cam1/jump-camera-1.mp4', 'cam0-cam1/jump-camera-2.mp4'],
      pose2sim: ['README.txt', 'jump/Config.toml', 'jump/videos/cam00.mp4', 'jump/videos/cam01.mp4'],
      mcap: ['README.txt', 'jump.mcap'],
      nwb: [
        ...['README.txt', 'make_nwb.py', 'session.json', 'times/cam0.csv', 'times/cam1.csv'],
        ...['videos/cam0.mp4', 'videos/cam1.mp4'],
      ],
      otio: ['README.txt', 'jump.fcpxml', 'jump.otio', 'videos/cam0.mp4', 'videos/cam1.mp4'],
      csv: ['README.txt', 'jump.csv'],
    });
  });

  it('tells in README.txt which frames have no picture of their own, and what to do next', async () => {
    const { folder, next } = await exportTake(take, { for: 'freemocap', output: join(home, 'told') });
    const text = readFileSync(join(folder, 'README.txt'), 'utf8');
    expect(text).toContain('  cam0: none\n');
    expect(text).toContain('  cam1: frames 5 to 6: the camera delivered none\n');
    expect(text).toContain('  cam1: frame 12: a process died\n');
    for (const line of next) expect(text).toContain(line);
  });

  it('links videos where it can, copies where it is told to, and leaves the take as it is', async () => {
    const own = statSync(join(take, 'cam0.mp4'));
    const before = filesIn(take);
    const linked = await exportTake(take, { for: 'nwb', link: true, output: join(home, 'linked') });
    expect(statSync(join(linked.folder, 'videos/cam0.mp4')).ino).toBe(own.ino);
    const copied = await exportTake(take, { for: 'nwb', copy: true, output: join(home, 'copied') });
    const copy = statSync(join(copied.folder, 'videos/cam0.mp4'));
    expect(copy.ino).not.toBe(own.ino);
    expect(readFileSync(join(copied.folder, 'videos/cam0.mp4'))).toEqual(readFileSync(join(take, 'cam0.mp4')));
    expect(filesIn(take)).toEqual(before);
  });

  const otherDisk = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(home).dev;
  it.skipIf(!otherDisk)('copies to another file system, and refuses where links are asked for', async () => {
    const there = mkdtempSync('/dev/shm/genlock-export-');
    try {
      const { files } = await exportTake(take, { for: 'nwb', output: join(there, 'copied') });
      expect(files.filter(({ how }) => how === 'copied')).toHaveLength(2);
      const refused = await inProcess(['export', take, '--for', 'nwb', '--link', '-o', join(there, 'linked')]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/^genlock: --link: .*linked is on another file system than the take; .*--copy\n$/);
      expect(readdirSync(there)).toEqual(['copied']);
    } finally {
      rmSync(there, { recursive: true, force: true });
    }
  });

  it('puts the pictures of Matroska into MP4 as they are', () =>
    inFolder(async (folder) => {
      const matroska = join(folder, 'mkv');
      mkdirSync(matroska);
      await makeTake(matroska, [[{ frames: 12 }], [{ frames: 12 }]], { ending: 'mkv' });
      const { files, folder: made } = await exportTake(matroska, { for: 'freemocap' });
      expect(made).toBe(`${matroska}-freemocap`);
      expect(files.filter(({ how }) => how === 'remuxed')).toHaveLength(2);
    }));

  it('says what it made, and as JSON the same for programs', async () => {
    const output = join(home, 'said');
    const said = await inProcess(['export', take, '--for', 'caliscope', '-o', output]);
    expect(said).toMatchObject({ code: undefined, stderr: '' });
    expect(said.stdout).toMatch(
      new RegExp(`^${output}: 2 videos linked, 2 files written\n\nMove what is in recordings/`),
    );
    const json = await inProcess(['export', take, '--for', 'csv', '--json', '-o', `${output}-json`]);
    expect(JSON.parse(json.stdout)).toMatchObject({ format: 'csv', folder: `${output}-json` });
  });

  it('leaves nothing behind where it is ended', () =>
    inFolder(async (folder) => {
      const ending = new AbortController();
      const reason = new Error('enough');
      const onProgress = (): void => ending.abort(reason);
      const options = { for: 'mcap', output: join(folder, 'made'), signal: ending.signal, onProgress };
      await expect(exportTake(take, options)).rejects.toBe(reason);
      expect(readdirSync(folder)).toEqual([]);
    }));
});

describe('what can not be exported is refused in one line, with exit code 2', () => {
  const refusal = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await inProcess(['export', ...args]);
    expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 2, stdout: '', lines: 2 });
    return stderr;
  };

  it('an unknown format, with all that there are', async () => {
    const text = await refusal([take, '--for', 'premiere']);
    for (const { name } of EXPORT_FORMATS) expect(text).toContain(name);
    await expect(exportTake(take, { for: 'premiere' })).rejects.toThrow(/^for premiere: give one of caliscope, .*csv$/);
  });

  it('no format, no take, a folder that is there, both kinds of files', async () => {
    expect(await refusal([take])).toMatch(/--for/);
    expect(await refusal(['/nowhere', '--for', 'csv'])).toMatch(/\/nowhere: no take/);
    expect(await refusal([take, '--for', 'csv', '-o', take])).toMatch(
      /--output .*jump: is there already; give a folder/,
    );
    expect(await refusal([take, '--for', 'csv', '--link', '--copy'])).toMatch(/--link: give it or --copy, not both/);
  });

  it('a take that is not finished', () =>
    inFolder(async (folder) => {
      await makeTake(folder, [[{ frames: 3 }]], { state: 'recording' });
      expect(await refusal([folder, '--for', 'csv'])).toMatch(/the take is not finished; .*genlock repair finishes it/);
    }));

  it('one camera for DeepLabCut in 3D', () =>
    inFolder(async (folder) => {
      await makeTake(folder, [[{ frames: 3 }]]);
      expect(await refusal([folder, '--for', 'deeplabcut'])).toMatch(/has 1 camera; deeplabcut wants two for 3D/);
    }));

  it.each(['caliscope', 'freemocap', 'anipose', 'deeplabcut', 'pose2sim'])(
    'for %s, a camera whose frames are not all in one file',
    (name) =>
      inFolder(async (folder) => {
        const [late, restarted] = [join(folder, 'late'), join(folder, 'restarted')];
        for (const each of [late, restarted]) mkdirSync(each);
        await makeTake(late, [[{ frames: 9 }], [{ first: 4, frames: 5 }]]);
        await makeTake(restarted, [[{ frames: 9 }], [{ frames: 3 }, { first: 5, frames: 4 }]]);
        expect(await refusal([late, '--for', name])).toMatch(/cam1: has frames 4 to 8 of 0 to 8; /);
        expect(await refusal([restarted, '--for', name])).toMatch(/cam1: has its frames in 2 files, /);
        expect(readdirSync(folder).sort()).toEqual(['late', 'restarted']);
      }),
  );

  it('what is no H.264 for MCAP', () =>
    inFolder(async (folder) => {
      await makeTake(folder, [[{ frames: 3 }]], { codec: 'mjpeg' });
      expect(await refusal([folder, '--for', 'mcap'])).toMatch(/cam0.mp4: holds mjpeg; mcap takes H.264/);
    }));

  it('rows that are not those of the video', () =>
    inFolder(async (folder) => {
      await makeTake(folder, [[{ frames: 4 }]]);
      const rows = join(folder, 'cam0.frames.csv');
      const lines = readFileSync(rows, 'utf8').trimEnd().split('\n');
      writeFileSync(rows, lines.slice(0, -1).join('\n'));
      expect(await refusal([folder, '--for', 'csv'])).toMatch(
        /cam0.frames.csv: has 3 rows of 4 frames; genlock repair/,
      );
      writeFileSync(rows, [lines[0], ...lines.slice(2), lines[1]].join('\n'));
      expect(await refusal([folder, '--for', 'csv'])).toMatch(/cam0.frames.csv: row 1: index is not 0/);
      expect(readdirSync(join(folder, '..')).filter((name) => name.includes(`${basename(folder)}-`))).toEqual([]);
    }));
});

it('times that are not known lie between those around them', () =>
  inFolder(async (folder) => {
    await makeTake(folder, [[{ frames: 9, repeats: { 0: 'missed', 4: 'missed', 8: 'lost' } }]]);
    const { folder: made } = await exportTake(folder, { for: 'caliscope', output: join(folder, 'made') });
    const [file = ''] = filesIn(made).filter((name) => name.endsWith('timestamps.csv'));
    const times = readFileSync(join(made, file), 'utf8').trimEnd().split('\n').slice(1);
    const offMs = times.map((row, index) => (Number(row.split(',')[1]) - START_US / 1e6) * 1000 - (index * 1000) / 30);
    for (const off of offMs) expect(Math.abs(off)).toBeLessThan(0.01);
  }));
