/**
 * Accuracy of the pixel clock through libx264, as tables in Markdown:
 * `npx tsx bench/pixel-clock.ts [exposures|sizes|rolling|distortions|all] [frames]`.
 */
import { DEFAULT_CRF, DEFAULT_PRESET } from '../src/record/encoder.ts';
import { rms, type TrialOptions, trial } from './pixel-clock-trial.ts';
import type { View } from './pixel-clock-view.ts';

const which = process.argv[2] ?? 'all';
const frames = Number(process.argv[3] ?? 300);
if (!['exposures', 'sizes', 'rolling', 'distortions', 'all'].includes(which) || !(frames >= 1))
  throw new Error('usage: npx tsx bench/pixel-clock.ts [exposures|sizes|rolling|distortions|all] [frames]');

const COLUMNS = ['read', 'rms us', 'rms of error / sigma', 'worst us', 'worst / sigma', 'exposure read, ms', 'kbit/s'];

function measure(options: TrialOptions): (string | number)[] {
  const { errorsUs, sigmasUs, exposuresUs, bytes } = trial(options);
  const relative = errorsUs.map((error, i) => error / (sigmasUs[i] as number));
  const known = exposuresUs.filter((us) => us !== undefined);
  return [
    `${((100 * errorsUs.length) / options.frames).toFixed(1)} %`,
    errorsUs.length === 0 ? '' : rms(errorsUs).toFixed(2),
    errorsUs.length === 0 ? '' : rms(relative).toFixed(2),
    errorsUs.length === 0 ? '' : Math.max(...errorsUs.map(Math.abs)).toFixed(1),
    errorsUs.length === 0 ? '' : Math.max(...relative.map(Math.abs)).toFixed(1),
    known.length === 0 ? 'unknown' : (known.reduce((sum, us) => sum + us, 0) / known.length / 1000).toFixed(2),
    ((bytes * 8 * 30) / options.frames / 1000).toFixed(0),
  ];
}

const row = (cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);

function head(cells: readonly string[]): void {
  row(cells);
  console.log(`|${cells.map(() => '---|').join('')}`);
}

if (['exposures', 'all'].includes(which)) {
  head(['x264', 'exposure ms', ...COLUMNS]);
  for (const rate of [{ crf: 18 }, { crf: 23 }, { crf: 28 }, { bitrate: 600_000 }])
    for (const [i, exposureMs] of [0.1, 0.5, 1, 1.5, 2, 3, 5, 8, 12, 20, 30].entries()) {
      const name = 'crf' in rate ? `crf ${rate.crf}` : `${rate.bitrate / 1000} kbit/s`;
      const exposureUs = exposureMs * 1000;
      row([name, exposureMs, ...measure({ ...rate, preset: DEFAULT_PRESET, exposureUs, frames, seed: 100 + i })]);
    }
}

if (which === 'all') console.log();

if (['sizes', 'all'].includes(which)) {
  head(['picture', 'unit', 'at', ...COLUMNS]);
  for (const [width, height, x, y, unit] of [
    [1280, 720, 256, 500, 16],
    [1280, 720, 3, 7, 8],
    [640, 480, 131, 361, 7],
    [640, 480, 11, 31, 6],
    [320, 240, 64, 184, 4],
    [320, 240, 61, 181, 4],
    [320, 240, 61, 181, 3],
    [320, 240, 61, 181, 2],
  ] as const) {
    const place = { x, y, unit };
    const options = { width, height, place, crf: DEFAULT_CRF, preset: DEFAULT_PRESET, exposureUs: 1000, frames };
    row([`${width}x${height}`, unit, `${x}, ${y}`, ...measure({ ...options, seed: 200 + unit })]);
  }
}

if (which === 'all') console.log();

if (['rolling', 'all'].includes(which)) {
  // Rows of 640x480 pictures: an imx219 and an imx708 in their default modes, the other way round, and a global
  // shutter.
  head(['us a row', 'exposure ms', ...COLUMNS]);
  for (const rowUs of [48.4, 36.1, -48.4, 0])
    for (const exposureMs of [0.1, 1.5, 5, 12]) {
      const options = { crf: DEFAULT_CRF, preset: DEFAULT_PRESET, exposureUs: exposureMs * 1000, frames, rowUs };
      row([rowUs, exposureMs, ...measure({ ...options, seed: 300 + exposureMs })]);
    }
}

if (which === 'all') console.log();

if (['distortions', 'all'].includes(which)) {
  // What a camera in a room sees of a panel on a screen; one thing at a time is worse than in the first row.
  const plain: TrialOptions = {
    ...{ width: 1280, height: 720, crf: DEFAULT_CRF, preset: DEFAULT_PRESET, exposureUs: 1500, frames, seed: 400 },
    ...{ rowUs: 24, noise: 3, view: { unit: 8, roll: 5, yaw: 15, pitch: 10 } },
  };
  const seen = (view: Partial<View>): Partial<TrialOptions> => ({ view: { unit: 8, ...view } });
  const kinds: [string, [string, Partial<TrialOptions>][]][] = [
    ['', [['1280x720, module 8 px, 5, 15, 10 degrees, 1.5 ms, 24 us a row, noise 3, crf 23', {}]]],
    ['turned', [10, 20, 35].map((roll) => [`${roll} degrees`, seen({ roll })])],
    ['from the side', [20, 40, 50, 60].map((yaw) => [`${yaw} degrees`, seen({ yaw })])],
    ['from above', [30, 50].map((pitch) => [`${pitch} degrees`, seen({ pitch })])],
    ['all three', [[`15, 35, 25 degrees`, seen({ roll: 15, yaw: 35, pitch: 25 })]]],
    ['module', [16, 6, 5, 4, 3].map((unit) => [`${unit} px`, { view: { unit, roll: 5, yaw: 15, pitch: 10 } }])],
    ['blur', [1, 2, 3, 4].map((blurPx) => [`${blurPx} px`, { blurPx }])],
    ['noise', [6, 12, 20].map((noise) => [`${noise} levels`, { noise }])],
    ['reflection', [20, 50, 100].map((glareLevels) => [`${glareLevels} levels`, { glareLevels }])],
    ['bitrate', [4000, 2000, 1000].map((kbit) => [`${kbit} kbit/s`, { bitrate: kbit * 1000 }])],
    ['exposure', [0.1, 5, 12].map((ms) => [`${ms} ms`, { exposureUs: ms * 1000 }])],
    ['shutter', [0, 43, -24].map((rowUs) => [`${rowUs} us a row`, { rowUs }])],
  ];
  head(['what', 'how much', ...COLUMNS]);
  for (const [what, steps] of kinds)
    for (const [how, options] of steps) {
      const { crf, ...rest } = plain;
      row([what, how, ...measure({ ...rest, ...('bitrate' in options ? {} : { crf }), ...options } as TrialOptions)]);
    }
}
