import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EARLIER, LEAVING, MOVING } from '../src/record/aside.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { readTake, writeTake } from '../src/record/take.ts';
import { repairTake } from '../src/run/repair/repair.ts';
import { recordVideo } from './support/cut-off.ts';
import { decoded } from './support/encoding.ts';
import { inFolder } from './support/genlock.ts';
import { script } from './support/scripts.ts';
import { syntheticTake } from './support/take.ts';

const why = await nodeAvBackend.unavailable();

/**
 * Runs a script of the support folder to its end, in a process of its own. In `left` stands what it would have left in
 * the folder, had it been killed before its first rename or removal there, its second one, and so on; those of the lock
 * left out.
 */
function run(name: Parameters<typeof script>[0], args: readonly string[], folder: string, left: string): Promise<void> {
  const child = spawn(process.execPath, ['--import', resolve('test/support/die-before.js'), script(name), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DIE_SKIP: 'repair.lock', DIE_IN: folder, LEFT_IN: left },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${name} ${args.join(' ')}: ${code}: ${said}`));
    });
  });
}

const replace = (folder: string, recorded: string, left: string): Promise<void> =>
  run('replace-take', [folder, recorded], folder, left);

/** What was left, before which rename or removal, in this order. */
const statesOf = (left: string): string[] =>
  (existsSync(left) ? readdirSync(left) : []).sort((a, b) => Number(a) - Number(b)).map((name) => join(left, name));

/** The earlier take has 20 frames, the later one 30, and something that is no take's lies beside both. */
async function prepare(home: string): Promise<{ folder: string; later: string }> {
  const [original, later] = [join(home, 'original'), join(home, 'later.mp4')];
  mkdirSync(original, { recursive: true });
  await recordVideo(join(original, 'cam0.mp4'), { frames: 20 });
  await recordVideo(later, { frames: 30 });
  writeFileSync(join(original, 'notes.txt'), 'mine');
  await writeTake(original, syntheticTake(1, { state: 'complete', frames: 20, wanted: 20 }));
  return { folder: original, later };
}

/** One of the two takes is whole, by its description and its video, and what is no take's is there. */
async function whole(folder: string): Promise<'earlier' | 'later'> {
  expect(readdirSync(folder).filter((name) => name.startsWith(EARLIER) || name.startsWith('repair.lock'))).toEqual([]);
  expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  const { wanted, state } = await readTake(folder);
  const frames = (await decoded(join(folder, 'cam0.mp4'))).frames.length;
  expect(state).not.toBe('recording');
  expect(frames).toBe(wanted === 20 ? 20 : 30);
  return wanted === 20 ? 'earlier' : 'later';
}

describe.skipIf(why !== undefined)(
  `a take that --force replaces${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    const home = mkdtempSync(join(tmpdir(), 'genlock-kills-'));
    beforeAll(async () => {
      for (const recorded of ['later', 'nothing']) {
        const { folder, later } = await prepare(join(home, `${recorded} recorded`));
        await replace(folder, recorded === 'later' ? later : recorded, join(home, recorded));
      }
    });
    afterAll(() => rmSync(home, { recursive: true }));
    /** A copy of what was left by a death before each rename or removal, in their order. */
    const statesWhere = (recorded: string, copy: string): string[] => {
      cpSync(join(home, recorded), copy, { recursive: true, preserveTimestamps: true });
      return statesOf(copy);
    };

    it.each(['later', 'nothing'] as const)(
      'is whole, or the later one is, whichever rename or removal the process dies before: %s recorded',
      (recorded) =>
        inFolder(async (mine) => {
          const ends: string[] = [];
          for (const folder of statesWhere(recorded, join(mine, 'left'))) {
            await repairTake(folder);
            ends.push(await whole(folder));
          }
          // Once the later one is there it is not lost again.
          expect(ends).toEqual([...ends].sort());
          expect(ends).toContain('earlier');
          expect(ends.includes('later')).toBe(recorded === 'later');
          expect(ends.length).toBeGreaterThan(12);
        }),
    );

    it.each([
      ['half aside', 'nothing', 5, [`${MOVING}/take.json`, 'cam0.mp4']],
      ['half back', 'nothing', 9, [`${MOVING}/take.json`, 'cam0.mp4']],
      ['half removed', 'later', 9, [LEAVING]],
    ] as const)(
      'survives a repair that dies before any rename or removal, and is repeated, where it is %s',
      (_, recorded, at, there) =>
        inFolder(async (mine) => {
          const state = statesWhere(recorded, join(mine, 'left'))
            .slice(at - 1)
            .find((folder) => there.every((name) => existsSync(join(folder, name)))) as string;
          const again = join(mine, 'again');
          await run('repair-take', [state], state, again);
          const deaths = statesOf(again);
          for (const folder of deaths) {
            await repairTake(folder);
            expect(await whole(folder)).toBe(recorded === 'later' ? 'later' : 'earlier');
          }
          expect(deaths.length).toBeGreaterThan(1);
        }),
    );

    it('is told of where it is half aside: no take is there, and what brings it back', () =>
      inFolder(async (folder) => {
        mkdirSync(join(folder, MOVING));
        await writeTake(join(folder, MOVING), syntheticTake(1));
        await expect(readTake(folder)).rejects.toThrow('genlock repair brings it back');
      }));
  },
);
