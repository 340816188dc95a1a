/*
 * How fast a take is proved: two files of 1280x720, as times real time, and beside it how fast the same files are
 * decoded alone, in the same run:
 *
 *     npm run build && npx tsx bench/verify.ts [SECONDS 20]
 *
 * At least 5 times real time is wanted. Exit 1 where it is slower.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVideo } from '../src/libav/decode.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 20);
const LEAST = 5;
const ROUNDS = 3;

const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
const run = (...args: string[]): string =>
  execFileSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Seconds of the wall clock. */
async function timed(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

async function decodeAll(): Promise<void> {
  for (const name of ['cam0.mp4', 'cam1.mp4']) {
    const video = await openVideo(join(folder, name));
    for await (const _ of video.frames());
    await video.close();
  }
}

const times = (s: number): string => `${(seconds / s).toFixed(1).padStart(6)} x`;
try {
  run('record', '--no-verify', '-t', `${seconds}s`, '--width', '1280', '--height', '720', '-o', folder);
  console.log(`${machine()}\n\n2 files, 1280x720, 30 fps, ${seconds} s; real time is 1 x`);
  const speeds: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const verifyS = await timed(() => run('verify', '--json', folder));
    const decodeS = await timed(decodeAll);
    speeds.push(seconds / verifyS);
    console.log(`verify, from its start to the report ${times(verifyS)}   decoding alone ${times(decodeS)}`);
  }
  const median = speeds.sort((a, b) => a - b)[ROUNDS >> 1] as number;
  console.log(`median ${median.toFixed(1)} x real time (at least ${LEAST} wanted)`);
  if (median < LEAST) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
