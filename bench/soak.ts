/*
 * A long take to which things happen, at random from a seed that is printed: processes killed and started again,
 * processes that stand still, dropped frames, lost messages, steps of the host's clock; and beside it short takes on a
 * small disk that fills up or whose processes are all killed. In the end every file is read from its pixels.
 *
 *     npm run soak [-- SECONDS [SEED]]        an hour, seed from the clock, unless told
 *
 * Exit 1 where an invariant is broken: bench/faults/invariants.ts has them; and where the memory of a process that
 * lived from start to end grew. The short takes take root on Linux.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClock } from '../src/host/clock.ts';
import { Random } from '../src/sensor/random.ts';
import { type Checked, checkTake } from './faults/invariants.ts';
import { Memory } from './faults/memory.ts';
import { Rig, SmallDisk, sleep } from './faults/rig.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 3600);
const seed = Number(process.argv[3] ?? Math.floor(Date.now() / 1000) % 100_000);
const random = new Random(seed);
/** Soaks beside each other don't hear each other. */
const PORT = 20_000 + (process.pid % 20) * 2_000;
const home = mkdtempSync(join(tmpdir(), 'genlock-soak-'));
/** The last one is left alone by kills: its memory tells. */
const CAMERAS = [
  'virtual:imx219?seed=1&ppm=15&drop=0.001',
  'virtual:imx708?seed=2&ppm=-20&drop=0.001',
  'virtual:imx219?seed=3&ppm=-10&drop=0.001',
];
const log = (text: string): void =>
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${text}`);
const startedMs = performance.now();
let over = false;
let bad = 0;

/** Steps of the wall clock of all processes, at moments of the boot clock. */
function clockSteps(): string {
  const bootS = openClock().boot() / 1e6;
  const count = Math.max(1, Math.floor(seconds / 600));
  const steps = Array.from({ length: count }, (_, i) => {
    const at = bootS + 15 + ((i + random.next()) * (seconds - 15)) / count;
    return `step=${(random.between(0.2, 2) * (random.chance(0.5) ? 1 : -1)).toFixed(3)}s@boot+${at.toFixed(1)}s`;
  });
  return steps.join(',');
}

/** Whatever befalls the long take. */
async function torment(rig: Rig): Promise<void> {
  const counts = new Map<string, number>();
  while (!over) {
    await sleep(random.between(12, 15 + Math.min(60, seconds / 15)) * 1000);
    if (over) break;
    const camera = random.chance(0.5) ? 'cam0' : 'cam1';
    const fault = random.chance(0.6) ? 'killed' : 'stopped';
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    if (fault === 'killed') {
      log(`${camera} killed`);
      rig.kill(camera);
    } else {
      const ms = random.between(100, 3_000);
      const whom = random.chance(0.5) ? camera : 'cam2';
      log(`${whom} stopped for ${(ms / 1000).toFixed(1)} s`);
      await rig.freeze(whom, ms);
    }
  }
  log(`happened to the long take: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`);
}

/** Short takes on a small disk. */
async function shortTakes(): Promise<void> {
  for (let i = 0; !over; i++) {
    await sleep(random.between(10, 15 + Math.min(90, seconds / 10)) * 1000);
    if (over) break;
    const disk = new SmallDisk(join(home, 'disk'), 16);
    try {
      const port = String(PORT + 1 + (i % 1000));
      const rig = new Rig(join(disk.path, `short-${i}`), [
        '-t',
        '12s',
        '--sync-port',
        port,
        '--camera',
        ...CAMERAS.slice(0, 2),
      ]);
      await rig.recording();
      await sleep(random.between(0.2, 9) * 1000);
      const fault = ['disk full', 'all killed', 'record killed'][Math.floor(random.between(0, 3))] as string;
      if (fault === 'disk full') disk.fill();
      else if (fault === 'all killed') rig.killAll();
      else rig.child.kill('SIGKILL');
      await rig.ended;
      await rig.quiet();
      disk.free();
      const { frames, cameras } = rig.repair();
      const again = rig.repair().changed ? ['the second repair changed something'] : [];
      const broken = [...(frames === 0 ? [] : (await checkTake(rig.folder)).broken), ...again];
      const lost = Math.max(...cameras.map(({ lostFrames }) => lostFrames));
      log(`short take, ${fault}: ${frames} frames, ${lost} lost${broken.length === 0 ? '' : `: ${broken.join('; ')}`}`);
      bad += broken.length;
    } catch (error) {
      log(`short take: ${(error as Error).message}`);
      bad++;
    } finally {
      disk.remove();
    }
  }
}

function say({ frames, decoded, captured, repeated, compared, worstUs, worst, broken }: Checked): void {
  const { missed, overload, lost } = repeated;
  log(
    `the long take: ${frames} frames, ${decoded} decoded, ${captured} captured; ${missed} missed, ${overload} for want of time, ${lost} lost`,
  );
  log(`${compared} frames held against another camera's, the furthest ${worstUs.toFixed(0)} us (${worst})`);
  for (const line of broken) log(`BROKEN: ${line}`);
}

console.log(`${machine()}\n\nsoak: ${seconds} s, seed ${seed}`);
try {
  const env = { GENLOCK_LINK: `loss=0.05,seed=${seed % 1000}`, GENLOCK_CLOCK: clockSteps() };
  log(`messages: ${env.GENLOCK_LINK}; clock: ${env.GENLOCK_CLOCK}`);
  const rig = new Rig(
    join(home, 'long'),
    ['-t', `${seconds}s`, '--restart', '--no-verify', '--sync-port', String(PORT), '--camera', ...CAMERAS],
    env,
  );
  await rig.recording();
  const memory = new Memory([
    ['record', rig.child.pid],
    ['cam2', rig.cameras('cam2.')[0]],
  ]);
  const torments = [torment(rig), shortTakes()];
  // The take is proved by record itself, too: that is not part of its recording.
  while (rig.cameras().length > 0) {
    memory.look();
    await sleep(Math.min(5_000, seconds * 20));
  }
  over = true;
  await Promise.all(torments);
  log(`record ended with exit code ${await rig.ended}`);
  const { changed } = rig.repair();
  if (changed) log('BROKEN: record left something to repair');
  const checked = await checkTake(rig.folder);
  say(checked);
  for (const line of memory.lines()) log(line);
  bad += checked.broken.length + (changed ? 1 : 0) + memory.grown;
  console.log(bad === 0 ? '\neverything holds' : `\n${bad} broken`);
  if (bad > 0) process.exitCode = 1;
} finally {
  over = true;
  rmSync(home, { recursive: true, force: true });
}
