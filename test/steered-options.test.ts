import { describe, expect, it } from 'vitest';
import { readOptions } from '../src/cli/options/read.ts';
import { isSteered, steeredRun } from '../src/cli/options/steered-options.ts';

const asked = (line: string) => readOptions(line.split(' ').filter((word) => word !== ''));
const steered = (line: string) => steeredRun(asked(`--camera rpicam:1 --sync client ${line}`));

describe('the options of a stock camera that follows a server', () => {
  it('is one with --sync client alone', () => {
    expect(isSteered(asked('--camera rpicam:0 --sync client'))).toBe(true);
    expect(isSteered(asked('--camera rpicam --sync client'))).toBe(true);
    expect(isSteered(asked('--camera rpicam:0 --sync server'))).toBe(false);
    expect(isSteered(asked('--camera rpicam:0'))).toBe(false);
    expect(isSteered(asked('--camera 0 --sync client'))).toBe(false);
  });

  it('hands to rpicam-vid what it has, as it was given, and says the rest itself', () => {
    const { name, options, lines } = steered(
      '-n -t 20s -o a.h264 --hflip --vflip=0 --shutter 8ms --gain 2 --metadata a.json --hdr -v 2 --sync-port 12000 --framerate 25',
    );
    expect(name).toBe('cam1');
    expect([...options.args].sort()).toEqual(
      [
        '--analoggain=2',
        '--hdr=auto',
        '--hflip',
        '--metadata=a.json',
        '--nopreview',
        '--output=a.h264',
        '--shutter=8ms',
        '--timeout=20s',
      ].sort(),
    );
    expect(options).toMatchObject({ number: 1, tuningFile: undefined, toStdout: false });
    expect(options.network).toMatchObject({ port: 12_000 });
    expect(options.request).toMatchObject({
      frameRate: { num: 25, den: 1 },
      exposureUs: 8000,
      width: 640,
      height: 480,
    });
    expect(lines).toEqual([]);
  });

  it('is heard by the metadata that are asked for, else by a file of its own; not where there are none', () => {
    expect(steered('-o a.h264 --metadata a.json').options.metadata).toEqual({ file: 'a.json' });
    const own = steered('-o a.h264 --metadata-format txt --steer metadata').options;
    expect([own.steer, own.metadata, own.args]).toEqual(['metadata', {}, ['--output=a.h264']]);
    const none = steered('-o a.mp4').options;
    expect([none.steer, none.metadata]).toEqual(['auto', undefined]);
    expect(() => steered('-o a.mp4 --steer metadata')).toThrow(
      /^--steer metadata: rpicam-vid writes no metadata with a\.mp4; record h264$/,
    );
    expect(() => steered('-o a.h264 --metadata - --steer metadata')).toThrow(
      /^--steer metadata: --metadata - can't be read/,
    );
    expect(() => steered('--steer fast')).toThrow(/^--steer fast/);
  });

  it('makes rows of one file with metadata, and refuses others', () => {
    expect(steered('-o a%%.h264 --frames-csv a.csv --save-pts a.pts').options.rows).toEqual({
      ...{ file: 'a.csv', video: 'a%.h264', pts: 'a.pts' },
    });
    expect(steered('-o - --frames-csv a.csv').options.rows).toEqual({
      file: 'a.csv',
      video: undefined,
      pts: undefined,
    });
    expect(steered('-o a.mjpeg --codec mjpeg --frames-csv a.csv').options.rows).toMatchObject({ video: undefined });
    const refused = (line: string, text: RegExp) => expect(() => steered(`--frames-csv a.csv ${line}`)).toThrow(text);
    refused('-o a.mp4', /^--frames-csv a\.csv: rows are made of metadata: rpicam-vid writes no metadata with a\.mp4/);
    refused('-o a.h264 --segment 2000', /^--frames-csv a\.csv: .* leave out --segment$/);
    refused('-o a.h264 --signal', /^--frames-csv a\.csv: .* leave out --signal$/);
    refused('-o a.csv', /^--output and --frames-csv: both write .*a\.csv/);
  });

  it('keeps a mode that is asked for, and a recording on stdout', () => {
    const { options } = steered('--mode 1640:1232 -o -');
    expect(options.request.sensorMode).toMatchObject({ width: 1640, height: 1232 });
    expect(options.args).toContain('--mode=1640:1232');
    expect(options.toStdout).toBe(true);
  });

  it('says what rpicam-vid can not do, and refuses a tuning file that is not there', () => {
    expect(steered('--preset slow --sync-align middle --keypress').lines).toEqual([
      '--sync-align, --preset: act on cameras that genlock reads itself; rpicam-vid has no such option',
      '--keypress: no effect: rpicam-vid has no keyboard here; use --signal',
    ]);
    expect(() => steered('--tuning-file none.json')).toThrow(/^--tuning-file none\.json: no such file/);
  });
});
