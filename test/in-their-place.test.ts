import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EARLIER } from '../src/record/aside.ts';
import { nodeAvBackend } from '../src/record/encoders/node-av.ts';
import { OrderedOutput } from '../src/record/encoders/outputs/file.ts';
import { writeTake } from '../src/record/take.ts';
import { TextFile } from '../src/record/text-file.ts';
import { writeWhole } from '../src/record/whole-file.ts';
import { makeTakeFolder } from '../src/run/files/folder.ts';
import { repairTake } from '../src/run/repair/repair.ts';
import { recordVideo } from './support/cut-off.ts';
import { inFolder, start } from './support/genlock.ts';
import { syntheticTake } from './support/take.ts';

const windows = process.platform === 'win32';
const why = await nodeAvBackend.unavailable();
const fifo = (file: string): unknown => execFileSync('mkfifo', [file]);

describe.skipIf(windows || why !== undefined)('a pipe, a device or a folder in the place of a file of a take', () => {
  it.each([
    ['cam1.mp4', 'a pipe', fifo],
    ['cam1.mp4', 'a folder', (file: string) => mkdirSync(file)],
    ['cam1.mp4', 'a device', (file: string) => symlinkSync('/dev/zero', file)],
    ['cam0.frames.csv', 'a pipe', fifo],
    ['take.json', 'a pipe', fifo],
  ])('is named by a repair that finds as %s %s, and neither read nor changed', (name, kind, make) =>
    inFolder(async (folder) => {
      await recordVideo(join(folder, 'cam0.mp4'), { frames: 30, killed: true });
      if (name !== 'take.json') await writeTake(folder, syntheticTake(2));
      make(join(folder, name));
      const before = readFileSync(join(folder, 'cam0.mp4'));
      await expect(repairTake(folder)).rejects.toThrow(`${join(folder, name)}: is ${kind}, not a file`);
      expect(lstatSync(join(folder, name)).isFile()).toBe(false);
      expect(readFileSync(join(folder, 'cam0.mp4'))).toEqual(before);
    }),
  );

  it('is not written to where something is being made: it makes room', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'mine'), 'mine');
      fifo(join(folder, 'take.json.part'));
      await writeWhole(join(folder, 'take.json'), 'a');
      symlinkSync('mine', join(folder, 'take.json.part'));
      await writeWhole(join(folder, 'take.json'), 'b');
      expect(readFileSync(join(folder, 'take.json'), 'utf8')).toBe('b');
      expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine');
      expect(readdirSync(folder).sort()).toEqual(['mine', 'take.json']);
      await recordVideo(join(folder, 'cam0.mp4'), { frames: 40, killed: true });
      for (const part of ['cam0.mp4.part', 'cam0.mp4.h264.part']) fifo(join(folder, part));
      await writeTake(folder, syntheticTake(1));
      expect(await repairTake(folder)).toMatchObject({ frames: 30, whole: true });
      expect(readdirSync(folder).sort()).toEqual(['cam0.frames.csv', 'cam0.mp4', 'mine', 'take.json']);
    }));

  it('is set aside with the take that --force replaces, a folder is refused by name', () =>
    inFolder(async (folder) => {
      fifo(join(folder, 'cam0.mp4'));
      symlinkSync('/dev/zero', join(folder, 'take.json'));
      const earlier = await makeTakeFolder(folder, true);
      expect(readdirSync(folder)).toEqual([EARLIER]);
      await earlier?.putBack();
      expect(readdirSync(folder).sort()).toEqual(['cam0.mp4', 'take.json']);
      mkdirSync(join(folder, 'cam1.mp4'));
      await expect(makeTakeFolder(folder, true)).rejects.toThrow(`output ${folder}: cam1.mp4 in it is a folder`);
      expect(readdirSync(folder).sort()).toEqual(['cam0.mp4', 'cam1.mp4', 'take.json']);
    }));

  it('that leads elsewhere under the name of the earlier take is not followed', () =>
    inFolder(async (home) => {
      const [folder, elsewhere] = [join(home, 'take'), join(home, 'elsewhere')];
      for (const each of [folder, elsewhere]) mkdirSync(each);
      writeFileSync(join(elsewhere, 'cam0.mp4'), 'precious');
      await writeTake(elsewhere, syntheticTake(1));
      symlinkSync(elsewhere, join(folder, EARLIER));
      await expect(repairTake(folder)).rejects.toThrow('no take: there is no take.json in it');
      writeFileSync(join(folder, 'take.json'), '{}');
      await expect(makeTakeFolder(folder, true)).rejects.toThrow(`${EARLIER} is in the way`);
      expect(readdirSync(elsewhere).sort()).toEqual(['cam0.mp4', 'take.json']);
      expect(readFileSync(join(folder, 'take.json'), 'utf8')).toBe('{}');
    }));

  it('keeps both takes where it stands for a file of the new one', () =>
    inFolder(async (folder) => {
      await recordVideo(join(folder, 'cam0.mp4'), { frames: 30 });
      await writeTake(folder, syntheticTake(1, { state: 'complete' }));
      await makeTakeFolder(folder, true);
      fifo(join(folder, 'cam0.mp4'));
      await writeTake(folder, syntheticTake(1));
      await expect(repairTake(folder)).rejects.toThrow(`${join(folder, 'cam0.mp4')}: is a pipe, not a file`);
      expect(readdirSync(join(folder, EARLIER)).sort()).toEqual(['cam0.mp4', 'take.json']);
      expect(existsSync(join(folder, 'cam0.mp4'))).toBe(true);
    }));
});

describe.skipIf(windows)('a named pipe that nobody reads', () => {
  it('is waited for until its reader comes, or the wait is ended', () =>
    inFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      fifo(pipe);
      const leaving = new AbortController();
      const video = OrderedOutput.open(pipe, leaving.signal);
      const text = TextFile.open(pipe, leaving.signal);
      leaving.abort();
      await expect(video).rejects.toThrow(`${pipe}: nobody read this pipe`);
      await expect(text).rejects.toThrow(`${pipe}: nobody read this pipe`);
      const reader = start([pipe], {}, ['cat']);
      const output = await OrderedOutput.open(pipe);
      await output.write(Buffer.alloc(300_000, 'a'));
      await output.close();
      expect((await reader.ended).stdout).toHaveLength(300_000);
    }));
});
