import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { align } from '../src/align/align.ts';
import { FailureError, UsageError } from '../src/errors.ts';
import { FRAMES_CSV_HEADER, formatFrameRow } from '../src/record/frames-csv.ts';
import { readTake } from '../src/record/take.ts';
import { EarlierTake } from '../src/run/files/earlier-take.ts';
import { repairTake } from '../src/run/repair/repair.ts';
import { reportTake } from '../src/run/take/report.ts';
import { verify } from '../src/verify/verify.ts';
import { recordVideo } from './support/cut-off.ts';
import { filledTake } from './support/filled-take.ts';
import { syntheticTake } from './support/take.ts';

const FRAMES = 20;
/** What all that is asked of hostile takes may add to the most memory that this process ever had, in kB. */
const MOST_KB = 600_000;

const home = mkdtempSync(join(tmpdir(), 'genlock-random-'));
beforeAll(async () => {
  await recordVideo(join(home, 'finished.mp4'), { frames: FRAMES });
  await recordVideo(join(home, 'open.mp4'), { frames: 40, killed: true });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What may stand anywhere in a description, and never should. */
const HOSTILE = fc.oneof(
  fc.constantFrom<Json>(
    ...[-1, 0, 0.5, 2 ** 31, 2 ** 53, 1e308, -1e308, 1e15, 5e-324],
    ...['', '.', '..', '../outside.mp4', '/etc/passwd', 'take.json', 'cam0.mp4', 'CAM0.MP4', 'a\nb', '\u001b[2J', '\0'],
    ...['cam0.frames.csv', '__proto__', 'constructor', 'virtual:imx219', 'repair.lock', 'x'.repeat(100_000), '1e999'],
    ...[null, true, [], {}, { length: 1e9 }, [[[[[]]]]]],
  ),
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
);

/** Something done to a description: to what is found by so many steps into it. */
const CHANGE = fc.record({
  steps: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 5 }),
  how: fc.constantFrom('replace', 'remove', 'double', 'add'),
  value: HOSTILE,
  key: fc.oneof(fc.string(), fc.constantFrom('files', 'stock', 'frames', 'firstIndex', '__proto__', 'pid')),
});

function changed(
  take: Json,
  { steps, how, value, key }: { steps: number[]; how: string; value: Json; key: string },
): void {
  let at: Json = take;
  for (const [depth, step] of steps.entries()) {
    if (typeof at !== 'object' || at === null) return;
    const inside = at as { [key: string]: Json };
    const names = Object.keys(inside);
    const name = names[step % names.length];
    if (name === undefined || depth === steps.length - 1) {
      if (how === 'add' || name === undefined) inside[key] = value;
      else if (how === 'remove') delete inside[name];
      else if (how === 'double' && Array.isArray(at)) at.push(structuredClone(at[step % at.length] as Json));
      else inside[name] = value;
      return;
    }
    at = inside[name] as Json;
  }
}

/** Text in which places are overwritten, cut off, or said twice. */
const DAMAGE = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom('cut', 'overwrite', 'insert', 'twice'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
});

function damaged(bytes: Buffer, { at, how, bytes: more }: { at: number; how: string; bytes: Uint8Array }): Buffer {
  const place = Math.floor(at * bytes.length);
  if (how === 'cut') return bytes.subarray(0, place);
  if (how === 'twice') return Buffer.concat([bytes, bytes.subarray(place)]);
  const behind = how === 'insert' ? place : Math.min(bytes.length, place + more.length);
  return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(behind)]);
}

const CELL = fc.oneof(
  fc.constantFrom('', '0', '-1', '7', '1e9', '9007199254740993', 'NaN', 'Infinity', '1700000000000000', '0x10', ' 5 '),
  fc.constantFrom('captured', 'repeated', 'lost', 'unknown', 'missed', 'overload', '"', '\0', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const ROWS = fc.record({
  header: fc.constantFrom(
    FRAMES_CSV_HEADER,
    'index',
    'index,state',
    'state,wall_clock_us,index',
    '',
    '\uFEFFindex,wall_clock_us',
  ),
  lines: fc.array(
    fc.oneof(
      fc.array(CELL, { minLength: 1, maxLength: 13 }).map((cells) => cells.join(',')),
      fc.nat({ max: 40 }).map((slot) => rowOf(slot)),
    ),
    { maxLength: 30 },
  ),
  end: fc.constantFrom('\n', '\r\n', '\r'),
});

/** What becomes of a file of the take. */
const FILE = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'whole' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'open' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'away' } as const) },
  { weight: 3, arbitrary: DAMAGE.map((damage) => ({ kind: 'damaged' as const, damage })) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ kind: 'bytes' as const, bytes })) },
);
const CAMERA = fc.record({
  video: FILE,
  rows: fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: ROWS },
    { weight: 1, arbitrary: DAMAGE },
  ),
  beside: fc.option(
    fc.oneof(
      HOSTILE.map((value) => JSON.stringify([value, { FrameWallClock: value }])),
      fc.string(),
    ),
  ),
});
const TAKE = fc.record({
  full: fc.boolean(),
  changes: fc.array(CHANGE, { maxLength: 4 }),
  damage: fc.option(DAMAGE, { freq: 6 }),
  cameras: fc.tuple(CAMERA, CAMERA),
  reports: fc.option(HOSTILE),
});
type Drawn = typeof TAKE extends fc.Arbitrary<infer T> ? T : never;

