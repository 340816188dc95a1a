import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../src/cli/options/read.ts';
import { addTakeOptions, type TakeFlags, takeValues } from '../src/cli/take-flags.ts';
import { OptionError } from '../src/errors.ts';
import { checkTake, flagOf, settleTake, type TakeAsked, takeOptionList } from '../src/options/take.ts';
import type { TakeOptions } from '../src/run/plan/options.ts';
import { vidArguments } from '../src/run/take/vid-arguments.ts';

/** What a command line asks of a take. */
function asked(...args: string[]) {
  const command = new Command('record').exitOverride().configureOutput({ writeErr: () => {} });
  addTakeOptions(command);
  return takeValues(command.parse(args, { from: 'user' }).opts<TakeFlags>());
}

const refused = (given: object): OptionError => {
  try {
    checkTake(given as TakeAsked);
  } catch (error) {
    return error as OptionError;
  }
  throw new Error(`${JSON.stringify(given)} was taken`);
};

/** What each option may be given, as a script and as a command line say it. */
const SAME: readonly (readonly [TakeAsked, readonly string[]])[] = [
  [{ cameras: 3 }, ['--cameras', '3']],
  [{ cameras: ['0', 'virtual:imx708'] }, ['--camera', '0', 'virtual:imx708']],
  [{ hosts: true }, ['--hosts']],
  [{ hosts: ['pi1', 'pi2'], clockLimitUs: 5000 }, ['--hosts', 'pi1', 'pi2', '--clock-limit', '5ms']],
  [{ hosts: false, keepRemote: true }, ['--no-hosts', '--keep-remote']],
  [{ seconds: 90 }, ['-t', '1.5min']],
  [{ seconds: 0 }, ['--timeout', '0']],
  [{ frames: 12 }, ['--frames', '12']],
  [{ frameRate: '30000/1001' }, ['--framerate', '29.97']],
  [{ width: 1280, height: 720 }, ['--width', '1280', '--height', '720']],
  [{ size: '720p' }, ['--size', '720p']],
  [{ output: 'takes/1', force: true }, ['-o', 'takes/1', '--force']],
  [{ name: 'jump-3', note: 'wind from the left' }, ['--name', 'jump-3', '--note', 'wind from the left']],
  [{ exposureUs: 8000 }, ['--shutter', '8ms']],
  [{ gain: 2.5 }, ['--gain', '2.5']],
  [{ awbGains: [1.6, 1.8] }, ['--awbgains', '1.6,1.8']],
  [{ matchExposure: true, keepOriginal: true, restart: true }, ['--match-exposure', '--keep-original', '--restart']],
  [{ rpicamVid: '/opt/rpicam-vid', steer: 'log' }, ['--rpicam-vid', '/opt/rpicam-vid', '--steer', 'log']],
  [{ lead: 'grid' }, ['--lead', 'grid']],
  [
    { encoder: 'ffmpeg', timestamps: 'true', preset: 'fast' },
    ['--encoder', 'ffmpeg', '--timestamps', 'true', '--preset', 'fast'],
  ],
  [{ codec: 'mjpeg', format: 'mov', quality: 80 }, ['--codec', 'MJPEG', '--format', 'mov', '-q', '80']],
  [{ bitrate: 8_000_000, profile: 'main' }, ['-b', '8mbps', '--profile', 'main']],
  [{ onOverload: 'fail' }, ['--on-overload', 'fail']],
  [{ lockTimeout: 2.5 }, ['--lock-timeout', '2500ms']],
  [{ verify: false, toleranceUs: 50, maxRepeats: 0.25 }, ['--no-verify', '--tolerance', '50', '--max-repeats', '25']],
  [
    { group: '239.1.2.3', port: 10_123, interface: 'lo' },
    ['--sync-group', '239.1.2.3', '--sync-port', '10123', '--sync-interface', 'lo'],
  ],
  [{ phaseWithinUs: 1500 }, ['--phase-within', '1500us']],
  [{ controller: 'stock', align: 'middle' }, ['--sync-controller', 'stock', '--sync-align', 'middle']],
  [
    { syncPeriod: 15, readyFrames: 200, minAdjustmentUs: 30 },
    ['--sync-period', '15', '--ready-frames', '200', '--min-adjustment', '30us'],
  ],
];

