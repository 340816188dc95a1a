/*
 * Stock cameras that are steered, live: stand-ins for rpicam-vid as real processes over UDP behind a virtual imx219
 * that runs free, read from the recorded pixels; four cameras of three models. Steered by the log and the stock way in
 * the same run, then steered again with a busy process beside. Before that, what steering costs: `record` with four
 * stock cameras and nothing else, as a share of a core each.
 *
 *     npm run build && npx tsx bench/steering.ts [SECONDS]
 *
 * Limits: steered at most 1.5 x line / sqrt 12 rms each; at most 1 % of a core a camera. Exit 1 where one is missed.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TakeResult } from '../src/node.ts';
import type { Take } from '../src/record/take.ts';
import { modesOf } from '../src/sensor/sensor-models.ts';
import { standIn } from '../test/support/stand-in.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 60);
const MODELS = ['imx219', 'imx708', 'imx219', 'imx296'];
/** What the leader's crystal is off, in ppm: the others' are within 20 ppm of nominal. */
const LEADER_PPM = 50;
/** How long the take is by which the cost is measured, and from when on: code is compiled by then. In s. */
const COST_S = 40;
const WARM_S = 15;
const MOST_TIMES = 1.5;
const MOST_SHARE = 0.01;

const scratch = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
const { env } = standIn(scratch, `models=${MODELS.join('+')}`);
Object.assign(process.env, env);

/**
 * CPU of `record`, all of its threads, while a take of stock cameras alone is recorded: as a share of a core a camera.
 * All that it does meanwhile is in it: it reads what the processes log, steers, looks after the files that grow, and
 * tells of its state. As user and system time, which a busy machine lengthens somewhat.
 */
async function cost(): Promise<number> {
  const folder = mkdtempSync(join(scratch, 'cost-'));
  const args = ['record', '--json', '-t', `${COST_S}s`, '--shutter', '1000', '--gain', '1', '--awbgains', '1,1'];
  args.push('--width', '160', '--height', '120', '--max-repeats', '50', '--steer', 'log', '--no-verify', '-o', folder);
  args.push('--camera', ...MODELS.map((_, i) => `rpicam:${i}`));
  const record = spawn(process.execPath, ['dist/cli.js', ...args], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => record.once('close', resolve));
  const cpuMs = (): number => {
    // The name, in brackets, may hold anything; user and system time are the 14th and 15th entry, in ticks of 10 ms.
    const stat = readFileSync(`/proc/${record.pid}/stat`, 'latin1');
    const entries = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return 10 * (Number(entries[11]) + Number(entries[12]));
  };
  await wait(1000 * WARM_S);
  const [fromMs, from] = [performance.now(), cpuMs()];
  await wait(1000 * (COST_S - WARM_S));
  const share = (cpuMs() - from) / (performance.now() - fromMs) / MODELS.length;
  if ((await ended) !== 0) throw new Error(`the take that shows the cost failed: ${record.exitCode}`);
  const { cameras } = JSON.parse(readFileSync(join(folder, 'take.json'), 'utf8')) as Take;
  for (const { stock } of cameras)
    if (stock?.steering?.channel !== 'log') throw new Error(`steered by ${stock?.steering?.channel}`);
  return share;
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
