import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countFrames } from '../support/count-frames.ts';
import { ffprobe, noFfprobe } from '../support/ffprobe.ts';
import {
  CLI,
  freshPort,
  genlock,
  inFolder,
  LENIENT,
  lockedInAll,
  SMALL,
  SOON,
  sleep,
  start,
} from '../support/genlock.ts';
import { need } from '../support/program.ts';
import { takeOf } from '../support/take-schema.ts';
import { type Verified, verified } from '../support/verified.ts';

/** Real processes, real UDP on the loopback, a real encoder, and the proof read from decoded pixels. */
const record = (...args: string[]) => ['record', ...SMALL, ...LENIENT, '--sync-port', freshPort(), ...args];

const proof = (...inputs: string[]) => verified(...LENIENT, ...inputs);

const csvOf = (folder: string, name: string) =>
  readFileSync(join(folder, `${name}.frames.csv`), 'utf8')
    .trim()
    .split('\n');

describe('genlock record', () => {
  it('says which of its options have no effect', () =>
    inFolder(async (folder) => {
      const more = ['--min-adjustment', '30', '--keep-original', '--frames', '10', '-t', '9s', '--sync-align', 'end'];
      const { stderr } = await genlock(record('-o', folder, '--no-verify', ...more));
      // A busy machine has warnings of its own.
      const warnings = stderr.split('\n').filter((line) => /^(cam\d: )?warning: .*--/.test(line));
      expect(warnings).toEqual([
        'warning: --timeout: --frames overrides it',
        'warning: --keep-original: acts where there are stock cameras only',
        'warning: --min-adjustment: acts with --sync-controller stock only',
      ]);
    }));

  const MAIN = { profile: 'Main', color_range: 'tv', color_space: 'smpte170m', color_primaries: 'smpte170m' };
  it.each([
    [['--format', 'mov', '--codec', 'mjpeg', '-q', '90', '--bitrate', '1mbps'], 'mov', 'mjpeg'],
    [['--format', 'mkv', '--bitrate', '2mbps', '--profile', 'main', '-q', '90'], 'mkv', 'h264'],
  ] as const)('%j: files of that kind, which are proved like any', ([...options], ending, codec) =>
    inFolder(async (folder) => {
      const { stderr, code } = await genlock(record('-o', folder, '--frames', '30', ...options));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stderr.match(/^warning: --(bitrate|quality): /gm)).toHaveLength(1);
      const take = takeOf(folder);
      expect(take.cameras.map(({ file }) => file)).toEqual([`cam0.${ending}`, `cam1.${ending}`]);
      for (const { file } of noFfprobe() === undefined ? take.cameras : []) {
        const [video] = (await ffprobe(join(folder, file), '-show_streams', '-select_streams', 'v:0')).streams;
        expect(video).toMatchObject({ codec_name: codec, ...(codec === 'h264' && MAIN) });
      }
      // The same files once more, as files of anybody.
      expect(await proof(...take.cameras.map(({ file }) => join(folder, file)))).toMatchObject({ locked: true });
    }),
  );

  it('says that a bare number is ms where that leaves next to nothing of a take', () =>
    inFolder(async (folder) => {
      const { stderr } = await genlock(record('-o', folder, '-t', '20', '--no-verify'));
      expect(stderr).toContain('warning: -t 20 is 20 ms, one frame; -t 20s?\n');
    }));

  it('that gets SIGUSR1 says that it has no pause, and records on', () =>
    inFolder(async (folder) => {
      const run = start(record('-t', '1s', '-o', folder, '--force', '--no-verify'));
      await run.says(/recording \d+ virtual cameras/);
      run.child.kill('SIGUSR1');
      await run.says('SIGUSR1: record has no pause; the take goes on');
      const { code, stderr } = await run.ended;
      expect(code).toBe(0);
      expect(stderr).not.toMatch(/debugger/i);
    }));

  it('calls cameras and take as it is told, wherever either is named', () =>
    inFolder(async (folder) => {
      const there = ['sh', '-c', 'cd "$0" && exec "$@"', folder, process.execPath, CLI];
      const cameras = ['--camera', 'left=0', 'right=virtual:imx708', '--frames', '30'];
      const words = ['--name', 'jump-3', '--note', 'wind <b>from</b> the left'];
      const { code, stdout, stderr } = await start(record(...cameras, ...words), {}, there).ended;
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(/^left\.mp4 .*\nright\.mp4 /m);
      const [name = ''] = readdirSync(join(folder, 'takes'));
      expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-jump-3$/);
      const take = join(folder, 'takes', name);
      expect(readdirSync(take).sort()).toEqual(
        ['left', 'right']
          .flatMap((camera) => [`${camera}.mp4`, `${camera}.frames.csv`])
          .concat('take.json', 'report.json', 'offsets.csv', 'report.html')
          .sort(),
      );
      expect(takeOf(take)).toMatchObject({
        note: 'wind <b>from</b> the left',
        cameras: [{ name: 'left' }, { name: 'right', spec: 'virtual:imx708' }],
      });
      const page = readFileSync(join(take, 'report.html'), 'utf8');
      expect(page).toContain('<p class="note">wind &#60;b&#62;from&#60;/b&#62; the left</p>');
      const boxes = readFileSync(join(take, 'right.mp4'), 'latin1');
      expect(boxes).toContain(`${name} right`);
      // Another take in its place, of other names, leaves none of its files.
      const others = ['--camera', 'top=0', 'left=1', '--frames', '30', '-o', take, '--force', '--json'];
      const again = await genlock(record(...others));
      expect(again).toMatchObject({ code: 0 });
      // What it prints, what scripts read and what stands in the folder is one and the same.
      expect(JSON.parse(again.stdout)).toMatchObject({
        ...{ good: true, kept: true, interrupted: false, problems: [], folder: take },
        take: takeOf(take),
        report: JSON.parse(readFileSync(join(take, 'report.json'), 'utf8')),
      });
      expect(readdirSync(take).filter((file) => file.endsWith('.mp4'))).toEqual(['left.mp4', 'top.mp4']);
    }));

  it('records two virtual cameras frame for frame, and its take proves it', () =>
    inFolder(async (folder) => {
      const { code, stdout, stderr } = await genlock(record('-t', '2s', '-o', folder, '--force'));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(lockedInAll(60));
      expect(stdout).toMatch(/\(read from the pixels\)/);
      const take = takeOf(folder);
      expect(take).toMatchObject({ state: 'complete', frames: 60, frameRate: { num: 30, den: 1 } });
      expect(take.cameras.map(({ sync }) => sync)).toEqual(['server', 'client']);
      for (const name of ['cam0', 'cam1']) {
        const [header, ...rows] = csvOf(folder, name);
        expect(header).toBe(
          'index,wall_clock_us,sensor_us,state,exposure_us,gain,phase_us,correction_us,segment,segment_frame,cause',
        );
        expect(rows).toHaveLength(60);
        expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 60 }, (_, i) => i));
        expect(await countFrames(join(folder, `${name}.mp4`))).toBe(60);
      }
      const again = await proof(folder);
      expect(again).toMatchObject({ code: 0, locked: true, frames: 60 });
      expect(again).toMatchObject(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
      const { matched, startOffsetUs, maxUs } = again.pairs[0] as Verified['pairs'][0];
      const ownOnBoth = again.cameras.reduce((own, { repeated, unreadable }) => own - repeated - unreadable, 60);
      expect(matched).toBeGreaterThanOrEqual(ownOnBoth);
      expect(matched).toBeGreaterThan(30);
      expect(Math.abs(startOffsetUs ?? Number.NaN)).toBeLessThan(1000);
      expect(maxUs).toBeLessThan(1000);
    }));

  it('tells in take.json what the take was recorded with, when frame 0 was, and what each camera did', (context) => {
    need(context, 'ffmpeg');
    return inFolder(async (folder) => {
      const args = record('-t', '1s', '-o', folder, '--no-verify', '--shutter', '4000', '--encoder', 'ffmpeg');
      const cameras = ['--camera', 'virtual:imx219', '--camera', 'virtual:ov9281'];
      expect(await genlock([...args, ...cameras])).toMatchObject({ code: 0 });
      const { commandLine, software, sync, exposure, cameras: described } = takeOf(folder);
      expect(commandLine?.slice(-3)).toEqual(['virtual:imx219', '--camera', 'virtual:ov9281']);
      expect(software).toMatchObject({ node: process.versions.node, arch: process.arch, encoder: 'ffmpeg' });
      expect(software?.os).toContain(os.release());
      expect(software?.ffmpeg).toMatch(/\d/);
      expect(exposure).toEqual({ exposureUs: 4000, matched: false });
      const [first = ''] = csvOf(folder, 'cam0').slice(1);
      expect(sync.align).toBe('end');
      expect(Math.abs((sync.readyTimeUs ?? 0) - Number(first.split(',')[1]))).toBeLessThan(1000);
      expect(described).toMatchObject([
        {
          model: 'imx219',
          rows: 1232,
          lineUs: 18.90352,
          globalShutter: false,
          exposureUs: 4000,
          timestamps: 'nominal',
        },
        { model: 'ov9281', rows: 800, lineUs: 9.5625, globalShutter: true, exposureUs: 4000, timestamps: 'nominal' },
      ]);
      const [server, client] = described.map(({ states = [] }) => states);
      expect(server?.map(({ state }) => state)).toEqual(['starting', 'counting', 'recording', 'done']);
      // Which of the two is up first is luck: a client that hears its server at once does not wait.
      expect(client?.map(({ state }) => state)).toEqual(expect.arrayContaining(['starting', 'locked', 'done']));
      for (const states of [server, client]) {
        expect(states?.find(({ recording }) => recording)).toMatchObject({ index: 0 });
        // Of a last frame that a busy machine lost, the next one tells.
        expect(states?.at(-1)).toMatchObject({ state: 'done', index: expect.toBeOneOf([29, 30]) });
        expect(states?.map(({ at }) => at)).toEqual(states?.map(({ at }) => at).sort());
      }
    });
  });

  it('fills dropped frames by marked repeats, so that frame N stays frame N', () =>
    inFolder(async (folder) => {
      const cameras = [
        '--camera',
        'virtual:imx219?ppm=15&seed=0&drop=0.2',
        '--camera',
        'virtual:imx708?ppm=-20&seed=1&drop=0.2',
      ];
      const { code, stderr } = await genlock(record(...cameras, '-t', '2s', '-o', folder, '--force'));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const { cameras: files, locked } = await proof(folder);
      expect(locked).toBe(true);
      for (const [i, { frames, repeated }] of files.entries()) {
        expect(frames).toBe(60);
        const marked = csvOf(folder, `cam${i}`).filter((row) => row.includes(',repeated,')).length;
        expect(repeated).toBe(marked);
        // One in five is dropped: none of 60 would be luck of one in a million.
        expect(repeated).toBeGreaterThan(0);
      }
    }));

  it('at 29.97 fps with three cameras of three models keeps all in the same slots', () =>
    inFolder(async (folder) => {
      const cameras = ['imx219?seed=5', 'imx296?seed=6&ppm=30', 'ov9281?seed=7&ppm=-30'].flatMap((spec) => [
        '--camera',
        `virtual:${spec}`,
      ]);
      const { code, stderr } = await genlock(
        record(...cameras, '-t', '2s', '--framerate', '29.97', '-o', folder, '--force'),
      );
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(takeOf(folder)).toMatchObject({ frames: 60, frameRate: { num: 30000, den: 1001 } });
    }));

  it('does not call a take locked when a host clock is 1.5 ms off: the pixels contradict the timestamps', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const vid = (camera: string, sync: string) => [
        ...['vid', '-n', '-t', '2s', ...SMALL, '--camera', camera, '--codec', 'libav', '--sync-port', port],
        ...['-o', join(folder, `${sync}.mp4`), '--sync', sync],
      ];
      const client = genlock(vid('1', 'client'), { GENLOCK_CLOCK: 'offset=1500us,ppm=20' });
      const server = genlock([...vid('0', 'server'), ...SOON]);
      expect((await Promise.all([client, server])).map(({ code }) => code)).toEqual([0, 0]);
      const { code, locked, pairs } = await proof(join(folder, 'server.mp4'), join(folder, 'client.mp4'));
      expect({ code, locked }).toEqual({ code: 1, locked: false });
      expect(Math.abs((pairs[0]?.meanUs ?? 0) + 1500)).toBeLessThan(400);
    }));

  it('matches a camera that it can not steer to slots, and says whose word the offsets are', () =>
    inFolder(async (folder) => {
      const cameras = ['--camera', '0', '--camera', 'lavfi:testsrc2=size=160x120:rate=30'];
      const { code, stdout, stderr } = await genlock(record(...cameras, '-t', '2s', '-o', folder, '--force'));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(/ALIGNED: .*by the cameras' own timestamps, not the pixels/);
      const [, camera] = takeOf(folder).cameras;
      expect(camera).toMatchObject({ steered: false, pixelClock: false, frames: 60 });
      expect(camera?.whyNotSteered).toMatch(/\w/);
    }));

  it('stopped by Ctrl-C while it records closes all files at the same frame and says it was interrupted', () =>
    inFolder(async (folder) => {
      const run = start(record('-t', '60s', '-o', folder, '--force'));
      await run.says('recording: ');
      await expect
        .poll(() => existsSync(join(folder, 'cam0.frames.csv')) && csvOf(folder, 'cam0').length)
        .toBeGreaterThan(20);
      run.child.kill('SIGINT');
      const { code, stderr } = await run.ended;
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toMatch(/the take was interrupted/);
      const take = takeOf(folder);
      expect(take.state).toBe('interrupted');
      const { locked, cameras } = await proof(folder);
      expect(locked).toBe(true);
      expect(cameras[0]?.frames).toBeGreaterThan(15);
      expect(take.frames).toBe(cameras[0]?.frames);
    }));

  it.each([150, 400, 700, 1000, 3000])(
    'stopped %i ms after its start ends, and leaves either no video or equal ones',
    (ms) =>
      inFolder(async (folder) => {
        const run = start(record('-t', '60s', '-o', folder, '--force'));
        await sleep(ms);
        run.child.kill('SIGINT');
        const { code, stderr } = await run.ended;
        expect(code).not.toBe(0);
        expect(stderr).not.toMatch(/SIGKILL|\n\s+at /);
        const videos = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.mp4'));
        expect([[], ['cam0.mp4', 'cam1.mp4']]).toContainEqual(videos);
        // Before all cameras are open there is no take at all.
        if (existsSync(join(folder, 'take.json'))) expect(takeOf(folder).state).toBe('interrupted');
        else expect(videos).toEqual([]);
        if (videos.length > 0) expect(await proof(folder)).toMatchObject({ locked: true });
      }),
  );

  it('stopped before it starts, by a script, ends at once', () =>
    inFolder(async (folder) => {
      const { record } = await import('../../src/node.ts');
      const result = await record({
        output: folder,
        port: Number(freshPort()),
        interface: 'lo',
        signal: AbortSignal.abort(),
      });
      expect(result).toMatchObject({ good: false, interrupted: true, problems: [], report: undefined });
    }));

  it('is not good where a camera recorded nothing', () =>
    inFolder(async (folder) => {
      const film = join(folder, 'film.mp4');
      await genlock(['vid', '--frames', '20', ...SMALL, '-o', film]);
      const take = join(folder, 'take');
      const { code, stderr } = await genlock(record('--camera', '0', `libav:${film}`, '-t', '1s', '-o', take));
      expect(stderr).toMatch(/cam1: recorded nothing/);
      expect(code).toBe(1);
    }));

  it('names a camera that can not be opened, starts no take and leaves none', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      const { code, stderr } = await genlock(record('--camera', '0', 'libav:/nowhere/film.mp4', '-o', take));
      expect(stderr).toMatch(/cam1: .*\/nowhere\/film.mp4/);
      expect(code).toBe(2);
      expect(existsSync(take)).toBe(false);
    }));

  it('leaves the take that --force was to replace where its successor records nothing, and replaces it where it records', () =>
    inFolder(async (folder) => {
      for (const name of ['cam0.mp4', 'cam7.mp4', 'take.json']) writeFileSync(join(folder, name), name);
      const before = readdirSync(folder);
      for (const [camera, fault] of [
        ['libav:/nowhere/film.mp4', 2],
        ['virtual:imx219?drop=0.9&seed=2', 1],
      ] as const) {
        const args = ['--camera', '0', camera, '--lock-timeout', '1s', '-t', '2s', '-o', folder, '--force'];
        const { code, stderr } = await genlock(record(...args));
        expect({ code, stderr }).toMatchObject({ code: fault });
        expect(readdirSync(folder)).toEqual(before);
        for (const name of before) expect(readFileSync(join(folder, name), 'utf8')).toBe(name);
      }
      await genlock(record('-t', '1s', '-o', folder, '--force', '--no-verify'));
      expect(readdirSync(folder)).toContain('cam1.mp4');
      expect(readdirSync(folder)).not.toContain('cam7.mp4');
      expect(readdirSync(folder)).not.toContain('earlier-take');
    }));

  it('with a frame rate that the sensor has not is bad input: exit code 2, and no take is left', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      const { code, stderr } = await genlock(record('--framerate', '300', '-o', take));
      expect(stderr).toMatch(/cam1: --framerate 300: imx219 in mode 640x480 runs at most at 206.6 fps/);
      expect(code).toBe(2);
      expect(existsSync(take)).toBe(false);
    }));

  it('names a camera that does not lock in time', () =>
    inFolder(async (folder) => {
      // Its messages are lost, all of them.
      const args = record('-t', '20s', '--lock-timeout', '500ms', '-o', folder, '--force');
      const { code, stderr } = await genlock(args, { GENLOCK_LINK: 'loss=1' });
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: did not lock within 0.5 s: waiting/);
    }));
});
