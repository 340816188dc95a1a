import { counted } from '../counted.ts';
import type { Report } from '../verify/alignment.ts';
import { type Mood, moodOf } from '../verify/mood.ts';
import { type Paint, plain, type Style } from './colours.ts';
import { fold } from './fold.ts';
import { microseconds, table } from './table.ts';

/** A verdict's colour, as in the report. */
const COLOURS: Readonly<Record<Mood, Style>> = {
  good: ['bold', 'green'],
  fair: ['bold', 'yellow'],
  bad: ['bold', 'red'],
};

export interface ReportTableOptions {
  readonly paint?: Paint;
  /** Characters a line; undefined where lines may be of any length. */
  readonly columns?: number | undefined;
  /** How options are named. Default: as scripts do. */
  readonly say?: (option: string) => string;
}

/** What came of a proof, for a person: the verdict, what to do where something is wrong, and the figures. */
export function reportTable(
  report: Report,
  { paint = plain, columns, say = (option) => option }: ReportTableOptions = {},
): string {
  const prose = (line: string): string => (columns === undefined ? line : fold(line, columns).join('\n'));
  const [word, rest, filled] = verdictLine(report);
  const verdict = prose(`${word}${rest}`).replace(word, (whole) => paint(COLOURS[moodOf(report)], whole));
  const lines = [
    verdict,
    ...(filled === undefined ? [] : [prose(filled)]),
    ...report.advice.map((each) => prose(`what to do: ${each.saidWith(say)}`)),
    '',
    figures(report, columns, paint),
    ...(report.notes.length > 0 ? ['', ...report.notes.map((note) => prose(`note: ${note}`))] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What stands in the figures, and which of it may be left out first where there is no room: the higher, the sooner. */
const COLUMNS = [
  ['file', 0],
  ['frames', 2],
  ['repeated', 1],
  ['unreadable', 4],
  ['matched', 0],
  ['start', 5],
  ['rms', 3],
  ['max', 0],
] as const;

function figures(report: Report, columns: number | undefined, paint: Paint): string {
  const rows = rowsOf(report);
  for (let least = 5; ; least--) {
    const shown = COLUMNS.flatMap(([, rank], i) => (rank <= least ? [i] : []));
    const all = [COLUMNS.map(([name]) => name), ...rows].map((row) => shown.map((i) => row[i] as string));
    const text = table(all, 1, (cell, row) => (row === 0 ? paint('dim', cell) : cell));
    const width = table(all)
      .split('\n')
      .reduce((most, line) => Math.max(most, line.length), 0);
    if (least === 0 || columns === undefined || width <= columns) return text;
  }
}

function rowsOf({ cameras, pairs: all }: Report): string[][] {
  const reference = cameras.findIndex(({ file }) => file === all[0]?.reference);
  const pairs = [...all];
  return cameras.map(({ file, frames, repeated, unreadable }, i) => {
    const pair = i === reference ? undefined : pairs.shift();
    const offsets = pair
      ? [
          pair.repeats === 0
            ? `${pair.matched} of ${pair.compared}`
            : `${pair.evidence} and ${counted(pair.repeats, 'repeat')} of ${pair.compared}`,
          microseconds(pair.startOffsetUs, true),
          microseconds(pair.rmsUs),
          microseconds(pair.maxUs),
        ]
      : ['reference', '', '', ''];
    return [file, String(frames), String(repeated), String(unreadable), ...offsets];
  });
}

/** The verdict's word, what else there is to say of it, and of lost frames. */
function verdictLine(report: Report): readonly [word: string, rest: string, filled?: string | undefined] {
  const { verdict, reasons, source, frames, cameras, pairs } = report;
  const toleranceUs = Math.max(report.toleranceUs, ...pairs.map((pair) => pair.toleranceUs));
  const by = source === 'pixels' ? 'read from the pixels' : "by the cameras' own timestamps, not the pixels";
  if (verdict === 'not locked') return ['NOT LOCKED', ` (${by}): ${reasons.join('; ')}`];
  if (verdict === 'nothing to compare') return [counted(frames, 'frame'), `, one camera: nothing to compare (${by})`];
  const compared = Math.min(...pairs.map((pair) => pair.compared));
  const evidence = Math.min(...pairs.map((pair) => pair.evidence));
  const all =
    evidence !== frames
      ? evidence === compared
        ? `in all ${compared} of ${counted(frames, 'frame')} that could be compared`
        : `in all ${evidence} of ${counted(frames, 'frame')} that were captured on both`
      : frames === 1
        ? 'in the one frame there is'
        : `in all ${frames} frames`;
  const lost = cameras.filter(({ repeated }) => repeated > 0);
  const repeats = lost
    .map(({ file, repeated }) => `${file} repeats ${repeated} of ${counted(frames, 'frame')}`)
    .join(', ');
  const filled = lost.length === 0 ? undefined : `Dropped frames were filled by the one before: ${repeats}`;
  if (verdict === 'aligned') return ['ALIGNED', `: frame N is frame N to half a frame, ${all} (${by})`, filled];
  const within = `${Number((toleranceUs / 1000).toFixed(1))} ms`;
  return ['LOCKED', `: frame N is frame N within ${within}, ${all} (${by})`, filled];
}
