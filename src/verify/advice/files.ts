import { Advice } from '../../advice.ts';
import { counted } from '../../counted.ts';
import type { Take } from '../../record/take.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { PairReport, Report } from '../alignment.ts';
import { DEFAULT_MAX_REPEATS } from '../repeats.ts';
import { listed } from './words.ts';

/** A file with more unreadable frames than this share tells little. */
const UNREADABLE = 0.05;
/** Half a frame at 24 fps, the slowest usual rate, in us: aligned copies of cameras that run free come no nearer. */
const HALF_FRAME_US = 1e6 / 24 / 2;

/** What the pixels show that something can be done about. */
export function filesAdvice(report: Report, take: Take | undefined): Advice[] {
  const { cameras, pairs, verdict } = report;
  if (verdict !== 'not locked') return [];
  const moved = pairs.flatMap((pair) => shifted(pair, take));
  const blind = cameras.filter(({ frames, unreadable }) => unreadable > UNREADABLE * frames);
  return [
    ...blind.map(
      ({ file, frames, unreadable }) =>
        new Advice(
          'unreadable',
          `${file}: no time can be read in ${unreadable} of ${counted(frames, 'frame')}: have the pixel clock larger in the picture, in focus, and with nothing in front of it`,
        ),
    ),
    // What is moved has other numbers of frames for that reason, most often.
    ...(moved.length > 0 ? moved : uneven(report, take)),
    ...(take === undefined ? slowerAdvice(report) : []),
    ...nearAdvice(report, take),
  ];
}

/** Files of no take that repeat frames, as copies at a higher rate than their own do. */
function slowerAdvice({ cameras }: Report): Advice[] {
  const slower = cameras.filter(({ frames, repeated, untold = 0 }) => repeated - untold > DEFAULT_MAX_REPEATS * frames);
  if (slower.length === 0) return [];
  const names = listed(slower.map(({ file }) => file));
  return [
    new Advice(
      'repeats',
      `${names}: if ${slower.length === 1 ? 'its camera has' : 'their cameras have'} a lower rate than this, copies that genlock align writes at that rate have no repeats; {maxRepeats} allows more`,
    ),
  ];
}

/** Frames that are as near as these files can be, where less was allowed. */
function nearAdvice({ pairs }: Report, take: Take | undefined): Advice[] {
  const off = pairs.filter(({ compared, matched }) => matched < compared);
  const apartUs = Math.max(
    ...off.map(({ maxUs, toleranceUs }) => ((maxUs ?? 0) > toleranceUs ? (maxUs as number) : Number.POSITIVE_INFINITY)),
  );
  const lineUs = Math.max(0, ...(take?.cameras ?? []).map((camera) => camera.lineUs ?? 0));
  if (off.length === 0 || apartUs > (take === undefined ? HALF_FRAME_US : lineUs)) return [];
  const why =
    take === undefined
      ? 'cameras that run free come no nearer than half a frame'
      : 'cameras are steered to half a line of the sensor, and no nearer';
  return [
    new Advice('tolerance', `frames are up to ${microsecondsOf(apartUs)} apart: ${why}; {toleranceUs} allows as much`),
  ];
}

const microsecondsOf = (us: number): string => (us < 1000 ? `${us.toFixed(1)} us` : `${(us / 1000).toFixed(1)} ms`);

/** What is to be said where a proof is as good as it can be, or where nothing tells why it is not. */
export function unprovedAdvice({ source, verdict, pairs }: Report, take: Take | undefined): Advice[] {
  if (verdict === 'not locked' && take !== undefined) {
    return [
      new Advice(
        'unsteady',
        'record again with less at work on this computer; genlock doctor says what of it would fail',
      ),
    ];
  }
  if (source === 'timestamps' && pairs.length > 0) {
    return [
      new Advice(
        'no-pixel-clock',
        'for a proof from the pixels have a pixel clock in view of all cameras: genlock clock shows one on a screen',
      ),
    ];
  }
  return [];
}

/** A file that is off by the same time all along. */
function shifted(
  { file, reference, meanUs, rmsUs, toleranceUs, compared, matched }: PairReport,
  take?: Take,
): Advice[] {
  if (meanUs === null || rmsUs === null || compared < 2 || matched * 2 > compared) return [];
  const scatterUs = Math.sqrt(Math.max(0, rmsUs ** 2 - meanUs ** 2));
  if (scatterUs > toleranceUs / 2 || Math.abs(meanUs) < toleranceUs / 2) return [];
  const late = meanUs > 0 ? 'late' : 'early';
  const by = `${(Math.abs(meanUs) / 1000).toFixed(1)} ms`;
  const frames = take === undefined ? 0 : Math.round(Math.abs(meanUs) / periodUs(take.frameRate));
  if (take === undefined || frames > 0) {
    return [
      new Advice(
        'shifted',
        `${file} is ${by} ${late} all along: genlock align ${reference} ${file} finds which frame of one is which of the other`,
      ),
    ];
  }
  return [
    new Advice(
      'clocks',
      `${file} is ${by} ${late} all along: if its camera is on another host, that host's clock is ${by} off; set both by chrony or PTP`,
    ),
  ];
}

function uneven({ cameras }: Report, take: Take | undefined): Advice[] {
  if (new Set(cameras.map(({ frames }) => frames)).size < 2) return [];
  const remedy =
    take === undefined
      ? `genlock align ${cameras.map(({ file }) => file).join(' ')} finds which frame of one is which of the other`
      : 'genlock repair says what each camera has, and finishes files that were left open';
  return [new Advice('uneven-files', `the files have different numbers of frames: ${remedy}`)];
}
