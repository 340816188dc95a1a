import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EARLIER, EarlierTake } from '../src/run/files/earlier-take.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'genlock-earlier-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string, ...names: string[]) => {
  for (const name of names) writeFileSync(join(folder, name), text);
};
const contents = () =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).map((entry) => [
      entry.name,
      entry.isFile() ? readFileSync(join(folder, entry.name), 'utf8') : readdirSync(join(folder, entry.name)).sort(),
    ]),
  );

describe('the take that --force is to replace', () => {
  it('is set aside, and back where its successor recorded nothing', async () => {
    write('first', 'take.json', 'cam0.mp4', 'cam0.frames.csv');
    write('mine', 'notes.txt');
    const earlier = await EarlierTake.setAside(folder);
    expect(contents()).toEqual({ 'notes.txt': 'mine', [EARLIER]: ['cam0.frames.csv', 'cam0.mp4', 'take.json'] });
    write('second', 'take.json', 'cam1.mp4');
    await earlier?.putBack();
    expect(contents()).toEqual({
      'notes.txt': 'mine',
      'take.json': 'first',
      'cam0.mp4': 'first',
      'cam0.frames.csv': 'first',
    });
  });

  it('is gone once its successor records, and only it', async () => {
    write('first', 'take.json', 'cam0.mp4');
    const earlier = await EarlierTake.setAside(folder);
    write('second', 'take.json', 'cam1.mp4');
    writeFileSync(join(folder, EARLIER, 'notes.txt'), 'mine');
    await earlier?.remove();
    expect(contents()).toEqual({ 'take.json': 'second', 'cam1.mp4': 'second', [EARLIER]: ['notes.txt'] });
    expect(await EarlierTake.find(folder)).toBeUndefined();
  });

  it('shares the folder that it is set aside in with what somebody else put there', async () => {
    mkdirSync(join(folder, EARLIER));
    writeFileSync(join(folder, EARLIER, 'notes.txt'), 'mine');
    write('first', 'take.json');
    const earlier = await EarlierTake.setAside(folder);
    expect(contents()).toEqual({ [EARLIER]: ['notes.txt', 'take.json'] });
    await earlier?.putBack();
    expect(contents()).toEqual({ 'take.json': 'first', [EARLIER]: ['notes.txt'] });
  });

  it('is none where nothing in the folder is of a take', async () => {
    mkdirSync(join(folder, EARLIER));
    write('mine', 'notes.txt');
    expect(await EarlierTake.setAside(folder)).toBeUndefined();
    expect(contents()).toEqual({ 'notes.txt': 'mine', [EARLIER]: [] });
    expect(existsSync(join(folder, 'take.json'))).toBe(false);
  });
});
