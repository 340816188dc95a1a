/**
 * Accuracy of the pixel clock through libx264, as tables in Markdown:
 * `npx tsx bench/pixel-clock.ts [exposures|sizes|all] [frames]`.
 */
import { DEFAULT_CRF, DEFAULT_PRESET } from '../src/record/encoder.ts';
import { rms, type TrialOptions, trial } from './pixel-clock-trial.ts';

const which = process.argv[2] ?? 'all';
const frames = Number(process.argv[3] ?? 300);
if (!['exposures', 'sizes', 'all'].includes(which) || !(frames >= 1))
  throw new Error('usage: npx tsx bench/pixel-clock.ts [exposures|sizes|all] [frames]');

const COLUMNS = ['read', 'rms us', 'rms of error / sigma', 'worst us', 'worst / sigma', 'exposure read, ms', 'kbit/s'];

function measure(options: TrialOptions): (string | number)[] {
  const { errorsUs, sigmasUs, exposuresUs, bytes } = trial(options);
  const relative = errorsUs.map((error, i) => error / (sigmasUs[i] as number));
  const known = exposuresUs.filter((us) => us !== undefined);
  return [
    `${((100 * errorsUs.length) / options.frames).toFixed(1)} %`,
    rms(errorsUs).toFixed(2),
    rms(relative).toFixed(2),
    Math.max(...errorsUs.map(Math.abs)).toFixed(1),
    Math.max(...relative.map(Math.abs)).toFixed(1),
    known.length === 0 ? 'unknown' : (known.reduce((sum, us) => sum + us, 0) / known.length / 1000).toFixed(2),
    ((bytes * 8 * 30) / options.frames / 1000).toFixed(0),
  ];
}

const row = (cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);

function head(cells: readonly string[]): void {
  row(cells);
  console.log(`|${cells.map(() => '---|').join('')}`);
}

if (which !== 'sizes') {
  head(['x264', 'exposure ms', ...COLUMNS]);
  for (const rate of [{ crf: 18 }, { crf: 23 }, { crf: 28 }, { bitrate: 600_000 }])
    for (const [i, exposureMs] of [0.1, 0.5, 1, 1.5, 2, 3, 5, 8, 12, 20, 30].entries()) {
      const name = 'crf' in rate ? `crf ${rate.crf}` : `${rate.bitrate / 1000} kbit/s`;
      const exposureUs = exposureMs * 1000;
      row([name, exposureMs, ...measure({ ...rate, preset: DEFAULT_PRESET, exposureUs, frames, seed: 100 + i })]);
    }
}

if (which === 'all') console.log();

if (which !== 'exposures') {
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
