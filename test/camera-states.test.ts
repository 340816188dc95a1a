import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TakeCamera } from '../src/record/take.ts';
import type { CameraSnapshot, CameraState } from '../src/run/camera/snapshot.ts';
import type { CameraEnd, TakeCameraProcess } from '../src/run/plan/camera.ts';
import { CameraChain } from '../src/run/take/camera-chain.ts';

/** A process that does what the test says. */
class Scripted implements TakeCameraProcess {
  readonly name = 'cam1';
  readonly spec = '1';
  readonly pid = undefined;
  readonly inStep = false;
  readonly part = { file: 'cam1.mp4', framesCsv: 'cam1.frames.csv' };
  end: CameraEnd | undefined;
  snapshot: CameraSnapshot | undefined;
  over: (end: CameraEnd) => void = () => {};
  readonly ended = new Promise<CameraEnd>((resolve) => {
    this.over = (end) => {
      this.end = end;
      resolve(end);
    };
  });

  is(state: CameraState, recording: boolean, index: number | undefined): void {
    const unknown = { offsetUs: undefined, corrections: undefined, drops: undefined, repeated: undefined };
    const { name } = this;
    this.snapshot = {
      ...{ name, sync: 'client', state, recording, index, frames: 0, wanted: undefined, ...unknown },
      ...{ messages: undefined, refused: undefined },
    };
  }

  stop(): void {}
  begin(): void {}
  kill(): void {}
  describe(): Partial<TakeCamera> {
    return { model: 'imx219', drops: 3, corrections: 22, frames: 10 };
  }
}

describe('a camera of a take through all its processes', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells its states through a death and a start anew, with the last frame by then', async () => {
    const runs: Scripted[] = [];
    const chain = new CameraChain({
      name: 'cam1',
      spec: '1',
      start: () => {
        const run = new Scripted();
        runs.push(run);
        return run;
      },
      again: () => true,
      onFailure: () => {},
    });
    const saw = (...state: [CameraState, boolean, number?]): boolean => {
      const [name, recording, index] = state;
      runs.at(-1)?.is(name, recording, index);
      return chain.look();
    };
    expect(chain.look()).toBe(false);
    expect(saw('waiting', false)).toBe(true);
    saw('locked', false, -20);
    saw('locked', true, 0);
    expect(saw('locked', true, 30)).toBe(false);
    saw('holdover', true, 42);
    runs[0]?.over({ ok: false, error: 'was ended by SIGKILL', usage: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(chain.look()).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toHaveLength(2);
    saw('waiting', false);
    saw('locked', true, 90);
    runs[1]?.over({ ok: true, frames: 10, interrupted: false });
    await chain.ended;
    const { states, ...described } = chain.describe();
    // What one of its runs counted is not the camera's.
    const part = { file: 'cam1.mp4', framesCsv: 'cam1.frames.csv', frames: 10 };
    expect(described).toEqual({ model: 'imx219', files: [part, part] });
    expect(states?.map(({ state, recording, index }) => [state, recording, index])).toEqual([
      ['starting', false, undefined],
      ['waiting', false, undefined],
      ['locked', false, -20],
      ['locked', true, 0],
      ['holdover', true, 42],
      ['failed', true, 42],
      ['starting', true, undefined],
      ['waiting', true, undefined],
      ['locked', true, 90],
      ['done', true, 90],
    ]);
  });
});
