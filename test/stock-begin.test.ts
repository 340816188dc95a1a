import { describe, expect, it } from 'vitest';
import { lateStart } from '../src/rpicam/late-start.ts';
import { beginTogether } from '../src/run/stock/begin-together.ts';
import { StockRecording, type TakeTimeline } from '../src/run/stock/recording.ts';

const READY_US = 1_800_000_000_000_000;

/** Recordings at a rate, of which each has its first frame so many frames behind the announced beginning. */
function recordings(fps: number, firsts: readonly number[]): [TakeTimeline, StockRecording[]] {
  const frameUs = 1e6 / fps;
  const timeline: TakeTimeline = {
    frameRate: { num: fps, den: 1 },
    readyTimeUs: READY_US,
    start: { wallUs: READY_US, utcOffsetMinutes: 60 },
    anchors: [{ index: 0, wallUs: READY_US }],
  };
  const made = firsts.map((first) => {
    const frames = Array.from({ length: 20 }, (_, i) => {
      const wallNs = BigInt(Math.round((READY_US + (first + i) * frameUs) * 1000));
      return { wallNs, sensorNs: wallNs, syncTimerUs: undefined, exposureUs: undefined, gain: undefined };
    });
    return new StockRecording(frames, frames.length, []);
  });
  return [timeline, made];
}

const slotsOf = (timeline: TakeTimeline, made: readonly StockRecording[]): number[] =>
  made.map((each) => each.list(timeline).slots[0] ?? Number.NaN);

describe('a take of stock cameras alone', () => {
  it('above 33 fps begins with the first frame that all have: their sync runs on every second or third one', () => {
    for (const [fps, late] of [
      [30, 0],
      [33, 0],
      [34, 1],
      [60, 1],
      [66, 1],
      [90, 2],
    ] as const) {
      expect(lateStart(1e6 / fps), `${fps} fps`).toBe(late);
    }
    const [timeline, made] = recordings(60, [1, 1]);
    expect(slotsOf(timeline, made)).toEqual([1, 1]);
    const begun = beginTogether(timeline, made);
    expect(slotsOf(begun, made)).toEqual([0, 0]);
    expect(begun.readyTimeUs).toBeCloseTo(READY_US + 1e6 / 60, 0);
    expect(begun.start).toEqual({ wallUs: READY_US + 16_667, utcOffsetMinutes: 60 });
  });

  it('leaves out what one camera has before it', () => {
    const [timeline, made] = recordings(60, [0, 1]);
    expect(slotsOf(beginTogether(timeline, made), made)).toEqual([-1, 0]);
  });

  it('begins as announced where all have that frame, and where one is later than its sync makes it', () => {
    for (const [fps, firsts] of [
      [60, [0, 0]],
      [60, [1, 2]],
      [30, [0, 1]],
      [60, []],
    ] as const) {
      const [timeline, made] = recordings(fps, firsts);
      expect(beginTogether(timeline, made)).toBe(timeline);
    }
  });
});
