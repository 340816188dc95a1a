/**
 * CPU time that a virtual camera's rendering takes, in ms a frame, as the median of batches:
 *
 *     npx tsx bench/scene.ts
 */
import { Scene } from '../src/camera/virtual/scene.ts';
import { monoUs } from '../src/time/units.ts';

const BATCHES = 15;
const FRAMES = 60;

console.log('size         exposure  shutter   ms/frame (median, best, worst batch)   first scene ms');
for (const [width, height] of [
  [640, 480],
  [1280, 720],
  [1920, 1080],
] as const)
  for (const [exposureMs, rowUs] of [
    [1, 0],
    [5, 0],
    [33, 0],
    // An imx219 reads its 1232 rows in 23.3 ms.
    [1, 23_300 / height],
    [33, 23_300 / height],
  ] as const) {
    const began = process.cpuUsage();
    const scene = new Scene({ width, height, name: 'cam0', detail: 'imx219 30 fps', seed: 0 });
    const setUpMs = cpuMs(began);
    const batches: number[] = [];
    for (let batch = 0; batch < BATCHES + 2; batch++) {
      const before = process.cpuUsage();
      for (let i = 0; i < FRAMES; i++) {
        const startUs = 3_600e6 + (batch * FRAMES + i) * 33_333;
        scene.render({ startUs: monoUs(startUs), endUs: monoUs(startUs + exposureMs * 1000), rowUs });
      }
      // The first batches warm the compiler up.
      if (batch >= 2) batches.push(cpuMs(before) / FRAMES);
    }
    batches.sort((a, b) => a - b);
    const at = (part: number) => (batches[Math.round(part * (batches.length - 1))] as number).toFixed(2).padStart(6);
    console.log(
      `${`${width}x${height}`.padEnd(12)} ${String(exposureMs).padStart(5)} ms  ${rowUs === 0 ? 'global ' : 'rolling'}   ${at(0.5)} ${at(0)} ${at(1)}                    ${setUpMs.toFixed(0).padStart(6)}`,
    );
  }

/** User and system time of the process since then: garbage collection and compilation are counted. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
