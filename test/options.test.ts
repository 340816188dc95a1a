import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGE, page } from '../scripts/rpicam-vid-page.ts';
import { readArguments } from '../src/cli/options/grammar.ts';
import { vidHelp } from '../src/cli/options/help.ts';
import { unavailableLines } from '../src/cli/options/lines.ts';
import { readOptions } from '../src/cli/options/read.ts';
import { optionList } from '../src/cli/options/table.ts';
import { UsageError } from '../src/errors.ts';

interface StockOption {
  name: string;
  short?: string;
  value: 'optional' | 'required';
  implicit?: string;
  default?: string;
}

const STOCK: StockOption[] = JSON.parse(readFileSync('test/fixtures/rpicam/options.json', 'utf8'));

/** Names and texts, as they are understood. */
const understood = (line: string): string[][] => readArguments(line.split(' ')).map(({ name, text }) => [name, text]);
const values = (line: string) => readOptions(line.split(' ')).values;

describe('the options', () => {
  it('are those of rpicam-vid, each with its short form, kind of value, bare value and default', () => {
    const ours = optionList
      .filter(([, definition]) => !definition.ours)
      .map(([name, { short, value, implicit, default: usual }]): StockOption => {
        const stock: StockOption = { name, value: value === 'required' ? 'required' : 'optional' };
        if (short !== undefined) stock.short = short;
        if (implicit !== undefined) stock.implicit = implicit;
        if (usual !== undefined) stock.default = usual;
        return stock;
      });
    const byName = (a: StockOption, b: StockOption) => a.name.localeCompare(b.name);
    expect(ours.sort(byName)).toEqual([...STOCK].sort(byName));
  });

  it('stand in the documentation as the generator writes it', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(page());
  });

  it('are all named by a help of at most 100 columns', () => {
    const help = vidHelp();
    for (const [name, { hidden }] of optionList) {
      expect(help.includes(`--${name}`), name).toBe(!hidden);
    }
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('the grammar', () => {
  it.each([
    ['--timeout 20s', [['timeout', '20s']]],
    ['--timeout=20s', [['timeout', '20s']]],
    ['-t 20s', [['timeout', '20s']]],
    ['-t20s', [['timeout', '20s']]],
    ['-t=20s', [['timeout', '20s']]],
    ['-t -3s', [['timeout', '-3s']]],
    [
      '--ev -1 --brightness -0.5',
      [
        ['ev', '-1'],
        ['brightness', '-0.5'],
      ],
    ],
    [
      '--metadata - -o -',
      [
        ['metadata', '-'],
        ['output', '-'],
      ],
    ],
    ['--libav-video-codec-opts bf=0;crf=20', [['libav-video-codec-opts', 'bf=0;crf=20']]],
    ['--libav-video-codec-opts=bf=0', [['libav-video-codec-opts', 'bf=0']]],
    [
      '-n -o a.mp4',
      [
        ['nopreview', '1'],
        ['output', 'a.mp4'],
      ],
    ],
    [
      '-nkt 20s',
      [
        ['nopreview', '1'],
        ['keypress', '1'],
        ['timeout', '20s'],
      ],
    ],
    [
      '--hflip=0 --vflip=true',
      [
        ['hflip', '0'],
        ['vflip', 'true'],
      ],
    ],
    [
      '--hflip 1 --vflip',
      [
        ['hflip', '1'],
        ['vflip', '1'],
      ],
    ],
    [
      '-v -n',
      [
        ['verbose', '2'],
        ['nopreview', '1'],
      ],
    ],
    [
      '-v 0 -v2 -v=1',
      [
        ['verbose', '0'],
        ['verbose', '2'],
        ['verbose', '1'],
      ],
    ],
    [
      '--circular --hdr -c',
      [
        ['circular', '4'],
        ['hdr', 'auto'],
        ['config', 'config.txt'],
      ],
    ],
    [
      '--circular 8 --hdr=off',
      [
        ['circular', '8'],
        ['hdr', 'off'],
      ],
    ],
    [
      '--time 5s --out a.mp4 --no-r',
      [
        ['timeout', '5s'],
        ['output', 'a.mp4'],
        ['no-raw', '1'],
      ],
    ],
  ])('understands %s', (line, expected) => {
    expect(understood(line)).toEqual(expected);
  });

  it('compare case as rpicam-vid does: not in codec, sync, initial and metadata format, but elsewhere', () => {
    expect(values('--codec MJPEG --sync Server --initial Pause --metadata-format TXT')).toMatchObject({
      ...{ codec: 'mjpeg', sync: 'server', initial: 'pause', 'metadata-format': 'txt' },
    });
    expect(() => values('--codec H265')).toThrow('--codec H265: must be one of h264, libav, mjpeg, yuv420');
    expect(() => values('--awb Auto')).toThrow('--awb Auto: must be one of');
  });

  it.each([
    ['--nonsense', /unknown option '--nonsense'; see genlock vid --help/],
    ['--framrate 30', /unknown option '--framrate'; did you mean --framerate\?/],
    ['--fram 30', /option '--fram' is ambiguous: --frames, --frames-csv, --framerate/],
    ['--no-hflip', /unknown option '--no-hflip'/],
    ['-z', /unknown option '-z'/],
    ['-n -t', /option '--timeout' needs a value/],
    ['\u2013timeout 2s', /^\u2013timeout: begins with an en dash; write --timeout with two hyphens$/],
    ['-\u2013timeout=2s', /an en dash; write --timeout=2s with two hyphens$/],
    ['-n \u2014\u2014output a.mp4', /an em dash; write --output with two hyphens$/],
    ['\u2212t20s', /a minus sign; write -t20s with a hyphen$/],
    ['a.mp4', /too many arguments: "a.mp4"/],
    ['-n 20s', /too many arguments: "20s"/],
    ['--inline 2', /too many arguments: "2"/],
  ])('refuses %s in one line', (line, message) => {
    expect(() => readArguments(line.split(' '))).toThrow(UsageError);
    expect(() => readArguments(line.split(' '))).toThrow(message);
  });

  it('lets the last one count, by either of two names', () => {
    expect(values('--gain 2 --analoggain 4').analoggain).toBe(4);
    expect(values('--analoggain 4 --gain 2').analoggain).toBe(2);
    expect(values('-t 1s -t 2s').timeout).toBe(2e6);
  });
});

describe('a value', () => {
  it.each([
    ['-b 10mbps', { bitrate: 10e6 }],
    ['-b 10M', { bitrate: 10e6 }],
    ['-b 1.5m', { bitrate: 1.5e6 }],
    ['-b 800k', { bitrate: 800_000 }],
    ['-b 800K', { bitrate: 800_000 }],
    ['-b 5000000', { bitrate: 5e6 }],
    ['-b 0bps', { bitrate: 0 }],
    ['--shutter 5000 --segment 2000', { shutter: 5000, segment: 2e6 }],
    ['--roi 0.25,0.25,0.5,0.5', { roi: { x: 0.25, y: 0.25, width: 0.5, height: 0.5 } }],
    ['--roi 0,0,0,0', { roi: undefined }],
    ['--awbgains 1.6,1.8', { awbgains: [1.6, 1.8] }],
    ['--awbgains 0,0', { awbgains: undefined }],
    ['--mode 1640:1232', { mode: { width: 1640, height: 1232, bits: 12, packed: true } }],
    ['--mode 640:480:8:U', { mode: { width: 640, height: 480, bits: 8, packed: false } }],
    ['--level 4.0 --profile high', { level: '4', profile: 'high' }],
    ['--libav-video-codec-opts bf=0;preset=slow', { 'libav-video-codec-opts': { bf: '0', preset: 'slow' } }],
    ['--lens-position default', { 'lens-position': 'default' }],
    ['--framerate -1', { framerate: { num: 30, den: 1 } }],
    ['-v 7', { verbose: 2 }],
  ])('of %s is read', (line, expected) => {
    expect(values(line)).toMatchObject(expected);
  });

  it.each([
    ['-b 10x', /--bitrate 10x: not a bitrate; .*bps, b, kbps, k, K, mbps, m or M/],
    ['-b 10', /--bitrate 10: is 10 bits a second; give 1kbps/],
    ['--roi 0.5,0,0.6,1', /--roi 0.5,0,0.6,1: must lie within the picture/],
    ['--roi 1,2', /--roi 1,2: must be 4 numbers/],
    ['--awbgains 1,0', /--awbgains 1,0: gains of red and blue must be above 0/],
    ['--ccm 1,2,3', /--ccm 1,2,3: must be 9 numbers/],
    ['--mode 1640x1232', /--mode 1640x1232: must be W:H/],
    ['--rotation 90', /--rotation 90: must be one of 0, 180/],
    ['--level 7', /--level 7: no level of H.264/],
    ['--profile best', /--profile best: must be one of baseline, main, high/],
    ['--libav-video-codec-opts bf', /"bf" is no k=v/],
    ['--quality 101', /--quality 101: must be a whole number from 0 to 100/],
    ['--segment 5m', /--segment 5m: not a time/],
    ['--hflip=maybe', /--hflip maybe: is either on or off/],
    ['--lens-position near', /--lens-position near: must be dioptres/],
    ['--autofocus-mode fast', /--autofocus-mode fast: must be one of default, manual/],
    ['--metadata=', /--metadata: needs a value that is not empty/],
  ])('of %s is refused with what would be right', (line, message) => {
    expect(() => readOptions(line.split(' '))).toThrow(UsageError);
    expect(() => readOptions(line.split(' '))).toThrow(message);
  });
});

describe("an option that can't be had here", () => {
  it('is named with the reason, those of one reason together', () => {
    const asked = readOptions(['-p', '0,0,640,480', '-f', '--libav-audio', '--audio-codec', 'opus']);
    expect(unavailableLines(asked)).toEqual([
      '--preview, --fullscreen: not available: there is no preview window',
      '--libav-audio, --audio-codec: not available: genlock records pictures only',
    ]);
  });

  it('is not mentioned where it asks for what is there anyway', () => {
    const asked = readOptions([
      '-n',
      '-p',
      '0,0,0,0',
      '--fullscreen=0',
      '--audio-codec',
      'aac',
      '--viewfinder-width=0',
    ]);
    expect(unavailableLines(asked)).toEqual([]);
  });
});
