import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasTimecode, timecodeAt } from '../src/time/timecode.ts';

const MIDNIGHT_US = Date.UTC(2026, 0, 1) * 1000;
const start = (h: number, m: number, s: number, us = 0, utcOffsetMinutes = 0) => ({
  wallUs: MIDNIGHT_US + ((h * 60 + m) * 60 + s) * 1e6 + us - utcOffsetMinutes * 60e6,
  utcOffsetMinutes,
});
const THIRTY = { num: 30, den: 1 };
const NTSC = { num: 30_000, den: 1001 };

describe('the timecode of frame 0', () => {
  test.each([
    ['the second and the frame that is running', start(10, 20, 30, 433_333), THIRTY, '10:20:30:12'],
    ['the last frame of a second', start(10, 20, 30, 999_999), THIRTY, '10:20:30:29'],
    ['local time, ahead of UTC', start(1, 2, 3, 0, 330), { num: 25, den: 1 }, '01:02:03:00'],
    ['local time, behind UTC, on the day before', start(23, 59, 59, 960_000, -480), { num: 25, den: 1 }, '23:59:59:24'],
    ['drop-frame at 29.97', start(10, 20, 30, 500_000), NTSC, '10:20:30;15'],
    ['the next frame for a number that is left out', start(10, 21, 0), NTSC, '10:21:00;02'],
    ['every number at each tenth minute', start(10, 20, 0), NTSC, '10:20:00;00'],
    ['four numbers left out at 59.94', start(10, 21, 0, 20_000), { num: 60_000, den: 1001 }, '10:21:00;04'],
    ['no number left out at 23.976', start(10, 21, 0), { num: 24_000, den: 1001 }, '10:21:00:00'],
    ['three digits where there are so many frames', start(0, 0, 0, 990_000), { num: 120, den: 1 }, '00:00:00:118'],
  ])('is its time of day: %s', (_, at, rate, expected) => {
    expect(timecodeAt(at, rate, 0)).toBe(expected);
  });
});

describe('the timecode of a later frame', () => {
  test.each([
    [THIRTY, 30 * 3600, '11:00:00:00'],
    [THIRTY, 30 * 3600 * 14, '00:00:00:00'],
    [NTSC, 1799, '10:00:59;29'],
    [NTSC, 1800, '10:01:00;02'],
    [NTSC, 17_982, '10:10:00;00'],
    [NTSC, 2_589_408, '10:00:00;00'],
    [{ num: 60_000, den: 1001 }, 3600, '10:01:00;04'],
    [{ num: 60_000, den: 1001 }, 35_964, '10:10:00;00'],
    [{ num: 24_000, den: 1001 }, 24 * 60, '10:01:00:00'],
  ])('counts from that of frame 0: at %o frame %i has %s', (rate, index, expected) => {
    expect(timecodeAt(start(10, 0, 0), rate, index)).toBe(expected);
  });

  test('is the same whichever start of the same microsecond it is counted from, and rises by one frame a frame', () => {
    const rates = fc.constantFrom(
      THIRTY,
      NTSC,
      { num: 60_000, den: 1001 },
      { num: 25, den: 1 },
      { num: 120_000, den: 1001 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_399_999_999 }), fc.nat(3_000_000), rates, (us, index, rate) => {
        const at = { wallUs: MIDNIGHT_US + us, utcOffsetMinutes: 0 };
        const [a, b] = [index, index + 1].map((i) => timecodeAt(at, rate, i) ?? '') as [string, string];
        expect(numberOf(b, rate)).toBe((numberOf(a, rate) + 1) % numbersADay(rate));
      }),
    );
  });

  test('at 29.97 stays within a tenth of a second of the clock for a day', () => {
    for (let hour = 0; hour < 24; hour++) {
      const frames = Math.round((hour * 3600 * 30_000) / 1001);
      const seconds = secondsOf(timecodeAt(start(0, 0, 0), NTSC, frames) ?? '', 30);
      expect(Math.abs(seconds - hour * 3600)).toBeLessThan(0.1);
    }
  });
});

test.each([
  [{ num: 25, den: 2 }, false],
  [{ num: 2997, den: 100 }, false],
  [{ num: 59_999, den: 2000 }, false],
  [{ num: 500, den: 1 }, false],
  [{ num: 1, den: 2 }, false],
  [{ num: 15, den: 1 }, true],
  [NTSC, true],
])('a rate of %o has a timecode: %s', (rate, has) => {
  expect(hasTimecode(rate)).toBe(has);
  expect(timecodeAt(start(0, 0, 0), rate, 0) !== undefined).toBe(has);
});

const parts = (timecode: string): number[] => timecode.split(/[:;]/).map(Number);

function secondsOf(timecode: string, frames: number): number {
  const [h = 0, m = 0, s = 0, f = 0] = parts(timecode);
  return (h * 60 + m) * 60 + s + f / frames;
}

/** By counting labels the other way: SMPTE ST 12-1, the numbers that exist before this one. */
function numberOf(timecode: string, { num, den }: { num: number; den: number }): number {
  const frames = den === 1 ? num : num / 1000;
  const dropped = timecode.includes(';') ? frames / 15 : 0;
  const [h = 0, m = 0, s = 0, f = 0] = parts(timecode);
  const minutes = h * 60 + m;
  expect(dropped === 0 || s !== 0 || m % 10 === 0 || f >= dropped).toBe(true);
  return (minutes * 60 + s) * frames + f - dropped * (minutes - Math.floor(minutes / 10));
}

const numbersADay = (rate: { num: number; den: number }): number =>
  numberOf(timecodeAt(start(23, 59, 59, 999_999), rate, 0) ?? '', rate) + 1;
