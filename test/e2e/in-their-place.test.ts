import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { genlock, inFolder, sleep, start } from '../support/genlock.ts';

const windows = process.platform === 'win32';

describe.skipIf(windows)('a named pipe that nobody reads', () => {
  it.each(['-o', '--metadata', '--save-pts', '--frames-csv'])(
    'ends with the recording that is stopped: vid %s',
    (option) =>
      inFolder(async (folder) => {
        const pipe = join(folder, 'pipe.h264');
        execFileSync('mkfifo', [pipe]);
        const output = option === '-o' ? [] : ['-o', join(folder, 'a.mp4')];
        const running = start(['vid', '-n', '-t', '1s', '--width', '320', '--height', '240', ...output, option, pipe]);
        await running.says('320x240 at 30 fps');
        // The video is opened before the texts beside it; of the video itself nothing tells that it waits.
        while (option !== '-o' && !existsSync(join(folder, 'a.mp4'))) await sleep(5);
        running.child.kill('SIGTERM');
        const { signal, code } = await running.ended;
        expect(signal ?? code).toSatisfy((end) => end === 0 || end === 1 || (end === 'SIGTERM' && option === '-o'));
      }),
  );
});

describe('a percent sign in the folder of a take', () => {
  it('is one, and no pattern', () =>
    inFolder(async (home) => {
      const folder = join(home, '100%', 't%% %d');
      const args = ['record', '--cameras', '1', '--frames', '5', '--no-verify', '-o', folder];
      const { code, stderr } = await genlock(args);
      expect([code, stderr.includes('genlock: ')]).toEqual([0, false]);
      expect(readdirSync(folder).sort()).toEqual(['cam0.frames.csv', 'cam0.mp4', 'take.json']);
    }));
});
