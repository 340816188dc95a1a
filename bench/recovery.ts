/*
 * Recovery of takes that were cut off, at random moments from a seed: all processes killed (the record, its cameras, or
 * all at once), and a disk that is suddenly full. Each take is repaired, twice, and read from its pixels.
 *
 *     npm run build && npx tsx bench/recovery.ts [KILLS] [DISKS] [SEED]
 *
 * At most one second of frames may be lost by a kill, every take must be repairable, and the second repair must change
 * nothing. Exit 1 where one misses that. The disks take root on Linux.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../src/sensor/random.ts';
import { checkTake } from './faults/invariants.ts';
import { Rig, SmallDisk, sleep } from './faults/rig.ts';
import { machine } from './machine.ts';

const [kills = 20, disks = 10, seed = 1] = process.argv.slice(2).map(Number);
const FPS = 30;
const CAMERAS = ['virtual:imx219?seed=1&ppm=15', 'virtual:imx708?seed=2&ppm=-20'];
const random = new Random(seed);
const home = mkdtempSync(join(tmpdir(), 'genlock-bench-'));

function rig(folder: string, seconds: number): Rig {
  const port = String(20_000 + Math.floor(random.next() * 20_000));
  return new Rig(folder, ['--sync-port', port, '-t', `${seconds}s`, '--camera', ...CAMERAS]);
}

/** @returns what is wrong with the take, and what it lost. */
async function judge(round: Rig): Promise<{ text: string; good: boolean }> {
  const first = round.repair();
  const second = round.repair();
  const { broken } = first.frames === 0 ? { broken: [] } : await checkTake(round.folder);
  const lost = Math.max(...first.cameras.map(({ lostFrames }) => lostFrames));
  const problems = [...broken, ...(second.changed ? ['the second repair changed something'] : [])];
  if (!first.whole && first.frames > 0) problems.push('a camera has no file');
  if (lost > FPS) problems.push(`${lost} frames lost`);
  const text = `${String(first.frames).padStart(4)} frames, ${String(lost).padStart(2)} lost (${((lost / FPS) * 1000).toFixed(0)} ms)`;
  return { text: problems.length === 0 ? text : `${text}: ${problems.join('; ')}`, good: problems.length === 0 };
}

console.log(`${machine()}\n\n2 cameras, 640x480, 30 fps, seed ${seed}`);
try {
  for (let i = 0; i < kills; i++) {
    const round = rig(join(home, `kill-${i}`), 30);
    await round.recording();
    const ms = random.between(100, 9_000);
    await sleep(ms);
    round.killAll();
    await round.quiet();
    const { text, good } = await judge(round);
    console.log(`  all killed ${(ms / 1000).toFixed(2)} s into the recording: ${text}`);
    if (!good) process.exitCode = 1;
    rmSync(round.folder, { recursive: true });
  }
  for (let i = 0; i < disks; i++) {
    const disk = new SmallDisk(join(home, 'disk'), 16);
    try {
      const round = rig(join(disk.path, 'take'), 30);
      await round.recording();
      const ms = random.between(100, 9_000);
      await sleep(ms);
      disk.fill();
      const code = await round.ended;
      await round.quiet();
      disk.free();
      const { text, good } = await judge(round);
      const clean = code === 1 && !/\n\s+at /.test(round.stderr);
      console.log(`  disk full ${(ms / 1000).toFixed(2)} s into the recording: exit ${code}, ${text}`);
      if (!good || !clean) process.exitCode = 1;
    } finally {
      disk.remove();
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
