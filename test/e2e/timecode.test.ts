import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FrameRate } from '../../src/time/frame-rate.ts';
import { timecodeAt } from '../../src/time/timecode.ts';
import { ffprobe, noFfprobe } from '../support/ffprobe.ts';
import { freshPort, genlock, inFolder, type Running, SMALL, SOON, start } from '../support/genlock.ts';
import { standIn } from '../support/stand-in.ts';

const why = noFfprobe();
const THIRTY = { num: 30, den: 1 };
const NTSC = { num: 30_000, den: 1001 };

interface Said {
  readonly timecode: string | undefined;
  readonly name: string | undefined;
  readonly created: string | undefined;
  readonly about: string | undefined;
}

async function said(file: string): Promise<Said> {
  const { streams, format } = await ffprobe(file, '-show_streams', '-show_format');
  const tags = streams.find(({ codec_type }) => codec_type === 'video')?.tags;
  const { title, comment, creation_time: created } = format?.tags ?? {};
  const name = title?.split(' ').at(-1);
  expect(tags?.handler_name).toBe(name);
  return { timecode: tags?.timecode, name, created, about: comment };
}

const timecodes = async (folder: string, files: readonly string[]): Promise<(string | undefined)[]> =>
  Promise.all(files.map(async (file) => (await said(join(folder, file))).timecode));

