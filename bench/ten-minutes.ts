/*
 * Four cameras for ten minutes, as a user records them, and not a frame dropped:
 *
 *     npm run build && npx tsx bench/ten-minutes.ts [SECONDS]
 *
 * 640x480 at 30 fps, all files checked from their pixels. Exit 1 where a frame is missing, or one is not together with
 * the others.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTake } from './faults/invariants.ts';
import { Rig, residentMb, sleep } from './faults/rig.ts';
import { machine } from './machine.ts';

const seconds = Number(process.argv[2] ?? 600);
const FPS = 30;
const home = mkdtempSync(join(tmpdir(), 'genlock-bench-'));

console.log(`${machine()}\n\n4 cameras, 640x480, ${FPS} fps, ${seconds} s`);
try {
  const rig = new Rig(join(home, 'take'), [
    '--cameras',
    '4',
    '-t',
    `${seconds}s`,
    '--sync-port',
    '21999',
    '--no-verify',
  ]);
  await rig.recording();
  let most = 0;
  const over = rig.ended.then(() => true as const);
  while ((await Promise.race([sleep(5_000), over])) === undefined) {
    for (const pid of rig.cameras()) most = Math.max(most, residentMb(pid) ?? 0);
  }
  const code = await rig.ended;
  const checked = await checkTake(rig.folder);
  const { missed, overload, lost } = checked.repeated;
  console.log(`  frames of each camera ${checked.frames}, decoded ${checked.decoded}, exit code ${code}`);
  console.log(`  without a frame of their own: ${missed} missed, ${overload} for want of time, ${lost} lost`);
  for (const line of checked.gaps) console.log(`    ${line}`);
  console.log(
    `  ${checked.compared} compared, the furthest ${checked.worstUs.toFixed(1)} us; largest camera process ${most.toFixed(0)} MB`,
  );
  for (const line of checked.broken) console.log(`  ${line}`);
  const whole = checked.captured === 4 * seconds * FPS && checked.broken.length === 0;
  if (!whole || code !== 0) process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
