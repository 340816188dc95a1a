/*
 * How far the reader of the pixel clock in Python, which keeps to docs/pixel-clock.md, and that of `verify` are apart,
 * over takes of two cameras of 60 frames:
 *
 *     npm run build && npx tsx bench/second-reader.ts [TAKES]
 *
 * Needs a Python with NumPy and OpenCV, as PYTHON or python3. Takes alternate between exposures and sensors. Exit 1
 * where a time is 0.01 us apart or more.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apartUs, readByBoth } from './read-both.ts';

const MOST_US = 0.01;
const SHUTTERS = ['0.1ms', '1ms', '3ms', '8ms'];
const CAMERAS = [
  ['virtual:imx219?ppm=15', 'virtual:imx219?ppm=-20'],
  ['virtual:imx708?ppm=15', 'virtual:imx219?ppm=-20'],
  ['virtual:imx296?ppm=15', 'virtual:ov9281?ppm=-20'],
];

const takes = Number(process.argv[2] ?? 10);
let worst = 0;
for (let take = 0; take < takes; take++) {
  const folder = mkdtempSync(join(tmpdir(), 'genlock-bench-'));
  const cameras = CAMERAS[take % CAMERAS.length] as string[];
  const shutter = SHUTTERS[take % SHUTTERS.length] as string;
  try {
    const args = ['record', '--camera', ...cameras, '--frames', '60', '--shutter', shutter, '--force', '-o', folder];
    // What the verdict of so short a take is on a busy machine is no matter here.
    execFileSync(process.execPath, ['dist/cli.js', ...args, '--max-repeats', '100'], { stdio: 'ignore' });
    for (const camera of [0, 1]) {
      const both = await readByBoth(process.env.PYTHON ?? 'python3', join(folder, `cam${camera}.mp4`));
      const read = both.ours.filter((reading) => reading !== undefined).length;
      const { timeUs, sigmaUs } = apartUs(both);
      worst = Math.max(worst, timeUs);
      console.log(
        `${cameras[camera]} ${shutter}: ${read} of ${both.ours.length} read, times ${timeUs.toFixed(5)} us apart at most, ` +
          `standard errors ${sigmaUs.toExponential(1)} us`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`${takes} takes: ${worst.toFixed(5)} us apart at most`);
if (!(worst < MOST_US)) process.exitCode = 1;
