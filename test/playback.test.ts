import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import { judge } from '../src/verify/alignment.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { framesShort, playApart, playback, playsOf, timeOrder } from '../src/verify/playback.ts';

const PERIOD_US = 1e6 / 30;

/** So many frames captured `gapUs` apart, with some us of noise, in a file that plays them `playsUs` apart. */
function file(name: string, frames: number, gapUs = PERIOD_US, playsUs = PERIOD_US): FileTimes {
  const next = random(frames);
  const slots = Array.from({ length: frames }, (_, i) => i);
  return {
    ...{ file: name, frames, firstSlot: 0, periodUs: playsUs },
    timesUs: slots.map((i) => 5e6 + i * gapUs + 20 * (next() - 0.5)),
    plays: playsOf(
      slots.map((i) => i * playsUs),
      slots,
    ),
  };
}

describe('files that play apart', () => {
  const apart = (a: FileTimes, b: FileTimes) => playApart(a, [a, b]);

  it.each([
    [1e6 / 25, '25'],
    [1.001 * PERIOD_US, '29.97'],
    [0.999 * PERIOD_US, '30.03'],
  ])('at %f us a frame are not locked though frame N is frame N', (gapUs, rate) => {
    const [a, b] = [file('a', 180), file('b', 180, PERIOD_US, gapUs)];
    expect(apart(a, b)[0]).toContain(`b: plays at ${rate} fps, a at 30`);
    expect(judge([a, b], { toleranceUs: 1000 })).toMatchObject({ verdict: 'not locked', reasons: apart(a, b) });
    expect(apart(b, a)).toHaveLength(1);
  });

  it('are none where clocks differ as crystals do, or times are rounded to a millisecond', () => {
    expect(apart(file('a', 180), file('b', 180, PERIOD_US, PERIOD_US * (1 + 150e-6)))).toEqual([]);
    const pts = Array.from({ length: 60 }, (_, i) => Math.round((i * PERIOD_US) / 1000) * 1000);
    const coarse = { ...file('b', 60), plays: playsOf(pts, [...pts.keys()]) };
    expect(apart(file('a', 60), coarse)).toEqual([]);
    expect(apart(coarse, file('a', 60))).toEqual([]);
  });

  it('are none where a file has no times, or one', () => {
    expect(playsOf([Number.NaN, Number.NaN], [0, 1])).toBeUndefined();
    expect(playsOf([0], [0])).toBeUndefined();
    expect(apart(file('a', 30), { ...file('b', 30), plays: undefined })).toEqual([]);
  });
});

describe('a file that is played', () => {
  it('slower or faster than it was captured is told', () => {
    expect(playback(file('a', 180, PERIOD_US, 40_000))).toEqual(['a: plays at 25 fps what was captured at 30']);
    expect(playback(file('a', 90, 2 * PERIOD_US))).toEqual(['a: plays at 30 fps what was captured at 15']);
    expect(playback(file('a', 180, PERIOD_US, 1.001 * PERIOD_US))).toHaveLength(1);
    expect(playback(file('a', 180))).toEqual([]);
    expect(playback(file('a', 180, PERIOD_US * (1 + 200e-6)))).toEqual([]);
    expect(playback(file('a', 1))).toEqual([]);
  });

  it('backwards is told, and one that goes back at a frame', () => {
    const times = file('a', 100);
    expect(timeOrder(times)).toEqual([]);
    expect(timeOrder({ ...times, timesUs: [...times.timesUs].reverse() })).toEqual(['a: runs backwards']);
    const halves = [...times.timesUs.slice(50), ...times.timesUs.slice(0, 50)];
    expect(timeOrder({ ...times, timesUs: halves })).toEqual(['a: goes back in time at frame 50']);
  });
});

it('files that are shorter than the take says, or hold one frame, are told', () => {
  expect(framesShort([file('a', 180), file('b', 180)], [180, 180])).toEqual([]);
  expect(framesShort([file('a', 90), file('b', 90)], [180, undefined])).toEqual([
    'a: has 90 frames, take.json says 180',
  ]);
  const report = judge([file('a', 1), file('b', 1)], { toleranceUs: 1000 });
  expect(report).toMatchObject({ locked: true, notes: ['one frame is compared: how the files go on is not seen'] });
});
