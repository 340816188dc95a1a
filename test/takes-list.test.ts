import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takesTable } from '../src/cli/takes.ts';
import { UsageError } from '../src/errors.ts';
import { type Take, writeTake } from '../src/record/take.ts';
import { listTakes } from '../src/run/takes/list.ts';
import { inFolder } from './support/genlock.ts';
import { syntheticCamera, syntheticTake } from './support/take.ts';

/** A take in a folder of this name, with a report of so much. */
async function take(home: string, name: string, more: Partial<Take>, report?: unknown): Promise<string> {
  const folder = join(home, name);
  mkdirSync(folder);
  await writeTake(folder, syntheticTake(2, more));
  if (report !== undefined) writeFileSync(join(folder, 'report.json'), JSON.stringify(report));
  return folder;
}

const day = (number: number): string => `2026-01-0${number}T03:04:05.000Z`;

describe('a list of takes', () => {
  it('has the newest first, each with what came of it; what is no take is not in it', () =>
    inFolder(async (home) => {
      const cameras = [syntheticCamera(0, { name: 'left', repeated: 2 }), syntheticCamera(1, { repeated: 1 })];
      const pairs = [{ maxUs: 11.4 }, { maxUs: -12.5 }, { maxUs: null }];
      await take(
        home,
        'a',
        { state: 'complete', started: day(1) },
        { verdict: 'not locked', pairs: [{ maxUs: null }] },
      );
      await take(
        home,
        'b',
        { state: 'complete', started: day(3), cameras, note: 'wind\nfrom \u001b[2Jthe left' },
        { verdict: 'locked', pairs },
      );
      await take(home, 'c', { state: 'failed', started: day(2), frames: undefined });
      await take(home, 'd', { started: day(4) }, { verdict: 'splendid', pairs: 7 });
      mkdirSync(join(home, 'e'));
      writeFileSync(join(home, 'e', 'take.json'), '{');
      mkdirSync(join(home, 'holiday'));
      writeFileSync(join(home, 'take.txt'), '');
      const takes = await listTakes(home);
      expect(takes.map(({ folder }) => folder.slice(home.length + 1))).toEqual(['d', 'b', 'c', 'a', 'e']);
      expect(takes[1]).toMatchObject({
        ...{ started: day(3), state: 'complete', verdict: 'locked', spreadUs: 12.5 },
        ...{ cameras: ['left', 'cam1'], frames: 300, repeats: 3, note: 'wind\nfrom \u001b[2Jthe left' },
      });
      expect(takes[1]?.bytes).toBeGreaterThan(500);
      expect(takes[4]).toMatchObject({ cameras: [], damaged: expect.stringContaining('take.json: not JSON') });
      const lines = takesTable(takes, home).split('\n');
      expect(lines[0]).toMatch(/^take +verdict +spread +frames +repeats +size {2}note$/);
      expect(lines[1]).toMatch(/d +cut off +- +300 +0 +0\.0 MB$/);
      expect(lines[2]).toMatch(/b +locked +12\.5 us +300 +3 +0\.0 MB {2}wind from {1,2}\[2Jthe left$/);
      expect(lines[3]).toMatch(/c +failed +- +- +0 +0\.0 MB$/);
      expect(lines[4]).toMatch(/a +not locked +- +300/);
      expect(lines[5]).toMatch(/e +damaged .*not JSON$/);
      // Where the terminal is too narrow, notes stand below.
      const width = (lines[3] ?? '').length + 10;
      const narrow = takesTable(takes, home, width).trimEnd().split('\n');
      expect(narrow[0]).toMatch(/size$/);
      expect(narrow[3]).toMatch(/^ {2}wind from {1,2}\[2Jthe left$/);
      expect(Math.max(...narrow.slice(0, 4).map((line) => line.length))).toBeLessThanOrEqual(width);
    }));

  it('of a folder that is a take is that take', () =>
    inFolder(async (home) => {
      const folder = await take(home, 'a', { state: 'complete' });
      expect(await listTakes(folder)).toMatchObject([{ folder, state: 'complete' }]);
    }));

  it('is empty where there is none, and refused where there is no folder', () =>
    inFolder(async (home) => {
      expect(takesTable(await listTakes(home), 'takes')).toBe('no takes in takes\n');
      const refused = listTakes(join(home, 'nowhere'));
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow(/nowhere: there is no such folder; give the folder that your takes are in/);
    }));
});
