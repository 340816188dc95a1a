import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openVideo } from '../src/libav/decode.ts';
import { FRAMES_CSV_HEADER, formatFrameRow } from '../src/record/frames-csv.ts';
import { readTake, type Take, writeTake } from '../src/record/take.ts';
import { EarlierTake } from '../src/run/files/earlier-take.ts';
import { completeTake } from '../src/run/repair/complete.ts';
import { type RepairResult, repairTake } from '../src/run/repair/repair.ts';
import { type Recorded, recordVideo } from './support/cut-off.ts';
import { inFolder } from './support/genlock.ts';
import { readMark } from './support/pictures.ts';
import { syntheticCamera, syntheticTake } from './support/take.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A file of a take and the rows beside it, of which a killed process may have written more than there are frames. */
async function record(folder: string, base: string, recorded: Recorded & { rows?: number }): Promise<void> {
  await recordVideo(join(folder, `${base}.mp4`), recorded);
  const { first = 0, frames, rows = frames } = recorded;
  writeRows(folder, base, range(first, first + rows));
}

function writeRows(folder: string, base: string, slots: readonly number[]): void {
  const lines = slots.map((slot) => {
    const row = {
      ...{ wallClockUs: 1e15 + slot * 33_333, sensorUs: slot * 33_333, exposureUs: 1000 },
      ...{ gain: 1, phaseUs: 0, correctionUs: 0 },
    };
    return formatFrameRow({ slot, state: 'captured', row, segment: 0, segmentFrame: slot });
  });
  writeFileSync(join(folder, `${base}.frames.csv`), [FRAMES_CSV_HEADER, ...lines, ''].join('\n'));
}

/** Slots and states of a `frames.csv`, as `0-29 captured, 30-59 lost`. */
function statesOf(folder: string, base: string): string {
  const stretches: [from: number, to: number, state: string][] = [];
  const text = readFileSync(join(folder, `${base}.frames.csv`), 'utf8');
  for (const line of text.split('\n').slice(1, -1)) {
    const fields = line.split(',');
    const [slot, state] = [Number(fields[0]), fields.at(-1) || (fields[3] as string)];
    const last = stretches.at(-1);
    if (last?.[2] === state && last[1] === slot - 1) last[1] = slot;
    else stretches.push([slot, slot, state]);
  }
  return stretches.map(([from, to, state]) => `${from}-${to} ${state}`).join(', ');
}

/** The slot that each frame of a file stands at, and which one's picture it shows (of 14). */
async function shown(file: string): Promise<{ slots: number[]; marks: number[] }> {
  const video = await openVideo(file);
  const [slots, marks]: [number[], number[]] = [[], []];
  for await (const { ptsUs, luma } of video.frames()) {
    slots.push((ptsUs * 30) / 1e6);
    marks.push(readMark(luma));
  }
  await video.close();
  return { slots, marks };
}

/** A file has exactly the slots from `first` to `end`, and shows each one's own picture up to `real`. */
async function expectSlots(file: string, first: number, real: number, end: number): Promise<void> {
  const { slots, marks } = await shown(file);
  expect(slots.map((slot) => Math.round(slot))).toEqual(range(first, end));
  for (const slot of slots) expect(Math.abs(slot - Math.round(slot))).toBeLessThan(1e-4);
  expect(marks).toEqual(range(first, end).map((slot) => Math.min(slot, real - 1) % 14));
}

/** All bytes of a folder's files, and when they were written. */
const bytesIn = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => {
      const file = join(folder, name);
      return `${name} ${createHash('sha256').update(readFileSync(file)).digest('hex')} ${statSync(file).mtimeMs}`;
    });

/** Repairs twice: the second time says the same, and touches nothing. */
async function repair(folder: string): Promise<RepairResult> {
  const first = await repairTake(folder);
  const before = bytesIn(folder);
  expect(await repairTake(folder)).toEqual({ ...first, changed: false });
  expect(bytesIn(folder)).toEqual(before);
  const take = await readTake(folder);
  expect(take).toMatchObject({ state: first.state, frames: first.frames });
  expect(take.cameras.map(({ frames }) => frames)).toEqual(first.cameras.map(({ frames }) => frames));
  return first;
}

