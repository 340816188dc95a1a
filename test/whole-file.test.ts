import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError } from '../src/errors.ts';
import { moveInPlace, PART, writeWhole } from '../src/record/whole-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-whole-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});
const at = (name: string): string => join(folder, name);

describe('a file that is written whole', () => {
  it('takes the place of the one before, and nothing is left beside it', async () => {
    await writeWhole(at('take.json'), 'one');
    await writeWhole(at('take.json'), 'two');
    expect(await readFile(at('take.json'), 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['take.json']);
  });

  it('is another file than the one before: who reads that reads it to its end', async () => {
    await writeWhole(at('take.json'), 'one');
    const { ino } = await stat(at('take.json'));
    await writeWhole(at('take.json'), 'two');
    expect((await stat(at('take.json'))).ino).not.toBe(ino);
  });

  it('is never seen half: of many that are read beside many that are written, all are one or the other', async () => {
    const texts = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await writeWhole(at('take.json'), texts[0] as string);
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await writeWhole(at('take.json'), texts[i % 2] as string);
      return 'done';
    })();
    let over: string | undefined;
    void writing.then((done) => {
      over = done;
    });
    while (over === undefined) expect(texts).toContain(await readFile(at('take.json'), 'utf8'));
  });

  it('where what was left of a former try stands in its way, is written all the same', async () => {
    await writeFile(at(`take.json${PART}`), 'half of so');
    await writeWhole(at('take.json'), 'whole');
    expect(await readdir(folder)).toEqual(['take.json']);
  });

  it('that can not be written leaves the one before, and nothing of itself', async () => {
    await writeFile(at('take.json'), 'old');
    await mkdir(at(`take.json${PART}`));
    const attempt = writeWhole(at('take.json'), 'new');
    await expect(attempt).rejects.toThrow(FailureError);
    await expect(attempt).rejects.toThrow(`${at('take.json')}: can't be written: `);
    expect(await readFile(at('take.json'), 'utf8')).toBe('old');
  });

  it('that can not take its name leaves the one before, and nothing of itself', async () => {
    await mkdir(at('take.json'));
    await writeFile(join(at('take.json'), 'inside'), '');
    await expect(writeWhole(at('take.json'), 'new')).rejects.toThrow(`${at('take.json')}: can't be written: `);
    expect(await readdir(folder)).toEqual(['take.json']);
    expect(await readdir(at('take.json'))).toEqual(['inside']);
  });

  it('in a folder that is gone is named', async () => {
    await expect(writeWhole(join(folder, 'gone', 'take.json'), '')).rejects.toThrow('gone/take.json: can');
  });
});

describe('a whole file', () => {
  it('takes the name of another one', async () => {
    await writeFile(at('a.mp4'), 'open');
    await writeFile(at(`a.mp4${PART}`), 'plain');
    await moveInPlace(at(`a.mp4${PART}`), at('a.mp4'));
    expect(await readFile(at('a.mp4'), 'utf8')).toBe('plain');
    expect(await readdir(folder)).toEqual(['a.mp4']);
  });

  it('that is not there takes no name from another one', async () => {
    await writeFile(at('a.mp4'), 'open');
    await expect(moveInPlace(at(`a.mp4${PART}`), at('a.mp4'))).rejects.toThrow('ENOENT');
    expect(await readFile(at('a.mp4'), 'utf8')).toBe('open');
  });
});
