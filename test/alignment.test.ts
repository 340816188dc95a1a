import { describe, expect, it } from 'vitest';
import { type Judgement, judge, type Report } from '../src/verify/alignment.ts';
import type { FileTimes } from '../src/verify/file-times.ts';

const PERIOD_US = 1e6 / 30;
const START_US = 5_000_000;

type Times = (number | undefined)[];

/** Mid-exposures of so many frames, each `offset` later than the grid. */
const times = (frames: number, offset: number | ((slot: number) => number) = 0): Times =>
  Array.from(
    { length: frames },
    (_, i) => START_US + i * PERIOD_US + (typeof offset === 'number' ? offset : offset(i)),
  );

const file = (name: string, timesUs: Times, more: Partial<FileTimes> = {}): FileTimes => ({
  file: name,
  frames: timesUs.length,
  firstSlot: 0,
  periodUs: PERIOD_US,
  timesUs,
  ...more,
});

/** The times with other ones in some slots. */
const altered = (timesUs: Times, changes: Record<number, number | undefined>): Times =>
  timesUs.map((us, i) => (i in changes ? changes[i] : us));

/** Each of these slots shows the frame of the slot before it, as read from the picture again: a few us apart. */
const repeating = (timesUs: Times, ...slots: number[]): Times => {
  const result = [...timesUs];
  for (const slot of slots) result[slot] = (result[slot - 1] as number) + 2;
  return result;
};

const compare = (a: Times, b: Times, judgement: Partial<Judgement> = {}): Report =>
  judge([file('a.mp4', a), file('b.mp4', b)], { toleranceUs: 1000, ...judgement });

const counts = (report: Report) => report.pairs.map(({ matched, compared }) => [matched, compared]);
const only = (report: Report) => {
  expect(report.pairs).toHaveLength(1);
  return report.pairs[0] as Report['pairs'][0];
};

