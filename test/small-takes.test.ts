import { describe, expect, it } from 'vitest';
import { coded, recorded } from '../bench/drawn-files.ts';
import { random } from '../bench/pixel-clock-scene.ts';
import type { Picture } from '../src/camera/picture.ts';
import { Scene } from '../src/camera/virtual/scene.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { median } from '../src/time/statistics.ts';
import { judge, type Report } from '../src/verify/alignment.ts';
import type { FileTimes } from '../src/verify/file-times.ts';
import { timesOf } from '../src/verify/read-times.ts';
import { samples } from './support/thorough.ts';

const FRAMES = 30;
const TOP_US = 33.7;
/** Cameras of a take are so far apart at most, in us. */
const APART_US = 20;

interface SmallTake {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly periodUs: number;
  readonly readoutUs: number;
  readonly exposureUs: number;
  readonly crf: number;
}

type Change = (pictures: readonly Picture[]) => Picture[];

/** What `verify` makes of a camera's file that was changed so after it was recorded. */
function fileOf(camera: number, take: SmallTake, change?: Change): FileTimes {
  const { width, height, seed, periodUs, readoutUs, exposureUs, crf } = take;
  const startUs = 1e9 + random(seed)() * 1e12;
  const apart = random(1000 * seed + camera);
  const timesUs = Array.from({ length: FRAMES }, (_, i) => startUs + i * periodUs + APART_US * (apart() - 0.5));
  const own = recorded(camera, timesUs, { width, height, seed, readoutUs, exposureUs });
  const first = coded(own, { preset: 'ultrafast', crf });
  const pictures = change === undefined ? first : coded(change(first), { preset: 'ultrafast', crf: 18 });
  const reader = new PixelClockReader();
  const size = { width, height: (pictures[0] as Picture).height };
  const readings = pictures.map(({ data }) =>
    reader.read({ data: data.subarray(0, width * size.height), ...size, stride: width }),
  );
  const { panel } = new Scene({ width, height, name: `cam${camera}`, detail: '', seed: camera });
  const seen = {
    ...{ readings, size, periodUs, panels: [], screen: false },
    ptsUs: readings.map((_, i) => i * periodUs),
    pictures: readings.map((_, i) => `${camera}, ${i}`),
    exposureUs: median(readings.flatMap((reading) => reading?.exposureUs ?? [])),
  };
  const readout = { topUs: TOP_US, rowUs: readoutUs / height };
  return timesOf(`cam${camera}.mp4`, seen, { readout, size: take, panel: [panel.y, panel.y + panel.height] });
}

/** A take of two cameras, of which the second one's file was changed. */
function verified(take: SmallTake, change?: Change): Report {
  const files = [fileOf(0, take), fileOf(1, take, change)];
  return judge(files, { toleranceUs: 1000, exposuresUs: files.map(() => take.exposureUs) });
}

/** Pictures whose rows of luma are made of those of the old ones. */
const changed =
  ({ width, height }: SmallTake, rowOf: (luma: Uint8Array, y: number, x: number) => number): Change =>
  (pictures) =>
    pictures.map(({ data, ...size }) => {
      const now = new Uint8Array(data);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) now[y * width + x] = Math.round(rowOf(data, y, x));
      return { ...size, data: now };
    });

/** Rows that are cut off above, the rest scaled to the whole height. */
const croppedAndScaled = (take: SmallTake, rows: number): Change =>
  changed(take, (luma, y, x) => {
    const { width, height } = take;
    const from = Math.min(height - 1, Math.max(0, rows + ((y + 0.5) * (height - rows)) / height - 0.5));
    const [upper, part] = [Math.floor(from), from % 1];
    const at = (row: number): number => luma[Math.min(height - 1, row) * width + x] as number;
    return (1 - part) * at(upper) + part * at(upper + 1);
  });

/** Rows that are cut off above and added below. */
const moved = (take: SmallTake, rows: number): Change =>
  changed(take, (luma, y, x) => luma[Math.min(take.height - 1, y + rows) * take.width + x] as number);

/** Every two rows made one. */
const halved =
  ({ width, height }: SmallTake): Change =>
  (pictures) =>
    pictures.map(({ data }) => {
      const half = height / 2;
      const now = new Uint8Array((width * half * 3) / 2).fill(128);
      for (let i = 0; i < width * half; i++) {
        const at = i + Math.floor(i / width) * width;
        now[i] = Math.round(((data[at] as number) + (data[at + width] as number)) / 2);
      }
      return { width, height: half, data: now };
    });

const TAKE: SmallTake = {
  ...{ width: 160, height: 120, seed: 1, crf: 23 },
  ...{ periodUs: 33_326.9, readoutUs: 23_252, exposureUs: 1000 },
};

/** All that there is to say of a take. */
const said = ({ reasons, notes }: Report): string[] => [...reasons, ...notes];

/** In the smallest picture of all a module is 3 pixels: of some hundreds of frames one can't be read, and is named. */
const ONE_UNREADABLE = /no time can be read in frame \d+$/;

describe('of good takes in small pictures nothing is said', () => {
  const sizes = [
    [120, 120],
    [160, 120],
    [192, 144],
    [240, 180],
    [320, 240],
  ] as const;
  const timings = [
    { periodUs: 100_000, readoutUs: 23_252 },
    { periodUs: 33_326.9, readoutUs: 23_252 },
    // The fastest mode of an imx219, at 200 fps, and a global shutter.
    { periodUs: 5_000, readoutUs: 4_537 },
    { periodUs: 16_666, readoutUs: 0 },
  ];
  it.each(sizes)('%i x %i', (width, height) => {
    for (const timing of timings)
      for (let seed = 1; seed <= samples(10, 1); seed++) {
        const report = verified({ ...TAKE, ...timing, width, height, seed });
        const told = said(report).filter((line) => width > 120 || !ONE_UNREADABLE.test(line));
        expect(told, `${timing.periodUs} us a frame, seed ${seed}`).toEqual([]);
        expect(report.verdict).toBe('locked');
      }
  });
});

describe('of small pictures it is said', () => {
  const large = { ...TAKE, width: 320, height: 240 };
  const fast = { ...TAKE, periodUs: 5_000, readoutUs: 4_537 };
  it.each([
    ['that rows were cut off, and the rest scaled', TAKE, croppedAndScaled(TAKE, 4)],
    ['that rows were cut off, and the rest scaled, at 320x240', large, croppedAndScaled(large, 4)],
    ['that rows were cut off above and added below', TAKE, moved(TAKE, 1)],
    ['that rows were cut off above and added below, at 200 fps', fast, moved(fast, 1)],
  ])('%s', (_, take, change) => {
    expect(said(verified(take, change))).toContainEqual(
      expect.stringMatching(/^cam1\.mp4: its .*rows.* may be off by \d\.\d\d ms/),
    );
  });

  it('that they were scaled to half of the lines: they show the same rows, and are as exact', () => {
    const report = verified(large, halved(large));
    expect(report).toMatchObject({ verdict: 'locked', reasons: [], notes: [expect.stringContaining('is 320x120')] });
    expect(report.cameras[1]).not.toHaveProperty('unknownUs');
    expect(report.pairs[0]?.maxUs).toBeLessThan(50);
  });
});
