import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { literalPattern } from '../src/record/segments/name-pattern.ts';
import type { Take, TakeCamera } from '../src/record/take.ts';
import { writersIn } from '../src/run/files/writers.ts';
import { livingCameras, livingProcesses } from '../src/run/repair/living.ts';
import { commandByPs, commandOf, names } from '../src/run/repair/process-command.ts';
import { inFolder } from './support/genlock.ts';
import { syntheticTake } from './support/take.ts';

const linux = process.platform === 'linux';
const onLinux = describe.skipIf(!linux);
const title = (what: string): string => (linux ? what : `${what} (skipped: it takes Linux)`);

interface Other {
  readonly pid: number;
  end(): Promise<void>;
}

/** A process that does nothing, with these arguments; it opens the file that it is told to, for what it is told to. */
async function other(args: readonly string[], options: { cwd?: string; opens?: [file: string, flags: string] } = {}) {
  const [file, flags] = options.opens ?? [];
  const opening = file === undefined ? '' : `require('fs').openSync(${JSON.stringify(file)}, '${flags}');`;
  const script = `${opening}process.stdout.write('!');process.stdin.resume()`;
  const child = spawn(process.execPath, ['-e', script, '--', ...args], { cwd: options.cwd, stdio: 'pipe' });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const end = (): Promise<void> => {
    child.kill('SIGKILL');
    return ended;
  };
  return { pid: child.pid as number, end } satisfies Other;
}

async function beside<T>(started: Promise<Other>, work: (pid: number) => Promise<T>): Promise<T> {
  const process = await started;
  try {
    return await work(process.pid);
  } finally {
    await process.end();
  }
}

/** A take of one camera that is recorded by this process. */
const recordedBy = (pid: number | undefined, file = 'cam0.mp4'): TakeCamera[] => [
  {
    ...{ name: 'cam0', sync: 'server', spec: '0', file, framesCsv: 'cam0.frames.csv' },
    files: [{ file, framesCsv: 'cam0.frames.csv', ...(pid !== undefined && { pid }) }],
  },
];

const takeIn = (home: string): string => {
  const folder = join(home, 'take');
  mkdirSync(folder);
  return folder;
};

onLinux(title('a process that records a camera'), () => {
  it('is one whose command line names the file, by whatever path', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      symlinkSync(folder, join(home, 'link'));
      const paths: [file: string, cwd?: string][] = [
        [join(folder, 'cam0.mp4')],
        [join(home, 'link', 'cam0.mp4')],
        ['cam0.mp4', folder],
        ['./cam0.mp4', join(home, 'link')],
        ['take/cam0.mp4', home],
        ['../take/cam0.mp4', folder],
        // What a stock program is told to write.
        [join(folder, 'cam0.h264')],
      ];
      for (const [file, cwd] of paths) {
        await beside(other(['vid', '-o', file], cwd === undefined ? {} : { cwd }), async (pid) => {
          for (const asked of [folder, `${folder}/`, join(home, 'link')]) {
            expect(await livingCameras(asked, recordedBy(pid)), file).toEqual([{ name: 'cam0', pid }]);
          }
        });
      }
    }));

  it('is one that was told the name as a pattern, in which a percent sign stands twice', () =>
    inFolder(async (home) => {
      const folder = join(home, '100% %d');
      mkdirSync(folder);
      await beside(other(['vid', '-o', literalPattern(join(folder, 'cam0.mp4'))]), async (pid) => {
        expect(await livingCameras(folder, recordedBy(pid))).toEqual([{ name: 'cam0', pid }]);
      });
    }));

  it('is none that has its number by chance', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      mkdirSync(join(home, 'other'));
      for (const args of [
        ['sleep'],
        ['vid', '-o', join(home, 'other', 'cam0.mp4')],
        ['-o', join(folder, 'cam1.mp4')],
      ]) {
        await beside(other(args), async (pid) => expect(await livingCameras(folder, recordedBy(pid))).toEqual([]));
      }
      expect(await livingCameras(folder, recordedBy(process.pid))).toEqual([]);
    }));

  it('is none that has ended, or that nobody told of', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      const ended = await beside(other([join(folder, 'cam0.mp4')]), async (pid) => pid);
      expect(await livingCameras(folder, recordedBy(ended))).toEqual([]);
      expect(await livingCameras(folder, recordedBy(undefined))).toEqual([]);
    }));

  it('counts for a camera of one file, and for each file of one that was started again', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      await beside(other(['-o', join(folder, 'cam0-2.mp4')]), async (pid) => {
        expect(await livingCameras(folder, recordedBy(pid, 'cam0-2.mp4'))).toHaveLength(1);
        // cam0. is no beginning of cam0-2.
        expect(await livingCameras(folder, recordedBy(pid, 'cam0.mp4'))).toEqual([]);
      });
    }));
});