const summary = ({ cameras }: RepairResult): unknown =>
  cameras.map(({ name, frames, captured, lostFrames }) => [name, frames, captured, lostFrames]);

describe('a take whose processes were all killed', () => {
  it('keeps the true times of files that have those, and goes on at the nominal rate', () =>
    inFolder(async (folder) => {
      const captureOf = (slot: number) => ({ sensorUs: 7e9 + slot * 33_300.5 + (slot % 5), phaseUs: slot % 5 });
      await record(folder, 'cam0', { frames: 62, captureOf });
      await record(folder, 'cam1', { frames: 47, killed: true, captureOf });
      const times = async () =>
        (await shown(join(folder, 'cam1.mp4'))).slots.map((slot) => Math.round((slot * 1e6) / 30));
      const before = await times();
      expect(before.length).toBeGreaterThan(29);
      expect(before.slice(0, 4)).toEqual([0, 33_302, 66_603, 99_905]);
      await writeTake(folder, syntheticTake(2, { timestamps: 'true' }));
      expect(summary(await repair(folder))).toMatchObject([
        ['cam0', 62, 62, 0],
        ['cam1', 62, before.length, 62 - before.length],
      ]);
      const after = await times();
      expect(after).toHaveLength(62);
      expect(after.slice(0, before.length)).toEqual(before);
      for (let i = before.length; i < 62; i++) {
        expect(Math.abs((after[i] as number) - (after[i - 1] as number) - 33_333)).toBeLessThanOrEqual(1);
      }
    }));

  it('has as many frames on all cameras: repeats of its last one stand for what the shorter one lost', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 62, rows: 61, killed: true });
      await record(folder, 'cam1', { frames: 40, rows: 38, killed: true });
      await writeTake(folder, syntheticTake(2));
      const result = await repair(folder);
      expect(result).toMatchObject({ state: 'interrupted', frames: 60, wanted: 300, complete: false, whole: true });
      expect(result.changed).toBe(true);
      expect(summary(result)).toEqual([
        ['cam0', 60, 60, 1],
        ['cam1', 60, 30, 30],
      ]);
      expect(result.missing).toEqual(['cam1: frames 30 to 59 are lost: repeats of the frame before stand for them']);
      await expectSlots(join(folder, 'cam0.mp4'), 0, 60, 60);
      await expectSlots(join(folder, 'cam1.mp4'), 0, 30, 60);
      expect(statesOf(folder, 'cam0')).toBe('0-59 captured');
      expect(statesOf(folder, 'cam1')).toBe('0-29 captured, 30-59 lost');
      expect(readdirSync(folder)).toHaveLength(5);
    }));

  it('names what rows were not written for, and leaves out what no frame was written for', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 32, rows: 27, killed: true });
      await record(folder, 'cam1', { frames: 32, rows: 32, killed: true });
      rmSync(join(folder, 'cam1.frames.csv'));
      await writeTake(folder, syntheticTake(2));
      expect(summary(await repair(folder))).toEqual([
        ['cam0', 30, 27, 0],
        ['cam1', 30, 0, 0],
      ]);
      expect(statesOf(folder, 'cam0')).toBe('0-26 captured, 27-29 unknown');
      expect(statesOf(folder, 'cam1')).toBe('0-29 unknown');
    }));

  it('has a camera without a file where that died before its first frames were in it', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 40, killed: true });
      writeFileSync(join(folder, 'cam1.mp4'), '');
      writeRows(folder, 'cam1', range(0, 9));
      await writeTake(folder, syntheticTake(3));
      const result = await repair(folder);
      expect(result).toMatchObject({ frames: 30, complete: false, whole: false });
      expect(result.missing).toEqual([
        'cam1: cam1.mp4: no frame was recorded into it',
        'cam2: cam2.mp4: there is no such file',
      ]);
      expect(existsSync(join(folder, 'cam1.mp4'))).toBe(false);
      expect(summary(result)).toEqual([
        ['cam0', 30, 30, 10],
        ['cam1', 0, 0, 30],
        ['cam2', 0, 0, 30],
      ]);
      expect(statesOf(folder, 'cam1')).toBe('');
      expect(existsSync(join(folder, 'cam2.frames.csv'))).toBe(false);
    }));

  it('keeps no file that plays nowhere, and says which went', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 40, killed: true });
      await record(folder, 'cam1', { frames: 5, killed: true });
      writeFileSync(join(folder, 'cam2.mp4'), Buffer.alloc(4096));
      writeFileSync(join(folder, 'cam3.mp4'), 'what somebody else wrote');
      await writeTake(folder, syntheticTake(4));
      const notes: string[] = [];
      const { missing } = await repairTake(folder, { onNote: (text) => notes.push(text) });
      expect(notes).toEqual([
        'cam1: cam1.mp4: its process died before the first frame was in it: removed',
        'cam2: cam2.mp4: its process died before the first frame was in it: removed',
      ]);
      expect(missing).toEqual([
        'cam1: cam1.mp4: no frame was recorded into it',
        'cam2: cam2.mp4: no frame was recorded into it',
        'cam3: cam3.mp4: it is no MP4',
      ]);
      expect(readdirSync(folder).filter((name) => name.endsWith('.mp4'))).toEqual(['cam0.mp4', 'cam3.mp4']);
      expect(await repairTake(folder)).toMatchObject({ changed: false, missing });
    }));

  it('of which nothing is left is said to have no frame', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 5, killed: true });
      await writeTake(folder, syntheticTake(1));
      expect(await repair(folder)).toMatchObject({ frames: 0, complete: false, whole: false, state: 'interrupted' });
    }));

  it('of which nothing is left makes room again for the take that it was to replace', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 30 });
      await writeTake(folder, syntheticTake(1, { state: 'complete' }));
      await EarlierTake.setAside(folder);
      await record(folder, 'cam0', { frames: 5, killed: true });
      await writeTake(folder, syntheticTake(1));
      expect(await repair(folder)).toMatchObject({ frames: 30, state: 'complete', whole: true, changed: true });
      expect(readdirSync(folder)).not.toContain('earlier-take');
      await expectSlots(join(folder, 'cam0.mp4'), 0, 30, 30);
    }));

  it('before it could say what it is makes room for it too', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 30 });
      await writeTake(folder, syntheticTake(1, { state: 'complete' }));
      await EarlierTake.setAside(folder);
      expect(await repair(folder)).toMatchObject({ frames: 30, state: 'complete', whole: true });
      expect(readdirSync(folder)).not.toContain('earlier-take');
    }));

  it('of which something is left is rid of the take that it replaces', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam1', { frames: 30 });
      await writeTake(folder, syntheticTake(2));
      await EarlierTake.setAside(folder);
      await record(folder, 'cam0', { frames: 40, killed: true });
      await writeTake(folder, syntheticTake(1));
      expect(await repair(folder)).toMatchObject({ frames: 30, changed: true });
      expect(readdirSync(folder).sort()).toEqual(['cam0.frames.csv', 'cam0.mp4', 'take.json']);
    }));

  it('keeps the place of a camera that joined late', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 62, killed: true });
      await record(folder, 'cam1', { first: 20, frames: 20, killed: true });
      await writeTake(folder, syntheticTake(2));
      const result = await repair(folder);
      expect(result.missing).toEqual([
        'cam1: frames 0 to 19 are lost: no file has them',
        'cam1: frames 35 to 59 are lost: repeats of the frame before stand for them',
      ]);
      expect(summary(result)).toEqual([
        ['cam0', 60, 60, 2],
        ['cam1', 40, 15, 45],
      ]);
      expect((await readTake(folder)).cameras[1]).toMatchObject({ firstIndex: 20, frames: 40, repeated: 25 });
      await expectSlots(join(folder, 'cam1.mp4'), 20, 35, 60);
      expect(statesOf(folder, 'cam1')).toBe('20-34 captured, 35-59 lost');
    }));
});

