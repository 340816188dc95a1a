import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTake } from '../../src/record/take.ts';
import {
  freshPort,
  genlock,
  inFolder,
  LENIENT,
  lockedInAll,
  type Outcome,
  SMALL,
  start,
  twin,
} from '../support/genlock.ts';
import { Installation, ip, namespaceCommand, whyNoNamespaces } from '../support/isolation.ts';

/** The shipped program where something is missing: a route, an optional dependency, a program, a sound setting. */
const errorLines = (stderr: string): string[] =>
  stderr
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('genlock: '));

/** What was given can't be used: exit code 2 and one line, no stack, nothing on stdout. */
function expectRefused({ code, stdout, stderr }: Outcome, line: RegExp): void {
  expect(errorLines(stderr)).toHaveLength(1);
  expect(errorLines(stderr)[0]).toMatch(line);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

describe('on a host without a route', () => {
  const host = `genlock-${process.pid}-alone`;
  const inside = namespaceCommand(host, [process.execPath, resolve('dist/cli.js')]);
  const unset = { GENLOCK_INTERFACE: undefined };
  let missing: string | undefined;

  beforeAll(() => {
    missing = whyNoNamespaces(host);
    if (missing === undefined) ip(`-n ${host} link set lo up`);
  });
  afterAll(() => {
    if (missing === undefined) ip(`netns del ${host}`);
  });

  it.for(['client', 'server'])('a %s ends with exit code 2 and a line that names --sync-interface', (sync, context) => {
    if (missing !== undefined) context.skip(missing);
    return inFolder(async (folder) => {
      const output = join(folder, 'a.mp4');
      const ended = await start(['vid', '--sync', sync, '-t', '5s', '-o', output], unset, inside).ended;
      expectRefused(ended, /no route for multicast to 239\.255\.255\.250: .*--sync-interface (lo|eth0)/);
      expect(existsSync(output)).toBe(false);
    });
  });

  it('a client that is told --sync-interface lo waits for its server, and ends by Ctrl-C', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const run = start(['vid', '--sync', 'client', '--sync-interface', 'lo'], unset, inside);
    await run.says('waiting for a server');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect({ code, errors: errorLines(stderr) }).toEqual({ code: 0, errors: [] });
  });

  it('GENLOCK_INTERFACE=lo serves as well as the option', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const run = start(['vid', '--sync', 'client'], { GENLOCK_INTERFACE: 'lo' }, inside);
    await run.says('waiting for a server');
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(0);
  });

  it('virtual cameras are recorded all the same: their messages never leave the host', (context) => {
    if (missing !== undefined) context.skip(missing);
    return inFolder(async (folder) => {
      const { code, stdout, stderr } = await start(
        ['record', ...SMALL, ...LENIENT, '-t', '1s', '-o', folder],
        unset,
        inside,
      ).ended;
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(lockedInAll(30));
      expect((await readTake(folder)).sync.interface).toBe('127.0.0.1');
    });
  });
});

describe('without koffi', () => {
  let program: Installation;
  beforeAll(() => {
    program = new Installation('koffi', '@koromix');
  });
  afterAll(() => program.remove());

  it('vid works, and one line says how coarse the clock is', async () => {
    const { code, stderr } = await program.run(['vid', ...SMALL, '--frames', '5']);
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.includes('koffi'))).toEqual([
      expect.stringMatching(
        /^cam0: warning: koffi is not installed: the wall clock is read through Date.now, to about \d+ us$/,
      ),
    ]);
  });

  it('record works and is locked, says once that the clock is coarser, and the take says how its clocks were read', () =>
    inFolder(async (folder) => {
      const args = ['record', ...SMALL, ...LENIENT, '-t', '1s', '--sync-port', freshPort(), '-o', folder];
      const { code, stdout, stderr } = await program.run(args);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(lockedInAll(30));
      const { cameras } = await readTake(folder);
      expect(cameras.map(({ clock }) => clock?.source)).toEqual(['Date.now', 'Date.now']);
      expect(
        stderr.split('\n').filter((line) => line.includes('the wall clock is read through Date.now')),
      ).toHaveLength(1);
    }));
});