describe('two files', () => {
  it('whose frame N is frame N are locked', () => {
    const report = compare(times(100), times(100, 40));
    expect(report).toMatchObject({ verdict: 'locked', locked: true, frames: 100, source: 'pixels', reasons: [] });
    expect(report.cameras).toEqual([
      { file: 'a.mp4', frames: 100, repeated: 0, unreadable: 0 },
      { file: 'b.mp4', frames: 100, repeated: 0, unreadable: 0 },
    ]);
    expect(only(report)).toMatchObject({ reference: 'a.mp4', file: 'b.mp4', matched: 100, compared: 100 });
  });

  it.each([1, -1, 2, 30])('are not locked where frame N of one is frame N + %i of the other', (shift) => {
    const report = compare(times(100), times(100, shift * PERIOD_US));
    expect(report).toMatchObject({ verdict: 'not locked', locked: false });
    expect(counts(report)).toEqual([[0, 100]]);
    expect(report.reasons).toEqual(["b.mp4: 100 of 100 frames don't match"]);
  });

  it('are not locked where a single frame is one off, and the reason names the file and how many', () => {
    const b = altered(times(100, 40), { 57: START_US + 57 * PERIOD_US + 1200 });
    const report = compare(times(100), b);
    expect(report.locked).toBe(false);
    expect(report.reasons).toEqual(["b.mp4: 1 of 100 frames doesn't match"]);
  });

  it('are not locked from where a frame is missing without a repeat in its place', () => {
    const b = times(101, 40).filter((_, i) => i !== 50);
    const report = compare(times(100), b);
    expect(counts(report)).toEqual([[50, 100]]);
    expect(report.locked).toBe(false);
  });

  it('of unequal length are not locked, the counts are named, and what both have is judged', () => {
    const report = compare(times(100), times(99));
    expect(report).toMatchObject({ verdict: 'not locked', frames: 99, reasons: ['frame counts differ: 100, 99'] });
    expect(counts(report)).toEqual([[99, 99]]);
    expect(counts(compare(times(99), times(100)))).toEqual([[99, 99]]);
  });

  it('match at exactly the tolerance and not above it, on either side', () => {
    for (const [offset, locked] of [
      [1000, true],
      [-1000, true],
      [1000.5, false],
      [-1000.5, false],
    ] as const) {
      // Whole slots: a third of a us would be rounded in the sum.
      const whole = (us: number): Times => Array.from({ length: 50 }, (_, i) => START_US + i * 40_000 + us);
      const [a, b] = [whole(0), whole(offset)].map((each, i) => file(`${i}`, each, { periodUs: 40_000 }));
      expect(judge([a as FileTimes, b as FileTimes], { toleranceUs: 1000 }).locked).toBe(locked);
    }
  });

  it('whose first slots differ are compared slot by slot: a client that joined late is frame N all the same', () => {
    const late = file('late.mp4', times(100).slice(40), { firstSlot: 40 });
    const reference = file('a.mp4', times(60));
    const report = judge([reference, late], { toleranceUs: 1000 });
    expect(counts(report)).toEqual([[20, 20]]);
    expect(judge([late, reference], { toleranceUs: 1000 }).pairs[0]).toMatchObject({ matched: 20, compared: 20 });
    const shifted = file('late.mp4', times(100).slice(41), { firstSlot: 40 });
    expect(counts(judge([reference, shifted], { toleranceUs: 1000 }))).toEqual([[0, 20]]);
  });

  it('that have no slot in common can not be locked', () => {
    const late = file('late.mp4', times(200).slice(100), { firstSlot: 100 });
    const report = judge([file('a.mp4', times(100)), late], { toleranceUs: 1000 });
    expect(report.reasons).toEqual(['first frames differ: 0, 100', expect.stringContaining('late.mp4')]);
    expect(report.verdict).toBe('not locked');
    expect(only(report)).toMatchObject({ compared: 0, startOffsetUs: null, meanUs: null, p99Us: null, maxUs: null });
  });

  it('that share only one slot of a hundred are not called locked', () => {
    const late = file('late.mp4', times(199).slice(99), { firstSlot: 99 });
    expect(judge([file('a.mp4', times(100)), late], { toleranceUs: 1000 }).locked).toBe(false);
  });
});

