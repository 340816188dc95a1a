import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordingChange } from '../src/sync/recording-change.ts';
import { RecordingPlan } from '../src/sync/recording-plan.ts';

const FRAMES = 120;
const change: fc.Arbitrary<RecordingChange> = fc.record({
  kind: fc.constantFrom('pause', 'resume', 'save'),
  index: fc.nat(FRAMES - 20),
});
const changes = fc.array(change, { maxLength: 12 });
const initial = fc.constantFrom('record' as const, 'pause' as const);

function planOf(start: 'record' | 'pause', given: readonly RecordingChange[]): RecordingPlan {
  const plan = new RecordingPlan(start);
  for (const each of given) plan.add(each);
  return plan;
}

/**
 * What is recorded, frame by frame: the state after all changes up to a frame, a pause before a resume of the same
 * frame.
 */
function recordedFrames(start: 'record' | 'pause', given: readonly RecordingChange[]): number[] {
  let recording = start === 'record';
  return Array.from({ length: FRAMES }, (_, i) => i).filter((i) => {
    const here = given.filter(({ index }) => index === i).map(({ kind }) => kind);
    if (here.includes('pause')) recording = false;
    if (here.includes('resume')) recording = true;
    return recording;
  });
}

const indices = Array.from({ length: FRAMES }, (_, i) => i);
const everything = (plan: RecordingPlan) =>
  indices.map((i) => [plan.position(i), plan.positionsBefore(i), plan.indexAt(i), plan.startsAfterPause(i)]);

describe('a recording plan', () => {
  it('records what its changes say, frame by frame, and numbers it without a gap', () => {
    fc.assert(
      fc.property(initial, changes, (start, given) => {
        const plan = planOf(start, given);
        const recorded = recordedFrames(start, given);
        expect(indices.filter((i) => plan.recorded(i))).toEqual(recorded);
        expect(recorded.map((i) => plan.position(i))).toEqual(recorded.map((_, position) => position));
        for (const i of indices) {
          expect(plan.positionsBefore(i)).toBe(recorded.filter((other) => other < i).length);
          expect(plan.position(i) === undefined).toBe(!recorded.includes(i));
        }
      }),
    );
  });

  it('finds the index of each position, and none behind a pause without a resume', () => {
    fc.assert(
      fc.property(initial, changes, (start, given) => {
        const plan = planOf(start, given);
        const recorded = recordedFrames(start, given);
        expect(recorded.map((_, position) => plan.indexAt(position))).toEqual(recorded);
        const behind = plan.indexAt(recorded.length);
        expect(behind).toBe(plan.recorded(FRAMES) ? FRAMES : undefined);
      }),
    );
  });

  it('is the same in whatever order and however often its changes come in', () => {
    const shuffled = changes.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray([...given, ...given], { minLength: 2 * given.length })),
    );
    fc.assert(
      fc.property(initial, shuffled, (start, [given, twice]) => {
        expect(everything(planOf(start, twice))).toEqual(everything(planOf(start, given)));
      }),
    );
  });

  it('says of each change once that it is new', () => {
    const plan = new RecordingPlan();
    expect(plan.add({ kind: 'pause', index: 5 })).toBe(true);
    expect(plan.add({ kind: 'pause', index: 5 })).toBe(false);
    expect(plan.add({ kind: 'save', index: 5 })).toBe(true);
    expect(plan.add({ kind: 'pause', index: 6 })).toBe(true);
  });

  it('begins a new file with each resume that follows a pause, not with the first frame nor where nothing was left out', () => {
    const plan = planOf('pause', [
      { kind: 'resume', index: 10 },
      { kind: 'resume', index: 15 },
      { kind: 'pause', index: 20 },
      { kind: 'resume', index: 50 },
      { kind: 'pause', index: 60 },
      { kind: 'resume', index: 60 },
    ]);
    expect(indices.filter((position) => plan.startsAfterPause(position))).toEqual([10]);
    expect(plan.indexAt(10)).toBe(50);
  });

  it('knows where so many recorded frames end, over pauses, as soon as the resume is known', () => {
    const plan = planOf('record', [{ kind: 'pause', index: 10 }]);
    expect(plan.indexEnding(0, 10)).toBe(10);
    expect(plan.indexEnding(0, 11)).toBeUndefined();
    plan.add({ kind: 'resume', index: 30 });
    expect(plan.indexEnding(0, 11)).toBe(31);
    // Who joins late counts from its own first frame.
    expect(plan.indexEnding(4, 10)).toBe(34);
    expect(plan.indexEnding(25, 3)).toBe(33);
    fc.assert(
      fc.property(
        initial,
        changes,
        fc.nat(FRAMES - 1),
        fc.integer({ min: 1, max: 40 }),
        (start, given, first, count) => {
          const end = planOf(start, given).indexEnding(first, count);
          const from = recordedFrames(start, given).filter((i) => i >= first);
          if (from.length >= count) expect(end).toBe((from[count - 1] as number) + 1);
          else if (end !== undefined) expect(end).toBeGreaterThan(FRAMES);
        },
      ),
    );
  });

  it('has no frame before the first', () => {
    const plan = new RecordingPlan();
    expect([plan.recorded(-1), plan.position(-1), plan.positionsBefore(-5), plan.indexAt(-1)]).toEqual([
      false,
      undefined,
      0,
      undefined,
    ]);
  });
});