describe('a camera that was started again', () => {
  const files = (...bases: string[]) =>
    bases.map((base) => ({ file: `${base}.mp4`, framesCsv: `${base}.frames.csv`, pid: 999_999_999 }));
  const takeWith = (...bases: string[]): Take =>
    syntheticTake(1, { cameras: [syntheticCamera(0), syntheticCamera(1, { files: files(...bases) })] });

  it('has all its files finished, the last one up to the end of the take; the gap between them is named', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 77, killed: true });
      await record(folder, 'cam1', { frames: 32, killed: true });
      await record(folder, 'cam1-2', { first: 50, frames: 17, killed: true });
      await writeTake(folder, takeWith('cam1', 'cam1-2'));
      const result = await repair(folder);
      expect(result).toMatchObject({ frames: 75, whole: true });
      expect(result.missing).toEqual([
        'cam1: frames 30 to 49 are lost: no file has them',
        'cam1: frames 65 to 74 are lost: repeats of the frame before stand for them',
      ]);
      expect(result.cameras[1]).toEqual({
        ...{ name: 'cam1', file: 'cam1.mp4', frames: 75, captured: 45, lostFrames: 30 },
        files: [
          { file: 'cam1.mp4', firstIndex: 0, frames: 30 },
          { file: 'cam1-2.mp4', firstIndex: 50, frames: 25 },
        ],
      });
      await expectSlots(join(folder, 'cam1.mp4'), 0, 30, 30);
      await expectSlots(join(folder, 'cam1-2.mp4'), 50, 65, 75);
      expect(statesOf(folder, 'cam1')).toBe('0-29 captured');
      expect(statesOf(folder, 'cam1-2')).toBe('50-64 captured, 65-74 lost');
      // Processes that are gone are no longer told.
      expect(JSON.stringify(await readTake(folder))).not.toContain('pid');
    }));

  it('and died again before anything was in its file has the files that hold something', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 77, killed: true });
      writeFileSync(join(folder, 'cam1.mp4'), '');
      writeRows(folder, 'cam1', range(0, 8));
      await record(folder, 'cam1-2', { first: 40, frames: 37, killed: true });
      writeFileSync(join(folder, 'cam1-3.mp4'), '');
      await writeTake(folder, takeWith('cam1', 'cam1-2', 'cam1-3', 'cam1-4'));
      const result = await repair(folder);
      expect(result.missing).toEqual([
        'cam1: frames 0 to 39 are lost: no file has them',
        'cam1: frames 70 to 74 are lost: repeats of the frame before stand for them',
      ]);
      const [, camera] = (await readTake(folder)).cameras;
      expect(camera).toMatchObject({ file: 'cam1-2.mp4', framesCsv: 'cam1-2.frames.csv', firstIndex: 40, frames: 35 });
      expect(camera?.files).toBeUndefined();
      expect(statesOf(folder, 'cam1')).toBe('');
    }));

  it('whose last file is away is not lengthened in its place, and is whole once it is back', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      mkdirSync(folder);
      await record(folder, 'cam0', { frames: 75 });
      await record(folder, 'cam1', { frames: 30 });
      await record(folder, 'cam1-2', { first: 30, frames: 45 });
      await writeTake(folder, { ...takeWith('cam1', 'cam1-2'), wanted: 75 });
      await repair(folder);
      const before = await readTake(folder);
      renameSync(join(folder, 'cam1-2.mp4'), join(home, 'away.mp4'));
      const away = await repair(folder);
      expect(away).toMatchObject({ whole: false, complete: false, frames: 75 });
      expect(away.missing).toEqual(['cam1: cam1-2.mp4: there is no such file']);
      expect(away.cameras[1]).toMatchObject({ frames: 30, lostFrames: 45 });
      expect(statesOf(folder, 'cam1-2')).toBe('30-74 captured');
      renameSync(join(home, 'away.mp4'), join(folder, 'cam1-2.mp4'));
      const back = await repair(folder);
      expect(back).toMatchObject({ whole: true, frames: 75, missing: [] });
      expect(back.cameras[1]).toMatchObject({ frames: 75, captured: 75 });
      expect((await readTake(folder)).cameras[1]?.files).toEqual(before.cameras[1]?.files);
    }));
});

