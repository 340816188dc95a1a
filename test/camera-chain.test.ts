import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TakeCamera } from '../src/record/take.ts';
import type { CameraSnapshot } from '../src/run/camera/snapshot.ts';
import type { CameraEnd, TakeCameraProcess } from '../src/run/plan/camera.ts';
import { CameraChain, type Failure } from '../src/run/take/camera-chain.ts';

/** Time goes on when it is told to. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const dead: Failure = { ok: false, error: 'its process was ended by SIGKILL', usage: false };
const done: CameraEnd = { ok: true, frames: 300, interrupted: false };

const SNAPSHOT: CameraSnapshot = {
  ...{ name: 'cam1', sync: 'client', state: 'locked', recording: false, index: 12, paused: false, frames: 12 },
  ...{ wanted: 300, offsetUs: 3, boundUs: undefined, corrections: 1, drops: 0, repeated: 0, messages: 5, refused: 0 },
};

class FakeProcess implements TakeCameraProcess {
  readonly name = 'cam1';
  readonly spec = '1';
  readonly part: TakeCameraProcess['part'];
  readonly pid: number;
  readonly ended: Promise<CameraEnd>;
  end: CameraEnd | undefined;
  snapshot: CameraSnapshot | undefined;
  inStep = false;
  about: Partial<TakeCamera> = {};
  readonly asked: string[] = [];
  private resolve: (end: CameraEnd) => void = () => {};

  constructor(run: number) {
    const base = run === 0 ? 'cam1' : `cam1-${run + 1}`;
    this.part = { file: `${base}.mp4`, framesCsv: `${base}.frames.csv` };
    this.pid = 100 + run;
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  async ends(end: CameraEnd): Promise<void> {
    this.end = end;
    this.resolve(end);
    await vi.advanceTimersByTimeAsync(0);
  }

  stop(index?: number): void {
    this.asked.push(`stop ${index ?? 'now'}`);
  }

  begin(): void {
    this.asked.push('begin');
  }

  kill(): void {
    this.asked.push('kill');
  }

  describe(): Partial<TakeCamera> {
    return this.about;
  }
}

function chainOf(again: (failure: Failure) => boolean = () => true) {
  const runs: FakeProcess[] = [];
  const failures: [error: string, again: boolean][] = [];
  const chain = new CameraChain({
    name: 'cam1',
    spec: '1',
    start: (run) => {
      expect(run).toBe(runs.length);
      const process = new FakeProcess(run);
      runs.push(process);
      return process;
    },
    again,
    onFailure: ({ error }, started) => failures.push([error, started]),
  });
  let ended: CameraEnd | undefined;
  void chain.ended.then((end) => {
    ended = end;
  });
  return { chain, runs, failures, ended: () => ended };
}

/** A run that lasts, and then dies. */
async function livesFor(process: FakeProcess | undefined, seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  await process?.ends(dead);
  await vi.advanceTimersByTimeAsync(300);
}

