import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { findTuningFile } from '../src/rpicam/find-tuning.ts';
import { deriveTuning, readSyncTuning } from '../src/rpicam/tuning-file.ts';

const INSTALLED = {
  version: 2.0,
  target: 'pisp',
  algorithms: [{ 'rpi.black_level': { black_level: 4096 } }, { 'rpi.sync': { min_adjustment: 50 } }, { 'rpi.dpc': {} }],
};

describe('a derived tuning file', () => {
  it('sets group and port and keeps everything else, in its order', () => {
    const text = deriveTuning(JSON.stringify(INSTALLED), { group: '239.1.2.3', port: 20000 }, 'imx219.json');
    expect(JSON.parse(text)).toEqual({
      ...INSTALLED,
      algorithms: [
        INSTALLED.algorithms[0],
        { 'rpi.sync': { min_adjustment: 50, group: '239.1.2.3', port: 20000 } },
        INSTALLED.algorithms[2],
      ],
    });
    expect(Object.keys(JSON.parse(text))).toEqual(['version', 'target', 'algorithms']);
  });

  it('gets the section where it is missing, and reads back what was set', () => {
    const bare = JSON.stringify({ version: 2, target: 'bcm2835', algorithms: [{ 'rpi.lux': {} }] });
    const sync = { group: '239.1.2.3', port: 20000, syncPeriod: 30, readyFrame: 100, minAdjustmentUs: 20 };
    const text = deriveTuning(bare, sync, 'ov5647.json');
    expect(JSON.parse(text).algorithms).toEqual([
      { 'rpi.lux': {} },
      { 'rpi.sync': { group: '239.1.2.3', port: 20000, sync_period: 30, ready_frame: 100, min_adjustment: 20 } },
    ]);
    expect(readSyncTuning(text, 'x')).toEqual(sync);
    expect(readSyncTuning(bare, 'x')).toBeUndefined();
  });

  it('is not made from what is none', () => {
    for (const text of ['{"version": 1.0, "rpi.lux": {}}', '[]', 'null', '{"version": 2, "algorithms": [1]}', '{']) {
      expect(() => deriveTuning(text, {}, 'old.json'), text).toThrow(UsageError);
    }
    expect(() => deriveTuning('{}', {}, 'old.json')).toThrow(
      'old.json: no tuning file of version 2.0 with a list of "algorithms"',
    );
  });
});

describe('the installed tuning file', () => {
  const root = mkdtempSync(join(tmpdir(), 'tuning-'));
  const put = (name: string): string => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '{}');
    return path;
  };
  const pisp = put('usr/rpi/pisp/imx219.json');
  const vc4 = put('usr/rpi/vc4/imx219.json');
  const mono = put('usr/rpi/pisp/imx296_mono.json');
  const own = put('own/rpi/pisp/imx219.json');
  const folders = [join(root, 'usr')];

  it('is chosen by the board', () => {
    for (const board of [
      'Raspberry Pi 5 Model B Rev 1.0',
      'Raspberry Pi 500 Rev 1.0',
      'Raspberry Pi Compute Module 5',
    ]) {
      expect(findTuningFile('imx219', { env: {}, board, folders })).toBe(pisp);
    }
    expect(findTuningFile('imx219', { env: {}, board: 'Raspberry Pi 4 Model B Rev 1.5', folders })).toBe(vc4);
    expect(findTuningFile('imx296', { env: {}, board: 'Raspberry Pi 5', mono: true, folders })).toBe(mono);
  });

  it("is looked for in libcamera's own variable first", () => {
    const env = { LIBCAMERA_IPA_CONFIG_PATH: `/nowhere:${join(root, 'own')}` };
    expect(findTuningFile('imx219', { env, board: 'Raspberry Pi 5', folders })).toBe(own);
    const mine = { ...env, LIBCAMERA_RPI_TUNING_FILE: pisp };
    expect(findTuningFile('imx708', { env: mine, board: 'Raspberry Pi 5', folders })).toBe(pisp);
    const gone = { LIBCAMERA_RPI_TUNING_FILE: '/nowhere.json' };
    expect(() => findTuningFile('imx708', { env: gone, folders })).toThrow(
      'LIBCAMERA_RPI_TUNING_FILE: /nowhere.json: no such file',
    );
  });

  it('that is missing is an error which says where it was looked for', () => {
    const look = (): string => findTuningFile('imx999', { env: {}, board: 'Raspberry Pi 5', folders });
    expect(look).toThrow(`no tuning file for imx999 (looked for ${join(root, 'usr/rpi/pisp/imx999.json')})`);
    expect(look).toThrow(UsageError);
  });
});
