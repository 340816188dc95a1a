import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { checkWritable, claimFile } from '../src/record/claim-file.ts';
import { FRAMES_CSV_HEADER, FramesCsv, formatFrameRow } from '../src/record/frames-csv.ts';
import { SavePts } from '../src/record/save-pts.ts';
import type { FrameRow } from '../src/record/slot-record.ts';
import { TextFile } from '../src/record/text-file.ts';
import { readTimestamps } from '../src/verify/timestamps.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-sidecars-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ROW: FrameRow = {
  wallClockUs: 1_795_378_891_376_080 + 0.25,
  sensorUs: 5600135268.556,
  exposureUs: 1000,
  gain: 1.5,
  phaseUs: -0.0001,
  correctionUs: undefined,
};

describe('frames.csv', () => {
  test('has a header and a row a slot; a repeat has no times of its own', async () => {
    const csv = await FramesCsv.open(join(folder, 'a.frames.csv'));
    csv.write({ slot: 0, state: 'captured', row: ROW, segment: 0, segmentFrame: 0 });
    csv.write({ slot: 1, state: 'repeated', cause: 'missed', row: undefined });
    await csv.close();
    expect(await readFile(join(folder, 'a.frames.csv'), 'utf8')).toBe(
      `${FRAMES_CSV_HEADER}\n0,1795378891376080.25,5600135268.556,captured,1000,1.5,0,,0,0,\n1,,,repeated,,,,,,,missed\n`,
    );
    expect(FRAMES_CSV_HEADER.split(',').slice(-3)).toEqual(['segment', 'segment_frame', 'cause']);
  });

  test('writes at most three decimals', () => {
    const row = { ...ROW, phaseUs: 12.34567, correctionUs: -100.5 };
    expect(formatFrameRow({ slot: 2, state: 'captured', row })).toMatch(/,12\.346,-100\.5,,,$/);
  });

  test('is read back by the names of its columns', async () => {
    const file = join(folder, 'read.frames.csv');
    const csv = await FramesCsv.open(file);
    for (const slot of [30, 31]) {
      csv.write({ slot, state: 'captured', row: { ...ROW, wallClockUs: slot }, segment: 1, segmentFrame: slot - 30 });
    }
    await csv.close();
    expect(await readTimestamps(file, 33_333)).toMatchObject({ firstSlot: 30, timesUs: [30, 31] });
  });

  test('of another host is read by how far its frames are from the server’s, whatever its wall clock says', async () => {
    const file = join(folder, 'other.frames.csv');
    const csv = await FramesCsv.open(file);
    const rows = [0, 1, 2, 3].map((slot) => ({ slot, segment: 1, segmentFrame: slot }));
    for (const { slot, ...place } of rows) {
      const state = slot === 2 ? 'repeated' : 'captured';
      // Its clock is hours off.
      const row = { ...ROW, wallClockUs: 9e12 + slot, phaseUs: 10 * (slot + 1) };
      csv.write(state === 'captured' ? { slot, state, row, ...place } : { slot, state, row: undefined, ...place });
    }
    await csv.close();
    const server = {
      file: 'cam0.mp4',
      frames: 4,
      firstSlot: 0,
      periodUs: 33_333,
      timesUs: [1000, 2000, 3000, undefined],
    };
    const { timesUs } = await readTimestamps(file, 33_333, 'wall_clock_us', undefined, server);
    expect(timesUs).toEqual([1010, 2020, 2020, undefined]);
  });

  test('names a file that cannot be written', async () => {
    await expect(FramesCsv.open(join(folder, 'no', 'a.csv'))).rejects.toThrow(/no\/a\.csv: can't be written: folder/);
    await expect(FramesCsv.open(join(folder, 'no', 'a.csv'))).rejects.toThrow(UsageError);
  });

  test.runIf(process.platform === 'linux')('names a file that fills the disk when it is closed', async () => {
    const csv = await FramesCsv.open('/dev/full');
    await expect(csv.close()).rejects.toThrow(/^\/dev\/full: .*no space left/);
  });
});

describe('--save-pts', () => {
  const write = async (name: string, sensorUs: (number | undefined)[], resumed?: number) => {
    const pts = await SavePts.open(join(folder, name), { num: 30, den: 1 });
    for (const [slot, us] of sensorUs.entries()) {
      pts.write({
        slot,
        state: us === undefined ? 'repeated' : 'captured',
        row: us === undefined ? undefined : { sensorUs: us },
        resumed: slot === resumed,
      });
    }
    await pts.close();
    return readFile(join(folder, name), 'utf8');
  };

  test('is ms from the first frame on, with three decimals', async () => {
    expect(await write('a.pts', [5_600_135_268.556, 5_600_168_596.252])).toBe('# timecode format v2\n0.000\n33.328\n');
  });

  test('gives a repeat the next nominal time', async () => {
    const lines = (await write('b.pts', [undefined, 1000, undefined, 67_700])).split('\n');
    expect(lines.slice(1, -1)).toEqual(['0.000', '33.333', '66.667', '100.033']);
  });

  test('rises also where a frame comes early behind a repeat', async () => {
    const lines = (await write('c.pts', [0, undefined, 20_000])).split('\n');
    expect(lines.slice(1, -1)).toEqual(['0.000', '33.333', '33.334']);
  });

  test('goes on by one period over a pause, also where the first frame behind it is a repeat', async () => {
    const paused = (await write('d.pts', [0, 33_000, 9_000_000, 9_033_100], 2)).split('\n');
    expect(paused.slice(1, -1)).toEqual(['0.000', '33.000', '66.333', '99.433']);
    const repeated = (await write('e.pts', [0, 33_000, undefined, 9_033_100], 2)).split('\n');
    expect(repeated.slice(1, -1)).toEqual(['0.000', '33.000', '66.333', '99.667']);
  });

  test('gives back the file of rpicam-vid from its times', async () => {
    const text = await readFile(join(import.meta.dirname, 'fixtures/rpicam/bf0/a.pts'), 'utf8');
    const times = text.trim().split('\n').slice(1);
    expect(times).toHaveLength(60);
    expect(
      await write(
        'bf0.pts',
        times.map((ms) => 5_600_000_000 + Math.round(Number(ms) * 1000)),
      ),
    ).toBe(text);
  });
});

describe('a text file', () => {
  test('holds what is written before it is closed, so that a killed process loses nothing', async () => {
    const file = join(folder, 'at-once.txt');
    const text = await TextFile.open(file);
    text.write('a\n');
    text.write('b\n');
    // The writes stand in line before this one is done.
    await expect.poll(() => readFile(file, 'utf8')).toBe('a\nb\n');
    await text.close();
  });
});

describe.each([
  ['claiming', claimFile],
  ['checking', checkWritable],
])('%s a file', (what, act) => {
  test('says why it can not be written, in the same words', async () => {
    await writeFile(join(folder, 'plain'), '');
    await mkdir(join(folder, 'dir'), { recursive: true });
    await expect(act(join(folder, 'none/a.mp4'))).rejects.toThrow(
      /none\/a\.mp4: can't be written: folder .*none does not exist$/,
    );
    await expect(act(join(folder, 'plain/a.mp4'))).rejects.toThrow(/: can't be written: .*plain is not a folder$/);
    await expect(act(join(folder, 'dir'))).rejects.toThrow(/dir: can't be written: it is a folder; give a file name$/);
    await expect(act(join(folder, 'dir'))).rejects.toThrow(UsageError);
  });

  test(what === 'claiming' ? 'empties it' : 'leaves no trace', async () => {
    await writeFile(join(folder, 'full'), 'content');
    await act(join(folder, 'full'));
    await act(join(folder, `new-${what}`));
    const fresh = await readFile(join(folder, `new-${what}`), 'utf8').catch(() => undefined);
    expect([await readFile(join(folder, 'full'), 'utf8'), fresh]).toEqual(
      what === 'claiming' ? ['', ''] : ['content', undefined],
    );
  });
});
