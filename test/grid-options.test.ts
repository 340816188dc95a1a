import { describe, expect, it } from 'vitest';
import { gridRun } from '../src/cli/options/grid-options.ts';
import { readOptions } from '../src/cli/options/read.ts';
import { vidRun } from '../src/cli/options/run-options.ts';

const asked = (line: string) => readOptions(`--camera none ${line}`.split(' ').filter((word) => word !== ''));
const grid = (line: string) => gridRun(asked(line));

describe('the options of a server without a camera', () => {
  it('goes on until it is stopped, at 30 fps from its start', () => {
    const { options, lines } = grid('--sync server');
    expect(options).toMatchObject({ rate: { num: 30, den: 1 }, epoch: false, frames: undefined, initial: 'record' });
    expect(options.syncSettings).toMatchObject({ syncPeriod: 30, readyFrame: 100 });
    expect(lines).toEqual([]);
  });

  it('takes rates and phases exactly, and an end', () => {
    const { options } = grid('--sync server --epoch --phase 1/3 --framerate 29.97 -t 20s --ready-frames 60');
    expect(options).toMatchObject({ rate: { num: 30_000, den: 1001 }, phase: { num: 1, den: 3 }, frames: 599 });
    expect(options.syncSettings.readyFrame).toBe(60);
    expect(grid('--sync server -t 5s').options.frames).toBe(150);
    expect(grid('--sync server -t 0').options.frames).toBeUndefined();
    expect(grid('--sync server --frames 20').options).toMatchObject({ frames: 20, countPauses: false });
  });

  it.each([
    ['', /^--camera none: .* add --sync server/],
    ['--sync client', /^--camera none: .* add --sync server/],
    ['--sync server -o a.mp4', /^--output a\.mp4: --camera none records nothing; leave it out/],
    ['--sync server --frames-csv a.csv', /^--frames-csv a\.csv: --camera none records nothing/],
    ['--sync server --phase 1', /^--phase 1: must be a part of a frame from 0 up to but not 1/],
    ['--sync server --phase x', /^--phase x: must be a part of a frame/],
    ['--sync server --framerate 0', /^--framerate 0/],
  ])('refuses "%s" in a line', (line, message) => {
    expect(() => grid(line)).toThrow(message);
  });

  it('says what has no effect, a line for each reason', () => {
    expect(grid('--sync server --shutter 2ms --width 640 --sync-align middle').lines).toEqual([
      '--sync-align, --shutter, --width: act with a camera only, not with --camera none',
    ]);
    expect(grid('--sync server --phase 1/4').lines).toEqual(['--phase: acts with --epoch only']);
    const camera = vidRun(readOptions(['--epoch', '--phase', '1/4', '-o', 'a.mp4']));
    expect(camera.lines).toContain('--epoch, --phase: act with --camera none only');
  });
});
