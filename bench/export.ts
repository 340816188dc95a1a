/**
 * What exporting a take costs: `npx tsx bench/export.ts [frames of the large take, default 240]`.
 *
 * Ten minutes of four cameras, small pictures, in all formats that link videos, and as a table: at most 2 s each.
 * Then four cameras of large pictures as MCAP, beside plain copies of the same bytes: at least 100 MB/s, or as fast
 * as a copy where that is slower. Three pairs, in turns; the median counts. Exits with 1 where a limit is missed.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXPORT_FORMATS } from '../src/export/formats.ts';
import { chooseBackend } from '../src/record/encoders/ways.ts';
import { FRAMES_CSV_HEADER } from '../src/record/frames-csv.ts';
import { formatTake } from '../src/record/take.ts';
import { exportTake } from '../src/run/export/export.ts';
import { Random } from '../src/sensor/random.ts';

const CAMERAS = 4;
const LINKS_S = 2;
const MB_S = 100;
const PAIRS = 3;

const home = mkdtempSync(join(tmpdir(), 'genlock-bench-export-'));
try {
  const long = await makeTake('ten-minutes', 18_000, 160, 128, 0);
  for (const { name } of EXPORT_FORMATS.filter((format) => format.name !== 'mcap')) {
    const output = join(home, `long-${name}`);
    const seconds = await timed(() => exportTake(long, { for: name, output }));
    console.log(`${name.padEnd(10)} ten minutes of four cameras  ${seconds.toFixed(2)} s (at most ${LINKS_S} s)`);
    if (seconds > LINKS_S) process.exitCode = 1;
  }
  const large = await makeTake('large', Number(process.argv[2] ?? 240), 1280, 720, 60);
  const videos = readdirSync(large).filter((file) => file.endsWith('.mp4'));
  const megabytes = videos.reduce((sum, file) => sum + statSync(join(large, file)).size, 0) / 1e6;
  const [exported, copied, worked]: [number[], number[], number[]] = [[], [], []];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [mcap, copies] = [join(home, 'mcap'), join(home, 'copies')];
    const before = process.cpuUsage();
    exported.push(await timed(() => exportTake(large, { for: 'mcap', output: mcap })));
    const { user, system } = process.cpuUsage(before);
    worked.push((user + system) / 1e6);
    mkdirSync(copies);
    copied.push(
      await timed(async () => {
        for (const file of videos) copyFileSync(join(large, file), join(copies, file));
      }),
    );
    for (const folder of [mcap, copies]) rmSync(folder, { recursive: true });
  }
  const [speed, copySpeed] = [megabytes / median(exported), megabytes / median(copied)];
  console.log(`mcap       ${megabytes.toFixed(0)} MB of four cameras  ${speed.toFixed(0)} MB/s (at least ${MB_S})`);
  console.log(`           a copy of the same bytes  ${copySpeed.toFixed(0)} MB/s: ${(copySpeed / speed).toFixed(1)} x`);
  console.log(`           ${(megabytes / median(worked)).toFixed(0)} MB a second of a core`);
  if (speed < Math.min(MB_S, copySpeed)) process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** A take of cameras that all recorded the same: pictures with so much noise in them. */
async function makeTake(name: string, frames: number, width: number, height: number, noise: number): Promise<string> {
  const folder = join(home, name);
  mkdirSync(folder);
  const random = new Random(1);
  const pictures = Array.from({ length: 4 }, () => {
    const data = new Uint8Array((width * height * 3) / 2).fill(128);
    for (let at = 0; noise > 0 && at < width * height; at++) data[at] = 128 + random.between(-noise, noise);
    return { width, height, data };
  });
  const backend = await chooseBackend();
  const frameRate = { num: 30, den: 1 };
  const first = join(folder, 'cam0.mp4');
  const encoder = await backend.open({ file: first, width, height, frameRate, preset: 'ultrafast' });
  for (let slot = 0; slot < frames; slot++) await encoder.write(pictures[slot % 4] as (typeof pictures)[0], slot);
  await encoder.close();
  const startUs = Date.UTC(2026, 0, 2) * 1000;
  const cameras = Array.from({ length: CAMERAS }, (_, i) => {
    const rows = Array.from({ length: frames }, (_, at) => {
      if (at % 100 === 99) return `${at},,,repeated,,,,,,,missed`;
      return `${at},${startUs + Math.round((at * 1e6) / 30) + i},,captured,5000,1,${i}.125,,,,`;
    });
    const [file, framesCsv] = [`cam${i}.mp4`, `cam${i}.frames.csv`];
    if (i > 0) copyFileSync(first, join(folder, file));
    writeFileSync(join(folder, framesCsv), `${[FRAMES_CSV_HEADER, ...rows].join('\n')}\n`);
    const sync = i === 0 ? ('server' as const) : ('client' as const);
    return { name: `cam${i}`, sync, spec: String(i), file, framesCsv, firstIndex: 0, frames };
  });
  const sync = { controller: 'tracking', group: '239.255.255.250', port: 10_000, periodFrames: 30, readyFrames: 100 };
  const text = formatTake({
    ...{ format: 'genlock take', version: 1, genlock: '0.1.0', state: 'complete', started: '2026-01-02T00:00:00.000Z' },
    ...{ frameRate, frames, wanted: frames, width, height, sync: { ...sync, minAdjustmentUs: 20 }, cameras },
  });
  writeFileSync(join(folder, 'take.json'), text);
  return folder;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
