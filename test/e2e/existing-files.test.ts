import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshPort, genlock, inFolder, sleep, start } from '../support/genlock.ts';

const SIDECARS = ['a.csv', 'a.json', 'a.pts'] as const;

/** Options that name a video and its sidecars, all of which are there already and hold their names. */
const existing = (folder: string): string[] => {
  for (const name of ['a.mp4', ...SIDECARS]) writeFileSync(join(folder, name), name);
  const [csv, json, pts] = SIDECARS.map((name) => join(folder, name)) as [string, string, string];
  return ['-o', join(folder, 'a.mp4'), '--frames-csv', csv, '--metadata', json, '--save-pts', pts];
};

const expectUntouched = (folder: string): void => {
  expect(readdirSync(folder).sort()).toEqual(['a.csv', 'a.json', 'a.mp4', 'a.pts']);
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), 'utf8')).toBe(name);
};

describe('files that are there already', () => {
  it('stay where a recording in segments writes no frame into them', () =>
    inFolder(async (folder) => {
      for (const number of [0, 1, 2, 3, 4]) writeFileSync(join(folder, `seg${number}.mp4`), 'old');
      const output = ['--segment', '1000', '-o', join(folder, 'seg%d.mp4')];
      const { code, stderr } = await genlock(['vid', '-n', '--wrap', '3', '--frames', '90', ...output]);
      expect(code).toBe(0);
      expect(stderr).toContain('3 files');
      const old = (): string[] =>
        readdirSync(folder)
          .sort()
          .filter((name) => readFileSync(join(folder, name), 'utf8') === 'old');
      expect(readdirSync(folder).sort()).toEqual([0, 1, 2, 3, 4].map((number) => `seg${number}.mp4`));
      expect(old()).toEqual(['seg3.mp4', 'seg4.mp4']);
    }));

  it('stay where a recording is stopped in a pause from the beginning on', () =>
    inFolder(async (folder) => {
      const run = start(['vid', '-n', '-t', '0', '--initial', 'pause', '--signal', ...existing(folder)]);
      await run.says('paused from the beginning on');
      run.child.kill('SIGINT');
      const { code, stderr } = await run.ended;
      expect(code).toBe(0);
      expect(stderr).toContain('nothing written');
      expectUntouched(folder);
    }));

  it('stay where a camera is stopped when they are open and frame 0 has not come', () =>
    inFolder(async (folder) => {
      const files = existing(folder);
      const run = start([
        'vid',
        '-n',
        '--sync',
        'server',
        '--sync-port',
        freshPort(),
        '--ready-frames',
        '60',
        ...files,
      ]);
      while (!existsSync(join(folder, 'a.pts.previous'))) await sleep(10);
      run.child.kill('SIGINT');
      expect((await run.ended).code).toBe(0);
      expectUntouched(folder);
    }));

  it('are replaced where something is recorded, and nothing is left beside them', () =>
    inFolder(async (folder) => {
      const { code } = await genlock(['vid', '-n', '--frames', '3', ...existing(folder)]);
      expect(code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(['a.csv', 'a.json', 'a.mp4', 'a.pts']);
      for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), 'utf8')).not.toBe(name);
    }));
});
