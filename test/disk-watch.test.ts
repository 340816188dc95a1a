import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { duration, size } from '../src/amounts.ts';
import { UsageError } from '../src/errors.ts';
import {
  type DiskState,
  DiskWatch,
  expectedBytesPerS,
  freeBytes,
  RESERVE_BYTES,
  secondsLeft,
} from '../src/run/files/disk-watch.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import { checkRoom } from '../src/run/take/disk.ts';
import { inFolder } from './support/genlock.ts';
import { replaceCall } from './support/replace-call.ts';

const MB = 1e6;
/** What the disk has free, in place of the real one's; undefined asks that. */
let free: number | undefined;

let putBack = (): void => {};
beforeAll(() => {
  putBack = replaceCall('statfs', (real) => async (path: string) => {
    const found = await real(path);
    return free === undefined ? found : { ...found, bsize: 1, bavail: free };
  });
});
afterAll(() => putBack());

describe('how long a recording can go on', () => {
  it('is what is free but for a reserve, at the rate, but for the time that closing takes', () => {
    expect(secondsLeft(RESERVE_BYTES + 100 * MB, MB)).toBeCloseTo(96);
    expect(secondsLeft(RESERVE_BYTES + 100 * MB, 10 * MB)).toBeCloseTo(6);
    expect(secondsLeft(RESERVE_BYTES + 4 * MB, MB)).toBe(0);
    expect(secondsLeft(RESERVE_BYTES, MB)).toBe(0);
    expect(secondsLeft(0, MB)).toBe(0);
  });

  it('falls with what is written, and never rises', () => {
    const left = Array.from({ length: 200 }, (_, i) => secondsLeft(100 * MB - i * MB, MB));
    expect(left).toEqual([...left].sort((a, b) => b - a));
    expect(left.at(-1)).toBe(0);
  });

  it('is expected by the pixels of all cameras', () => {
    expect(expectedBytesPerS(1, 640, 480, 30)).toBeCloseTo((640 * 480 * 30 * 0.3) / 8);
    expect(expectedBytesPerS(4, 1280, 960, 60)).toBeCloseTo(4 * 4 * 2 * expectedBytesPerS(1, 640, 480, 30));
  });

  it('is said as people say it', () => {
    expect([0, 0.2, 40, 89.2].map(duration)).toEqual(['0 s', '1 s', '40 s', '90 s']);
    expect([90, 720, 5340, 5400, 7200, 12_000].map(duration)).toEqual([
      ...['2 min', '12 min', '89 min', '1 h 30 min', '2 h', '3 h 20 min'],
    ]);
    expect(duration(5 * 86_400)).toBe('5 days');
    expect([78.24e9, 950e6, 6.64e6, 0].map(size)).toEqual(['78.2 GB', '950 MB', '6.6 MB', '0.0 MB']);
  });
});

const options = (folder: string, frames: number | undefined): TakeOptions =>
  ({
    folder,
    frames,
    specs: ['0', '1'],
    width: 640,
    height: 480,
    frameRate: { num: 30, den: 1 },
  }) as Partial<TakeOptions> as TakeOptions;

describe('the room before a take', () => {
  afterEach(() => {
    free = undefined;
  });

  it('is said in one line, as a warning where it is less than was asked for', () =>
    inFolder(async (folder) => {
      free = 100 * MB;
      // Two cameras write 0.69 MB a second.
      const line = 'disk: 100 MB free, enough for about 2 min at an estimated 0.7 MB/s';
      expect(await checkRoom(options(folder, 3000))).toBe(line);
      expect(await checkRoom(options(folder, undefined))).toBe(line);
      expect(await checkRoom(options(folder, 30_000))).toBe(
        `warning: ${line}, less than the 17 min asked for: the cameras are stopped together before it is full`,
      );
    }));

  it('that there is hardly any of refuses the take', () =>
    inFolder(async (folder) => {
      free = 5 * MB;
      // What is kept free, and four seconds of both cameras.
      await expect(checkRoom(options(folder, 30))).rejects.toThrow(
        `output ${folder}: 5.0 MB are free there; a take needs more than 7.0 MB: give a folder on another disk`,
      );
      await expect(checkRoom(options(folder, 30))).rejects.toThrow(UsageError);
    }));

  it('is what the system says', () =>
    inFolder(async (folder) => {
      const { bavail, bsize } = await statfs(folder);
      expect(Math.abs((await freeBytes(folder)) as number) / (bavail * bsize)).toBeCloseTo(1, 1);
      expect(await freeBytes(join(folder, 'nowhere'))).toBeUndefined();
    }));
});

