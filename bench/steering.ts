/*
 * Stock cameras that are steered, live: stand-ins for rpicam-vid as real processes over UDP behind a virtual imx219
 * that runs free, read from the recorded pixels; four cameras of three models. Steered by the log and the stock way in
 * the same run, then steered again with a busy process beside. Before that, what steering costs: four cameras at once,
 * steered by this process, as a share of a core each.
 *
 *     npm run build && npx tsx bench/steering.ts [SECONDS]
 *
 * Limits: steered at most 1.5 x line / sqrt 12 rms each; at most 1 % of a core a camera. Exit 1 where one is missed.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openClock } from '../src/host/clock.ts';
import { SYNC_GROUP } from '../src/host/sync-defaults.ts';
import type { TakeResult } from '../src/node.ts';
import { findStockCamera, makeSteerable } from '../src/run/steered/camera.ts';
import { probeSteering } from '../src/run/steered/probe.ts';
import { modesOf } from '../src/sensor/sensor-models.ts';
import { standIn } from '../test/support/stand-in.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 60);
const MODELS = ['imx219', 'imx708', 'imx219', 'imx296'];
/** What the leader's crystal is off, in ppm: the others' are within 20 ppm of nominal. */
const LEADER_PPM = 50;
const COST_MS = 25_000;
/** Until then code is compiled, and cameras find their places. */
const WARM_MS = 7_000;
const MOST_TIMES = 1.5;
const MOST_SHARE = 0.01;

const scratch = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
const { env } = standIn(scratch, `models=${MODELS.join('+')}`);
Object.assign(process.env, env);

/**
 * CPU of this process, all of its threads, while it steers all cameras and does nothing else: as a share of a core a
 * camera. Reading what the processes log is in it.
 */
async function cost(): Promise<number> {
  const request = { frameRate: { num: 30, den: 1 }, width: 160, height: 120 };
  const clock = openClock();
  const found = await Promise.all(MODELS.map((_, i) => findStockCamera(i, request)));
  const cameras = await Promise.all(found.map((each) => makeSteerable(each, request, SYNC_GROUP)));
  try {
    let before = process.cpuUsage();
    const warming = setTimeout(() => {
      before = process.cpuUsage();
    }, WARM_MS);
    const trials = await Promise.all(cameras.map((camera) => probeSteering(camera, request, clock, COST_MS)));
    clearTimeout(warming);
    const { user, system } = process.cpuUsage(before);
    for (const { channel, frames } of trials)
      if (channel !== 'log' || frames < COST_MS / 100) throw new Error(`steered by ${channel}, ${frames} frames heard`);
    return (user + system) / 1000 / (COST_MS - WARM_MS) / MODELS.length;
  } finally {
    for (const camera of cameras) await camera.close();
  }
}

async function take(steer: string): Promise<TakeResult> {
  const folder = mkdtempSync(join(scratch, 'take-'));
  const args = ['record', '--json', '-t', `${seconds}s`, '--shutter', '1000', '--gain', '1', '--awbgains', '1,1'];
  args.push('--width', '320', '--height', '240', '--max-repeats', '50', '--steer', steer, '-o', folder);
  args.push('--camera', `virtual:imx219?ppm=${LEADER_PPM}`, ...MODELS.map((_, i) => `rpicam:${i}`));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli.js', ...args], { maxBuffer: 2 ** 24 });
    return JSON.parse(stdout);
  } catch (error) {
    // A take that is not locked throughout ends with exit code 1, and has its figures all the same.
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    if (!stdout.startsWith('{')) throw new Error(stderr, { cause: error });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(what: string, { report }: TakeResult, held: boolean): void {
  for (const [i, model] of MODELS.entries()) {
    const rmsUs = report?.pairs[i]?.rmsUs ?? Number.NaN;
    const times = (rmsUs * Math.sqrt(12)) / (modesOf(model)[0]?.lineUs ?? Number.NaN);
    const missed = held && !(times <= MOST_TIMES);
    if (missed) process.exitCode = 1;
    const figures = `${rmsUs.toFixed(1).padStart(6)} us  ${times.toFixed(2).padStart(6)} x limit`;
    console.log(
      `  ${what.padEnd(26)} ${model.padEnd(8)} ${figures}${missed ? `   MISSED: at most ${MOST_TIMES}` : ''}`,
    );
  }
}

try {
  console.log(`${machine()}\n`);
  const share = await cost();
  const tooMuch = share > MOST_SHARE;
  if (tooMuch) process.exitCode = 1;
  console.log(
    `steering takes ${(100 * share).toFixed(2)} % of a core a camera${tooMuch ? '   MISSED: at most 1 %' : ''}\n`,
  );
  console.log(`4 stand-ins, 320x240, 30 fps, ${seconds} s; rms from the pixels, limit = line / sqrt 12:`);
  const [steered, stock] = await Promise.all([take('log'), take('stock')]);
  const busy: ChildProcess = spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' });
  const pressed = await take('log').finally(() => busy.kill('SIGKILL'));
  print('steered', steered, true);
  print('stock, in the same run', stock, false);
  print('steered, a busy process', pressed, true);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
