/*
 * How long a take keeps people waiting, as times of the wall clock:
 *
 *     npm run build && npx tsx bench/first-frame.ts [--takes 9]
 *
 * From starting `genlock record --cameras 2` to the time of frame 0 (frames.csv), and from the time of the last frame
 * of a 10 s take to the line of the verdict. Medians; exit 1 where one is above its limit.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { machine } from './machine.ts';

const { values } = parseArgs({ options: { takes: { type: 'string', default: '9' } } });
const takes = Number(values.takes);
const FIRST_S = 2.0;
const VERDICT_S = 1.5;

interface Waited {
  readonly firstS: number;
  readonly verdictS: number;
}

/** Records a take of so many seconds. @throws Error where it is not locked. */
async function take(seconds: number): Promise<Waited> {
  const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
  try {
    const beganMs = Date.now();
    const args = ['dist/cli.js', 'record', '--cameras', '2', '-t', `${seconds}s`, '-o', folder];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const closed = once(child, 'close');
    let verdictMs: number | undefined;
    for await (const line of createInterface(child.stdout)) {
      if (line.startsWith('LOCKED')) verdictMs ??= Date.now();
    }
    const [code] = await closed;
    if (code !== 0 || verdictMs === undefined) throw new Error(`genlock ${args.slice(1).join(' ')}: exit ${code}`);
    const timesMs = wallTimesMs(join(folder, 'cam0.frames.csv'));
    const [firstMs, lastMs] = [timesMs[0] as number, timesMs.at(-1) as number];
    return { firstS: (firstMs - beganMs) / 1000, verdictS: (verdictMs - lastMs) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function wallTimesMs(framesCsv: string): number[] {
  const [head = '', ...rows] = readFileSync(framesCsv, 'utf8').trimEnd().split('\n');
  const column = head.split(',').indexOf('wall_clock_us');
  return rows.map((row) => Number(row.split(',')[column]) / 1000).filter((ms) => ms > 0);
}

function show(what: string, seconds: readonly number[], limit: number): void {
  const sorted = [...seconds].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const range = `${sorted[0]?.toFixed(2)} to ${sorted.at(-1)?.toFixed(2)}`;
  console.log(`  ${what.padEnd(46)}${median.toFixed(2)} s (${range}), at most ${limit.toFixed(1)} s`);
  if (!(median <= limit)) process.exitCode = 1;
}

console.log(`${machine()}, ${takes} takes each\n`);
const short: Waited[] = [];
for (let i = 0; i < takes; i++) short.push(await take(1));
show(
  'from the command to frame 0',
  short.map(({ firstS }) => firstS),
  FIRST_S,
);
const long: Waited[] = [];
for (let i = 0; i < takes; i++) long.push(await take(10));
show(
  'from the last frame of 10 s to the verdict',
  long.map(({ verdictS }) => verdictS),
  VERDICT_S,
);
