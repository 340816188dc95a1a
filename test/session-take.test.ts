import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OVERLOADED } from '../src/record/overload.ts';
import { readTake } from '../src/record/take.ts';
import type { CameraSnapshot } from '../src/run/camera/snapshot.ts';
import type { CameraEnd, TakeCameraProcess } from '../src/run/plan/camera.ts';
import { takeOptions } from '../src/run/plan/options.ts';
import { SessionTake } from '../src/run/session/session-take.ts';
import { inFolder } from './support/genlock.ts';

/** Time goes on when it is told to. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const KILLED: CameraEnd = { ok: false, error: 'its process was ended by SIGKILL', usage: false };

/** A camera of the session, as it is told to record the take, and what it was told since. */
class Told implements TakeCameraProcess {
  readonly spec = 'virtual:imx219';
  readonly pid = process.pid;
  readonly inStep = true;
  readonly part: TakeCameraProcess['part'];
  readonly ended: Promise<CameraEnd>;
  readonly name: string;
  readonly stops: (number | undefined)[] = [];
  end: CameraEnd | undefined;
  snapshot: CameraSnapshot | undefined;
  private resolve: (end: CameraEnd) => void = () => {};

  constructor(name: string, run: number) {
    this.name = name;
    const base = run === 0 ? name : `${name}-${run + 1}`;
    this.part = { file: `${base}.mp4`, framesCsv: `${base}.frames.csv` };
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  records(index: number): void {
    this.snapshot = {
      ...{ name: this.name, sync: 'client', state: 'locked', recording: index >= 0, index, frames: index + 1, take: 1 },
      ...{ wanted: undefined, offsetUs: 0, corrections: 0, drops: 0, repeated: 0, messages: 0, refused: 0 },
    };
  }

  async ends(end: CameraEnd): Promise<void> {
    this.end = end;
    this.resolve(end);
    await vi.advanceTimersByTimeAsync(500);
  }

  stop(index?: number): void {
    this.stops.push(index);
  }

  begin(): void {}

  kill(): void {}

  describe(): Record<string, never> {
    return {};
  }
}

/** A take of two cameras that was begun; one that died may come back where it is `alive`. */
async function begun(folder: string, { restart = true, alive = true, onOverload = 'drop' as 'drop' | 'fail' }) {
  const told: Told[] = [];
  const notes: string[] = [];
  const asked = { cameras: ['virtual:imx219', 'virtual:imx219'], output: join(folder, 'take'), restart, onOverload };
  const take = new SessionTake(
    await takeOptions(asked),
    {
      leadFrames: 12,
      order: (camera, run) => {
        const one = new Told(`cam${camera}`, run);
        told.push(one);
        return one;
      },
      alive: () => alive,
      indexNow: () => 40,
      readyTimeUs: () => 1_700_000_000_000_000,
      otherServer: () => undefined,
    },
    { onNote: (text) => notes.push(text) },
  );
  await take.record.prepare();
  await take.record.begin();
  take.begin();
  return { take, told, notes, problems: take.record.problems, at: (number: number) => told[number] as Told };
}

const finished: CameraEnd = { ok: true, frames: 52, interrupted: true };

describe('a take of a session', () => {
  it('goes on with --restart where a camera dies in it: it comes back in a further file, and all end at one frame', () =>
    inFolder(async (folder) => {
      const { take, told, notes, problems, at } = await begun(folder, {});
      for (const camera of told) camera.records(20);
      take.look();
      await take.begun;
      await at(1).ends(KILLED);
      expect(told.map(({ part }) => part.file)).toEqual(['cam0.mp4', 'cam1.mp4', 'cam1-2.mp4']);
      expect(problems).toEqual(['cam1: its process was ended by SIGKILL; started again']);
      expect([take.records, at(0).stops]).toEqual([true, []]);
      at(2).records(40);
      take.stop();
      // 0.4 s ahead of the frame that is due, on all that record.
      expect([at(0).stops, at(1).stops, at(2).stops]).toEqual([[52], [], [52]]);
      expect(take.records).toBe(false);
      await at(0).ends(finished);
      await at(2).ends(finished);
      await take.over;
      await take.record.settle();
      expect(notes.at(-1)).toBe('warning: cam1: its process was ended by SIGKILL; it goes on in a further file');
      const { cameras } = await readTake(join(folder, 'take'));
      expect(cameras[1]?.files?.map(({ file }) => file)).toEqual(['cam1.mp4', 'cam1-2.mp4']);
    }));

  it.each([
    ['without --restart', { restart: false }],
    ['where its camera can not be opened again', { alive: false }],
  ])('goes on without a camera that dies %s', (_, more) =>
    inFolder(async (folder) => {
      const { take, told, notes, at } = await begun(folder, more);
      for (const camera of told) camera.records(20);
      await at(1).ends(KILLED);
      expect([told.length, take.records, at(0).stops]).toEqual([2, true, []]);
      expect(notes.at(-1)).toContain('it is out of this take, the others go on');
      await at(0).ends(finished);
      await take.over;
      await take.record.settle();
    }),
  );

  it('ends at an overload where that is to be a failure, and nobody comes back', () =>
    inFolder(async (folder) => {
      const { take, told, problems, at } = await begun(folder, { onOverload: 'fail' });
      for (const camera of told) camera.records(20);
      await at(1).ends({ ok: false, error: `cam1: ${OVERLOADED}`, usage: false });
      expect([take.records, at(0).stops]).toEqual([false, [52]]);
      expect(problems).toEqual([`cam1: ${OVERLOADED}`]);
      await at(0).ends(finished);
      await take.over;
      await take.record.settle();
    }));

  it('ends where a camera dies before any frame is recorded: nobody goes on alone', () =>
    inFolder(async (folder) => {
      const { take, told, at } = await begun(folder, {});
      for (const camera of told) camera.records(-5);
      await at(1).ends(KILLED);
      expect([told.length, take.records]).toEqual([2, false]);
      expect(at(0).stops).toEqual([52]);
      await at(0).ends(finished);
      await take.over;
      await take.record.settle();
    }));
});
