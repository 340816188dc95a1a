import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { FRAMES_CSV_HEADER, formatFrameRow } from '../src/record/frames-csv.ts';
import type { FrameRow, RepeatCause } from '../src/record/slot-record.ts';
import { FrameRows } from '../src/run/repair/rows.ts';
import { inFolder } from './support/genlock.ts';

const ROW: FrameRow = {
  wallClockUs: 1_795_378_891_376_080,
  sensorUs: 5_600_135_268.556,
  exposureUs: 1000,
  gain: 1.5,
  phaseUs: -3.25,
  correctionUs: 18,
};

const captured = (slot: number): string =>
  formatFrameRow({ slot, state: 'captured', row: ROW, segment: 0, segmentFrame: slot });
const repeated = (slot: number, cause: RepeatCause): string =>
  formatFrameRow({ slot, state: 'repeated', cause, row: undefined, segment: 0, segmentFrame: slot });
const unknown = (slot: number): string => `${slot},,,unknown,,,,,,,`;

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const text = (...rows: string[]): string => [FRAMES_CSV_HEADER, ...rows].map((row) => `${row}\n`).join('');

const rowsOf = (content: string): Promise<FrameRows> =>
  inFolder(async (folder) => {
    const file = join(folder, 'cam0.frames.csv');
    await writeFile(file, content);
    return FrameRows.read(file);
  });

describe('the rows beside a video', () => {
  it('are as many as it has frames: what is behind its end is left out', async () => {
    const rows = await rowsOf(text(...range(0, 10).map(captured)));
    expect(rows.end).toBe(10);
    expect(rows.rewritten(0, 6, 6)?.text).toBe(text(...range(0, 6).map(captured)));
  });

  it('that are right already are not written again', async () => {
    const rows = await rowsOf(text(captured(0), repeated(1, 'missed'), captured(2)));
    expect(rows.rewritten(0, 3, 3)).toBeUndefined();
    expect(rows).toMatchObject({ captured: 2, repeated: 1, lost: [] });
  });

  it('do without the last one where it is half a line', async () => {
    const whole = text(captured(0), captured(1), captured(2));
    for (const lacking of [1, 2, 20, captured(2).length]) {
      const rows = await rowsOf(whole.slice(0, -lacking));
      expect(rows.end).toBe(2);
      expect(rows.rewritten(0, 2, 2)?.text).toBe(text(captured(0), captured(1)));
    }
  });

  it('that were not written are of a state that is not known', async () => {
    const rows = await rowsOf(text(captured(0), captured(3)));
    const rewritten = rows.rewritten(0, 5, 5);
    expect(rewritten?.text).toBe(text(captured(0), unknown(1), unknown(2), captured(3), unknown(4)));
    expect(unknown(1).split(',')).toHaveLength(FRAMES_CSV_HEADER.split(',').length);
    expect(rewritten).toMatchObject({ captured: 2, repeated: 0, lost: [] });
  });

  it('of frames that did not outlive their process are lost repeats, whatever was written for them', async () => {
    const rows = await rowsOf(text(...range(0, 7).map(captured)));
    const rewritten = rows.rewritten(0, 4, 9);
    expect(rewritten?.text).toBe(
      text(...range(0, 4).map(captured), ...range(4, 9).map((slot) => repeated(slot, 'lost'))),
    );
    expect(rewritten).toMatchObject({ captured: 4, repeated: 5, lost: [[4, 9]], end: 9 });
  });

  it('that are lost stay lost once the video has frames for them', async () => {
    const lost = range(4, 9).map((slot) => repeated(slot, 'lost'));
    const rows = await rowsOf(text(...range(0, 4).map(captured), ...lost));
    expect(rows.rewritten(0, 9, 9)).toBeUndefined();
    expect(rows.rewritten(0, 9, 11)?.lost).toEqual([[4, 11]]);
  });

  it('tell lost stretches apart', async () => {
    const rows = await rowsOf(text(...[0, 3, 4].map(captured), ...[1, 2, 5].map((slot) => repeated(slot, 'lost'))));
    expect(rows.lost).toEqual([
      [1, 3],
      [5, 6],
    ]);
  });

  it('of a file that begins later begin there', async () => {
    const rows = await rowsOf(text(...range(97, 103).map(captured)));
    expect(rows.rewritten(97, 103, 103)).toBeUndefined();
    expect(rows.rewritten(95, 100, 100)?.text).toBe(text(...[95, 96].map(unknown), ...[97, 98, 99].map(captured)));
  });

  it('of no frame are the header alone', async () => {
    const rows = await rowsOf(text(captured(0)));
    const none = rows.rewritten(0, 0, 0);
    expect(none?.text).toBe(text());
    expect(none?.end).toBeUndefined();
    expect(none?.rewritten(0, 0, 0)).toBeUndefined();
  });

  it('that are no rows are passed over: blank, of other columns, of no index, zeros as after a power cut', async () => {
    const odd = [
      '',
      ',,,captured,,,,,,,',
      'x,,,captured,,,,,,,',
      '-1,,,captured,,,,,,,',
      '1.5,,,captured,,,,,,,',
      '7,captured',
    ];
    const rows = await rowsOf(text(captured(0), ...odd, '\0'.repeat(200), captured(1)));
    expect(rows.rewritten(0, 2, 2)?.text).toBe(text(captured(0), captured(1)));
  });

  it('of a file that is not there are none', async () => {
    const rows = await FrameRows.read('/nowhere/cam0.frames.csv');
    expect(rows).toMatchObject({ text: '', end: undefined, captured: 0, repeated: 0, lost: [] });
    expect(rows.rewritten(3, 5, 6)?.text).toBe(text(unknown(3), unknown(4), repeated(5, 'lost')));
  });

  it('of a file that can not be read are not taken for none', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'cam0.frames.csv');
      await mkdir(file);
      await expect(FrameRows.read(file)).rejects.toThrow(`${file}: is a folder, not a file`);
      await expect(FrameRows.read(file)).rejects.toThrow(UsageError);
    }));

  it('are a row a slot wherever the text was cut, and are what they are the second time', async () => {
    const whole = text(...range(0, 12).map((slot) => (slot % 4 === 3 ? repeated(slot, 'overload') : captured(slot))));
    const cases = fc.record({
      bytes: fc.integer({ min: 0, max: whole.length }),
      first: fc.integer({ min: 0, max: 5 }),
      frames: fc.integer({ min: 0, max: 12 }),
      more: fc.integer({ min: 0, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ bytes, first, frames, more }) => {
        const rows = await rowsOf(whole.slice(0, bytes));
        const end = first + frames;
        const rewritten = rows.rewritten(first, end, end + more) ?? rows;
        const [header, ...lines] = rewritten.text.trimEnd().split('\n');
        expect(header).toBe(FRAMES_CSV_HEADER);
        expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(range(first, end + more));
        expect(rewritten.lost).toEqual(more === 0 ? [] : [[end, end + more]]);
        expect(rewritten.rewritten(first, end + more, end + more)).toBeUndefined();
        const states = lines.map((line) => line.split(',')[3]);
        const unknowns = states.filter((state) => state === 'unknown').length;
        expect(rewritten.captured + rewritten.repeated + unknowns).toBe(frames + more);
        // What was written whole is kept to the letter.
        const kept = whole.slice(0, bytes).split('\n').slice(1, -1);
        for (const line of kept.slice(first, end)) expect(lines).toContain(line);
      }),
      { numRuns: 200, seed: 2027 },
    );
  });
});