describe('a file that is away or can not be finished', () => {
  it('costs nothing of its rows, and counts again when it is back', () =>
    inFolder(async (home) => {
      const folder = join(home, 'take');
      mkdirSync(folder);
      for (const base of ['cam0', 'cam1']) await record(folder, base, { frames: 30 });
      await writeTake(folder, syntheticTake(2, { state: 'complete', frames: 30, wanted: 30 }));
      renameSync(join(folder, 'cam1.mp4'), join(home, 'away.mp4'));
      const away = await repair(folder);
      expect(away).toMatchObject({ whole: false, complete: false, missing: ['cam1: cam1.mp4: there is no such file'] });
      expect(summary(away)).toEqual([
        ['cam0', 30, 30, 0],
        ['cam1', 0, 0, 30],
      ]);
      expect(statesOf(folder, 'cam1')).toBe('0-29 captured');
      renameSync(join(home, 'away.mp4'), join(folder, 'cam1.mp4'));
      const back = await repair(folder);
      expect(back).toMatchObject({ whole: true, complete: true, missing: [] });
      expect(summary(back)).toEqual([
        ['cam0', 30, 30, 0],
        ['cam1', 30, 30, 0],
      ]);
    }));

  it('stays as it is where the copy can not be written, is named, and is finished the next time', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 62, killed: true });
      await record(folder, 'cam1', { frames: 40, killed: true });
      await writeTake(folder, syntheticTake(2));
      const inTheWay = ['cam0.mp4.part', 'cam1.mp4.h264.part'].map((name) => join(folder, name));
      const before = readFileSync(join(folder, 'cam1.mp4'));
      for (const folder of inTheWay) mkdirSync(folder);
      const take = await readTake(folder);
      const { missing, whole, cameras } = await completeTake(folder, take);
      expect(whole).toBe(false);
      expect(missing).toEqual([
        expect.stringMatching(/^cam0: .*cam0\.mp4\.part: is a folder/),
        expect.stringMatching(/^cam1: .*cam1\.mp4\.h264\.part: is a folder/),
      ]);
      expect(cameras[1]).toMatchObject({ frames: 30, lost: 40 - 30 + 20 });
      expect(readFileSync(join(folder, 'cam1.mp4'))).toEqual(before);
      expect(statesOf(folder, 'cam1')).toBe('0-29 captured');
      for (const folder of inTheWay) rmSync(folder, { recursive: true });
      expect(await repair(folder)).toMatchObject({ whole: true, frames: 60 });
    }));
});

