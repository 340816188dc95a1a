/*
 * All figures of docs/benchmarks.md, one bench after the other: `npm run bench`. Exit 1 where one misses its limit.
 */
import { spawnSync } from 'node:child_process';

const BENCHES = [
  ['bench/start.ts'],
  ['bench/first-frame.ts'],
  ['bench/session.ts'],
  ['bench/take.ts'],
  ['bench/live.ts', '60'],
  ['bench/steering.ts', '60'],
  ['bench/loop.ts'],
  ['dist/cli.js', 'simulate', '--all'],
  ['bench/recorder.ts'],
  ['bench/pixel-clock.ts', 'exposures', '100'],
  ['bench/pixel-clock.ts', 'rolling', '100'],
  ['bench/pixel-clock.ts', 'distortions', '60'],
  ['bench/claps.ts'],
  ['bench/same-clock.ts', '10'],
  ['bench/scene.ts'],
  ['bench/full-hd.ts'],
  ['bench/conform.ts'],
  ['bench/export.ts'],
  ['bench/verify.ts'],
  ['bench/report.ts'],
  ['bench/recovery.ts'],
  ['bench/ten-minutes.ts'],
  ['bench/presence.ts'],
  ['bench/signing.ts'],
  ['bench/hosts.ts'],
];

for (const bench of BENCHES) {
  console.log(`=== ${bench.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', ...bench], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
  console.log();
}
