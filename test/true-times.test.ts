import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { remuxH264 } from '../src/libav/remux.ts';
import type { EncoderOptions } from '../src/record/encoder.ts';
import { type Capture, TrueTimes } from '../src/record/true-times.ts';
import { slotsOf } from '../src/verify/read-times.ts';
import { decoded, eachBackend, packets } from './support/encoding.ts';
import { testPicture } from './support/pictures.ts';

const THIRTY = { num: 30, den: 1 };
const PERIOD_US = 1e6 / 30;
const BOOT_US = 5_144_441_586.974;

/** A camera whose crystal is 40 ppm fast, its frames a few us off their slots. */
const phaseOf = (slot: number): number => ((slot * 7919) % 21) - 10;
const capture = (slot: number): Capture => ({
  sensorUs: BOOT_US + slot * PERIOD_US * (1 - 40e-6) + phaseOf(slot),
  phaseUs: phaseOf(slot),
});

describe('true times', () => {
  const timesOf = (captures: readonly (Capture | undefined)[], first = 0): number[] => {
    const times = new TrueTimes(THIRTY);
    return captures.map((each, i) => times.timeOf(first + i, each));
  };

  test('are the sensor timestamps, counted from slot 0 of the timeline, to the microsecond', () => {
    const captures = Array.from({ length: 500 }, (_, slot) => capture(slot));
    const zeroUs = BOOT_US;
    for (const [slot, us] of timesOf(captures).entries()) {
      const exact = Math.max(0, (captures[slot]?.sensorUs ?? 0) - zeroUs);
      expect(Number.isInteger(us)).toBe(true);
      expect(Math.abs(us - exact)).toBeLessThanOrEqual(0.5 + 1e-6);
    }
  });

  test('begin at the nominal time of the first slot, also above 0, and never below 0', () => {
    expect(
      timesOf([
        { sensorUs: BOOT_US - 8, phaseUs: -8 },
        { sensorUs: BOOT_US + 33_400, phaseUs: 66 },
      ]),
    ).toEqual([0, 33_400]);
    expect(timesOf([{ sensorUs: BOOT_US, phaseUs: 12 }], 90)).toEqual([3_000_012]);
    expect(
      timesOf([
        { sensorUs: BOOT_US, phaseUs: undefined },
        { sensorUs: BOOT_US + 33_301.4, phaseUs: undefined },
      ]),
    ).toEqual([0, 33_301]);
  });

  test('of repeats are those of their slots, by the picture before', () => {
    const early = [undefined, undefined, capture(2)];
    expect(timesOf(early)).toEqual([0, 33_333, Math.round(66_666.667 + phaseOf(2))]);
    const [, second, third, fourth] = timesOf([capture(0), undefined, undefined, capture(3)]);
    expect([second, third]).toEqual([33_333, 66_667]);
    expect(Math.abs((fourth ?? 0) - ((capture(3).sensorUs ?? 0) - BOOT_US))).toBeLessThanOrEqual(0.5);
  });

  test('leave out what no slot goes with: a pause of the recording', () => {
    const paused = { sensorUs: BOOT_US + 100 * PERIOD_US, phaseUs: 5 };
    expect(
      timesOf([{ sensorUs: BOOT_US, phaseUs: 0 }, paused, { ...paused, sensorUs: paused.sensorUs + 33_000 }]),
    ).toEqual([0, 33_338, 66_338]);
  });

  test('rise, whatever comes', () => {
    const any = fc.option(
      fc.record({
        sensorUs: fc.option(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { nil: undefined }),
        phaseUs: fc.option(fc.double({ min: -20_000, max: 20_000, noNaN: true }), { nil: undefined }),
      }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.array(any, { minLength: 2 }), fc.nat(100_000), (captures, first) => {
        const times = timesOf(captures, first);
        expect(times[0]).toBeGreaterThanOrEqual(0);
        for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1] as number);
      }),
    );
  });
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-true-'));
});
afterAll(() => rm(folder, { recursive: true }));

