/*
 * Two virtual cameras at 1920x1080 and 30 fps, rendered, encoded and in sync, and not a frame dropped; and what share
 * of it is rendering:
 *
 *     npm run build && npx tsx bench/full-hd.ts [SECONDS]
 *
 * A take of a minute, its frames from `take.json`, its offsets from the pixels (`genlock verify`). CPU time is the
 * kernel's count of `record` and its cameras, from start to end, without the proof; rendering is measured beside it, by
 * the same scenes over the same exposures in this process. Exit 1 where a frame is missing or not in sync.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scene } from '../src/camera/virtual/scene.ts';
import { type Report, readTake, type TakeCamera } from '../src/node.ts';
import { monoUs } from '../src/time/units.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 60);
const FPS = 30;
const [WIDTH, HEIGHT] = [1920, 1080];
const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));

console.log(
  `${machine()}\n\n2 cameras, ${WIDTH}x${HEIGHT}, ${FPS} fps, ${seconds} s; load of the machine before: ${loadavg()[0]?.toFixed(1)}`,
);
try {
  const before = childrenCpuSeconds();
  const size = ['--width', String(WIDTH), '--height', String(HEIGHT)];
  await genlock(['record', '--cameras', '2', ...size, '-t', `${seconds}s`, '-o', folder, '--no-verify', '--json']);
  const tookS = childrenCpuSeconds() - before;
  const { cameras } = await readTake(folder);
  const report = JSON.parse(await genlock(['verify', folder, '--json'])) as Report;
  for (const { name, frames, captured, overload, drops } of cameras) {
    console.log(`  ${name}: ${captured} of ${frames} frames captured, ${overload} left out, ${drops} drops`);
  }
  for (const { rmsUs, p99Us, maxUs, matched } of report.pairs) {
    console.log(
      `  ${matched} frames match; offset ${rmsUs?.toFixed(1)} us rms, ${p99Us?.toFixed(1)} p99, ${maxUs?.toFixed(1)} max`,
    );
  }
  const frames = cameras.reduce((sum, camera) => sum + (camera.captured ?? 0), 0);
  const renderMs = cameras.reduce((sum, camera) => sum + renderingMs(camera), 0) / cameras.length;
  const frameMs = (tookS * 1000) / frames;
  console.log(
    `  CPU: ${((100 * tookS) / seconds / availableParallelism()).toFixed(0)} % of the machine while it records`,
  );
  console.log(`  a frame: ${frameMs.toFixed(1)} ms in all, ${renderMs.toFixed(1)} ms of it rendering`);
  console.log(`  rendering: ${((100 * renderMs) / frameMs).toFixed(0)} %`);
  const whole = frames === 2 * seconds * FPS && report.pairs.every(({ matched }) => matched === seconds * FPS);
  if (!whole || report.verdict === 'not locked') process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What a command prints; its progress goes nowhere. */
function genlock(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['dist/cli.js', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve) => child.on('close', () => resolve(out)));
}

/** User and system time of children that have ended, theirs included (proc(5): cutime, cstime; 100 ticks a second). */
function childrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU time of a frame of this camera's scene, in ms; compiling it is not in it, as it hardly is in a minute. */
function renderingMs({ exposureUs = 1000, readout, model }: TakeCamera): number {
  const scene = new Scene({ width: WIDTH, height: HEIGHT, name: 'cam0', detail: `${model} ${FPS} fps`, seed: 0 });
  const render = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const startUs = 3_600e6 + (i * 1e6) / FPS;
      scene.render({ startUs: monoUs(startUs), endUs: monoUs(startUs + exposureUs), rowUs: readout?.rowUs ?? 0 });
    }
  };
  render(100);
  const before = process.cpuUsage();
  render(600);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / 600;
}