describe('without node-av', () => {
  const ffmpeg = (process.env.PATH ?? '').split(':').find((folder) => existsSync(join(folder, 'ffmpeg')));
  let program: Installation;
  beforeAll(() => {
    program = new Installation('node-av', '@seydx');
  });
  afterAll(() => program.remove());

  it('and without ffmpeg nothing can be encoded: one line says how to get either', () =>
    inFolder(async (folder) => {
      const output = join(folder, 'x.mp4');
      const PATH = folder;
      expectRefused(
        await program.run(['vid', '-o', output, '-t', '1s'], { PATH }),
        /nothing to encode video with: .*npm install node-av.*install ffmpeg/,
      );
      expect(existsSync(output)).toBe(false);
      expectRefused(await program.run(['vid', '-o', output, '--encoder', 'node-av'], { PATH }), /npm install node-av/);
      expectRefused(await program.run(['vid', '-o', output, '--encoder', 'ffmpeg'], { PATH }), /apt install ffmpeg/);
    }));

  it('and without ffmpeg record is refused in one line and leaves no take', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      const ended = await program.run(['record', '-t', '1s', '-o', take], { PATH: folder });
      expectRefused(ended, /nothing to encode video with: .*npm install node-av/);
      expect(existsSync(take)).toBe(false);
    }));

  it('and without ffmpeg a camera that records no video works', () =>
    inFolder(async (folder) => {
      const csv = join(folder, 'a.csv');
      const { code, stderr } = await program.run(['vid', '--frames', '5', '--frames-csv', csv], { PATH: folder });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(existsSync(csv)).toBe(true);
    }));

  it('with ffmpeg a take is recorded and proved from end to end', (context) => {
    if (ffmpeg === undefined) context.skip('there is no ffmpeg on the PATH');
    return inFolder(async (folder) => {
      const args = [
        'record',
        ...SMALL,
        ...LENIENT,
        '--encoder',
        'ffmpeg',
        '-t',
        '1s',
        '--sync-port',
        freshPort(),
        '-o',
        folder,
      ];
      const recorded = await program.run(args);
      expect({ code: recorded.code, stderr: recorded.stderr }).toMatchObject({ code: 0 });
      expect((await readTake(folder)).cameras.map(({ encoder }) => encoder)).toEqual(['ffmpeg', 'ffmpeg']);
      const { code, stdout } = await program.run(['verify', '--json', ...LENIENT, folder]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ locked: true, frames: 30, source: 'pixels' });
    });
  });

  it('with ffmpeg no encoder has to be named', (context) => {
    if (ffmpeg === undefined) context.skip('there is no ffmpeg on the PATH');
    return inFolder(async (folder) => {
      const output = join(folder, 'x.mp4');
      const { code, stderr } = await program.run(['vid', ...SMALL, '-o', output, '--frames', '15']);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const { stdout } = await genlock(['verify', '--json', output, twin(output)]);
      expect(JSON.parse(stdout)).toMatchObject({ frames: 15, pairs: [{ matched: 15, compared: 15 }] });
    });
  });
});

describe('GENLOCK_CLOCK', () => {
  const line = /^genlock: GENLOCK_CLOCK='.*': .*; it looks like 'offset=1500us,ppm=20' or 'step=1s@5s'/;

  it.each(['offset', 'offset=5', 'ppm=lots', 'drift=3', 'offset=1s;ppm=3', 'step=1s'])(
    '%j is refused in one line that shows the form',
    async (GENLOCK_CLOCK) => {
      expectRefused(await genlock(['vid', '--frames', '5'], { GENLOCK_CLOCK }), line);
    },
  );

  it('that is malformed is refused by record in the same line, and no take is left', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      expectRefused(await genlock(['record', '-t', '1s', '-o', take], { GENLOCK_CLOCK: 'offset=5' }), line);
      expect(existsSync(take)).toBe(false);
    }));

  it('is written into take.json for every camera of a take', () =>
    inFolder(async (folder) => {
      const args = ['record', ...SMALL, '--no-verify', '--frames', '10', '--sync-port', freshPort(), '-o', folder];
      const { code, stderr } = await genlock(args, { GENLOCK_CLOCK: 'offset=-2ms,ppm=12.5,step=3s@600s' });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const injected = { offsetUs: -2000, ppm: 12.5, steps: [{ byUs: 3e6, afterUs: 600e6 }] };
      expect((await readTake(folder)).cameras.map(({ clock }) => clock?.injected)).toEqual([injected, injected]);
    }));

  it('that is not set leaves take.json without it', () =>
    inFolder(async (folder) => {
      await genlock(['record', ...SMALL, '--no-verify', '--frames', '10', '--sync-port', freshPort(), '-o', folder], {
        GENLOCK_CLOCK: '',
      });
      for (const { clock } of (await readTake(folder)).cameras) {
        expect(clock?.source).toMatch(/\w/);
        expect(clock).not.toHaveProperty('injected');
      }
    }));
});