describe('a repeated frame', () => {
  it('in the slot of the one that was dropped is right: locked, and counted', () => {
    const report = compare(times(100), repeating(times(100, 40), 10, 50, 51));
    expect(report.locked).toBe(true);
    expect(report.cameras.map(({ repeated }) => repeated)).toEqual([0, 3]);
    expect(counts(report)).toEqual([[100, 100]]);
  });

  it('has no part in the offsets', () => {
    const pair = only(compare(times(100), repeating(times(100, 40), 10, 50)));
    expect(pair.maxUs).toBeCloseTo(40, 2);
  });

  it('of a frame whose own slot does not match is wrong', () => {
    const b = altered(times(100, 40), { 20: START_US + 20 * PERIOD_US + 15_000 });
    const report = compare(times(100), repeating(b, 21, 22));
    expect(counts(report)).toEqual([[97, 100]]);
    expect(report.locked).toBe(false);
  });

  it('too many, so that all after it come a slot late, is wrong from there on', () => {
    const b = times(100, 40);
    b.splice(30, 0, (b[29] as number) + 1);
    const report = compare(times(100), b.slice(0, 100));
    // Slot 30 shows frame 29 again, which stands for a dropped frame; the frames after it tell that none was.
    expect(counts(report)).toEqual([[31, 100]]);
    expect(report.locked).toBe(false);
  });

  it('on the reference is right too, and the captured frame beside it is held against the times on both sides', () => {
    const a = repeating(times(100), 60, 61);
    expect(compare(a, times(100, 40)).locked).toBe(true);
    const wrong = altered(times(100, 40), { 61: START_US + 61 * PERIOD_US + 1100 });
    expect(counts(compare(a, wrong))).toEqual([[99, 100]]);
  });

  it('on both in the same slot is right', () => {
    expect(compare(repeating(times(100), 60), repeating(times(100, 40), 60)).locked).toBe(true);
  });

  it('that the reference ends with is held a period a slot from its last captured frame', () => {
    const report = compare(repeating(times(100), 99), times(100, 40));
    expect(counts(report)).toEqual([[100, 100]]);
    expect(report.locked).toBe(true);
  });

  describe('that stands for long', () => {
    const grid = (offset: number): Times => Array.from({ length: 400 }, (_, i) => START_US + i * 40_000 + offset);
    const frozen = (slots: number): Times => repeating(grid(40), ...Array.from({ length: slots }, (_, i) => 20 + i));
    const at25 = (a: Times, b: Times): Report =>
      judge(
        [a, b].map((each, i) => file('ab'.charAt(i), each, { periodUs: 40_000 })),
        { toleranceUs: 1000 },
      );

    it('is right for half a second and not longer: a file that froze is not locked', () => {
      expect(at25(grid(0), frozen(12)).locked).toBe(true);
      expect(counts(at25(grid(0), frozen(13)))).toEqual([[399, 400]]);
      expect(at25(grid(0), frozen(13))).toMatchObject({
        verdict: 'not locked',
        reasons: ['b: shows one frame for 14 frames', "b: 1 of 400 frames doesn't match"],
      });
      expect(counts(at25(grid(0), frozen(80)))).toEqual([[332, 400]]);
    });

    it('from the first frame on has no offsets: a picture that stands still says nothing of them', () => {
      const still = times(180).map(() => START_US + 0.1);
      expect(only(compare(times(180), still))).toMatchObject({
        compared: 180,
        evidence: 1,
        undecided: 0,
        startOffsetUs: null,
        maxUs: null,
      });
    });

    it('is as wrong in the reference: two files of which either froze are not locked', () => {
      for (const slots of [40, 80]) expect(at25(frozen(slots), grid(0)).locked).toBe(false);
    });
  });

  it('is one that is within a quarter of a period of the frame before; a frame half a period on is captured', () => {
    const near = altered(times(10), { 5: START_US + 4.2 * PERIOD_US });
    expect(compare(times(10), near).cameras[1]?.repeated).toBe(1);
    const far = altered(times(10), { 5: START_US + 4.5 * PERIOD_US });
    expect(compare(times(10), far).cameras[1]?.repeated).toBe(0);
    expect(counts(compare(times(10), far))).toEqual([[9, 10]]);
  });
});

describe('repeats', () => {
  const held = (frames: number, every: number): Times =>
    times(frames, 40).map((_, i, all) => all[i - (i % every)] as number);
  const marks = (...slots: number[]) => ({ marked: new Set(slots) });
  const against = (b: FileTimes, more: Partial<Judgement> = {}) =>
    judge([file('a.mp4', times(b.frames), { marked: new Set() }), b], { toleranceUs: 1000, ...more });

  it('of every 30th frame over 30 slots are a frozen file, with or without frames.csv', () => {
    for (const more of [{}, marks()]) {
      const report = against(file('b.mp4', held(180, 30), more));
      expect(report.verdict).toBe('not locked');
      expect(report.reasons.join()).toMatch(/b\.mp4: 174 of 180 frames repeat the one before/);
      expect(report.pairs[0]?.evidence).toBe(6);
    }
  });

  it('that the recording does not tell of do not match, however few; those that it tells of do', () => {
    const b = repeating(times(100, 40), 10, 50);
    expect(against(file('b.mp4', b, marks(10, 50)))).toMatchObject({ verdict: 'locked' });
    const report = against(file('b.mp4', b, marks(10)));
    expect(report.reasons).toEqual([
      'b.mp4: 1 of 100 frames repeats the one before, and frames.csv does not say so',
      "b.mp4: 1 of 100 frames doesn't match",
    ]);
    expect(report.cameras[1]).toMatchObject({ repeated: 2, untold: 1 });
  });

  it('of the reference that nobody tells of are as wrong', () => {
    const a = file('a.mp4', repeating(times(100), 10), marks());
    const report = judge([a, file('b.mp4', times(100), marks())], { toleranceUs: 1000 });
    expect(report.reasons).toEqual(['a.mp4: 1 of 100 frames repeats the one before, and frames.csv does not say so']);
  });

  it('are no proof beyond a share, 5 % unless told otherwise', () => {
    const b = (...slots: number[]) => file('b.mp4', repeating(times(100, 40), ...slots), marks(...slots));
    expect(against(b(10, 20, 30, 40, 50)).locked).toBe(true);
    const six = b(10, 20, 30, 40, 50, 60);
    expect(against(six).reasons).toEqual(['b.mp4: 6 of 100 frames repeat the one before: more than 5 % are no proof']);
    expect(against(six, { maxRepeats: 0.06 }).locked).toBe(true);
    expect(against(b(10), { maxRepeats: 0 }).locked).toBe(false);
    expect(() => against(six, { maxRepeats: 5 })).toThrow('maxRepeats 5: must be a share from 0 to 1');
  });

  it('and frames that are evidence are counted apart', () => {
    const b = file('b.mp4', repeating(times(100, 40), 10, 50), marks(10, 50));
    expect(only(against(b))).toMatchObject({ matched: 100, compared: 100, evidence: 98, repeats: 2 });
  });
});

