import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CapturedFrame } from '../src/camera/camera.ts';
import { readOptions } from '../src/cli/options/read.ts';
import { vidRun } from '../src/cli/options/run-options.ts';
import type { TakeEnd, TakeOrder } from '../src/run/camera/ipc.ts';
import type { RoleFrame } from '../src/run/camera/role.ts';
import { TakeRow } from '../src/run/camera/take-row.ts';
import { bootUs } from '../src/time/units.ts';
import { decoded } from './support/encoding.ts';
import { inFolder } from './support/genlock.ts';
import { testPicture } from './support/pictures.ts';

const FRAME_US = 1e6 / 30;
/** Frame 0 of the timeline, on the wall clock. */
const ZERO_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;

/** A camera that stays open, frame by frame, and the takes that it is told of. */
function openRow(folder: string) {
  const { options } = vidRun(
    readOptions(['--sync', 'client', '--width', '160', '--height', '120', '-o', 'cam0.mp4', '--codec', 'libav']),
  );
  const ends = new Map<number, TakeEnd>();
  let corrections = 0;
  const row = new TakeRow(options, FRAME_US, {
    model: () => 'imx219',
    counts: () => ({ corrections, messages: 0, refused: {} }),
    onLine: () => {},
    about: () => ({}) as never,
    onRecorded: (number, end) => ends.set(number, end),
  });
  let place = 0;
  return {
    row,
    ends,
    /** The files of the take that is next are there: that may take a busy machine longer than frames do here. */
    prepared: () => expect.poll(() => row.take !== undefined).toBe(true),
    order: (number: number, from: number, more: Partial<TakeOrder> = {}): TakeOrder => ({
      ...{ number, name: `take ${number}`, from },
      video: join(folder, `${number}.mp4`),
      framesCsv: join(folder, `${number}.csv`),
      start: { wallUs: ZERO_US + from * FRAME_US, utcOffsetMinutes: 0 },
      ...more,
    }),
    /** Frames of the timeline go by, up to one. */
    upTo: async (end: number) => {
      for (; place < end; place++) {
        const index = place;
        const sensorUs = bootUs(place * FRAME_US);
        const frame: CapturedFrame = {
          ...{ sequence: place, sensorUs, exposureUs: 1000, gain: 1 },
          picture: () => testPicture(index, 160, 120),
        };
        const step = { index, phaseUs: 0, correctionUs: 0, state: 'locked', notices: [], changes: [] };
        row.frame(frame, step as unknown as RoleFrame, ZERO_US + place * FRAME_US, true);
        corrections++;
        await sleep(5);
      }
    },
    /** The indices that stand beside a take's video, and the marks of its pictures. */
    written: async (number: number) => {
      const rows = readFileSync(join(folder, `${number}.csv`), 'utf8')
        .trim()
        .split('\n')
        .slice(1);
      const { frames } = await decoded(join(folder, `${number}.mp4`));
      return { indices: rows.map((each) => Number(each.split(',')[0])), marks: frames.map(({ mark }) => mark) };
    },
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const marks = (from: number, to: number): number[] => range(from, to).map((place) => place % 14);

describe('takes in a row on a camera that stays open', () => {
  it('begin with frame 0 each, at the frame of the timeline that was ordered, and count for themselves', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo, written, prepared } = openRow(folder);
      row.begin(order(1, 20, { frames: 15 }));
      await prepared();
      await upTo(45);
      row.begin(order(2, 60));
      await prepared();
      await upTo(65);
      row.end(2, 12);
      // The third is ordered while the second has frames to come.
      row.begin(order(3, 75, { frames: 10 }));
      await upTo(100);
      await row.close();
      for (const [number, from, frames] of [
        [1, 20, 15],
        [2, 60, 12],
        [3, 75, 10],
      ] as const) {
        expect(ends.get(number)).toMatchObject({ ok: true, result: { frames, captured: frames, firstIndex: 0 } });
        expect(await written(number)).toEqual({ indices: range(0, frames), marks: marks(from, from + frames) });
        expect(readFileSync(join(folder, `${number}.mp4`), 'latin1')).toContain(`take ${number} cam0`);
      }
      expect([1, 2, 3].map((number) => ends.get(number)).map((end) => end?.ok && end.result.interrupted)).toEqual([
        false,
        true,
        false,
      ]);
    }));

  it('may be short, and end where the next one begins: no frame is in two of them, and none in neither', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo, written } = openRow(folder);
      const numbers = [1, 2, 3, 4];
      for (const number of numbers) row.begin(order(number, 20 + 4 * number, { frames: 4 }));
      await upTo(60);
      await row.close();
      for (const number of numbers) {
        const from = 20 + 4 * number;
        expect(ends.get(number)).toMatchObject({ ok: true, result: { frames: 4, captured: 4, interrupted: false } });
        expect(await written(number)).toEqual({ indices: range(0, 4), marks: marks(from, from + 4) });
      }
    }));

  it('are ended by their number: a word that comes late ends none of the next', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo, prepared } = openRow(folder);
      row.begin(order(1, 20, { frames: 5 }));
      await prepared();
      await upTo(40);
      row.begin(order(2, 55, { frames: 8 }));
      await prepared();
      await upTo(58);
      row.end(1, 2);
      row.end(1);
      await upTo(70);
      await row.close();
      expect(ends.get(2)).toMatchObject({ ok: true, result: { frames: 8, interrupted: false } });
    }));

  it('fail each for itself: the camera goes on', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo } = openRow(folder);
      row.begin(order(1, 20, { frames: 5, video: join(folder, 'none', '1.mp4') }));
      await upTo(40);
      expect(ends.get(1)).toMatchObject({ ok: false, usage: true, message: expect.stringContaining('none') });
      row.begin(order(2, 55, { frames: 5 }));
      await upTo(70);
      await row.close();
      expect(ends.get(2)).toMatchObject({ ok: true, result: { frames: 5 } });
    }));

  it('end with the camera, at its last frame; where it failed they did too, and have what was recorded', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo, written } = openRow(folder);
      row.begin(order(1, 20));
      await upTo(30);
      await row.close(new Error('no frame for 5 s'));
      expect(ends.get(1)).toMatchObject({ ok: false, message: 'no frame for 5 s' });
      expect((await written(1)).marks).toEqual(marks(20, 30));
    }));

  it('leave nothing where they are ended before they begin', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo } = openRow(folder);
      await upTo(5);
      row.begin(order(1, 50));
      await upTo(10);
      row.end(1);
      await row.close();
      expect(ends.get(1)).toMatchObject({ ok: true, result: { frames: 0, interrupted: true } });
    }));

  it('get an end where nobody is left to end them', () =>
    inFolder(async (folder) => {
      const { row, ends, order, upTo } = openRow(folder);
      row.begin(order(1, 10));
      await upTo(20);
      const over = row.orphan((next) => next + 5);
      await upTo(30);
      await over;
      expect(ends.get(1)).toMatchObject({ ok: true, result: { frames: 15 } });
    }));
});
