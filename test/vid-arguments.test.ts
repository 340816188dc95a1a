import { describe, expect, it } from 'vitest';
import { readOptions } from '../src/cli/options/read.ts';
import { vidRun } from '../src/cli/options/run-options.ts';
import { settleTake } from '../src/options/take.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import { vidArguments } from '../src/run/take/vid-arguments.ts';

const files = { video: '/take/cam0-2.mp4', framesCsv: '/take/cam0-2.frames.csv' };
const take = (frames: number | undefined): TakeOptions => ({
  ...settleTake({ frameRate: { num: 30000, den: 1001 }, port: 12_345 }),
  ...{ folder: '/take', specs: ['0', 'virtual:imx708'], names: ['cam0', 'cam1'], frames, interfaces: undefined },
});

/** What a camera's process makes of its arguments. */
const run = (number: number, frames: number | undefined, again?: boolean) =>
  vidRun(readOptions(vidArguments(number, take(frames), files, again))).options;

describe('a camera of a take', () => {
  it('is the server where it is the first, and records so many frames', () => {
    expect(run(0, 300)).toMatchObject({ sync: 'server', frames: 300, openReady: true, joinLocked: false });
    expect(run(1, 300)).toMatchObject({ sync: 'client', frames: 300, openReady: false });
    expect(run(1, undefined)).toMatchObject({ frames: undefined });
    for (const number of [0, 1]) expect(run(number, 300).endFrame).toBeUndefined();
  });

  it('that is started again follows, whatever it was, and ends where the take does', () => {
    for (const number of [0, 1]) {
      expect(run(number, 300, true)).toMatchObject({ sync: 'client', endFrame: 300, frames: undefined });
      expect(run(number, undefined, true)).toMatchObject({ sync: 'client', frames: undefined, joinLocked: true });
      expect(run(number, undefined, true).endFrame).toBeUndefined();
    }
  });

  it('that is started again is the same camera, in the same network', () => {
    for (const number of [0, 1]) {
      const [first, again] = [run(number, 300), run(number, 300, true)];
      for (const name of ['camera', 'network', 'syncSettings', 'controller', 'align'] as const) {
        expect(again[name]).toEqual(first[name]);
      }
    }
  });
});
