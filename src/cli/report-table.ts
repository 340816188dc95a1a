import { counted } from '../counted.ts';
import { flagFor } from '../options/flags.ts';
import type { Report } from '../verify/alignment.ts';
import { type Mood, moodOf } from '../verify/mood.ts';
import { type Paint, plain, type Style } from './colours.ts';
import { microseconds, table } from './table.ts';

/** A verdict's colour, as in the report. */
const COLOURS: Readonly<Record<Mood, Style>> = {
  good: ['bold', 'green'],
  fair: ['bold', 'yellow'],
  bad: ['bold', 'red'],
};

/** What came of a proof, for a person: the verdict, what to do where something is wrong, and the figures. */
export function reportTable(report: Report, paint: Paint = plain): string {
  const advice = report.advice.map((each) => `what to do: ${each.saidWith(flagFor)}\n`).join('');
  const notes = report.notes.map((note) => `note: ${note}\n`).join('');
  return `${verdict(report, paint)}\n${advice}\n${figures(report, paint)}\n${notes === '' ? '' : `\n${notes}`}`;
}

function figures({ cameras, pairs: all }: Report, paint: Paint): string {
  const rows = [['file', 'frames', 'repeated', 'unreadable', 'matched', 'start', 'rms', 'p99', 'max']];
  const reference = cameras.findIndex(({ file }) => file === all[0]?.reference);
  const pairs = [...all];
  for (const [i, { file, frames, repeated, unreadable }] of cameras.entries()) {
    const pair = i === reference ? undefined : pairs.shift();
    const offsets = pair
      ? [
          pair.repeats === 0
            ? `${pair.matched} of ${pair.compared}`
            : `${pair.evidence} and ${pair.repeats} repeats of ${pair.compared}`,
          microseconds(pair.startOffsetUs, true),
          microseconds(pair.rmsUs),
          microseconds(pair.p99Us),
          microseconds(pair.maxUs),
        ]
      : ['reference', '', '', '', ''];
    rows.push([file, String(frames), String(repeated), String(unreadable), ...offsets]);
  }
  const [head = '', ...lines] = table(rows).split('\n');
  return [paint('dim', head), ...lines].join('\n');
}

function verdict(report: Report, paint: Paint): string {
  const [word, rest] = verdictLine(report);
  return `${paint(COLOURS[moodOf(report)], word)}${rest}`;
}

/** The verdict's word, and what else there is to say of it. */
function verdictLine(report: Report): readonly [word: string, rest: string] {
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
  const note = lost.length === 0 ? '' : `\nDropped frames were filled by the one before: ${repeats}`;
  if (verdict === 'aligned') return ['ALIGNED', `: frame N is frame N to half a frame, ${all} (${by})${note}`];
  const within = `${Number((toleranceUs / 1000).toFixed(1))} ms`;
  return ['LOCKED', `: frame N is frame N within ${within}, ${all} (${by})${note}`];
}