describe('times that are not known to the row', () => {
  it('are locked where that is less than is left of the tolerance, and undecided where it is more', () => {
    const b = (unknownUs: number) => file('b.mp4', times(100, 100), { unknownUs });
    const report = (unknownUs: number) => judge([file('a.mp4', times(100)), b(unknownUs)], { toleranceUs: 1000 });
    expect(report(899).locked).toBe(true);
    expect(report(901)).toMatchObject({
      verdict: 'not locked',
      reasons: ["b.mp4: of 100 of 100 frames can't be told whether they match: their times are known to 0.90 ms"],
    });
    expect(only(report(901))).toMatchObject({ matched: 0, undecided: 100 });
    expect(report(901).cameras[1]?.unknownUs).toBe(901);
  });

  it('are certainly wrong where they are further off than that', () => {
    const b = file('b.mp4', times(100, 2000), { unknownUs: 900 });
    expect(judge([file('a.mp4', times(100)), b], { toleranceUs: 1000 }).reasons).toEqual([
      "b.mp4: 100 of 100 frames don't match",
    ]);
  });
});

it('what makes a file no proof is a reason, what there is to know of it a note, both by its name', () => {
  const b = file('b.mp4', times(50), { faults: ['two clocks'], notes: ['is 320x240'] });
  const report = judge([file('a.mp4', times(50)), b], { toleranceUs: 1000 });
  expect(report).toMatchObject({ verdict: 'not locked', reasons: ['b.mp4: two clocks'], notes: ['b.mp4: is 320x240'] });
});

describe('unreadable frames', () => {
  const blind = (share: number): Times => times(100, 40).map((us, i) => (i % 100 < share ? undefined : us));

  it.each([0, 4, 5])('are forgiven at %i of 100, and none of them is compared', (count) => {
    const report = compare(times(100), blind(count));
    expect(report.locked).toBe(true);
    expect(counts(report)).toEqual([[100 - count, 100 - count]]);
    expect(report.cameras[1]?.unreadable).toBe(count);
  });

  it('at 6 of 100 are too many, in the reference too', () => {
    const report = compare(times(100), blind(6));
    expect(report.verdict).toBe('not locked');
    expect(report.reasons).toEqual(['b.mp4: 6 of 100 frames unreadable']);
    expect(compare(blind(6), times(100)).reasons).toEqual(['a.mp4: 6 of 100 frames unreadable']);
  });

  it('of the reference leave a captured frame to be held against the times on both sides', () => {
    const a = altered(times(100), { 50: undefined, 51: undefined });
    expect(compare(a, times(100, 40))).toMatchObject({ locked: true });
    expect(counts(compare(a, altered(times(100, 40), { 51: START_US + 51.5 * PERIOD_US })))).toEqual([[99, 100]]);
  });

  it('that are slots without any frame count as well', () => {
    const b = file('b.mp4', altered(times(100, 40), { 7: undefined }), { frames: 99 });
    const report = judge([file('a.mp4', times(100)), b], { toleranceUs: 1000 });
    expect(report.reasons).toEqual(['frame counts differ: 100, 99']);
  });
});

