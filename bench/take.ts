/*
 * Whole takes, as a user records them, with the proof read from their pixels:
 *
 *     npm run build && npx tsx bench/take.ts
 *
 * Two virtual imx219, crystals +15 and -20 ppm, 30 fps, 20 s: at 640x480, and at 1280x720 where nothing may be dropped.
 * Exit 1 where a figure misses its limit.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TakeResult } from '../src/node.ts';
import { machine } from './machine.ts';

const SECONDS = 20;
const FRAMES = SECONDS * 30;

interface Row {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly holds: boolean;
}

function take(width: number, height: number): TakeResult {
  const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
  const args = ['record', '--json', '-t', `${SECONDS}s`, '--width', `${width}`, '--height', `${height}`, '-o', folder];
  try {
    const out = execFileSync(process.execPath, ['dist/cli.js', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function below(what: string, value: number | null | undefined, limit: number): Row {
  const holds = value !== null && value !== undefined && Math.abs(value) < limit;
  return { what, value: `${value?.toFixed(1)} us`, limit: `below ${limit} us`, holds };
}

function exactly(what: string, value: number | undefined, limit: number): Row {
  return { what, value: String(value), limit: String(limit), holds: value === limit };
}

function rows({ report }: TakeResult): Row[] {
  const [pair] = report?.pairs ?? [];
  const repeated = report?.cameras.reduce((sum, camera) => sum + camera.repeated, 0);
  return [
    exactly('frames that match', pair?.matched, FRAMES),
    exactly('frames repeated (dropped), both cameras', repeated, 0),
    below('start offset', pair?.startOffsetUs, 100),
    { what: 'offset rms', value: `${pair?.rmsUs?.toFixed(1)} us`, limit: '-', holds: true },
    below('offset p99', pair?.p99Us, 100),
    { what: 'offset max', value: `${pair?.maxUs?.toFixed(1)} us`, limit: '-', holds: true },
  ];
}

console.log(`${machine()}\n`);
for (const [width, height] of [
  [640, 480],
  [1280, 720],
] as const) {
  console.log(`2 cameras, ${width}x${height}, 30 fps, ${SECONDS} s, read from the pixels:`);
  for (const { what, value, limit, holds } of rows(take(width, height))) {
    console.log(`  ${what.padEnd(42)}${value.padStart(10)}   ${limit.padEnd(14)} ${holds ? '' : 'MISSED'}`.trimEnd());
    if (!holds) process.exitCode = 1;
  }
  console.log();
}
