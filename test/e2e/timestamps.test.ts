import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ffprobe, noFfprobe } from '../support/ffprobe.ts';
import { freshPort, genlock, inFolder, LENIENT, SMALL, SOON } from '../support/genlock.ts';
import { standIn } from '../support/stand-in.ts';

const why = noFfprobe();
const PERIOD_US = 1e6 / 30;

/** Presentation times as the file has them, us. */
async function timesOf(file: string): Promise<number[]> {
  const { packets } = (await ffprobe(
    file,
    '-select_streams',
    'v:0',
    '-show_entries',
    'packet=pts_time',
  )) as unknown as {
    packets: { pts_time: string }[];
  };
  return packets.map(({ pts_time }) => Number(pts_time) * 1e6);
}

interface Row {
  readonly captured: boolean;
  readonly wallUs: number;
  readonly sensorUs: number;
  readonly phaseUs: number;
}

const rowsOf = (csv: string): Row[] =>
  readFileSync(csv, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([, wall, sensor, state, , , phase]) => ({
      captured: state === 'captured',
      wallUs: Number(wall),
      sensorUs: Number(sensor),
      phaseUs: Number(phase),
    }));

/** What frames.csv says of when each frame was captured, from slot 0 of the timeline on; undefined for repeats. */
function captureTimes(rows: readonly Row[]): (number | undefined)[] {
  const first = rows.findIndex(({ captured }) => captured);
  const origin = rows[first] as Row;
  const zeroUs = origin.sensorUs - origin.phaseUs - first * PERIOD_US;
  return rows.map(({ captured, sensorUs }) => (captured ? Math.max(0, sensorUs - zeroUs) : undefined));
}

function expectTrue(times: readonly number[], rows: readonly Row[]): void {
  expect(times).toHaveLength(rows.length);
  const wanted = captureTimes(rows);
  for (const [i, us] of times.entries()) {
    if (i > 0) expect(us).toBeGreaterThan(times[i - 1] as number);
    const capturedUs = wanted[i];
    // A repeat stands where its slot does, which is near the grid of the nominal rate.
    if (capturedUs === undefined) expect(Math.abs(us - i * PERIOD_US)).toBeLessThan(1000);
    else expect(Math.abs(us - capturedUs)).toBeLessThanOrEqual(1);
  }
}

describe.skipIf(why !== undefined)(`times in the files${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  test.each(['node-av', 'ffmpeg'])(
    'are those of frames.csv to a microsecond with --timestamps true, and the proof holds: %s',
    (encoder) =>
      inFolder(async (folder) => {
        const take = join(folder, 'take');
        const args = [
          '--cameras',
          '2',
          '-t',
          '2s',
          '--encoder',
          encoder,
          '--timestamps',
          'true',
          '--sync-port',
          freshPort(),
        ];
        await genlock(['record', ...SMALL, ...LENIENT, ...args, '-o', take]);
        for (const name of ['cam0', 'cam1']) {
          const rows = rowsOf(join(take, `${name}.frames.csv`));
          const times = await timesOf(join(take, `${name}.mp4`));
          expectTrue(times, rows);
          // The wall clock of the rows says the same, from one frame to another.
          const late = rows
            .map((row, i) => ({ ...row, us: times[i] ?? 0 }))
            .filter(({ captured }, i) => captured && i > 0);
          const [base] = late;
          for (const { wallUs, us } of late) {
            expect(Math.abs(us - (base?.us ?? 0) - (wallUs - (base?.wallUs ?? 0)))).toBeLessThan(2);
          }
        }
        const report = JSON.parse(readFileSync(join(take, 'report.json'), 'utf8'));
        expect(report).toMatchObject({ verdict: 'locked', frames: 60 });
        expect(JSON.parse(readFileSync(join(take, 'take.json'), 'utf8'))).toMatchObject({ timestamps: 'true' });
        const verified = await genlock([
          'verify',
          '--json',
          ...LENIENT,
          join(take, 'cam0.mp4'),
          join(take, 'cam1.mp4'),
        ]);
        expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'locked', frames: 60 });
      }),
  );

  test('are slots at a constant rate without it', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.mp4');
      await genlock(['vid', '-n', '-t', '2s', ...SMALL, '--camera', '0', '--framerate', '29.97', '-o', file]);
      const { streams } = await ffprobe(file, '-show_streams', '-select_streams', 'v:0');
      expect(streams[0]).toMatchObject({ r_frame_rate: '30000/1001', avg_frame_rate: '30000/1001', nb_frames: '60' });
      for (const [i, us] of (await timesOf(file)).entries())
        expect(Math.abs(us - (i * 1001 * 1e6) / 30_000)).toBeLessThan(1);
    }));

  test.each(['mp4', 'mov', 'mkv'])('are true ones of a camera alone: %s', (ending) =>
    inFolder(async (folder) => {
      const [file, csv] = [join(folder, `a.${ending}`), join(folder, 'a.csv')];
      const args = [
        'vid',
        '-n',
        '-t',
        '1s',
        ...SMALL,
        '--camera',
        '0',
        '-o',
        file,
        '--frames-csv',
        csv,
        '--timestamps',
        'true',
      ];
      expect((await genlock(args)).code).toBe(0);
      const rows = rowsOf(csv);
      const times = await timesOf(file);
      if (ending !== 'mkv') return expectTrue(times, rows);
      const wanted = captureTimes(rows);
      for (const [i, us] of times.entries()) expect(Math.abs(us - (wanted[i] ?? us))).toBeLessThanOrEqual(501);
    }),
  );

  test('are true ones in what is made of the files of stock cameras', () =>
    inFolder(async (home) => {
      const { env } = standIn(home, 'on');
      const take = join(home, 'take');
      const cameras = ['--camera', 'virtual:imx219?ppm=15&seed=0', '--camera', 'rpicam:1'];
      const fixed = ['--shutter', '4000', '--gain', '2', ...SOON, '-t', '1s', '--sync-port', freshPort()];
      await genlock(['record', ...SMALL, ...LENIENT, ...cameras, ...fixed, '--timestamps', 'true', '-o', take], env);
      expectTrue(await timesOf(join(take, 'cam1.mp4')), rowsOf(join(take, 'cam1.frames.csv')));
    }));

  test.each([
    ['a.h264', [], /a\.h264: timestamps true: it holds no times of its own; \.mp4, \.mov and \.mkv do/],
    ['a.mp4', ['--circular'], /--circular and --timestamps true: a circular buffer keeps no times/],
  ])('that a file can not hold are refused before anything is recorded: %s %o', (name, more, message) =>
    inFolder(async (folder) => {
      const file = join(folder, name);
      const { code, stderr } = await genlock([
        'vid',
        '-n',
        '-t',
        '1s',
        '--camera',
        '0',
        '-o',
        file,
        '--timestamps',
        'true',
        ...more,
      ]);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
      expect(existsSync(file)).toBe(false);
    }),
  );
});
