import { describe, expect, it } from 'vitest';
import { planFiles, type Recorded } from '../src/run/stock/plan.ts';

const camera = (name: string, end: number, failed = false): Recorded => ({ name, end, failed });
const slots = (...given: Parameters<typeof planFiles>) => planFiles(...given).map((file) => file.slots);

describe('the slots of conformed files', () => {
  it('are those that were asked for, whatever each process recorded beyond', () => {
    expect(slots([camera('cam0', 331), camera('cam1', 329)], 300)).toEqual([300, 300]);
  });

  it('are, without a set end, as many as all cameras have', () => {
    expect(slots([camera('cam0', 331), camera('cam1', 329)], undefined, [340])).toEqual([329, 329]);
    expect(slots([camera('cam0', 331)], undefined, [320, 340])).toEqual([320]);
  });

  it('count frames dropped at the very end as dropped', () => {
    expect(planFiles([camera('cam0', 298)], 300)).toEqual([{ name: 'cam0', slots: 300, short: false }]);
  });

  it('are not made up where a recording ended early', () => {
    expect(planFiles([camera('cam0', 331), camera('cam1', 250)], 300)[1]).toEqual({
      name: 'cam1',
      slots: 250,
      short: true,
    });
  });

  it('of a camera that failed are what it has, and shorten no other', () => {
    const files = planFiles([camera('cam0', 331), camera('cam1', 60, true)], undefined);
    expect(files.map(({ slots }) => slots)).toEqual([331, 60]);
    expect(files.some(({ short }) => short)).toBe(false);
  });
});
