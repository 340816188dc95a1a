import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decoded } from '../support/encoding.ts';
import { genlock } from '../support/genlock.ts';
import { describeFullDisk } from '../support/small-disk.ts';

const DISK_BYTES = 2 << 20;
const FRAGMENT_FRAMES = 15;

describeFullDisk(DISK_BYTES, (disk) => {
  test('ends vid with exit code 1 and one line about the video', async () => {
    const path = (name: string) => join(disk().folder, name);
    const files = ['-o', path('vid.mp4'), '--frames-csv', path('vid.csv'), '--metadata', path('vid.json')];
    const vid = await genlock(['vid', '-n', '-t', '60s', '-b', '10mbps', '--camera', '0', ...files]);
    expect({ code: vid.code, signal: vid.signal }).toEqual({ code: 1, signal: null });
    const errors = vid.stderr.split('\n').filter((line) => line.startsWith('genlock: '));
    expect(errors).toEqual([
      expect.stringMatching(/^genlock: .*vid\.mp4: recording stopped: no space left on device$/),
    ]);
    expect(vid.stderr).not.toMatch(/unhandled|at .*\.(js|ts):\d+/i);
    const rows = (await readFile(path('vid.csv'), 'utf8')).trim().split('\n').length - 1;
    const { frames } = await decoded(path('vid.mp4'));
    expect(frames.length).toBeGreaterThan(0);
    expect(rows - frames.length).toBeLessThanOrEqual(FRAGMENT_FRAMES);
  });

  test('is refused for a take: it could not even close its files', async () => {
    const take = join(disk().folder, 'take');
    const { code, stderr } = await genlock(['record', '--cameras', '2', '-t', '120s', '-o', take]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/genlock: --output .*: [\d.]+ MB are free there; a take needs more than [\d.]+ MB/);
    expect(readdirSync(disk().folder)).toEqual([]);
  });
});