describe('the reference', () => {
  const set = () => ['x', 'y', 'z'].map((name, i) => file(name, times(60, i * 600)));
  /** The times of a camera that died at frame 40 of 100. */
  const dead = repeating(times(100), ...Array.from({ length: 60 }, (_, i) => 40 + i));

  it('is the first file unless told otherwise, and every other file is held against it', () => {
    const report = judge(set(), { toleranceUs: 1300 });
    expect(report.pairs.map(({ reference, file, meanUs }) => [reference, file, meanUs])).toEqual([
      ['x', 'y', 600],
      ['x', 'z', 1200],
    ]);
  });

  it('is the file that is named: offsets are file minus reference, and the cameras stay in their order', () => {
    const report = judge(set(), { toleranceUs: 1000, reference: 1 });
    expect(report.pairs.map(({ reference, file, meanUs }) => [reference, file, meanUs])).toEqual([
      ['y', 'x', -600],
      ['y', 'z', 600],
    ]);
    expect(report.cameras.map(({ file }) => file)).toEqual(['x', 'y', 'z']);
    expect(report.locked).toBe(true);
  });

  it('decides: two files within the tolerance of it may be apart by more', () => {
    expect(judge(set(), { toleranceUs: 1000 }).reasons).toEqual(["z: 60 of 60 frames don't match"]);
  });

  it('is the first that did not die: the others are held against each other, and it against them', () => {
    const files = [file('x', dead), file('y', times(100, 600)), file('z', times(100, 1200))];
    const report = judge(files, { toleranceUs: 1000 });
    expect(report.pairs.map(({ reference, file, compared, matched }) => [reference, file, compared, matched])).toEqual([
      ['y', 'x', 100, 54],
      ['y', 'z', 100, 100],
    ]);
    expect(report.reasons).toEqual([
      'x: shows one frame for 61 frames',
      'x: 60 of 100 frames repeat the one before: more than 5 % are no proof',
      "x: 46 of 100 frames don't match",
    ]);
    expect(report.cameras.map(({ file }) => file)).toEqual(['x', 'y', 'z']);
  });

  it('is the first where all stand still', () => {
    const report = judge([file('x', dead), file('y', dead)], { toleranceUs: 1000 });
    expect(report.pairs.map(({ reference }) => reference)).toEqual(['x']);
    expect(report.reasons[0]).toBe('x: shows one frame for 61 frames');
  });

  it('has to be there', () => {
    expect(() => judge([], { toleranceUs: 1000 })).toThrow('no file to judge');
    expect(() => judge(set(), { toleranceUs: 1000, reference: 3 })).toThrow('no file to judge');
  });

  it('alone has nothing to be compared with', () => {
    expect(judge([file('a.mp4', times(50))], { toleranceUs: 1000 })).toMatchObject({
      frames: 50,
      pairs: [],
      reasons: [],
    });
  });
});

