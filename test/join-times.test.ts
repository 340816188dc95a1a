import { describe, expect, it } from 'vitest';
import { judge } from '../src/verify/alignment.ts';
import { type FileTimes, joinTimes } from '../src/verify/file-times.ts';

const PERIOD_US = 1e6 / 30;
const START_US = 7e6;

/** A file of so many slots, each where the pixel clock has it. */
const part = (firstSlot: number, frames: number, file = `cam1-${firstSlot}.mp4`): FileTimes => ({
  file,
  frames,
  firstSlot,
  periodUs: PERIOD_US,
  timesUs: Array.from({ length: frames }, (_, i) => START_US + (firstSlot + i) * PERIOD_US),
});

const judged = (joined: FileTimes) =>
  judge(
    [
      { ...part(0, 100), file: 'cam0.mp4' },
      { ...joined, file: 'cam1.mp4' },
    ],
    { toleranceUs: 1000 },
  );

describe('the times of a camera in several files', () => {
  it('of which there is one are those of that', () => {
    const joined = joinTimes([part(12, 50)]);
    expect(joined).toEqual({ ...part(12, 50), missing: 0 });
  });

  it('stand each at its slot; slots that no file has are none, and counted', () => {
    const joined = joinTimes([part(0, 30), part(50, 20), part(70, 30)]);
    expect(joined).toMatchObject({ firstSlot: 0, frames: 100, missing: 20, file: 'cam1-0.mp4' });
    expect(joined.timesUs).toHaveLength(100);
    for (const [slot, us] of joined.timesUs.entries()) {
      if (slot >= 30 && slot < 50) expect(us).toBeUndefined();
      else expect(us).toBeCloseTo(START_US + slot * PERIOD_US, 3);
    }
    // A hole of the list is no slot without a time.
    expect(Object.keys(joined.timesUs)).toHaveLength(100);
  });

  it('count from the first file’s slot where the camera joined late', () => {
    const joined = joinTimes([part(20, 10), part(35, 5)]);
    expect(joined).toMatchObject({ firstSlot: 20, frames: 20, missing: 5 });
    expect(joined.timesUs[0]).toBeCloseTo(START_US + 20 * PERIOD_US, 3);
    expect(joined.timesUs[15]).toBeCloseTo(START_US + 35 * PERIOD_US, 3);
  });

  it('of files that overlap are those of the later one, and nothing is missing', () => {
    const first = part(0, 40);
    const joined = joinTimes([first, { ...part(35, 15), timesUs: part(35, 15).timesUs.map(() => 1) }]);
    expect(joined).toMatchObject({ frames: 50, missing: 0 });
    expect(joined.timesUs.slice(0, 35)).toEqual(first.timesUs.slice(0, 35));
    expect(joined.timesUs.slice(35)).toEqual(new Array(15).fill(1));
  });

  it('come with what is known of each: repeats that were told of, what is least known, notes and faults once', () => {
    const known = (firstSlot: number, notes: readonly string[], unknownUs: number): FileTimes => ({
      ...part(firstSlot, 10),
      ...{ notes, faults: notes, unknownUs, marked: new Set([firstSlot + 1]) },
    });
    const joined = joinTimes([known(0, ['a'], 3), known(10, ['a', 'b'], 7)]);
    expect(joined).toMatchObject({ unknownUs: 7, notes: ['a', 'b'], faults: ['a', 'b'] });
    expect(joined.marked).toEqual(new Set([1, 11]));
    // Of one file it is not known which repeats were told of: then it is of none.
    const { marked: _, ...untold } = known(10, [], 0);
    expect(joinTimes([known(0, [], 0), untold]).marked).toBeUndefined();
    expect(joinTimes([known(0, [], 4), untold]).unknownUs).toBe(4);
  });

  it('do not change those of the files', () => {
    const parts = [part(0, 10), part(15, 10)];
    const before = structuredClone(parts);
    joinTimes(parts);
    expect(parts).toEqual(before);
  });
});

describe('a camera in several files, held against one in one', () => {
  it('is locked in all frames that both have, and what is missing is no unreadable frame', () => {
    const report = judged(joinTimes([part(0, 30), part(50, 50)]));
    expect(report).toMatchObject({ verdict: 'locked', frames: 100 });
    expect(report.pairs[0]).toMatchObject({ matched: 80, compared: 80 });
    expect(report.cameras[1]).toMatchObject({ missing: 20, unreadable: 0 });
  });

  it('is not locked where a later file is a frame off', () => {
    const shifted = part(50, 50);
    const joined = joinTimes([
      part(0, 30),
      { ...shifted, timesUs: shifted.timesUs.map((us) => (us ?? 0) + PERIOD_US) },
    ]);
    expect(judged(joined)).toMatchObject({ verdict: 'not locked' });
  });
});
