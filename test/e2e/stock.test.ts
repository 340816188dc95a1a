import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Take } from '../../src/record/take.ts';
import { type Summary, summarise } from '../../src/time/statistics.ts';
import { readTimes } from '../../src/verify/read-times.ts';
import { countFrames } from '../support/count-frames.ts';
import {
  freshPort,
  genlock,
  inFolder,
  LENIENT,
  type Outcome,
  processesNaming,
  SMALL,
  SOON,
  sleep,
  start,
} from '../support/genlock.ts';
import { type Faults, standIn } from '../support/stand-in.ts';
import { takeOf } from '../support/take-schema.ts';

/**
 * Takes of stock cameras, which stand-ins play: real processes with stock's options, formats, words and algorithm, real
 * UDP on the loopback, and the proof read from decoded pixels.
 */
async function record(
  faults: Faults,
  cameras: readonly string[],
  args: readonly string[],
  look: (result: Outcome & { folder: string; take: Take; report: Report }) => unknown,
): Promise<void> {
  await inFolder(async (home) => {
    const { env } = standIn(home, faults);
    const folder = join(home, 'take');
    const specs = cameras.flatMap((camera) => ['--camera', camera]);
    const fixed = args.includes('--match-exposure') ? [] : ['--shutter', '4000', '--gain', '2'];
    const soon = args.includes('--ready-frames') ? [] : SOON;
    const outcome = await genlock(
      ['record', ...SMALL, ...LENIENT, ...specs, '--sync-port', freshPort(), '-o', folder, ...fixed, ...soon, ...args],
      env,
    );
    const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (!existsSync(join(folder, 'report.json'))) throw new Error(`no report: ${outcome.stdout}${outcome.stderr}`);
    await look({
      ...outcome,
      folder,
      take: takeOf(folder),
      report: read('report.json') as Report,
    });
    expect(processesNaming(home)).toEqual([]);
  });
}

interface Report {
  verdict: string;
  source: string;
  frames: number;
  cameras: { file: string; frames: number; repeated: number; unreadable: number }[];
  pairs: { matched: number; compared: number; maxUs: number; rmsUs: number }[];
}

