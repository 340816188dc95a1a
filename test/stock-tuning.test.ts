import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { SYNC_GROUP, SYNC_PORT } from '../src/host/sync-defaults.ts';
import { TAKE_SYNC } from '../src/options/take.ts';
import { parseCameraList } from '../src/rpicam/list-cameras.ts';
import { readSyncTuning } from '../src/rpicam/tuning-file.ts';
import { stockTuning } from '../src/run/stock/tuning.ts';
import { inFolder } from './support/genlock.ts';
import { standIn } from './support/stand-in.ts';

const CAMERA = parseCameraList(readFileSync('test/fixtures/rpicam/list-cameras/out', 'utf8'))[0];
const { syncPeriod, minAdjustmentUs } = TAKE_SYNC;
const usual = { group: SYNC_GROUP, port: SYNC_PORT, syncPeriod, minAdjustmentUs, readyFrames: undefined };

describe('the tuning file of a stock camera', () => {
  const before = process.env.LIBCAMERA_IPA_CONFIG_PATH;
  beforeEach(() => {
    delete process.env.LIBCAMERA_IPA_CONFIG_PATH;
  });
  afterEach(() => {
    if (before !== undefined) process.env.LIBCAMERA_IPA_CONFIG_PATH = before;
    else delete process.env.LIBCAMERA_IPA_CONFIG_PATH;
  });

  it('is its own where group, port and periods are those that stock cameras have', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'cam0.tuning.json');
      expect(await stockTuning(usual, CAMERA, file)).toBeUndefined();
      process.env.LIBCAMERA_IPA_CONFIG_PATH = standIn(folder).env.LIBCAMERA_IPA_CONFIG_PATH;
      expect(await stockTuning(usual, CAMERA, file)).toBeUndefined();
    }));

  it("is derived from the sensor's installed one for another port, with all else as it is", () =>
    inFolder(async (folder) => {
      process.env.LIBCAMERA_IPA_CONFIG_PATH = standIn(folder).env.LIBCAMERA_IPA_CONFIG_PATH;
      const file = join(folder, 'cam0.tuning.json');
      const network = { group: SYNC_GROUP, port: 10_123 };
      expect(await stockTuning({ ...usual, ...network }, CAMERA, file)).toBe(file);
      const text = readFileSync(file, 'utf8');
      // The dead band stays stock's own: nobody asked for another.
      expect(readSyncTuning(text, file)).toMatchObject({ ...network, readyFrame: 100, minAdjustmentUs: 50 });
      expect(text).toContain('black_level');
    }));

  it('that would be needed, and is installed nowhere, is an error that says where it was looked for', () =>
    inFolder(async (folder) => {
      process.env.LIBCAMERA_IPA_CONFIG_PATH = folder;
      const refused = stockTuning({ ...usual, readyFrames: 200 }, CAMERA, join(folder, 'cam0.tuning.json'));
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow(
        /^readyFrames: .*imx219\.json.*LIBCAMERA_IPA_CONFIG_PATH, or leave it out$/,
      );
    }));
});
