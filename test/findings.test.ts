import { describe, expect, it } from 'vitest';
import { random } from '../bench/pixel-clock-scene.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { changes, exposures, unreadableFrames } from '../src/verify/findings.ts';
import { copiedFiles, swappedFiles } from '../src/verify/swapped.ts';

const PERIOD_US = 1e6 / 30;
const file = (timesUs: (number | undefined)[], more: Partial<FileTimes> = {}): FileTimes => ({
  ...{ file: 'a.mp4', frames: timesUs.length, firstSlot: 0, periodUs: PERIOD_US, timesUs },
  ...more,
});
/** Offsets of a locked camera: a saw tooth of half a line, with noise. */
const locked = (frames: number, seed = 1): number[] => {
  const next = random(seed);
  return Array.from({ length: frames }, (_, i) => ((i * 0.13) % 1) * 19 - 9.5 + 4 * (next() - 0.5));
};
const found = (offsets: (number | undefined)[], firstSlot = 0) => changes('b.mp4', offsets, firstSlot, PERIOD_US);

describe('changes of an offset within a take', () => {
  it('are none where cameras are locked, also with frames missing', () => {
    expect(found(locked(600))).toEqual([]);
    expect(found(locked(600).map((us, i) => (i % 7 === 0 ? undefined : us)))).toEqual([]);
    expect(found([1, 2, 3])).toEqual([]);
    expect(found([])).toEqual([]);
  });

  it('are a drift where they go evenly', () => {
    const [line = ''] = found(locked(600).map((us, i) => us + i));
    expect(line).toMatch(/^b\.mp4: drifts by \+(59|60)\d us over the take$/);
  });

  it.each([
    [300, 800, '+800 us'],
    [20, -33_333, '-33.3 ms'],
    [580, 250, '+250 us'],
  ])('are a step at frame %i, by %i us', (at, us, told) => {
    const [line = '', ...more] = found(locked(600).map((offset, i) => offset + (i >= at ? us : 0)));
    expect(more).toEqual([]);
    const [, by = '', frame] = /^b\.mp4: its offset steps by (.*) at frame (\d+)$/.exec(line) ?? [];
    expect(Number(frame)).toBe(at);
    expect(Math.abs(Number.parseFloat(by) - Number.parseFloat(told))).toBeLessThan(25);
  });

  it('are named by the frames of the take', () => {
    expect(
      found(
        locked(200).map((us, i) => us + (i >= 100 ? 5_000 : 0)),
        900,
      )[0],
    ).toMatch(/at frame 1000$/);
  });

  it('are several steps where there are several, the first three of them spelled out', () => {
    const steps = locked(900).map((us, i) => us + 1_000 * Math.floor(i / 150));
    expect(found(steps)[0]).toMatch(/at frame 150, by .* at frame 300, by .* at frame 450, and 2 times more$/);
  });

  it('are none where one frame is off, or a few', () => {
    expect(found(locked(600).map((us, i) => (i === 300 ? 16_000 : us)))).toEqual([]);
    expect(found(locked(600).map((us, i) => (i % 100 === 0 ? -9_000 : us)))).toEqual([]);
  });

  it('say by how many frames all of a file is off', () => {
    expect(found(locked(100).map((us) => us + 2 * PERIOD_US))[0]).toMatch(/^b\.mp4: all of it is 2 frames late/);
    expect(found(locked(100).map((us) => us - PERIOD_US))[0]).toMatch(/^b\.mp4: all of it is 1 frame early/);
  });
});

describe('unreadable frames', () => {
  it('are told by their number', () => {
    const at = (...missing: number[]) =>
      unreadableFrames(
        file(
          Array.from({ length: 50 }, (_, i) => (missing.includes(i) ? undefined : i)),
          { firstSlot: 10 },
        ),
      );
    expect(at()).toEqual([]);
    expect(at(7)).toEqual(['a.mp4: no time can be read in frame 17']);
    expect(at(0, 1, 2)).toEqual(['a.mp4: no time can be read in frames 10-12']);
    expect(at(0, 1, 20, 49)).toEqual(['a.mp4: no time can be read in frames 10-11, 30, 59']);
    expect(at(0, 4, 8, 12, 16)).toEqual(['a.mp4: no time can be read in frames 10, 14, 18 and at 2 more places']);
  });
});

describe('exposures', () => {
  it('are told where they are others than the take says, or unequal', () => {
    const seen = (...exposuresUs: (number | undefined)[]) =>
      exposuresUs.map((exposureUs, i) => file([1], { file: `cam${i}.mp4`, exposureUs }));
    expect(exposures(seen(1500, 1510), [1500, 1500])).toEqual([]);
    expect(exposures(seen(undefined, undefined), [100, 100])).toEqual([]);
    expect(exposures(seen(1500, 1500), [1500, 3000])).toEqual([
      'cam1.mp4: was exposed for 1.50 ms, take.json says 3.00 ms',
    ]);
    expect(exposures(seen(1000, 5000))).toEqual([
      'cam1.mp4: was exposed for 5.00 ms, cam0.mp4 for 1.00 ms: the middles of exposures that end together are 2.00 ms apart',
    ]);
  });
});

describe('swapped files', () => {
  /** What a camera captured, and what it says of it: 5 us of noise. */
  const camera = (seed: number) => {
    const next = random(seed);
    const captured = locked(200, seed).map((us, i) => 1e9 + i * PERIOD_US + us + 6 * (next() - 0.5) * 4);
    return { pixels: file(captured), told: file(captured.map((us) => us + 777 + 8 * (next() - 0.5))) };
  };
  const cameras = [camera(1), camera(2), camera(3)];

  it('are found by what the cameras say of their frames', () => {
    const told = cameras.map((each) => each.told);
    const [a, b, c] = cameras.map((each) => each.pixels) as [FileTimes, FileTimes, FileTimes];
    expect(swappedFiles([a, b, c], told)).toEqual([]);
    expect(swappedFiles([b, a, c], told)).toEqual([[0, 1]]);
    expect(swappedFiles([c, b, a], told)).toEqual([[0, 2]]);
  });

  it('that are copies of another, encoded again, are told from those', () => {
    const told = cameras.map((each) => each.told);
    const [a, b, c] = cameras.map((each) => each.pixels) as [FileTimes, FileTimes, FileTimes];
    expect(copiedFiles([a, b, c], told)).toEqual([]);
    expect(copiedFiles([b, a, c], told)).toEqual([]);
    const again = random(9);
    const copy = { ...a, timesUs: a.timesUs.map((us) => (us as number) + again() - 0.5) };
    expect(copiedFiles([a, copy, c], told)).toEqual([[1, 0]]);
  });

  it('are not looked for in a few frames', () => {
    const short = ({ timesUs }: FileTimes) => file(timesUs.slice(0, 30));
    const [a, b] = cameras.map(({ pixels, told }) => [short(pixels), short(told)]) as [FileTimes[], FileTimes[]];
    expect(swappedFiles([b[0] as FileTimes, a[0] as FileTimes], [a[1] as FileTimes, b[1] as FileTimes])).toEqual([]);
  });
});