describe('a take that is finished', () => {
  it.each(['complete', 'interrupted', 'failed'] as const)('and %s stays as it is, to the byte', (state) =>
    inFolder(async (folder) => {
      for (const base of ['cam0', 'cam1']) await record(folder, base, { frames: 30 });
      const counts = { firstIndex: 0, frames: 30, captured: 30, repeated: 0 };
      const cameras = [0, 1].map((i) => syntheticCamera(i, counts));
      const problems = state === 'failed' ? { problems: ['cam1: a problem'] } : {};
      await writeTake(folder, syntheticTake(2, { state, frames: 30, wanted: 30, cameras, ...problems }));
      writeFileSync(join(folder, 'report.json'), '{}');
      const before = bytesIn(folder);
      const result = await repair(folder);
      expect(result).toMatchObject({ state, complete: true, whole: true, changed: false, missing: [] });
      expect(bytesIn(folder)).toEqual(before);
    }),
  );

  it('and was recorded to its end without a record is complete', () =>
    inFolder(async (folder) => {
      for (const base of ['cam0', 'cam1']) await record(folder, base, { frames: 30 });
      await writeTake(folder, syntheticTake(2, { wanted: 30, pid: 999_999_999, commandLine: ['record'] }));
      const files = ['cam0.mp4', 'cam0.frames.csv', 'cam1.mp4', 'cam1.frames.csv'].map((name) => join(folder, name));
      const before = files.map((file) => readFileSync(file));
      const result = await repair(folder);
      expect(result).toMatchObject({ state: 'complete', frames: 30, complete: true, changed: true });
      expect(files.map((file) => readFileSync(file))).toEqual(before);
      const take = await readTake(folder);
      expect(take.pid).toBeUndefined();
      expect(Date.parse(take.repaired as string)).toBeGreaterThan(Date.parse(take.started));
    }));

  it('and had no set end is complete with what it has', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 30 });
      const { frames: _, wanted: __, ...endless } = syntheticTake(1);
      await writeTake(folder, endless);
      expect(await repair(folder)).toMatchObject({ state: 'complete', frames: 30, wanted: undefined, complete: true });
    }));
});