describe('cameras that can not be steered', () => {
  it('are aligned, not locked, with half a frame for their tolerance', () => {
    const report = compare(times(100), times(100, 0.49 * PERIOD_US), { unsteered: new Set([1]) });
    expect(report).toMatchObject({ verdict: 'aligned', locked: false, reasons: [], toleranceUs: 1000 });
    expect(only(report).toleranceUs).toBeCloseTo(PERIOD_US / 2, 6);
    expect(compare(times(100), times(100, 0.52 * PERIOD_US), { unsteered: new Set([1]) }).verdict).toBe('not locked');
  });

  it('loosen the tolerance of their own pair alone', () => {
    const set = [file('a', times(60)), file('b', times(60, 1500)), file('c', times(60, 9_000))];
    const report = judge(set, { toleranceUs: 1000, unsteered: new Set([2]) });
    expect(report.verdict).toBe('not locked');
    expect(report.reasons).toEqual(["b: 60 of 60 frames don't match"]);
    expect(report.pairs.map(({ toleranceUs }) => Math.round(toleranceUs))).toEqual([1000, 16_667]);
  });

  it('as the reference loosen every pair', () => {
    const set = [file('a', times(60)), file('b', times(60, 9_000)), file('c', times(60, -9_000))];
    expect(judge(set, { toleranceUs: 1000, unsteered: new Set([0]) }).verdict).toBe('aligned');
  });

  it('do not tighten a tolerance that is wider than half a frame', () => {
    expect(compare(times(60), times(60, 18_000), { toleranceUs: 20_000, unsteered: new Set([1]) }).verdict).toBe(
      'aligned',
    );
  });
});

describe('the figures of a pair', () => {
  const whole = (offsets: number[]): Times => offsets.map((offset, i) => START_US + i * 40_000 + offset);
  const figures = (offsets: number[], b: Times = whole(offsets)) => {
    const zero = file('a', whole(offsets.map(() => 0)), { periodUs: 40_000 });
    return only(judge([zero, file('b', b, { periodUs: 40_000 })], { toleranceUs: 5000 }));
  };

  it('of 3, -4, 0 and 1 us: start 3, mean 0, rms sqrt(26 / 4), p99 and maximum 4', () => {
    expect(figures([3, -4, 0, 1])).toMatchObject({ startOffsetUs: 3, meanUs: 0, rmsUs: 2.55, p99Us: 4, maxUs: 4 });
  });

  it('keep the sign of the mean and lose that of rms, p99 and maximum', () => {
    expect(figures([-10, -20, -30])).toMatchObject({
      startOffsetUs: -10,
      meanUs: -20,
      rmsUs: 21.6, // sqrt(1400 / 3) = 21.602
      p99Us: 30,
      maxUs: 30,
    });
  });

  it('have as p99 the smallest size that 99 of 100 are not above', () => {
    // Sizes 1 to 200 us: 198 of them are 1 % from the top.
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -(i + 1) : i + 1));
    expect(figures(upTo(200))).toMatchObject({ p99Us: 198, maxUs: 200, meanUs: 0.5, startOffsetUs: -1 });
    expect(figures(upTo(100))).toMatchObject({ p99Us: 99, maxUs: 100 });
    expect(figures(upTo(99))).toMatchObject({ p99Us: 99, maxUs: 99 });
  });

  it('start with the first slot that both captured', () => {
    const b = whole([7, 8, 9, 10]);
    expect(figures([0, 0, 0, 0], altered(b, { 0: undefined }))).toMatchObject({ startOffsetUs: 8, meanUs: 9 });
  });

  it('leave out slots that only one captured, also where it matches', () => {
    const a = file('a', altered(whole([0, 0, 0, 0, 0]), { 2: undefined }), { periodUs: 40_000 });
    const b = file('b', whole([5, 5, 4000, 5, 5]), { periodUs: 40_000 });
    expect(only(judge([a, b], { toleranceUs: 5000 }))).toMatchObject({ matched: 5, compared: 5, meanUs: 5, maxUs: 5 });
  });

  it('are of all that was captured on both, matching or not', () => {
    expect(figures([0, 0, 10_000, 0])).toMatchObject({
      matched: 3,
      compared: 4,
      meanUs: 2500,
      rmsUs: 5000,
      maxUs: 10_000,
    });
  });
});

it('a report of timestamps says so', () => {
  expect(compare(times(10), times(10), { source: 'timestamps' }).source).toBe('timestamps');
});
