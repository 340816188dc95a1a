import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileTimes } from '../src/verify/file-times.ts';
import { joinTimes } from '../src/verify/file-times.ts';
import { frameOffsets, offsetsCsv } from '../src/verify/offsets.ts';
import { verify } from '../src/verify/verify.ts';
import { CLOCK_PERIOD_US, clockVideo } from './support/clock-video.ts';
import { inProcess } from './support/in-process.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-offsets-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const [a, b] = [join(home, 'a.mp4'), join(home, 'b.mp4')];

const FRAMES = 40;
/** Frames of the second file that show the one before. */
const REPEATED = [11, 12, 30];
/** How much later the second camera's frame i is, in us. */
const later = (i: number): number => 40 + 400 * Math.sin(i / 5);

beforeAll(async () => {
  const shown = (i: number): number => (REPEATED.includes(i) ? shown(i - 1) : i);
  const at = (i: number): number => 5e9 + i * CLOCK_PERIOD_US;
  await clockVideo(a, { frames: FRAMES, seed: 1, middleUs: at });
  await clockVideo(b, { frames: FRAMES, seed: 2, middleUs: (i) => at(shown(i)) + later(shown(i)) });
});

/** Rows of a CSV by the names of its columns; empty fields are undefined. */
function rowsOf(csv: string): Record<string, number | undefined>[] {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((text, i) => [names[i], text === '' ? undefined : Number(text)])),
  );
}

describe('the offsets of each frame, read from pixels', () => {
  it('are those of the frames, within what is stated, and none where a frame is repeated', async () => {
    const { offsets } = await verify([a, b], { offsets: true, maxRepeats: 0.2 });
    expect(offsets).toMatchObject({ firstIndex: 0, files: [{ file: a }, { file: b }] });
    const [reference, other] = offsets?.files ?? [];
    expect(reference?.offsetUs).toEqual(new Array(FRAMES).fill(0));
    expect(reference?.sigmaUs).toEqual(new Array(FRAMES).fill(0));
    const none = other?.offsetUs.flatMap((us, i) => (us === null ? [i] : []));
    expect(none).toEqual(REPEATED);
    for (const [i, us] of other?.offsetUs.entries() ?? []) {
      const sigma = other?.sigmaUs[i] ?? null;
      expect(sigma === null).toBe(us === null);
      if (us === null || sigma === null) continue;
      expect(sigma).toBeGreaterThan(0);
      expect(Math.abs(us - later(i))).toBeLessThan(5 * sigma);
      // 400 us are told from none: the error says something.
      expect(sigma).toBeLessThan(100);
    }
  });

  it('are in the report where they are asked for alone', async () => {
    expect(await verify([a, b])).not.toHaveProperty('offsets');
  });

  it('go to stdout alone with --csv -, and the table to stderr', async () => {
    const { stdout, stderr, code } = await inProcess(['verify', '--csv', '-', '--max-repeats', '20', a, b]);
    expect(code).toBe(0);
    expect(stderr).toContain('LOCKED');
    const rows = rowsOf(stdout);
    expect(rows).toHaveLength(FRAMES);
    expect(Object.keys(rows[0] ?? {})).toEqual(['index', 'a_offset_us', 'a_sigma_us', 'b_offset_us', 'b_sigma_us']);
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
    expect(rows.filter(({ b_offset_us }) => b_offset_us === undefined).map(({ index }) => index)).toEqual(REPEATED);
  });

  it('go into a file with --csv FILE, beside the table or JSON', async () => {
    const file = join(home, 'offsets.csv');
    const { stdout } = await inProcess(['verify', '--json', '--csv', file, '--max-repeats', '20', a, b]);
    expect(JSON.parse(stdout)).not.toHaveProperty('offsets');
    expect(rowsOf(readFileSync(file, 'utf8'))).toHaveLength(FRAMES);
  });

  it.each([
    [['--csv', a, b], `--csv ${a}: must be - or a file whose name ends in .csv`],
    [['--csv', '-', '--json', a, b], '--csv - and --json: both go to stdout; give --csv a file'],
    [['--csv', join(home, 'none', 'o.csv'), a, b], `--csv ${home}/none/o.csv: there is no folder ${home}/none`],
  ])('%j is refused in one line, and nothing is written', async (args, line) => {
    const before = readFileSync(a);
    const { code, stdout, stderr } = await inProcess(['verify', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `genlock: ${line}\n` });
    expect(readFileSync(a).equals(before)).toBe(true);
    expect(existsSync(join(home, 'none'))).toBe(false);
  });
});

describe('offsets of files that begin apart, or are in parts', () => {
  const file = (name: string, firstSlot: number, timesUs: (number | undefined)[], more: Partial<FileTimes> = {}) => ({
    ...{ file: name, frames: timesUs.length, firstSlot, periodUs: 1000, timesUs },
    ...more,
  });

  it('stand at the index of their frames', () => {
    const one = file('a.mp4', 3, [3000, 4000, 5000]);
    const two = file('b.mp4', 2, [2010, undefined, 4020, 5030]);
    expect(offsetsCsv(frameOffsets([one, two], 'a.mp4'))).toBe(
      'index,a_offset_us,a_sigma_us,b_offset_us,b_sigma_us\n2,,,,\n3,0,,,\n4,0,,20,\n5,0,,30,\n',
    );
  });

  it('have the errors of both, also of a camera in two files', () => {
    const one = file('a.mp4', 0, [0, 1000, 2000, 3000], { sigmasUs: [3, 3, 3, 3] });
    const parts = [
      file('b.mp4', 0, [5, undefined], { sigmasUs: [4, undefined] }),
      file('b-2.mp4', 3, [3007], { sigmasUs: [8] }),
    ];
    const { files } = frameOffsets([one, joinTimes(parts)], 'a.mp4');
    expect(files[1]).toEqual({ file: 'b.mp4', offsetUs: [5, null, null, 7], sigmaUs: [5, null, null, 8.54] });
  });

  it('of a file on a screen are as uncertain as its refresh', () => {
    const seen = file('a.mp4', 0, [0], { sigmasUs: [1], screen: true });
    const { files } = frameOffsets([seen, { ...seen, file: 'b.mp4' }], 'a.mp4');
    expect(files[1]?.sigmaUs[0]).toBeCloseTo((Math.SQRT2 * 1e6) / 60 / Math.sqrt(12), -1);
  });

  it('of files that are called the same have columns of their own', () => {
    const csv = offsetsCsv(frameOffsets([file('x/a.mp4', 0, [0]), file('y, z/a.mp4', 0, [1])], 'x/a.mp4'));
    expect(csv.split('\n')[0]).toBe(
      'index,x/a.mp4_offset_us,x/a.mp4_sigma_us,"y, z/a.mp4_offset_us","y, z/a.mp4_sigma_us"',
    );
  });
});
