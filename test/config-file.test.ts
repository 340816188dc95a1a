import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, readConfigFile } from '../src/cli/options/config-file.ts';
import { readOptions } from '../src/cli/options/read.ts';
import { UsageError } from '../src/errors.ts';
import { inFolder } from './support/genlock.ts';

const FILE = `# a comment
width=1280
height = 720   # and another

nopreview
hflip=1
vflip=0
circular
timeout=2s\r
`;

const read = (args: string[], text = FILE) => readOptions(args, (path) => parseConfig(path, text)).values;

describe('a config file', () => {
  it('gives options by name=value lines, switches alone or with a value', () => {
    expect(read(['--config', 'c.txt'])).toMatchObject({
      width: 1280,
      height: 720,
      nopreview: true,
      hflip: true,
      vflip: false,
      circular: 4,
      timeout: 2e6,
    });
  });

  it('is won over by the command line, wherever --config stands in it', () => {
    for (const args of [
      ['--width', '640', '--hflip=0', '-c', 'c.txt'],
      ['-c', 'c.txt', '--width', '640', '--hflip=0'],
    ]) {
      expect(read(args)).toMatchObject({ width: 640, hflip: false, height: 720 });
    }
  });

  it('is config.txt where --config stands alone', () => {
    const paths: string[] = [];
    readOptions(['--config', '-n'], (path) => {
      paths.push(path);
      return [];
    });
    expect(paths).toEqual(['config.txt']);
  });

  it('is won over by another name of the same option, too', () => {
    expect(read(['-c', 'c.txt', '--gain', '2'], 'analoggain=4').analoggain).toBe(2);
  });

  it.each([
    ['width=1280\nframrate=30', /c.txt line 2: unknown option '--framrate'; did you mean --framerate/],
    ['timeout=5m', /c.txt line 1: timeout 5m: not a time/],
    ['\n\ntimeout', /c.txt line 3: timeout needs a value: timeout=/],
    ['--width=640', /c.txt line 1: "--width=640" is no name=value/],
    ['width 640', /c.txt line 1: "width 640" is no name=value/],
    ['config=other.txt', /c.txt line 1: config can't be given in such a file/],
    ['hflip=maybe', /c.txt line 1: hflip maybe: is either on or off/],
  ])('with %j is refused by file and line', (text, message) => {
    expect(() => read(['-c', 'c.txt'], text)).toThrow(UsageError);
    expect(() => read(['-c', 'c.txt'], text)).toThrow(message);
  });

  it('that is missing is an error that names it', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'c.txt');
      expect(() => readConfigFile(path)).toThrow(new UsageError(`--config ${path}: no such file`));
      expect(() => readConfigFile(folder)).toThrow(UsageError);
      writeFileSync(path, 'width=320');
      expect(readConfigFile(path)).toEqual([{ name: 'width', text: '320', flag: `${path} line 1: width` }]);
    }));
});