describe('the watch on a disk', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    free = undefined;
  });

  /** Looks once a look: all that it asks of the disk is answered before the next. */
  function watch(
    folder: string,
    names: readonly string[] = ['cam0.mp4'],
    again: (file: string) => boolean = () => false,
  ) {
    const states: DiskState[] = [];
    const events: string[] = [];
    let looked: () => void = () => {};
    const heard = (what?: string): void => {
      if (what !== undefined) events.push(what);
      looked();
    };
    const disk = new DiskWatch({
      folder,
      files: () => names,
      again,
      expectedBytesPerS: MB,
      onState: (state) => {
        states.push(state);
        // What comes of a state is told right behind it.
        queueMicrotask(() => heard());
      },
      onLow: ({ freeBytes }) => heard(`low at ${freeBytes / MB} MB`),
      onGone: () => heard('gone'),
    });
    const look = async (times = 1): Promise<void> => {
      for (let i = 0; i < times; i++) {
        const done = new Promise<void>((resolve) => {
          looked = resolve;
        });
        vi.advanceTimersByTime(500);
        await done;
      }
    };
    return { disk, states, events, look };
  }

  const write = (folder: string, name: string, bytes: number): void =>
    writeFileSync(join(folder, name), Buffer.alloc(bytes));

  it('goes by the expected rate until something was written for a while, then by the measured one', () =>
    inFolder(async (folder) => {
      free = RESERVE_BYTES + 100 * MB;
      const { disk, states, look } = watch(folder);
      await look();
      expect(states).toEqual([{ freeBytes: free, bytesPerS: MB, estimated: true, leftS: 96 }]);
      for (let i = 0; i < 10; i++) {
        write(folder, 'cam0.mp4', (i + 1) * 100_000);
        await look();
      }
      disk.stop();
      const measured = states.filter(({ estimated }) => !estimated);
      expect(measured.length).toBeGreaterThan(3);
      // 100 kB each half second.
      for (const { bytesPerS, leftS } of measured) {
        expect(bytesPerS).toBeCloseTo(200_000, 0);
        expect(leftS).toBeCloseTo(496, 0);
      }
    }));

  it('counts all files, and goes by what was written lately', () =>
    inFolder(async (folder) => {
      free = 1e9;
      const { disk, states, look } = watch(folder, ['cam0.mp4', 'cam1.mp4']);
      for (let i = 1; i <= 80; i++) {
        const calm = Math.min(i, 40);
        write(folder, 'cam0.mp4', calm * 1000 + Math.max(0, i - 40) * 50_000);
        write(folder, 'cam1.mp4', calm * 1000);
        await look();
        if (i === 40) expect(states.at(-1)?.bytesPerS).toBeCloseTo(4000, 0);
      }
      disk.stop();
      expect(states.at(-1)?.bytesPerS).toBeCloseTo(100_000, 0);
    }));

  it('does not take a new file of a camera that was started again for a slow one', () =>
    inFolder(async (folder) => {
      free = 1e9;
      const names = ['cam0.mp4'];
      const { disk, states, look } = watch(folder, names);
      for (let i = 1; i <= 12; i++) {
        write(folder, 'cam0.mp4', i * 100_000);
        await look();
      }
      names[0] = 'cam0-2.mp4';
      for (let i = 1; i <= 15; i++) {
        write(folder, 'cam0-2.mp4', i * 100_000);
        await look();
      }
      disk.stop();
      for (const { bytesPerS } of states) expect([MB, 200_000]).toContain(Math.round(bytesPerS));
      expect(states.at(-1)).toMatchObject({ estimated: false });
    }));

  it('keeps room for files that are made into others in the end', () =>
    inFolder(async (folder) => {
      free = RESERVE_BYTES + 100 * MB;
      const names = ['cam0.h264', 'cam1.h264', 'cam2.mp4'];
      write(folder, 'cam0.h264', 3 * MB);
      write(folder, 'cam1.h264', 5 * MB);
      write(folder, 'cam2.mp4', 7 * MB);
      const { disk, states, look } = watch(folder, names, (file) => file.endsWith('.h264'));
      await look();
      disk.stop();
      // One after the other is made, and the original goes: the largest counts.
      expect(states[0]?.leftS).toBeCloseTo(95 - 4);
    }));

  it('says once that the disk is nearly full, and no more', () =>
    inFolder(async (folder) => {
      free = RESERVE_BYTES + 5 * MB;
      const { states, events, look } = watch(folder);
      await look();
      expect(events).toEqual([]);
      free = RESERVE_BYTES + 4 * MB;
      await look();
      await vi.waitFor(() => expect(events).toEqual([`low at ${(RESERVE_BYTES + 4 * MB) / MB} MB`]));
      vi.advanceTimersByTime(5000);
      expect(states).toHaveLength(2);
    }));

  it('says once that the folder is gone', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      mkdirSync(folder);
      const { states, events, look } = watch(folder);
      await look();
      rmSync(folder, { recursive: true });
      await look();
      vi.advanceTimersByTime(5000);
      expect(events).toEqual(['gone']);
      expect(states).toHaveLength(1);
    }));

  it('that is stopped says nothing more, whatever it was at', () =>
    inFolder(async (folder) => {
      const { disk, states, events } = watch(folder);
      vi.advanceTimersByTime(500);
      disk.stop();
      vi.advanceTimersByTime(5000);
      await freeBytes(folder);
      expect([states, events]).toEqual([[], []]);
    }));
});