onLinux(title('a process that writes a file of a take'), () => {
  it('is told whatever it is called, also where the folder was renamed meanwhile', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      const file = join(folder, 'cam1.mp4');
      await beside(other([], { opens: [file, 'w'] }), async (pid) => {
        expect(await writersIn(folder)).toEqual([{ pid, file: 'cam1.mp4' }]);
        const moved = join(home, 'moved');
        renameSync(folder, moved);
        symlinkSync(moved, folder);
        for (const name of [moved, folder, `${folder}/`]) {
          expect(await writersIn(name)).toEqual([{ pid, file: 'cam1.mp4' }]);
        }
      });
      expect(await writersIn(folder)).toEqual([]);
    }));

  it('is no reader, no writer of something else, and not this one', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      for (const name of ['cam1.mp4', 'notes.txt', 'x.part']) writeFileSync(join(folder, name), '');
      mkdirSync(join(folder, 'inner'));
      const handle = await open(join(folder, 'cam1.mp4'), 'r+');
      for (const [name, flags] of [
        ['cam1.mp4', 'r'],
        ['notes.txt', 'w'],
        ['x.part', 'w'],
        ['inner/cam1.mp4', 'w'],
      ]) {
        await beside(other([], { opens: [join(folder, name as string), flags as string] }), async () =>
          expect(await writersIn(folder), name).toEqual([]),
        );
      }
      await handle.close();
      expect(await writersIn('/nowhere')).toEqual([]);
    }));

  it('of what is being made of a file counts too', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      const file = 'cam1.mp4.h264.part';
      await beside(other([], { opens: [join(folder, file), 'a'] }), async (pid) =>
        expect(await writersIn(folder)).toEqual([{ pid, file }]),
      );
    }));
});

onLinux(title('a take is still worked on'), () => {
  const take = (state: Take['state'], more: Partial<Take> = {}): Take => ({ ...syntheticTake(1), state, ...more });

  it('by the record that its take.json tells, as long as that runs with the same arguments', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      const commandLine = ['record', '-t', '5s', '-o', 'some where'];
      await beside(other(commandLine), async (pid) => {
        const found = await livingProcesses(folder, take('recording', { pid, commandLine }));
        expect(found).toEqual([{ name: 'record', pid }]);
        expect(await livingProcesses(folder, take('recording', { pid, commandLine: ['record', '-t', '6s'] }))).toEqual(
          [],
        );
        // What is over nobody records, whatever else runs by that number.
        expect(await livingProcesses(folder, take('complete', { pid, commandLine }))).toEqual([]);
      });
      expect(await livingProcesses(folder, take('recording', { pid: process.pid, commandLine }))).toEqual([]);
    }));

  it('by its cameras, once each, and by who writes its files in any state', () =>
    inFolder(async (home) => {
      const folder = takeIn(home);
      const file = join(folder, 'cam0.mp4');
      await beside(other(['-o', file], { opens: [file, 'w'] }), async (pid) => {
        const cameras = recordedBy(pid);
        expect(await livingProcesses(folder, take('recording', { cameras }))).toEqual([{ name: 'cam0', pid }]);
        expect(await livingProcesses(folder, take('failed', { cameras }))).toEqual([{ name: 'cam0.mp4', pid }]);
      });
    }));
});

describe('the command of a process', () => {
  it('is told by ps where there is no /proc', () =>
    inFolder(async (home) =>
      beside(other(['-o', join(home, 'cam0.mp4')]), async (pid) => {
        const command = await commandByPs(pid);
        expect(command?.text).toContain(`-o ${join(home, 'cam0.mp4')}`);
        expect(command && (await names(command, home, 'cam0.'))).toBe(true);
        expect(command && (await names(command, home, 'cam1.'))).toBe(false);
      }),
    ));

  it('is none where there is no such process', async () => {
    const ended = await beside(other([]), async (pid) => pid);
    expect(await commandByPs(ended)).toBeUndefined();
    expect(await commandOf(ended)).toBeUndefined();
  });

  it.skipIf(!linux)('has its arguments apart, and where it works', () =>
    inFolder(async (home) =>
      beside(other(['a b', '', 'c'], { cwd: home }), async (pid) => {
        const command = await commandOf(pid);
        expect(command?.arguments?.slice(-3)).toEqual(['a b', '', 'c']);
        expect(command?.cwd).toBe(await realpath(home));
      }),
    ),
  );
});