describe('an option of a take', () => {
  it.each(SAME)('%j means on a command line what it means in a script', (given, args) => {
    expect(asked(...args)).toEqual(checkTake(given));
  });

  it('is in that table of examples, whichever it is', () => {
    const examples = new Set(SAME.flatMap(([given]) => Object.keys(given)));
    expect(takeOptionList.map(([name]) => name).filter((name) => !examples.has(name))).toEqual([]);
  });

  it('has a flag of its own, and a help of one line', () => {
    const flags = takeOptionList.map(([name]) => flagOf(name));
    expect(new Set(flags).size).toBe(takeOptionList.length);
    for (const [, { help }] of takeOptionList) expect(help).toMatch(/^[^\n]{10,120}$/);
  });

  it('that is not given is as the table says: 20 s at 30 fps, 640x480, proved to 1 ms, 30 s for locking', () => {
    expect(asked()).toEqual({});
    expect(settleTake({})).toMatchObject({
      ...{ seconds: 20, frameRate: { num: 30, den: 1 }, width: 640, height: 480, timestamps: 'nominal' },
      ...{ lockTimeout: 30, verify: true, toleranceUs: 1000, controller: 'tracking', align: 'end', force: false },
    });
  });

  it('reaches each camera by the flag that the table has, with the value that was asked for', () => {
    const [, ...examples] = SAME.map(([given]) => checkTake(given));
    const options: TakeOptions = {
      ...settleTake(Object.assign({}, ...examples)),
      ...{ folder: 't', specs: ['0', '1'], names: ['cam0', 'cam1'], frames: 12, interfaces: 'lo' },
    };
    const { values } = readOptions(vidArguments(1, options, { video: 'a.mp4', framesCsv: 'a.csv' }));
    expect(values).toMatchObject({
      ...{ framerate: { num: 30_000, den: 1001 }, width: 1280, height: 720, shutter: 8000, analoggain: 2.5 },
      ...{ awbgains: [1.6, 1.8], encoder: 'ffmpeg', timestamps: 'true', preset: 'fast', 'on-overload': 'fail' },
      ...{ 'sync-group': '239.1.2.3', 'sync-port': 10_123, 'sync-controller': 'stock', 'sync-align': 'middle' },
      ...{ 'sync-period': 15, 'ready-frames': 200, 'min-adjustment': 30, sync: 'client', frames: 12 },
    });
  });
});

describe('a camera that has settings of its own', () => {
  const settled = settleTake(checkTake({ frames: 12, exposureUs: 8000, gain: 2 }));
  const options: TakeOptions = {
    ...{ ...settled, folder: 't', specs: ['0', '1'], names: ['left', 'right'], frames: 12, interfaces: 'lo' },
    own: [undefined, { exposureUs: 4000, awbGains: [1.6, 1.8] }],
  };
  const asked = (number: number) =>
    readOptions(vidArguments(number, options, { video: 'a.mp4', framesCsv: 'a.csv' })).values;

  it('has them in place of those of all, and the others have theirs', () => {
    expect(asked(0)).toMatchObject({ shutter: 8000, analoggain: 2, awbgains: undefined });
    expect(asked(1)).toMatchObject({ shutter: 4000, analoggain: 2, awbgains: [1.6, 1.8] });
  });

  it('is named by a script, with what they take', () => {
    const camera = { name: 'left', camera: 0, exposureUs: 4000, awbGains: [1.6, 1.8] as const };
    expect(checkTake({ cameras: [camera] })).toEqual({ cameras: [camera] });
    const wrong = [{ ...camera, exposureUs: 0 }, { ...camera, shutter: 1 }, { name: 'left' }, { camera: 0 }];
    for (const each of wrong) expect(refused({ cameras: [each] }).message).toMatch(/^cameras \[.*\]: must be/);
  });
});