eachBackend((backend) => {
  const path = (name: string) => join(folder, `${backend.name}-${name}`);
  const options = (name: string): EncoderOptions => ({
    ...{ file: path(name), width: 320, height: 240, frameRate: THIRTY, timestamps: 'true' as const },
  });
  const captures = (count: number, first = 0) =>
    // Every eleventh frame was not captured.
    Array.from({ length: count }, (_, i) => ((first + i) % 11 === 10 ? undefined : capture(first + i)));
  const expected = (count: number, first = 0): number[] => {
    const times = new TrueTimes(THIRTY);
    return captures(count, first).map((each, i) => times.timeOf(first + i, each));
  };
  const write = async (given: EncoderOptions, count: number, first = 0) => {
    const encoder = await backend.open(given);
    for (const [i, each] of captures(count, first).entries())
      await encoder.write(testPicture(first + i), first + i, each);
    await encoder.close();
  };

  test.each([
    ['mp4', 0, 1e-3],
    ['mov', 0, 1e-3],
    ['mp4', 95, 1e-3],
    // Matroska counts in whole milliseconds.
    ['mkv', 0, 501],
  ])('are in the file: %s, from slot %i on', async (ending, first, toleranceUs) => {
    const given = options(`a-${first}.${ending}`);
    await write(given, 100, first);
    const { frames, frameRate } = await decoded(given.file);
    const times = expected(100, first);
    expect(frames).toHaveLength(100);
    for (const [i, { ptsUs, mark }] of frames.entries()) {
      expect(Math.abs(ptsUs - (times[i] ?? 0))).toBeLessThan(toleranceUs);
      expect(mark + 0).toBe((first + i) % 14);
    }
    expect((frameRate?.num ?? 0) / (frameRate?.den ?? 1)).toBeCloseTo(30, 1);
    expect(
      slotsOf(
        frames.map(({ ptsUs }) => ptsUs),
        PERIOD_US,
      ),
    ).toEqual(times.map((_, i) => first + i));
  });

  test('make a plain file of whole length, with keyframes where they always are', async () => {
    const [given, nominal] = [options('plain.mp4'), { ...options('nominal.mp4'), timestamps: undefined }];
    await write(given, 90);
    await write(nominal, 90);
    const [own, other] = await Promise.all([packets(given.file), packets(nominal.file)]);
    expect(own.list.map(({ key }) => key)).toEqual(other.list.map(({ key }) => key));
    expect(own.list.map(({ pts }) => pts)).toEqual(own.list.map(({ dts }) => dts));
    expect(own.list.map(({ pts }) => Number(pts))).toEqual(expected(90));
    expect(own.stream.frames).toBe(90);
    expect(Math.abs(own.stream.durationUs - 90 * PERIOD_US)).toBeLessThan(500);
  });

  test('are in what is there of a recording that is cut off', async () => {
    const given = options('open.mp4');
    const encoder = await backend.open(given);
    for (const [slot, each] of captures(100).entries()) await encoder.write(testPicture(slot), slot, each);
    const copy = path('cut.mp4');
    const cut = async () => {
      await copyFile(given.file, copy);
      return decoded(copy).then(
        ({ frames }) => frames.map(({ ptsUs }) => Math.round(ptsUs)),
        () => [],
      );
    };
    // ffmpeg writes what it was given a moment later.
    await expect.poll(async () => (await cut()).length).toBeGreaterThan(60);
    const times = await cut();
    expect(times).toEqual(expected(times.length));
    await encoder.close();
  });

  test('are copied into a container', async () => {
    const plain = { ...options('plain.h264'), timestamps: undefined };
    await write(plain, 40);
    const times = expected(40);
    for (const ending of ['mp4', 'mov']) {
      const file = path(`copied.${ending}`);
      await remuxH264(plain.file, file, { frameRate: THIRTY, timesUs: times, way: backend.name });
      expect((await decoded(file)).frames.map(({ ptsUs }) => Math.round(ptsUs))).toEqual(times);
    }
  });

  test.each(['a.h264', 'a.ts', 'a.avi'])('are refused for what holds none: %s', async (name) => {
    const opening = backend.open(options(name));
    await expect(opening).rejects.toThrow(UsageError);
    await expect(opening).rejects.toThrow(
      /a\.\w+: timestamps true: it holds no times of its own; \.mp4, \.mov and \.mkv do$/,
    );
  });
});

describe('slots by times', () => {
  const steps = (...gaps: number[]): number[] => {
    const times = [0];
    for (const gap of gaps) times.push((times.at(-1) ?? 0) + gap);
    return times;
  };

  test.each<[string, number[], number[]]>([
    ['on the grid', steps(100, 100, 100), [0, 1, 2, 3]],
    ['with a frame missing', steps(100, 200, 100), [0, 1, 3, 4]],
    ['with a late beginning', steps(100, 100).map((us) => us + 700), [7, 8, 9]],
    [
      'that leave the grid slowly, each a period behind the one before',
      steps(...Array(60).fill(101)),
      Array.from({ length: 61 }, (_, i) => i),
    ],
    ['that are none', [Number.NaN, Number.NaN], [0, 1]],
    ['two of which are the same', [0, 0, 100], [0, 1, 2]],
  ])('are those of frames %s', (_, times, slots) => {
    expect(slotsOf(times, 100)).toEqual(slots);
  });
});