const rowsOf = (folder: string, name: string): string[] =>
  readFileSync(join(folder, `${name}.frames.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);

/** How far a camera's frames are from the first one's by the cameras' own stamps: rms, in us. A repeat has none. */
function apartUs(folder: string, name: string): number {
  const stamps = (of: string): number[] => rowsOf(folder, of).map((row) => Number(row.split(',')[2] || Number.NaN));
  const first = stamps('cam0');
  const apart = stamps(name).flatMap((us, slot) => {
    const difference = us - (first[slot] ?? Number.NaN);
    return Number.isNaN(difference) ? [] : difference;
  });
  return (summarise(apart) as Summary).rms;
}

/** Slots whose picture is that of the slot before, by its pixel clock. */
async function shownAgain(file: string): Promise<number[]> {
  const { timesUs, periodUs } = await readTimes(file);
  return timesUs.flatMap((us, slot) => {
    const before = timesUs[slot - 1];
    return us !== undefined && before !== undefined && us - before < periodUs / 4 ? slot : [];
  });
}

describe('a take of stock cameras', () => {
  it('that each drop 4 % has equal frame counts, every slot right, and repeats exactly where frames were dropped', () =>
    record(
      'drop=0.04',
      ['rpicam:0', 'rpicam:1', 'rpicam:2', 'rpicam:3'],
      ['-t', '4s', '--keep-original', '--width', '320', '--height', '240'],
      async ({ code, stderr, folder, take, report }) => {
        expect(code, stderr).toBe(0);
        expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 120 });
        expect(take).toMatchObject({ state: 'complete', frames: 120 });
        expect(take.sync.readyTimeUs).toBeGreaterThan(1.7e15);
        let dropped = 0;
        for (const [i, camera] of take.cameras.entries()) {
          const { name, stock } = camera;
          expect(await countFrames(join(folder, `${name}.mp4`))).toBe(120);
          const rows = rowsOf(folder, name);
          expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 120 }, (_, slot) => slot));
          const marked = rows.flatMap((row, slot) => (row.includes(',repeated,') ? slot : []));
          // Before its first frame a file shows nothing of which a time could be read.
          const first = rows.findIndex((row) => row.includes(',captured,'));
          const again = (await shownAgain(join(folder, `${name}.mp4`))).filter((slot) => slot > first);
          expect(marked).toEqual([...rows.keys()].slice(0, first).concat(again));
          const repeated = marked.length;
          expect(camera).toMatchObject({ frames: 120, repeated, captured: 120 - repeated });
          expect(report.cameras[i]?.repeated).toBeLessThanOrEqual(repeated);
          expect(report.cameras[i]?.repeated).toBeGreaterThanOrEqual(repeated - first);
          dropped += repeated;
          expect(stock?.conformed).toBe(repeated === 0 ? 'copied' : 're-encoded');
          expect(readdirSync(folder)).toEqual(
            expect.arrayContaining(['h264', 'metadata.json', 'pts', 'log'].map((ending) => `${name}.${ending}`)),
          );
        }
        // 480 frames, one in 25: none at all would be luck of one in 300 millions.
        expect(dropped).toBeGreaterThan(0);
      },
    ));

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

  it('in which one crashes fails, and the others keep theirs', () =>
    record({ 1: 'crash=1s' }, ['rpicam:0', 'rpicam:1', 'rpicam:2'], ['-t', '3s'], ({ code, stderr, take, report }) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: rpicam-vid was ended by SIGKILL/);
      expect(take.state).toBe('failed');
      // Repeats stand for what the dead one lost, and are called that.
      expect(report.cameras.map(({ frames }) => frames)).toEqual([90, 90, 90]);
      expect(stderr).toMatch(/cam1: frames \d+ to 89 are lost: repeats of the frame before stand for them/);
      expect(take.cameras.map(({ lost = 0 }) => lost > 40)).toEqual([false, true, false]);
    }));

  it('in which one stalls says so in the words of rpicam-vid', () =>
    record({ 1: 'stall=1s' }, ['rpicam:0', 'rpicam:1'], ['-t', '8s'], ({ code, stderr, take }) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: warning: .*sensor stopped sending pictures/);
      expect(stderr).toMatch(/cam1: no frame for \d+ s: .*\(rpicam-vid: /);
      expect(take.cameras[0]).toMatchObject({ frames: 240 });
      expect(take.cameras[1]?.error).toMatch(/no frame for/);
    }));

  it('in which one begins late is not called locked, and the late one is named', () =>
    record({ 1: 'late=1s' }, ['rpicam:0', 'rpicam:1'], ['-t', '3s'], ({ code, stderr, report, folder }) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: .*late/);
      expect(report.cameras.map(({ frames }) => frames)).toEqual([90, 90]);
      const rows = rowsOf(folder, 'cam1');
      expect(rows[0]).toContain(',repeated,');
      expect(rows[89]).toContain(',captured,');
    }));

  it('whose metadata have no wall clock says what it needs, and is steered by the grid where nothing shall be heard', () =>
    record(
      { 1: 'no-wallclock' },
      ['rpicam:0', 'rpicam:1'],
      ['-t', '2s', '--steer', 'grid'],
      ({ code, stderr, report, take }) => {
        expect({ code, stderr }).toMatchObject({ stderr: expect.stringMatching(/cam1: .*FrameWallClock/) });
        expect(report).toMatchObject({ verdict: 'locked', frames: 60 });
        for (const { stock } of take.cameras) {
          expect(stock?.steering).toEqual({ channel: 'grid', reason: 'as asked for' });
        }
      },
    ));

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

  it('of unlike sensors is locked within what the stock algorithm keeps to between them', () =>
    record(
      'models=imx219+imx708+imx477',
      ['rpicam:0', 'rpicam:1', 'rpicam:2'],
      ['-t', '4s', '--steer', 'stock', '--width', '320', '--height', '240', '--ready-frames', '100'],
      ({ code, stdout, stderr, report, take }) => {
        expect(code, stdout + stderr).toBe(0);
        expect(take.cameras.map(({ model }) => model)).toEqual(['imx219', 'imx708', 'imx477']);
        expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 120 });
        // "30 fps" is up to 170 us a second slower on one than on another; a camera is corrected once a second.
        for (const { compared, maxUs } of report.pairs) {
          expect(compared).toBeGreaterThan(100);
          expect(maxUs).toBeGreaterThan(50);
          expect(maxUs).toBeLessThan(1000);
        }
      },
    ));

  it.each([
    ['a server of ours', ['virtual:imx477?seed=9', 'rpicam:0', 'rpicam:1'], 'camera'],
    ['a stock camera that runs free', ['rpicam:0', 'rpicam:1', 'rpicam:2'], 'camera'],
    ['a grid that no camera leads', ['rpicam:0', 'rpicam:1', 'virtual:imx477?seed=9'], 'grid'],
    // Of one model each: two that are alike and held so closely are read alike, too, in drawn pictures without noise.
    // By their own algorithm unlike sensors are 130 us apart (rms); on a machine that has the time, steered ones 6 to
    // 10.
  ] as const)(
    'steered to %s is held to it several times as well as by the stock algorithm, of unlike sensors too',
    (_, cameras, lead) =>
      record(
        'models=imx219+imx708+imx477',
        cameras,
        ['-t', '4s', '--lead', lead, '--verbose', '--width', '320', '--height', '240'],
        ({ code, stderr, report, folder, take }) => {
          expect({ code, stderr }).toMatchObject({ code: 0 });
          expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 120 });
          expect(stderr).not.toMatch(/warning: is steered by/);
          expect(stderr).toMatch(/cam1: is steered by log: a line is \d/);
          expect(stderr).toMatch(/cam1: of that for steering: --framerate .* LIBCAMERA_LOG_LEVELS=RPiSync:DEBUG/);
          expect(take.cameras.map(({ sync }) => sync).includes('server')).toBe(lead === 'camera');
          for (const { name, stock } of take.cameras) {
            expect(apartUs(folder, name)).toBeLessThan(40);
            expect(rowsOf(folder, name)[0]).toMatch(/^0,\d.*,captured,/);
            if (stock === undefined) continue;
            // What is logged for the steerer alone is not kept.
            expect(readFileSync(join(folder, `${name}.log`), 'utf8')).not.toMatch(/DEBUG/);
            expect(stock.arguments).toEqual(expect.arrayContaining(['--mode', '--sync', 'client']));
            // Of one that leads nothing has to be learned.
            const leads = lead === 'camera' && name === 'cam0';
            const learned = leads ? {} : { rounding: 'floor', reportShift: 0 };
            expect(stock.steering).toMatchObject({ channel: 'log', ...learned });
            expect(stock.steering?.leads === true).toBe(leads);
          }
        },
      ),
  );

  it('whose log can not be heard is steered by its metadata, says so, and begins when it is locked', () =>
    record(
      'no-log,late=8',
      ['rpicam:0', 'rpicam:1'],
      ['-t', '3s', '--width', '320', '--height', '240'],
      ({ code, stderr, report, take, folder }) => {
        expect({ code, stderr }).toMatchObject({ code: 0 });
        expect(stderr).toMatch(/cam1: warning: is steered by metadata \(no log within 3 s\)/);
        expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 90 });
        expect(apartUs(folder, 'cam1')).toBeLessThan(40);
        const steering = take.cameras[1]?.stock?.steering;
        expect(steering).toMatchObject({ channel: 'metadata', rounding: 'floor' });
        // An encoder that is emptied is not late.
        expect(steering?.latencyFrames).toBeGreaterThan(7);
      },
    ));

  it('that leads, dies and is started again follows its own frames, in its slots, in a further file', () => {
    const name = 'cam0';
    const faults = { 0: 'crash=2500ms' };
    return record(
      faults,
      ['rpicam:0', 'rpicam:1'],
      ['-t', '6s', '--restart'],
      async ({ code, stderr, take, folder }) => {
        // What it missed is lost.
        expect(code).toBe(1);
        expect(stderr).toMatch(new RegExp(`${name}: .*SIGKILL; it is started again`));
        const camera = take.cameras.find((each) => each.name === name);
        expect(camera?.files?.map(({ file }) => file)).toEqual([`${name}.mp4`, `${name}-2.mp4`]);
        const [first, second] = camera?.files ?? [];
        expect(first?.firstIndex).toBe(0);
        expect((second?.firstIndex ?? 0) + (second?.frames ?? 0)).toBe(180);
        expect(await countFrames(join(folder, `${name}-2.mp4`))).toBe(second?.frames);
        // By the pixels each frame of its own is that of its slot, to a small part of a frame.
        const other = 'cam1';
        const others = (await readTimes(join(folder, `${other}.mp4`))).timesUs;
        const own = (await readTimes(join(folder, `${name}-2.mp4`))).timesUs;
        const [rows, otherRows] = [rowsOf(folder, `${name}-2`), rowsOf(folder, other)];
        const apart = own.flatMap((us, i) => {
          const slot = i + (second?.firstIndex ?? 0);
          const same = others[slot];
          const captured = [rows[i], otherRows[slot]].every((row) => row?.includes(',captured,'));
          return us === undefined || same === undefined || !captured ? [] : us - same;
        });
        expect(apart.length).toBeGreaterThan(20);
        expect((summarise(apart) as Summary).max).toBeLessThan(1_000);
      },
    );
  });

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