describe('an option that a script gives wrongly', () => {
  const WRONG: readonly (readonly [object, string])[] = [
    [{ frames: 0 }, 'frames 0: must be a whole number from 1 to'],
    [{ frames: 1.5 }, 'frames 1.5: must be a whole number'],
    [{ seconds: -1 }, 'seconds -1: must be seconds from 0'],
    [{ seconds: Number.NaN }, 'seconds NaN: must be seconds'],
    [{ seconds: '5' }, 'seconds 5: must be seconds'],
    [{ size: '8k' }, 'size 8k: must be one of 1080p, 720p, 480p'],
    [{ size: '720p', width: 640 }, 'size 720p: does not go with width 640; give one or the other'],
    [{ width: 641 }, 'width 641: must be an even number of pixels from 2 to 8192'],
    [{ frameRate: 0 }, 'frameRate 0: must be frames a second'],
    [{ frameRate: 'fast' }, 'frameRate fast: must be frames a second'],
    [{ cameras: 0 }, 'cameras 0: must be how many, or at least one camera'],
    [{ cameras: [] }, 'cameras []: must be how many, or at least one camera'],
    [{ gain: Number.POSITIVE_INFINITY }, 'gain Infinity: must be a number from 0 to 64'],
    [{ awbGains: [1] }, 'awbGains [1]: must be gains of red and blue'],
    [{ lockTimeout: 0 }, 'lockTimeout 0: must be'],
    [{ toleranceUs: 0 }, 'toleranceUs 0: must be'],
    [{ preset: 'quick' }, 'preset quick: must be one of ultrafast'],
    [{ port: 70_000 }, 'port 70000: must be a whole number from 1 to 65535'],
    [{ force: 'yes' }, 'force yes: must be true or false'],
    [{ output: '' }, 'output : must be a text that is not empty'],
    [{ name: '../up' }, 'name ../up: must be letters, digits, - and _, 64 at most'],
    [{ note: 'x'.repeat(4001) }, `note ${'x'.repeat(4001)}: must be a text of 1 to 4000 characters`],
  ];
  it.each(WRONG)('%j is named with its value and what would be right', (given, message) => {
    const error = refused(given);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toContain(message);
    const [[option, value]] = Object.entries(given) as [[string, unknown]];
    expect(error).toMatchObject({ code: 'option', option, value });
  });

  it('is named where there is no such option', () => {
    expect(refused({ fps: 30 })).toMatchObject({ code: 'unknown-option', option: 'fps' });
    expect(refused({ fps: 30 }).message).toMatch(/^fps: is no option; there are cameras, hosts, seconds, frames, /);
    expect(refused({ constructor: 1 }).code).toBe('unknown-option');
  });

  it('throws nothing but an OptionError, whatever it is', () => {
    const names = fc.constantFrom(...takeOptionList.map(([name]) => name));
    fc.assert(
      fc.property(names, fc.anything(), (name, value) => {
        try {
          checkTake({ [name]: value } as TakeAsked);
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
        }
      }),
      { numRuns: 2000, examples: [['frameRate', { toString: '' }]] },
    );
  });

  it('a time to lock that has no end is as long as a timer waits', () => {
    expect(checkTake({ lockTimeout: Number.POSITIVE_INFINITY }).lockTimeout).toBe(2_147_483);
    expect(asked('--lock-timeout', '99999999min').lockTimeout).toBe(2_147_483);
  });
});

describe('an error about an option', () => {
  it('says options as scripts do, and as a command line does', () => {
    const error = new OptionError('output', 'takes/1', 'is not empty; give another folder, or {force}');
    expect(error.message).toBe('output takes/1: is not empty; give another folder, or force');
    expect(error.saidWith((name) => flagOf(name) ?? name)).toBe(
      '--output takes/1: is not empty; give another folder, or --force',
    );
  });
});
