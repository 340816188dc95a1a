import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FramesCsv } from '../src/record/frames-csv.ts';
import { StockRecording } from '../src/run/stock/recording.ts';
import { inFolder } from './support/genlock.ts';

const PERIOD_US = 1e6 / 30;
const READY_US = 1_795_000_000_000_000;
const BOOT_US = 50_000_000;

/** The metadata of the frames in these slots, each 7 us behind its place. */
const frames = (slots: readonly number[]) =>
  slots.map((slot) => {
    const us = Math.round(slot * PERIOD_US) + 7;
    const [sensorNs, wallNs] = [BigInt(BOOT_US + us) * 1000n, BigInt(READY_US + us) * 1000n];
    return { sensorNs, wallNs, syncTimerUs: undefined, exposureUs: 4000, gain: 2 };
  });

describe('rows of a recording that rpicam-vid wrote', () => {
  it('are one for each picture, with the place on the timeline of the server that it has', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'rows.csv');
      // Two frames are missing, and the entry of one that was not written any more is left out.
      const recording = new StockRecording(frames([0, 1, 2, 5, 6, 7]), 5, []);
      const anchors = [0, 4, 8].map((index) => ({ index, wallUs: READY_US + index * PERIOD_US }));
      const list = recording.list({ frameRate: { num: 30, den: 1 }, readyTimeUs: READY_US, anchors });
      const csv = await FramesCsv.open(file);
      recording.writeRows(csv, list, undefined);
      await csv.close();
      const rows = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split(','));
      expect(rows.map(([index, , , state]) => [index, state])).toEqual(
        ['0', '1', '2', '5', '6'].map((i) => [i, 'captured']),
      );
      for (const [index, wall, sensor, , exposure, gain, phase] of rows) {
        const us = Math.round(Number(index) * PERIOD_US) + 7;
        expect([Number(wall), Number(sensor), exposure, gain]).toEqual([READY_US + us, BOOT_US + us, '4000', '2']);
        expect(Math.abs(Number(phase) - 7)).toBeLessThan(1);
      }
    }));
});