describe('a take that is cut off in the end', () => {
  it.each(['failed', 'interrupted'] as const)('keeps its word that it is %s, and what it lost', (state) =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 30 });
      await record(folder, 'cam1', { frames: 20, killed: true });
      const cameras = [syntheticCamera(0), syntheticCamera(1, { lost: 21 })];
      await writeTake(folder, syntheticTake(2, { state, wanted: 30, cameras }));
      for (const name of ['report.json', 'offsets.csv', 'report.html']) writeFileSync(join(folder, name), '{}');
      const result = await repair(folder);
      expect(result).toMatchObject({ state, frames: 30, complete: false, whole: true, changed: true });
      expect(summary(result)).toEqual([
        ['cam0', 30, 30, 0],
        ['cam1', 30, 15, 21],
      ]);
      // The proof was of other files.
      for (const name of ['report.json', 'offsets.csv', 'report.html'])
        expect(existsSync(join(folder, name))).toBe(false);
    }),
  );

  it('is rid of what was being made, and of nothing else', () =>
    inFolder(async (folder) => {
      await record(folder, 'cam0', { frames: 30 });
      await writeTake(folder, syntheticTake(1, { state: 'complete', wanted: 30 }));
      await repair(folder);
      const ours = [
        'cam0.mp4.part',
        'cam0.mp4.h264.part',
        'cam0.frames.csv.part',
        'take.json.part',
        'report.json.part',
        'report.html.part',
      ];
      for (const name of [...ours, 'holiday.mp4.part', 'notes']) writeFileSync(join(folder, name), 'half');
      expect(await repair(folder)).toMatchObject({ changed: true });
      expect(readdirSync(folder)).toEqual(['cam0.frames.csv', 'cam0.mp4', 'holiday.mp4.part', 'notes', 'take.json']);
    }));
});

describe('what is no take', () => {
  it('is said in one line, and stays as it is', () =>
    inFolder(async (folder) => {
      await expect(repairTake(join(folder, 'nowhere'))).rejects.toThrow(/no take: there is no take.json in it/);
      writeFileSync(join(folder, 'take.json'), '{"format"');
      await expect(repairTake(folder)).rejects.toThrow(`${join(folder, 'take.json')}: not JSON`);
      writeFileSync(join(folder, 'take.json'), JSON.stringify({ ...syntheticTake(1), state: 'unheard of' }));
      await expect(repairTake(folder)).rejects.toThrow(/take.json: state: /);
      expect(readdirSync(folder)).toEqual(['take.json']);
    }));
});
