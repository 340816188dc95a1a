/*
 * Sync of real processes over UDP, read from the recorded pixels: virtual cameras of different models, 1 ms exposure,
 * our controller and the stock one side by side in the same run, then ours again with two busy processes beside:
 *
 *     npm run build && npx tsx bench/live.ts [SECONDS]
 *
 * Limit: offset rms at most twice the client's own limit, line / sqrt 12. Exit 1 where one misses it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TakeResult } from '../src/node.ts';
import { modesOf } from '../src/sensor/sensor-models.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 60);
const MODELS = ['imx219', 'imx219', 'imx708', 'imx296'];

async function take(controller: string, port: number): Promise<TakeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
  const cameras = MODELS.map((model, i) => `virtual:${model}?seed=${i}&ppm=${[15, -20, -20, -20][i]}`);
  const args = [
    'record',
    '--json',
    '-t',
    `${seconds}s`,
    '--shutter',
    '1000',
    '--width',
    '320',
    '--height',
    '240',
    '-o',
    folder,
  ];
  args.push('--sync-controller', controller, '--sync-port', String(port), '--camera', ...cameras);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli.js', ...args], { maxBuffer: 2 ** 24 });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rows(result: TakeResult): { model: string; rmsUs: number; limitUs: number }[] {
  return (result.report?.pairs ?? []).map((pair, i) => {
    const model = MODELS[i + 1] as string;
    return {
      model,
      rmsUs: pair.rmsUs ?? Number.NaN,
      limitUs: (modesOf(model)[0]?.lineUs ?? Number.NaN) / Math.sqrt(12),
    };
  });
}

console.log(
  `${machine()}\n\n4 cameras, 320x240, 30 fps, ${seconds} s; offset rms from the pixels, limit = line / sqrt 12:`,
);
const [ours, stock] = await Promise.all([take('tracking', 21_001), take('stock', 21_002)]);
const busy: ChildProcess[] = [0, 1].map(() => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
const pressed = await take('tracking', 21_003).finally(() => {
  for (const child of busy) child.kill('SIGKILL');
});
const print = (what: string, result: TakeResult, held: boolean): void => {
  for (const { model, rmsUs, limitUs } of rows(result)) {
    const ratio = rmsUs / limitUs;
    const missed = held && !(ratio <= 2) ? '   MISSED: at most 2' : '';
    console.log(
      `  ${what.padEnd(26)} ${model.padEnd(8)} ${rmsUs.toFixed(1).padStart(6)} us  ${ratio.toFixed(2).padStart(6)} x limit${missed}`,
    );
    if (missed) process.exitCode = 1;
  }
};
print('tracking', ours, true);
print('stock, in the same run', stock, false);
print('tracking, 2 busy processes', pressed, true);
