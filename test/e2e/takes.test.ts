import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeTake } from '../../src/record/take.ts';
import { genlock, inFolder } from '../support/genlock.ts';
import { syntheticTake } from '../support/take.ts';

describe('genlock takes', () => {
  it('lists takes, and moves those that are named to the bin, but nothing that is no take', () =>
    inFolder(async (home) => {
      // The bin of a home on the same disk.
      const env = { HOME: home, XDG_DATA_HOME: join(home, 'share') };
      const takes = join(home, 'takes');
      for (const name of ['one', 'two', 'photos']) mkdirSync(join(takes, name), { recursive: true });
      for (const name of ['one', 'two']) await writeTake(join(takes, name), syntheticTake(2, { state: 'complete' }));
      const listed = await genlock(['takes', '--json', takes], env);
      expect(JSON.parse(listed.stdout)).toMatchObject([{ frames: 300 }, { frames: 300 }]);
      const removed = await genlock(['takes', 'rm', join(takes, 'photos'), join(takes, 'one')], env);
      expect(removed).toMatchObject({
        code: 2,
        stdout: `${join(takes, 'one')}: is in the bin\n`,
        stderr: `genlock: ${join(takes, 'photos')}: no take: nothing is removed\n`,
      });
      expect(readdirSync(takes).sort()).toEqual(['photos', 'two']);
      const bin = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) =>
        /\/files\/[^/]+\/take\.json$/.test(path),
      );
      expect(bin).toHaveLength(1);
      const nowhere = await genlock(['takes', join(home, 'nowhere')], env);
      expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringMatching(/nowhere: there is no such folder/) });
      expect(existsSync(join(home, 'nowhere'))).toBe(false);
    }));
});
