import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTake } from '../../src/record/take.ts';
import { freshPort, genlock, inFolder, SMALL, SOON } from '../support/genlock.ts';

const windows = process.platform === 'win32';
const ffmpeg = (process.env.PATH ?? '').split(':').find((folder) => existsSync(join(folder, 'ffmpeg')));

/** An encoder that takes some pictures and then none for a while: ffmpeg behind a hand that holds what comes. */
const HOLDING = (real: string): string => `#!/bin/sh
case " $* " in
  *"-f matroska -i pipe:0"*) { head -c 600000; sleep 3; } | "${real}" "$@" ;;
  *) exec "${real}" "$@" ;;
esac
`;

describe.skipIf(windows)('a take whose encoder holds up, with --on-overload fail', () => {
  it('ends, and no camera of it is started again, though --restart is given: advice is about the computer', (context) =>
    inFolder(async (folder) => {
      if (ffmpeg === undefined) context.skip('there is no ffmpeg on the PATH');
      const own = join(folder, 'ffmpeg');
      writeFileSync(own, HOLDING(join(ffmpeg as string, 'ffmpeg')));
      chmodSync(own, 0o755);
      const take = join(folder, 'take');
      const encoder = ['--encoder', 'ffmpeg', '--on-overload', 'fail', '--restart'];
      const { code, stderr, stdout } = await genlock(
        [
          'record',
          '--cameras',
          '2',
          '-t',
          '20s',
          '--framerate',
          '60',
          ...SMALL,
          ...SOON,
          ...encoder,
          '--sync-port',
          `${freshPort()}`,
          '-o',
          take,
        ],
        { PATH: `${folder}:${process.env.PATH}` },
      );
      expect(code).toBe(1);
      const { restart, cameras, problems } = await readTake(take);
      expect(restart).toBe(true);
      expect(problems?.join()).toMatch(/the encoder can't keep up: no room for frame \d+/);
      expect(stderr).not.toContain('started again');
      expect(cameras.flatMap(({ files = [] }) => files)).toEqual([]);
      expect(stdout).toMatch(/what to do: .* could not be encoded in time: this computer was too busy; try --/);
    }));
});
