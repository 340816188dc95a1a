import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../src/cli/options/read.ts';
import { vidRun } from '../src/cli/options/run-options.ts';
import { parseTuning, readTuningFile, tuningLine } from '../src/cli/options/tuning-file.ts';
import { UsageError } from '../src/errors.ts';
import { inFolder } from './support/genlock.ts';

const SYNC = { group: '239.255.1.1', port: 12_000, sync_period: 15, ready_frame: 60, min_adjustment: 20 };
const LISTED = {
  version: 2.0,
  target: 'pisp',
  algorithms: [{ 'rpi.black_level': { black_level: 4096 } }, { 'rpi.sync': SYNC }],
};
const FLAT = { 'rpi.black_level': {}, 'rpi.sync': SYNC };
const EXPECTED = { group: '239.255.1.1', port: 12_000, syncPeriod: 15, readyFrame: 60, minAdjustmentUs: 20 };

describe('a tuning file', () => {
  it.each([
    ['present', LISTED],
    ['older', FLAT],
  ])('of the %s form gives the settings of its rpi.sync section', (_, file) => {
    expect(parseTuning('t.json', JSON.stringify(file))).toEqual({ sync: EXPECTED, others: ['rpi.black_level'] });
  });

  it('without that section, or with an empty one, leaves the defaults', () => {
    expect(parseTuning('t', '{"version": 2.0, "algorithms": [{"rpi.awb": {}}]}').sync).toBeUndefined();
    expect(parseTuning('t', '{"algorithms": [{"rpi.sync": null}]}').sync).toEqual({});
  });

  it('wins over the defaults, and is won over by options', () =>
    inFolder(async (folder) => {
      const path = join(folder, 't.json');
      writeFileSync(path, JSON.stringify(LISTED));
      const given = ['--tuning-file', path, '--sync-port', '13000', '--min-adjustment', '5us'];
      const run = vidRun(readOptions([...given, '--sync', 'client']));
      expect(run.options.network).toMatchObject({ group: '239.255.1.1', port: 13_000 });
      expect(run.options.syncSettings).toEqual({ syncPeriod: 15, readyFrame: 60, minAdjustmentUs: 5 });
      expect(run.lines[0]).toBe(
        `--tuning-file ${path}: its rpi.sync section is used; rpi.black_level is not: it tunes an image processor that is not here`,
      );
      expect(vidRun(readOptions(['-o', 'a.mp4', '--tuning-file', path])).lines).toEqual([
        '--tuning-file: acts with --sync server or client only',
      ]);
    }));

  it('is said to be of no use where it has no such section', () => {
    expect(tuningLine('t', { sync: undefined, others: ['rpi.awb'] })).toMatch(/t: has no rpi.sync section/);
    expect(tuningLine('t', { sync: {}, others: [] })).toBeUndefined();
  });

  it.each([
    ['not json', /--tuning-file t.json: no JSON: /],
    ['[]', /--tuning-file t.json: /],
    ['{"algorithms": {}}', /t.json: algorithms: /],
    ['{"algorithms": [{"rpi.sync": {"port": "ten"}}]}', /t.json: rpi.sync.port: .*number/],
    ['{"rpi.sync": {"port": 70000}}', /t.json: rpi.sync.port: .*65535/],
    ['{"rpi.sync": {"group": "10.0.0.1"}}', /t.json: rpi.sync.group: must be an IPv4 multicast address/],
    ['{"rpi.sync": {"sync_period": 0}}', /t.json: rpi.sync.sync_period: /],
    ['{"rpi.sync": {"min_adjustment": -1}}', /t.json: rpi.sync.min_adjustment: /],
    ['{"rpi.sync": 5}', /t.json: rpi.sync: /],
  ])('of %s is refused by file and field', (text, message) => {
    expect(() => parseTuning('t.json', text)).toThrow(UsageError);
    expect(() => parseTuning('t.json', text)).toThrow(message);
  });

  it('that is missing is an error, and - is none at all', () => {
    expect(() => readTuningFile('/nowhere/t.json')).toThrow('--tuning-file /nowhere/t.json: no such file');
    expect(vidRun(readOptions(['--tuning-file', '-'])).lines).toEqual(['no --output: no video is saved']);
  });
});