describe('a camera through its processes', () => {
  it('ends as its process ends, where that ends well', async () => {
    const { chain, runs, failures, ended } = chainOf();
    expect(ended()).toBeUndefined();
    await runs[0]?.ends(done);
    expect(ended()).toEqual(done);
    expect(chain.end).toEqual(done);
    expect([runs.length, failures, chain.failures]).toEqual([1, [], []]);
  });

  it('ends with the failure where it is not to be started again', async () => {
    const { chain, runs, failures, ended } = chainOf(() => false);
    await runs[0]?.ends(dead);
    expect(ended()).toEqual(dead);
    expect(failures).toEqual([[dead.error, false]]);
    expect(chain.failures).toEqual([dead.error]);
  });

  it('goes on in a further process a moment after one died, and ends as the last one does', async () => {
    const { chain, runs, failures, ended } = chainOf();
    await runs[0]?.ends(dead);
    expect(failures).toEqual([[dead.error, true]]);
    expect([runs.length, chain.end, ended()]).toEqual([1, undefined, undefined]);
    await vi.advanceTimersByTimeAsync(299);
    expect(runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toHaveLength(2);
    expect([chain.pid, chain.part]).toEqual([101, { file: 'cam1-2.mp4', framesCsv: 'cam1-2.frames.csv' }]);
    await runs[1]?.ends(done);
    expect(ended()).toEqual(done);
    // What failed on the way is not forgotten.
    expect(chain.failures).toEqual([dead.error]);
  });

  it('that dies again and again, each time soon, stays dead', async () => {
    const { chain, runs, failures, ended } = chainOf();
    while (ended() === undefined) {
      expect(runs.length).toBeLessThan(10);
      await livesFor(runs.at(-1), 14);
    }
    expect(ended()).toEqual(dead);
    expect(runs).toHaveLength(5);
    expect(failures.map(([, again]) => again)).toEqual([true, true, true, true, false]);
    expect(chain.failures).toHaveLength(5);
  });

  it('that dies now and then is started again as often', async () => {
    const { runs, ended } = chainOf();
    for (let i = 0; i < 30; i++) await livesFor(runs.at(-1), i % 4 === 3 ? 16 : 1);
    expect(runs).toHaveLength(31);
    expect(ended()).toBeUndefined();
  });

  it('that is told to stop is told at what frame, and not started again when it dies of that', async () => {
    const { chain, runs, failures, ended } = chainOf();
    chain.stop(120);
    expect(runs[0]?.asked).toEqual(['stop 120']);
    await runs[0]?.ends(dead);
    expect(ended()).toEqual(dead);
    expect(failures).toEqual([[dead.error, false]]);
  });

  it('that is told to stop in the moment before it is started again is not', async () => {
    const { chain, runs, failures, ended } = chainOf();
    await runs[0]?.ends(dead);
    await vi.advanceTimersByTimeAsync(200);
    chain.stop(120);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(1);
    expect(ended()).toEqual(dead);
    expect(chain.end).toEqual(dead);
    // That it was to be was true when it was told.
    expect(failures).toEqual([[dead.error, true]]);
  });

  it('passes on what it is told to the process that runs now', async () => {
    const { chain, runs } = chainOf();
    chain.begin();
    await livesFor(runs[0], 1);
    chain.begin();
    chain.kill();
    expect(runs.map(({ asked }) => asked)).toEqual([['begin'], ['begin', 'kill']]);
    await runs[1]?.ends(dead);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(2);
  });
});

describe('what is seen of a camera', () => {
  it('is what its process tells; while it is started again the last of that, as starting', async () => {
    const { chain, runs } = chainOf();
    expect(chain.snapshot).toBeUndefined();
    expect(chain.recorded).toBe(false);
    const [first] = runs as [FakeProcess];
    first.snapshot = { ...SNAPSHOT, recording: true };
    first.inStep = true;
    expect(chain.snapshot).toEqual(first.snapshot);
    expect([chain.inStep, chain.recorded]).toEqual([true, true]);
    await livesFor(first, 1);
    expect(chain.inStep).toBe(false);
    expect(chain.snapshot).toEqual({ ...SNAPSHOT, recording: true, state: 'starting', offsetUs: undefined });
    const second = runs[1] as FakeProcess;
    second.snapshot = { ...SNAPSHOT, state: 'waiting', index: undefined, frames: 0 };
    // The camera has recorded, whatever its process has.
    expect(chain.snapshot).toEqual({ ...second.snapshot, recording: true });
    expect(chain.recorded).toBe(true);
  });
});

describe('what take.json says of a camera', () => {
  const about: Partial<TakeCamera> = { model: 'imx219', mode: '1640x1232', steered: true };
  const counts: Partial<TakeCamera> = { firstIndex: 0, frames: 300, captured: 298, repeated: 2, encoder: 'node-av' };

  /** Its states are in tests of their own. */
  const described = (chain: CameraChain): Partial<TakeCamera> => {
    const { states: _, ...rest } = chain.describe();
    return rest;
  };

  it('while it records is which process writes which file', () => {
    const { chain, runs } = chainOf();
    (runs[0] as FakeProcess).about = about;
    expect(described(chain)).toEqual({
      ...about,
      files: [{ file: 'cam1.mp4', framesCsv: 'cam1.frames.csv', pid: 100 }],
    });
  });

  it('in the end, where one process did it all, is what that says', async () => {
    const { chain, runs } = chainOf();
    (runs[0] as FakeProcess).about = { ...about, ...counts };
    await runs[0]?.ends(done);
    expect(described(chain)).toEqual({ ...about, ...counts });
  });

  it('is all its files, in the order of time; counts of one of them are not the camera’s', async () => {
    const { chain, runs } = chainOf();
    (runs[0] as FakeProcess).about = about;
    await livesFor(runs[0], 1);
    const second = runs[1] as FakeProcess;
    second.about = { ...about, drops: 3 };
    const first = { file: 'cam1.mp4', framesCsv: 'cam1.frames.csv' };
    const further = { file: 'cam1-2.mp4', framesCsv: 'cam1-2.frames.csv' };
    expect(described(chain)).toEqual({ ...about, files: [first, { ...further, pid: 101 }] });
    second.about = { ...about, ...counts, firstIndex: 60, frames: 240 };
    await second.ends(done);
    expect(described(chain)).toEqual({
      ...{ ...about, encoder: 'node-av' },
      files: [first, { ...further, firstIndex: 60, frames: 240 }],
    });
  });
});
