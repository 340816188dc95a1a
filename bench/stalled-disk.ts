/*
 * A disk that does not answer for a while, as memory cards do: an ext4 of its own, frozen by fsfreeze while two cameras
 * record on it, once for each time given. The take is read from its pixels.
 *
 *     npm run build && npx tsx bench/stalled-disk.ts [SECONDS ...]
 *
 * Nothing may be left out for want of time in a stall of up to 1.5 s. Where one is longer, frames are left out, and the
 * take goes on: marked, in step, all cameras together before and after. Exit 1 where that is not so. Takes root on
 * Linux, loop devices and ext4.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTake } from './faults/invariants.ts';
import { Rig, sleep } from './faults/rig.ts';
import { StallingDisk } from './faults/stalling-disk.ts';
import { machine } from './machine.ts';

const given = process.argv.slice(2).map(Number);
const stalls = given.length > 0 ? given : [0.5, 1, 1.5, 3, 6];
/** What the queue before the encoder bridges, at least. */
const BRIDGED_S = 1.5;
const BETWEEN_S = 4;
const CAMERAS = ['virtual:imx219?seed=1&ppm=15', 'virtual:imx708?seed=2&ppm=-20'];

const home = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
console.log(`${machine()}\n\n2 cameras, 640x480, 30 fps`);
try {
  for (const [i, stall] of stalls.entries()) {
    const disk = new StallingDisk(join(home, `disk-${i}`), 64);
    try {
      const seconds = 2 * BETWEEN_S + stall;
      const rig = new Rig(join(disk.path, 'take'), [
        ...['--sync-port', '22001', '-t', `${seconds}s`, '--no-verify'],
        ...['--camera', ...CAMERAS],
      ]);
      await rig.recording();
      await sleep(BETWEEN_S * 1000);
      await disk.stall(stall * 1000);
      const code = await rig.ended;
      const { frames, captured, repeated, worstUs, broken } = await checkTake(rig.folder);
      const { missed, overload } = repeated;
      console.log(
        `  ${stall} s: ${captured} of ${2 * frames} captured, ${overload} for want of time, ${missed} missed; the furthest ${worstUs.toFixed(1)} us; exit code ${code}`,
      );
      for (const line of broken) console.log(`    ${line}`);
      const bridged = stall > BRIDGED_S || overload === 0;
      if (!bridged || missed > 0 || broken.length > 0 || code !== 0) {
        process.exitCode = 1;
        console.log(rig.stderr);
      }
    } finally {
      disk.remove();
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
