import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/record/make-folder.ts';
import { writeReason } from '../../src/record/write-failure.ts';
import { makeTakeFolder } from '../../src/run/files/folder.ts';
import { genlock, inFolder, start } from '../support/genlock.ts';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts';

const why = noSmallDisk();
const proc = existsSync('/proc/self');

describe('a folder', () => {
  it('is made with those above it, and the first that was made is told', () =>
    inFolder(async (home) => {
      expect(await makeFolder(join(home, 'a', 'b', 'c'))).toBe(join(home, 'a'));
      expect(await makeFolder(join(home, 'a', 'b', 'd'))).toBe(join(home, 'a', 'b', 'd'));
      expect(await makeFolder(join(home, 'a', 'b', 'd'))).toBeUndefined();
      expect(readdirSync(join(home, 'a', 'b')).sort()).toEqual(['c', 'd']);
    }));

  it('is there for all that make it at the same time', () =>
    inFolder(async (home) => {
      await Promise.all(Array.from({ length: 20 }, () => makeFolder(join(home, 'a', 'b', 'c', 'd'))));
      expect(existsSync(join(home, 'a', 'b', 'c', 'd'))).toBe(true);
    }));

  it.skipIf(!proc)('whose parent is there and takes none is an error, and asked for once', async () => {
    await expect(makeFolder('/proc/nowhere/take')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder('/proc/self/nowhere/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('that can not be made says why: a file or a link round in a circle above it, a name that is too long', () =>
    inFolder(async (home) => {
      writeFileSync(join(home, 'file'), '');
      symlinkSync('circle', join(home, 'circle'));
      symlinkSync('nowhere', join(home, 'link'));
      await expect(makeFolder(join(home, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
      await expect(makeFolder(join(home, 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
      await expect(makeFolder(join(home, 'circle', 'a'))).rejects.toMatchObject({ code: 'ELOOP' });
      await expect(makeFolder(join(home, 'link'))).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(makeFolder(join(home, 'a'.repeat(300)))).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
      for (const place of ['file/a', 'circle/a', 'link', 'a'.repeat(300)]) {
        await expect(makeTakeFolder(join(home, place), false)).rejects.toThrow(
          /^output [^\n]*: (is not a folder|can't be written \([A-Z]+\): [^\n]+)/,
        );
      }
      expect(readdirSync(home).sort()).toEqual(['circle', 'file', 'link']);
    }));

  it('of a take that can not be made is one line and exit code 2', async () => {
    const places = [proc ? '/proc/nowhere/take' : '/dev/null/take', '/dev/null/take', `/tmp/${'a'.repeat(300)}`];
    for (const place of places) {
      const { code, stderr } = await genlock(['record', '--cameras', '1', '-o', place]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^genlock: --output [^\n]*can't be written[^\n]*\n$/);
    }
  });

  it.skipIf(why !== undefined)(
    `on a disk that is only read is named as that${why === undefined ? '' : ` (skipped: ${why})`}`,
    async () => {
      const disk = mountSmallDisk(1 << 20);
      try {
        mkdirSync(join(disk.folder, 'there'));
        await start(['-o', 'remount,ro', disk.folder], {}, ['mount']).ended;
        for (const place of ['a/b', 'there', '.']) {
          await expect(makeTakeFolder(join(disk.folder, place), false)).rejects.toThrow('the file system is read-only');
        }
        const { code, stderr } = await genlock(['vid', '-n', '-t', '1s', '-o', join(disk.folder, 'a.mp4')]);
        expect([code, stderr]).toEqual([2, expect.stringContaining("can't be written: the file system is read-only")]);
      } finally {
        disk.unmount();
      }
    },
  );

  it.each('EROFS EACCES ENOTDIR ENAMETOOLONG ELOOP ENOSPC EMFILE ENFILE EISDIR EDQUOT ENOENT'.split(' '))(
    'that fails with %s is told in words',
    (code) => {
      expect(
        writeReason(Object.assign(new Error(`${code}: in the words of the system, open '/x'`), { code })),
      ).not.toContain(code);
    },
  );
});

describe.skipIf(process.platform === 'win32')('too few files that may be open at once', () => {
  const all = ['record', 'vid', 'verify', 'report', 'repair', 'align', 'simulate', 'cameras', '--version'];
  it.each([
    [20, ['record', 'verify', '--version']],
    [40, all],
    [64, ['record', 'verify', '--version']],
    [100, all],
  ])('are one line, whatever the command: %i', async (most, commands) => {
    for (const command of commands) {
      const limited = ['sh', '-c', `ulimit -n ${most}; exec "$0" dist/cli.js "$@"`, process.execPath];
      const { code, stderr, stdout } = await start(
        [command, ...(command === '--version' ? [] : ['--help'])],
        {},
        limited,
      ).ended;
      if (code === 0) expect(stdout).not.toBe('');
      else
        expect([code, stderr]).toEqual([
          2,
          `genlock: too few files may be open at once (ulimit -n: ${most}); 256 are enough\n`,
        ]);
    }
  });
});

describe.skipIf(process.platform === 'win32')('a first description that can not be written', () => {
  it('leaves the take that was to be replaced as it was', () =>
    inFolder(async (folder) => {
      for (const name of ['take.json', 'cam0.mp4']) writeFileSync(join(folder, name), '{}');
      const limited = ['sh', '-c', 'ulimit -f 0; exec "$0" dist/cli.js "$@"', process.execPath];
      const { code, stderr } = await start(['record', '--cameras', '1', '--force', '-o', folder], {}, limited).ended;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^genlock: [^\n]*take\.json: can't be written: [^\n]*\n$/),
      ]);
      expect(readdirSync(folder).sort()).toEqual(['cam0.mp4', 'take.json']);
      rmSync(folder, { recursive: true });
      expect((await start(['record', '--cameras', '1', '-o', folder], {}, limited).ended).code).toBe(1);
      expect(existsSync(folder)).toBe(false);
    }));
});
