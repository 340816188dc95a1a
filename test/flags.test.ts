import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { OptionError, UsageError } from '../src/errors.ts';
import { flagFor, messageInFlags } from '../src/options/flags.ts';
import { refusal } from '../src/run/take/refusal.ts';

/** Where programs are started by flags: a text there that is a flag and nothing else is an argument. */
const STARTERS = new Set([
  'src/host/timesyncd.ts',
  'src/run/take/vid-arguments.ts',
  'src/run/take/match-exposure.ts',
  'src/run/stock/arguments.ts',
  'src/run/steered/arguments.ts',
  'src/camera/rpicam/program.ts',
]);

const FLAG = /(?<![\w-])--[a-z]/;

function texts(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What the doctor finds is for a terminal: it says what to type, and no script can call it. */
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => join('src', name).replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !/^src\/(cli|options|(run\/)?doctor)\//.test(name));

/** A text may speak of the flags of another program, which it names. */
const ofAnotherProgram = (text: string): boolean => /rpicam-vid('s)? --/.test(text);
const isArgument = (file: string, text: string): boolean => STARTERS.has(file) && /^--[\w=-]+$/.test(text);

describe('rooms below the command line', () => {
  it('are looked through with all their texts', () => {
    expect(files.length).toBeGreaterThan(250);
    expect(texts('src/run/take/vid-arguments.ts')).toContain('--frames-csv');
  });

  it('speak of no flag: a script has none', () => {
    const flags = files.flatMap((file) =>
      texts(file)
        .filter((text) => FLAG.test(text) && !ofAnotherProgram(text) && !isArgument(file, text))
        .map((text) => `${file}: ${text}`),
    );
    expect(flags).toEqual([]);
  });
});

describe('an option on a command line', () => {
  it.each([
    ['output', '--output'],
    ['exposureUs', '--shutter'],
    ['verify', '--no-verify'],
    ['cameras', '--cameras'],
    ['cameras[2]', '--camera'],
    // Options of `vid` alone are called as their flags.
    ['libav-format', '--libav-format'],
  ])('%s is %s', (option, flag) => {
    expect(flagFor(option)).toBe(flag);
  });

  it('is said as a flag wherever the message names it, and as scripts name it otherwise', () => {
    const error = new OptionError('cameras[1]', 'rpicam:0', 'not there; give {rpicamVid} or {cameras[0]}', {
      of: 'cam1',
    });
    expect(error.message).toBe('cam1: cameras[1] rpicam:0: not there; give rpicamVid or cameras[0]');
    expect(messageInFlags(error)).toBe('cam1: --camera rpicam:0: not there; give --rpicam-vid or --camera');
  });
});

describe('the refusal of a take', () => {
  const end = (option: string, value: unknown, text: string) => {
    const error = new OptionError(option, value, text);
    return { ok: false as const, error: error.message, usage: true, fault: error.fault };
  };
  const cam0 = { name: 'cam0', end: end('frameRate', '300', 'too fast') };
  const cam1 = { name: 'cam1', end: end('exposureUs', 9e6, 'too long') };
  const problems = ['cam0: frameRate 300: too fast', 'cam1: exposureUs 9000000: too long'];

  it('names the option that a process of a camera was refused for', () => {
    const error = refusal(problems.slice(0, 1), [cam0]);
    expect(error).toMatchObject({ code: 'option', option: 'frameRate', value: '300', message: problems[0] });
    expect(messageInFlags(error)).toBe('cam0: --framerate 300: too fast');
  });

  it('says all of several, each door in its own words', () => {
    const error = refusal(problems, [cam0, cam1]);
    expect(error.message).toBe(problems.join('; '));
    expect(messageInFlags(error)).toBe('cam0: --framerate 300: too fast; cam1: --shutter 9000000: too long');
  });

  it('is as the problems are where they are about no option', () => {
    const error = refusal(['cam0: no such device'], [{ name: 'cam0', end: { ok: false, error: '', usage: true } }]);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code: 'usage', message: 'cam0: no such device' });
  });
});
