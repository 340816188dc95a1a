import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FailureError } from '../src/errors.ts';
import { DataSync, diskWaited, longestDiskWaitMs, SYNC_MS, syncFile, syncFolder } from '../src/record/data-sync.ts';
import { TextFile } from '../src/record/text-file.ts';
import { eachBackend } from './support/encoding.ts';
import { testPicture } from './support/pictures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-sync-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Only the intervals wait for the test: the disk is the real one. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A disk that answers when it is told to. */
class Disk {
  readonly asked: string[] = [];
  closed = 0;
  private readonly answers: ((error?: Error) => void)[] = [];

  handle(file: string) {
    return {
      datasync: () => {
        this.asked.push(file);
        return new Promise<void>((resolve, reject) => {
          this.answers.push((error) => (error === undefined ? resolve() : reject(error)));
        });
      },
      close: async () => void this.closed++,
    };
  }

  /** Waits for request number `count`, from 1, and answers it. */
  async answer(count: number, error?: Error): Promise<void> {
    await expect.poll(() => this.asked.length).toBe(count);
    this.answers.shift()?.(error);
  }
}

const start = (disk: Disk, name: string) => new DataSync(join(folder, name), disk.handle(name));

describe('a file that grows', () => {
  test('is synced at once, every half second, and when it is closed', async () => {
    const disk = new Disk();
    const sync = start(disk, 'a');
    await disk.answer(1);
    for (let count = 2; count < 5; count++) {
      await vi.advanceTimersByTimeAsync(SYNC_MS);
      await disk.answer(count);
    }
    const closed = sync.close();
    await disk.answer(5);
    await closed;
    expect(disk.closed).toBe(1);
    await vi.advanceTimersByTimeAsync(10 * SYNC_MS);
    expect(disk.asked).toHaveLength(5);
  });

  test('is not asked for again as long as the disk does not answer', async () => {
    const disk = new Disk();
    const sync = start(disk, 'a');
    await expect.poll(() => disk.asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(100 * SYNC_MS);
    expect(disk.asked).toHaveLength(1);
    sync.check();
    await disk.answer(1);
    await vi.advanceTimersByTimeAsync(SYNC_MS);
    await disk.answer(2);
    await sync.stop();
  });

  test('is one of many that the disk is asked for one at a time', async () => {
    const disk = new Disk();
    const syncs = ['a', 'b', 'c'].map((name) => start(disk, name));
    await expect.poll(() => disk.asked).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(10 * SYNC_MS);
    expect(disk.asked).toEqual(['a']);
    for (const count of [1, 2, 3]) await disk.answer(count);
    expect(disk.asked).toEqual(['a', 'b', 'c']);
    await Promise.all(syncs.map((sync) => sync.stop()));
  });

  test('is on the disk with all that was written when `now` resolves, also where a request was under way', async () => {
    const disk = new Disk();
    const sync = start(disk, 'a');
    await expect.poll(() => disk.asked.length).toBe(1);
    let done = false;
    const now = sync.now().then(() => {
      done = true;
    });
    await disk.answer(1);
    await expect.poll(() => disk.asked.length).toBe(2);
    expect(done).toBe(false);
    await disk.answer(2);
    await now;
    await sync.stop();
  });

  test('whose disk fails is named in one line, from then on', async () => {
    const disk = new Disk();
    const sync = start(disk, 'a.mp4');
    await disk.answer(1, Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    await expect.poll(() => caught(() => sync.check())).toBeInstanceOf(FailureError);
    const line = `${join(folder, 'a.mp4')}: recording stopped: the disk reports an error (EIO)`;
    expect((caught(() => sync.check()) as Error).message).toBe(line);
    await expect(sync.close()).rejects.toThrow(line);
    expect({ asked: disk.asked.length, closed: disk.closed }).toEqual({ asked: 1, closed: 1 });
  });

  test('on what keeps no data has nothing to sync', async () => {
    const disk = new Disk();
    const sync = start(disk, 'a');
    await disk.answer(1, Object.assign(new Error('EINVAL'), { code: 'EINVAL' }));
    const closed = sync.close();
    await disk.answer(2, Object.assign(new Error('EINVAL'), { code: 'EINVAL' }));
    await expect(closed).resolves.toBeUndefined();
  });
});

test.skipIf(process.platform === 'win32')('a device is never synced', async () => {
  const datasync = await spyOnDisk();
  const sync = await DataSync.start('/dev/null');
  await vi.advanceTimersByTimeAsync(10 * SYNC_MS);
  await sync.close();
  expect(datasync).not.toHaveBeenCalled();
});

test('a whole file is synced with its folder; a device is not, and a folder that can not be opened is passed over', async () => {
  const file = join(folder, 'whole');
  await writeFile(file, 'x');
  const handle = await open(file);
  const whole = vi.spyOn(Object.getPrototypeOf(handle), 'sync');
  await handle.close();
  await syncFile(file);
  expect(whole).toHaveBeenCalledTimes(2);
  await syncFile('/dev/null');
  await syncFolder(join(folder, 'missing'));
  expect(whole).toHaveBeenCalledTimes(2);
});

eachBackend((backend) => {
  test.each(['a.mp4', 'a.mkv', 'a.h264', 'a.yuv'])('a video is synced while it is written: %s', async (name) => {
    const file = join(folder, `${backend.name}-${name}`);
    const codec = name.endsWith('.yuv') ? 'yuv420' : 'h264';
    const encoder = await backend.open({ file, codec, width: 320, height: 240, frameRate: { num: 30, den: 1 } });
    const datasync = await spyOnDisk();
    for (let round = 1; round < 4; round++) {
      await encoder.write(testPicture(round), round);
      await vi.advanceTimersByTimeAsync(SYNC_MS);
      await expect.poll(() => datasync.mock.calls.length).toBe(round);
    }
    await encoder.close();
  });
});

test('text is synced while it is written, and when it is closed', async () => {
  const text = await TextFile.open(join(folder, 'a.csv'));
  const datasync = await spyOnDisk();
  for (let round = 1; round < 4; round++) {
    text.write('row\n');
    await vi.advanceTimersByTimeAsync(SYNC_MS);
    await expect.poll(() => datasync.mock.calls.length).toBe(round);
  }
  await text.close();
  expect(datasync).toHaveBeenCalledTimes(4);
});

/** Counts the calls of fdatasync, which are done as always. What was asked for before is over when this resolves. */
async function spyOnDisk() {
  const handle = await open(join(folder, 'spy'), 'w');
  await handle.datasync();
  const sync = new DataSync(join(folder, 'spy'), handle);
  await sync.close();
  return vi.spyOn(Object.getPrototypeOf(handle), 'datasync').mockClear();
}

function caught(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('the longest wait for the disk is that of the time asked for', () => {
  // Behind all that other tests waited.
  const t = performance.now() + 1e6;
  for (const [ms, wait] of [
    [0, 900],
    [10, 40],
    [20, 300],
    [30, 100],
    [40, 120],
  ] as const) {
    diskWaited(t + ms, wait);
  }
  expect([0, 1, 20, 21, 35, 41].map((ms) => longestDiskWaitMs(t + ms))).toEqual([900, 300, 300, 120, 120, 0]);
});
