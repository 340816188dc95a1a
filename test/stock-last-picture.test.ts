import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StockRecording } from '../src/run/stock/recording.ts';
import { judge } from '../src/verify/alignment.ts';
import { readTimestamps } from '../src/verify/timestamps.ts';
import { inFolder } from './support/genlock.ts';

const START_US = 1_800_000_000_000_000;
const PERIOD_US = 1e6 / 30;

/** A recording whose last picture has no entry in the metadata, in which slot 3 was dropped. */
function recording(pts: boolean): StockRecording {
  const slots = [0, 1, 2, 4, 5];
  const frames = slots.slice(0, -1).map((slot) => {
    const ns = BigInt(Math.round((START_US + slot * PERIOD_US) * 1000));
    return { wallNs: ns, sensorNs: ns, syncTimerUs: undefined, exposureUs: undefined, gain: undefined };
  });
  return new StockRecording(frames, slots.length, pts ? slots.map((slot) => Math.round(slot * PERIOD_US)) : []);
}

async function csvOf(pts: boolean, folder: string): Promise<string> {
  const file = join(folder, 'cam0.frames.csv');
  const made = recording(pts);
  const timeline = { frameRate: { num: 30, den: 1 }, readyTimeUs: START_US };
  await made.writeCsv(file, made.list(timeline, 6), { first: 0, end: 6 }, undefined);
  return file;
}

describe("a stock camera's last picture, which has no entry in its metadata", () => {
  it('has its time from its PTS', () =>
    inFolder(async (folder) => {
      const { timesUs } = await readTimestamps(await csvOf(true, folder), PERIOD_US);
      expect((timesUs[5] as number) - START_US).toBeCloseTo(5 * PERIOD_US, -1);
    }));

  it.each([true, false])('counts as no repeat where PTS are there (%s), in frames.csv and in the report', (pts) =>
    inFolder(async (folder) => {
      const file = await csvOf(pts, folder);
      const marked = readFileSync(file, 'utf8')
        .split('\n')
        .filter((row) => row.includes(',repeated,'));
      const other = join(folder, 'cam1.frames.csv');
      writeFileSync(other, readFileSync(file));
      const files = [await readTimestamps(file, PERIOD_US), await readTimestamps(other, PERIOD_US)];
      const { cameras } = judge(files, { toleranceUs: 1000, source: 'timestamps' });
      expect(cameras.map(({ repeated }) => repeated)).toEqual([marked.length, marked.length]);
      expect(marked).toHaveLength(1);
    }),
  );
});