const rowOf = (slot: number): string =>
  formatFrameRow({
    ...{ slot, state: slot % 9 === 8 ? 'repeated' : 'captured', segment: 0, segmentFrame: slot },
    row: {
      wallClockUs: 1.7e15 + slot * 33_333,
      sensorUs: slot * 33_333,
      exposureUs: 1000,
      gain: 1,
      phaseUs: 0,
      correctionUs: 0,
    },
  });
const plainRows = Buffer.from(
  `${[FRAMES_CSV_HEADER, ...Array.from({ length: FRAMES }, (_, i) => rowOf(i))].join('\n')}\n`,
);

/** A take as it was drawn, in a folder; beside it a file that is none of its. */
function make(outer: string, { full, changes, damage, cameras, reports }: Drawn): string {
  const folder = join(outer, 'take');
  mkdirSync(folder);
  copyFileSync(join(home, 'finished.mp4'), join(outer, 'outside.mp4'));
  for (const [i, { video, rows, beside }] of cameras.entries()) {
    const file = join(folder, `cam${i}.mp4`);
    if (video.kind === 'bytes') writeFileSync(file, video.bytes);
    else if (video.kind !== 'away') copyFileSync(join(home, video.kind === 'open' ? 'open.mp4' : 'finished.mp4'), file);
    if (video.kind === 'damaged') writeFileSync(file, damaged(readFileSync(file), video.damage));
    const table = join(folder, `cam${i}.frames.csv`);
    if (rows === undefined) writeFileSync(table, plainRows);
    else if ('how' in rows) writeFileSync(table, damaged(plainRows, rows));
    else writeFileSync(table, [rows.header, ...rows.lines, ''].join(rows.end));
    if (beside !== null) writeFileSync(join(folder, `cam${i}.metadata.json`), beside);
  }
  const take = structuredClone(syntheticTake(2, { state: 'complete', frames: FRAMES })) as unknown as Json;
  if (full) Object.assign((take as { cameras: object[] }).cameras[1] as object, extras());
  for (const change of changes) changed(take, change);
  const text = Buffer.from(JSON.stringify(take) ?? '');
  writeFileSync(join(folder, 'take.json'), damage === null ? text : damaged(text, damage));
  if (reports !== null) writeFileSync(join(folder, 'report.json'), JSON.stringify(reports) ?? '');
  return folder;
}

/** Every field that a camera's description may have, but those that its files are named by. */
function extras(): object {
  const [camera] = (
    filledTake(
      (path) => path,
      () => 'any',
    ) as { cameras: Record<string, unknown>[] }
  ).cameras;
  const { name: _, sync: __, file: ___, framesCsv: ____, files: _____, ...more } = camera as Record<string, unknown>;
  return more;
}

/** All that is in a folder and below, by name, with what it is. */
function contents(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return new Map(
    names.sort().map((name) => {
      const entry = lstatSync(join(folder, name));
      return [name, `${entry.mode} ${entry.isFile() ? readFileSync(join(folder, name), 'base64') : ''}`];
    }),
  );
}

/** Names in a folder whose content is another than before. */
function differing(before: Map<string, string>, folder: string): string[] {
  const now = contents(folder);
  return [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name));
}

/** Does it; what it can't do it says as something that was given wrongly, or that failed. */
async function said(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof FailureError)) throw error;
    expect(error.message).toMatch(/\S/);
    expect(error.message).not.toMatch(/\[object|Cannot read prop|is not a function|Maximum call stack/);
  }
}

describe('a take of which anything may be wrong', () => {
  it('is read, compared, reported, set aside and finished, or refused with words; nothing but its own is written', async () => {
    const beforeKb = process.resourceUsage().maxRSS;
    await fc.assert(
      fc.asyncProperty(TAKE, async (drawn) => {
        const outer = mkdtempSync(join(home, 'outer-'));
        try {
          const folder = make(outer, drawn);
          const files = [0, 1].map((i) => join(folder, `cam${i}.mp4`));
          const before = contents(outer);
          await said(() => readTake(folder));
          await said(() => verify(folder));
          await said(() => verify(files));
          await said(() => align(files, { by: 'sidecar' }));
          expect(differing(before, outer)).toEqual([]);
          // As a record that is to replace it, and then records nothing.
          await said(async () => (await EarlierTake.setAside(folder))?.putBack());
          expect(differing(before, outer)).toEqual([]);
          await said(() => reportTake(folder));
          expect(differing(before, outer).filter((name) => name !== 'take/report.html')).toEqual([]);
          await said(() => repairTake(folder));
          expect(differing(before, outer).filter((name) => !name.startsWith('take/'))).toEqual([]);
          await said(() => verify(folder));
        } finally {
          rmSync(outer, { recursive: true, force: true });
        }
      }),
      { numRuns: Number(process.env.GENLOCK_RUNS ?? 60) },
    );
    expect(process.resourceUsage().maxRSS - beforeKb).toBeLessThan(MOST_KB);
  });
});
