import { execFileSync, spawn } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReplacedFile } from '../src/record/replaced-file.ts';
import { script } from './support/scripts.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'genlock-replaced-')));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const content = async (): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(at(name), 'utf8')])));
};

describe('a file that is replaced', () => {
  test('is set aside beside it, and back when nothing came', async () => {
    await writeFile(at('a.mp4'), 'old');
    const replaced = await ReplacedFile.setAside(at('a.mp4'));
    expect(await content()).toEqual({ 'a.mp4': '', 'a.mp4.previous': 'old' });
    await writeFile(at('a.mp4'), 'header');
    await replaced.putBack();
    expect(await content()).toEqual({ 'a.mp4': 'old' });
  });

  test('is gone once the new one holds something', async () => {
    await writeFile(at('a.mp4'), 'old');
    const replaced = await ReplacedFile.setAside(at('a.mp4'));
    await writeFile(at('a.mp4'), 'new');
    await replaced.drop();
    await replaced.putBack();
    expect(await content()).toEqual({ 'a.mp4': 'new' });
  });

  test('that was not there leaves nothing where nothing came', async () => {
    const replaced = await ReplacedFile.setAside(at('a.mp4'));
    await writeFile(at('a.mp4'), 'header');
    await replaced.putBack();
    expect(await content()).toEqual({});
  });

  test('does not take the name of one that a killed process left', async () => {
    await writeFile(at('a.mp4'), 'empty');
    await writeFile(at('a.mp4.previous'), 'precious');
    const replaced = await ReplacedFile.setAside(at('a.mp4'));
    expect(await content()).toEqual({ 'a.mp4': '', 'a.mp4.previous': 'precious', 'a.mp4.previous-2': 'empty' });
    await writeFile(at('a.mp4'), 'new');
    await replaced.drop();
    expect(await content()).toEqual({ 'a.mp4': 'new', 'a.mp4.previous': 'precious' });
  });

  test('stays as open to others as it was', async () => {
    await writeFile(at('a.mp4'), 'old');
    await chmod(at('a.mp4'), 0o600);
    await ReplacedFile.setAside(at('a.mp4'));
    expect((await stat(at('a.mp4'))).mode & 0o777).toBe(0o600);
  });

  test('behind a link is set aside where it is, and the link stays', async () => {
    await writeFile(at('target.mp4'), 'old');
    await symlink('target.mp4', at('link.mp4'));
    const replaced = await ReplacedFile.setAside(at('link.mp4'));
    await writeFile(at('link.mp4'), 'new');
    expect(await content()).toEqual({ 'link.mp4': 'new', 'target.mp4': 'new', 'target.mp4.previous': 'old' });
    await replaced.putBack();
    expect(await content()).toEqual({ 'link.mp4': 'old', 'target.mp4': 'old' });
    expect((await lstat(at('link.mp4'))).isSymbolicLink()).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('that is a pipe, a device or stdout is left as it is', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    for (const file of [at('pipe'), '/dev/null', '-', 'udp://127.0.0.1:9']) {
      const replaced = await ReplacedFile.setAside(file);
      await replaced.putBack();
    }
    expect((await lstat(at('pipe'))).isFIFO()).toBe(true);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    // A descriptor has a file behind it here, which is not ours to move.
    const out = at('out.h264');
    execFileSync('sh', ['-c', `'${process.execPath}' '${script('set-stdout-aside')}' > '${out}'`]);
    expect(await readFile(out, 'utf8')).toBe('still here');
    expect((await readdir(folder)).sort()).toEqual(['out.h264', 'pipe']);
  });

  const process_ = async () => {
    await writeFile(at('a.mp4'), 'precious');
    const child = spawn(process.execPath, [script('replace-until-killed'), at('a.mp4')]);
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(await content()).toEqual({ 'a.mp4': 'half', 'a.mp4.previous': 'precious' });
    return { child, ended };
  };

  test('is back when its process leaves at once', async () => {
    const { child, ended } = await process_();
    child.stdin.write('\n');
    expect(await ended).toBe(3);
    expect(await content()).toEqual({ 'a.mp4': 'precious' });
  });

  test('survives the killing of its process under the other name', async () => {
    const { child, ended } = await process_();
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await content()).toEqual({ 'a.mp4': 'half', 'a.mp4.previous': 'precious' });
  });
});
