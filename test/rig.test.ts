import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { rigFields } from '../src/options/rig/fields.ts';
import { overRig } from '../src/options/rig/over.ts';
import { parseRig, placed } from '../src/options/rig/read.ts';
import { rigText, saveRig } from '../src/options/rig/save.ts';
import { checkTake, settleTake, type TakeAsked } from '../src/options/take.ts';
import { takeOptions } from '../src/run/plan/options.ts';
import { inFolder } from './support/genlock.ts';

const RIG = `// two cameras on the bench
{
  "$schema": "urn:genlock:rig:1",
  "cameras": [
    { "name": "left", "camera": 0, "gain": 2, "exposureUs": 4000 },
    { "name": "right", "camera": "virtual:imx708" }, /* the other */
    3,
  ],
  "size": "720p", "frameRate": "29.97",
  "frames": 90,
  "output": "shots",
}
`;

const lines = (...inside: string[]) => `{\n${inside.join(',\n')}\n}`;

/** What is said of a rig that is refused. */
function refused(text: string): string {
  try {
    parseRig('genlock.json', text);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('a rig file', () => {
  it('asks what a script asks, in JSON with comments; its folder is where takes are made', () => {
    const rig = parseRig('lab/genlock.json', `\uFEFF${RIG}`);
    expect(rig.values).toEqual(
      checkTake({
        cameras: [
          { name: 'left', camera: 0, gain: 2, exposureUs: 4000 },
          { name: 'right', camera: 'virtual:imx708' },
          3,
        ],
        ...{ width: 1280, height: 720, frameRate: '29.97', frames: 90 },
      }),
    );
    expect(rig.takes).toBe(join('lab', 'shots'));
    expect(checkTake(rig.options)).toEqual(rig.values);
    expect(rig.options.cameras).toStrictEqual([
      { name: 'left', camera: 0, gain: 2, exposureUs: 4000 },
      { name: 'right', camera: 'virtual:imx708' },
      3,
    ]);
    expect(parseRig('genlock.json', '{}')).toMatchObject({ values: {}, options: {}, takes: undefined });
  });

  it('has each option of a take, but for those of one take alone', () => {
    const names = rigFields.map(([name]) => name);
    expect(names).toEqual(
      Object.keys(settleTake({}))
        .concat('size')
        .filter((name) => name !== 'force')
        .sort(byTable),
    );
    expect(refused(lines('"force": true'))).toBe(
      'genlock.json:2: force: is no field of a rig: it is asked of one take',
    );
  });

  const byTable = (a: string, b: string) =>
    rigFields.findIndex(([name]) => name === a) - rigFields.findIndex(([name]) => name === b);

  it.each([
    [lines('"gain": 2', '"fps": 30'), 'genlock.json:3: fps: is no field of a rig; docs/rig.md lists them'],
    [lines('"widht": 640'), 'genlock.json:2: widht: is no field of a rig; did you mean width? It is an even number of'],
    [lines('"shutter": 1'), 'genlock.json:2: shutter: is no field of a rig; did you mean exposureUs? It is microsec'],
    [lines('"sync-prot": 1'), 'genlock.json:2: sync-prot: is no field of a rig; did you mean port? It is a whole numb'],
    [lines('"gain": 2', '"width": 641'), 'genlock.json:3: width 641: must be an even number of pixels from 2 to 8192'],
    [lines('"gain": 99'), 'genlock.json:2: gain 99: must be a number from 0 to 64'],
    [lines('"preset": null'), 'genlock.json:2: preset null: must be one of ultrafast, '],
    [lines('"gain": 1', '"gain": 2'), 'genlock.json:3: gain: stands here for a second time (genlock.json:2)'],
    [lines('"size": "720p"', '"width": 640'), 'genlock.json:2: size 720p: does not go with width 640; give one or'],
    [lines('"cameras": [', '0'), 'genlock.json:2: a value is missing'],
    [lines('"cameras": [0,\n{ "name": "a" }]'), 'genlock.json:3: cameras[1]: lacks its camera'],
    [
      lines('"cameras": [0,\n{ "name": "a",\n"camera": 0, "gian": 2 }]'),
      'genlock.json:4: cameras[1].gian: is no field of',
    ],
    [
      lines('"cameras": [{ "name": "a",\n"shutter": 9 }]'),
      'genlock.json:3: cameras[0].shutter: is no field of a camera; did you mean exp',
    ],
    [
      lines('"cameras": [{ "name": "a b",\n"camera": 0 }]'),
      'genlock.json:2: cameras[0].name "a b": must be letters, digits',
    ],
    [lines('"cameras": [0,\ntrue]'), 'genlock.json:3: cameras[1]: must be a number, a spec, or an object with a name'],
    [lines('"cameras": []'), 'genlock.json:2: cameras []: must be how many, or at least one camera'],
    [lines('"gain": 2 "width": 2'), 'genlock.json:2: a , is missing'],
    [lines("'gain': 2"), 'genlock.json:2: this is no JSON; texts and names stand in double quotes'],
    ['{ "gain": 2\n', 'genlock.json:2: a } is missing'],
    ['{} x', 'genlock.json:1: this is no JSON'],
    ['', 'genlock.json:1: '],
    ['[]', 'genlock.json:1: a rig must be an object'],
    ['['.repeat(200_000), 'genlock.json: has brackets within each other, too deep'],
  ])('%j is refused with its line, its field and what would be right', (text, said) => {
    expect(refused(text)).toContain(said);
    expect(refused(text)).not.toContain('\n');
  });

  it('is taken or refused in one line, whatever stands in it', () => {
    const name = fc.constantFrom(...rigFields.map(([each]) => each), '__proto__', 'constructor', 'x');
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), fc.nat(), fc.string(), (rig, at, put) => {
        const text = JSON.stringify(rig, null, 1);
        for (const each of [text, text.slice(0, at % text.length) + put + text.slice(at % text.length)]) {
          try {
            parseRig('genlock.json', each);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
            expect((error as Error).message).toMatch(/^genlock\.json(:\d+)?: /);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('tells where an option stands that turns out wrong later, and a command line where it was given', async () => {
    const rig = parseRig('genlock.json', lines('"cameras": ["virtual:imx219",\n"nikon"]', '"size": "720p"'));
    const error = await takeOptions(rig.values).catch((each: unknown) => each);
    expect((placed(error, rig) as Error).message).toMatch(/^genlock\.json:3: cameras\[1\] nikon: no such camera/);
    expect(placed(error, rig, { cameras: ['nikon'] })).toBe(error);
    expect([rig.place('width'), rig.place('gain'), rig.place('cameras')]).toEqual([
      'genlock.json:4',
      undefined,
      'genlock.json:2',
    ]);
  });
});

describe('over a rig', () => {
  const rig = parseRig('genlock.json', RIG).values;
  const over = (given: TakeAsked) => overRig(rig, checkTake(given));

  it('what is given holds, field by field, and the rest is the rig', () => {
    expect(over({ width: 640, note: 'x' })).toEqual({ ...rig, width: 640, note: 'x' });
    expect(overRig(rig, { frameRate: undefined })).toEqual({ ...rig, frameRate: undefined });
  });

  it('a time that is given is not overridden by the frames of the rig', () => {
    expect(over({ seconds: 5 }).frames).toBeUndefined();
    expect(over({ frames: 5 })).toMatchObject({ frames: 5 });
  });

  it('a list of cameras takes the place of the rig, and has what the rig says of their names', () => {
    const left = { name: 'left', camera: '1', gain: 2, exposureUs: 4000 };
    expect(over({ cameras: ['left=1', 'top=0', 2] }).cameras).toEqual([left, 'top=0', 2]);
    expect(over({ cameras: [{ name: 'left', camera: '1', gain: 8 }] }).cameras).toEqual([{ ...left, gain: 8 }]);
    expect(over({ cameras: ['right', 'left'] }).cameras).toEqual([
      { name: 'right', camera: 'virtual:imx708' },
      { ...left, camera: 0 },
    ]);
    expect(over({ cameras: 1 }).cameras).toBe(1);
  });

  it('what is given for all cameras holds for each; the name of the take is not theirs', () => {
    expect(over({ name: 'jump' }).cameras).toEqual(rig.cameras);
    const [left] = over({ gain: 4 }).cameras as unknown[];
    expect(left).toEqual({ name: 'left', camera: 0, exposureUs: 4000 });
    expect((overRig(rig, { exposureUs: undefined }).cameras as unknown[])[0]).toEqual({
      name: 'left',
      camera: 0,
      gain: 2,
    });
  });
});

describe('a rig that is saved', () => {
  const ASKED: TakeAsked = {
    cameras: ['left=0', 'right=virtual:imx708', '2'],
    ...{ frameRate: '30000/1001', width: 1280, height: 720, verify: false, toleranceUs: 50, awbGains: [1.6, 1.8] },
  };

  it('asks what was asked, and names its schema', () => {
    const text = rigText(checkTake({ ...ASKED, output: 'shots' }), '.');
    expect(JSON.parse(text)).toMatchObject({ $schema: 'urn:genlock:rig:1', output: 'shots', frameRate: '30000/1001' });
    const read = parseRig('genlock.json', text);
    expect(read.values).toEqual({
      ...checkTake(ASKED),
      cameras: [{ name: 'left', camera: 0 }, { name: 'right', camera: 'virtual:imx708' }, 2],
    });
    expect(read.takes).toBe('shots');
  });

  it('names the schema where the package is installed beside it, and its folder from its own on', () =>
    inFolder(async (folder) => {
      const docs = join(folder, 'node_modules', 'genlock', 'docs');
      mkdirSync(docs, { recursive: true });
      writeFileSync(join(docs, 'rig.schema.json'), '{}');
      expect(JSON.parse(rigText({ output: join(folder, 'shots') }, folder))).toEqual({
        $schema: './node_modules/genlock/docs/rig.schema.json',
        output: 'shots',
      });
    }));

  it('takes no place of another file unless it is told to, and is whole or not there', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'lab.json');
      await saveRig(file, { gain: 2 }, false);
      await expect(saveRig(file, { gain: 3 }, false)).rejects.toThrow(
        new UsageError(`${file}: is there already; give another name, or --force to replace it`),
      );
      expect(JSON.parse(readFileSync(file, 'utf8')).gain).toBe(2);
      await saveRig(file, { gain: 3 }, true);
      expect(JSON.parse(readFileSync(file, 'utf8')).gain).toBe(3);
      await expect(saveRig(folder, {}, true)).rejects.toThrow(`${folder}: is a folder`);
      await expect(saveRig(join(folder, 'no', 'x.json'), {}, false)).rejects.toThrow(UsageError);
    }));
});
