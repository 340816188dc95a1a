import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshPort, genlock, inFolder, start } from '../support/genlock.ts';

const FIXTURES = 'test/fixtures/rpicam';
const ON = { GENLOCK_STAND_IN: 'on' };

/** The lines of stderr that are rpicam's own, not the log of its libraries. */
const own = (stderr: string): string[] => stderr.split('\n').filter((line) => /^(ERROR|terminate| {2}what)/.test(line));

const entries = (file: string): Record<string, unknown>[] => JSON.parse(readFileSync(file, 'utf8'));

describe('genlock vid in place of a stock camera', () => {
  it.each([
    ...['bad-camera', 'bad-dir-mp4', 'bad-framerate', 'bad-sync', 'bad-timeout', 'missing-value', 'unknown-option'],
    ...['mp4-circular', 'mp4-segment'],
  ])('fails as the real one does: %s', (name) =>
    inFolder(async (folder) => {
      const fixture = (file: string): string => readFileSync(join(FIXTURES, name, file), 'utf8').trim();
      const args = fixture('cmd').split(' ').slice(1);
      const at = args.indexOf('-o');
      if (at >= 0 && !args[at + 1]?.startsWith('/')) args[at + 1] = join(folder, args[at + 1] as string);
      const { code, stderr } = await genlock(['vid', ...args], ON);
      expect(own(stderr)).toEqual(own(fixture('err')));
      expect(code).toBe(Number(fixture('rc')));
    }),
  );

  it('writes captured frames alone, with an entry and a time each', () =>
    inFolder(async (folder) => {
      const file = (name: string): string => join(folder, name);
      const files = ['-o', file('a.h264'), '--metadata', file('m.json'), '--save-pts', file('a.pts')];
      const env = { GENLOCK_STAND_IN: 'drop=0.2,no-wallclock' };
      const { code, stderr } = await genlock(['vid', '-n', '-t', '2s', '--camera', '0', ...files], env);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^Halting: reached timeout of 2000 milliseconds\.$/m);
      const metadata = entries(file('m.json'));
      expect(metadata.length).toBeGreaterThan(30);
      expect(metadata.length).toBeLessThan(60);
      expect(metadata[0]).not.toHaveProperty('FrameWallClock');
      expect(readFileSync(file('a.pts'), 'utf8').trim().split('\n')).toHaveLength(metadata.length + 1);
    }));

  it('leaves the metadata of an mp4 empty, as the real one does', () =>
    inFolder(async (folder) => {
      const [video, metadata] = [join(folder, 'a.mp4'), join(folder, 'm.json')];
      const { code } = await genlock(['vid', '-n', '--frames', '10', '--metadata', metadata, '-o', video], ON);
      expect(code).toBe(0);
      expect(readFileSync(metadata, 'utf8')).toBe(readFileSync(join(FIXTURES, 'meta-mp4', 'm.json'), 'utf8'));
      expect(existsSync(video)).toBe(true);
    }));

  it('tells its version in the form of rpicam-vid, and that it is none', async () => {
    const { stdout } = await genlock(['vid', '--version'], ON);
    expect(stdout).toMatch(
      /^rpicam-apps build: v1\.12\.0 stand-in-of-genlock-\S+\nrpicam-apps capabilites: .*\nlibcamera build: v\S+\n$/,
    );
    expect((await genlock(['vid', '--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('records one frame less than asked for behind a wait, and says when it is in sync', () =>
    inFolder(async (folder) => {
      const port = freshPort();
      const vid = (camera: string, sync: string): string[] => [
        ...['vid', '-n', '--frames', '30', '--camera', camera, '--sync', sync, '--sync-port', port],
        ...['-o', join(folder, `${sync}.h264`), '--metadata', join(folder, `${sync}.json`)],
      ];
      const client = start(vid('1', 'client'), ON);
      await client.says('Sync mode set to client');
      const server = await genlock(vid('0', 'server'), ON);
      expect(server.stderr).toMatch(/INFO RPiSync sync\.cpp:232 \*\*\* Sync achieved! Difference 0us/);
      expect((await client.ended).stderr).toMatch(
        /INFO RPiSync sync\.cpp:281 \*\*\* Sync achieved! Difference -?\d+us/,
      );
      expect(entries(join(folder, 'server.json'))).toHaveLength(29);
      expect(entries(join(folder, 'client.json'))[0]).toMatchObject({ SyncReady: true });
    }));

  it('dies where it is told to crash', () =>
    inFolder(async (folder) => {
      const env = { GENLOCK_STAND_IN: 'crash=1s' };
      const { code, signal } = await genlock(['vid', '-n', '-t', '5s', '-o', join(folder, 'a.h264')], env);
      expect([code, signal]).toEqual([null, 'SIGKILL']);
    }));

  it('stalls where it is told to, in the words of the real one', () =>
    inFolder(async (folder) => {
      const env = { GENLOCK_STAND_IN: 'stall=1s' };
      const run = start(['vid', '-n', '-t', '2s', '-o', join(folder, 'a.h264')], env);
      await run.says('Device timeout detected, attempting a restart!!!');
      run.child.kill('SIGINT');
      expect((await run.ended).code).toBe(0);
    }));
});