/** The wall clock at slot `index`, by a captured frame's row. */
function slotTime(csv: string, index: number, rate: FrameRate): number {
  const rows = readFileSync(csv, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const row = rows.find(([, wall]) => wall !== '') ?? [];
  return Number(row[1]) - Number(row[6]) + ((index - Number(row[0])) * rate.den * 1e6) / rate.num;
}

/** The timecodes that a moment may have had which is known to a few us. */
function around(wallUs: number, rate: FrameRate, utcOffsetMinutes: number): (string | undefined)[] {
  const at = (us: number) => timecodeAt({ wallUs: Math.round(wallUs + us), utcOffsetMinutes }, rate, 0);
  return [at(-2000), at(0), at(2000)];
}

/** One frame later or earlier counts as near. */
function near(a: string | undefined, b: string | undefined): boolean {
  const number = (code: string | undefined) => {
    const [h = 0, m = 0, s = 0, f = 0] = (code ?? '').split(/[:;]/).map(Number);
    return ((h * 60 + m) * 60 + s) * 30 + f;
  };
  return Math.abs(number(a) - number(b)) <= 1;
}

describe.skipIf(why !== undefined)(`timecode${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  test.each(['node-av', 'ffmpeg'])('is the same in all files of a take, the time of day at frame 0: %s', (encoder) =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      const args = ['--cameras', '3', '-t', '1.5s', '--framerate', '29.97', '--encoder', encoder];
      await genlock(['record', ...SMALL, ...args, '-o', take, '--sync-port', freshPort()], { TZ: 'Asia/Kolkata' });
      const files = await Promise.all(['cam0', 'cam1', 'cam2'].map((name) => said(join(take, `${name}.mp4`))));
      expect(new Set(files.map(({ timecode }) => timecode)).size).toBe(1);
      expect(files.map(({ name, about }) => [name, about])).toEqual(
        ['cam0', 'cam1', 'cam2'].map((name) => [name, 'imx219']),
      );
      const zeroUs = slotTime(join(take, 'cam0.frames.csv'), 0, NTSC);
      expect(around(zeroUs, NTSC, 330)).toContain(files[0]?.timecode);
      for (const { created } of files) expect(Math.abs(Date.parse(created ?? '') - zeroUs / 1000)).toBeLessThan(1002);
    }),
  );

  test(
    "is the server's local time, whatever a client's clock and time zone are; each segment has that of its own first frame",
    () =>
      inFolder(async (folder) => {
        const port = freshPort();
        const camera = (name: string, number: number, env: NodeJS.ProcessEnv, ...more: string[]): Running => {
          const files = ['-o', join(folder, `${name}-%d.mp4`), '--frames-csv', join(folder, `${name}.csv`)];
          const common = [
            'vid',
            '-n',
            ...SMALL,
            '-t',
            '5s',
            '--camera',
            String(number),
            '--segment',
            '1000',
            '--sync-port',
            port,
          ];
          return start([...common, '--codec', 'libav', ...files, ...more], env);
        };
        const client = camera('client', 1, { TZ: 'UTC', GENLOCK_CLOCK: 'offset=40000us' }, '--sync', 'client');
        await client.says('waiting for a server');
        const server = camera('server', 0, { TZ: 'America/St_Johns' }, '--sync', 'server', ...SOON);
        const rows = (): number => readFileSync(join(folder, 'server.csv'), 'utf8').split('\n').length;
        await server.says('recording');
        await expect.poll(rows, { timeout: 30_000 }).toBeGreaterThan(20);
        const late = camera('late', 2, { TZ: 'Asia/Tokyo' }, '--sync', 'client');
        await late.says(': recording');
        expect((await Promise.all([client.ended, server.ended])).map(({ code }) => code)).toEqual([0, 0]);
        late.child.kill('SIGINT');
        await late.ended;
        const segments = Array.from({ length: 5 }, (_, i) => i).map((number) => `-${number}.mp4`);
        const own = await timecodes(
          folder,
          segments.map((segment) => `server${segment}`),
        );
        expect(
          await timecodes(
            folder,
            segments.map((segment) => `client${segment}`),
          ),
        ).toEqual(own);
        const zeroUs = slotTime(join(folder, 'server.csv'), 0, THIRTY);
        // Newfoundland is 3.5 hours behind UTC, and 2.5 in summer.
        expect([-150, -210].flatMap((minutes) => around(zeroUs, THIRTY, minutes))).toContain(own[0]);
        const later = (code: string | undefined, frames: number): string | undefined => {
          const [h = 0, m = 0, s = 0, f = 0] = (code ?? '').split(':').map(Number);
          const day = Date.UTC(2026, 0, 1) * 1000;
          const us = ((h * 60 + m) * 60 + s) * 1e6 + Math.ceil((f * 1e6) / 30);
          return timecodeAt({ wallUs: day + us, utcOffsetMinutes: 0 }, THIRTY, frames);
        };
        expect(own).toEqual(own.map((_, i) => later(own[0], 30 * i)));
        // The one that joined late begins in the middle of a segment.
        const [first = ''] = readdirSync(folder)
          .filter((file) => /^late-\d\.mp4$/.test(file))
          .sort();
        expect(first).not.toBe('');
        const index = Number(readFileSync(join(folder, 'late.csv'), 'utf8').split('\n')[1]?.split(',')[0]);
        expect(index).toBeGreaterThan(0);
        expect(await timecodes(folder, [first])).toEqual([later(own[0], index)]);
      }),
    180_000,
  );

  test('is at most a frame off where the server is a stock one, which does not tell it', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const common = ['vid', '-n', ...SMALL, '-t', '1s', '--codec', 'libav', '--sync-port', port];
      const file = (name: string) => ['-o', join(folder, `${name}.mp4`)];
      const client = start([...common, '--camera', '1', '--sync', 'client', ...file('client')]);
      await client.says('waiting for a server');
      const stock = ['--sync', 'server', '--sync-controller', 'stock'];
      const server = start([...common, '--camera', '0', ...SOON, ...stock, ...file('server')]);
      await Promise.all([client.ended, server.ended]);
      const [a, b] = await timecodes(folder, ['client.mp4', 'server.mp4']);
      expect({ a, b, near: near(a, b) }).toEqual({ a: expect.any(String), b: expect.any(String), near: true });
    }));

  test('is in what is made of the files of stock cameras, the same as their server has', () =>
    inFolder(async (home) => {
      const { env } = standIn(home, 'on');
      const take = join(home, 'take');
      const cameras = ['--camera', 'virtual:imx219?ppm=15&seed=0', '--camera', 'rpicam:1'];
      const fixed = ['--shutter', '4000', '--gain', '2', ...SOON, '-t', '1s', '--sync-port', freshPort()];
      await genlock(['record', ...SMALL, ...cameras, ...fixed, '-o', take], env);
      const [own, stock] = await Promise.all(['cam0', 'cam1'].map((name) => said(join(take, `${name}.mp4`))));
      expect(own?.timecode).toMatch(/^\d\d:\d\d:\d\d:\d\d$/);
      expect(stock).toMatchObject({ timecode: own?.timecode, created: own?.created, name: 'cam1' });
    }));

  test('is left out where the rate has none, and that is said', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.mp4');
      const { code, stderr } = await genlock([
        'vid',
        '-n',
        ...SMALL,
        '-t',
        '1s',
        '--camera',
        '0',
        '--framerate',
        '12.5',
        '-o',
        file,
      ]);
      expect({ code, said: /12\.5 fps has no timecode: the files are without/.test(stderr) }).toEqual({
        code: 0,
        said: true,
      });
      expect(await said(file)).toMatchObject({ timecode: undefined, name: 'cam0' });
    }));

  test('of a camera alone is the time of day at its first frame', () =>
    inFolder(async (folder) => {
      const [file, csv] = [join(folder, 'a.mov'), join(folder, 'a.csv')];
      for (const encoder of ['node-av', 'ffmpeg']) {
        await genlock(
          ['vid', '-n', ...SMALL, '-t', '1s', '--camera', '0', '--encoder', encoder, '-o', file, '--frames-csv', csv],
          { TZ: 'UTC' },
        );
        const wallUs = slotTime(csv, 0, THIRTY);
        expect(around(wallUs, THIRTY, 0)).toContain((await said(file)).timecode);
      }
    }));
});
