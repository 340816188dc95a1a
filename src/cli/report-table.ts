import { counted } from '../counted.ts';
import type { Report } from '../verify/alignment.ts';
import { microseconds, table } from './table.ts';

/** A report as a short table that a person can judge, the verdict last. */
export function reportTable(report: Report): string {
  const rows = [['file', 'frames', 'repeated', 'unreadable', 'matched', 'start', 'rms', 'p99', 'max']];
  const reference = report.cameras.findIndex(({ file }) => file === report.pairs[0]?.reference);
  const pairs = [...report.pairs];
  for (const [i, { file, frames, repeated, unreadable }] of report.cameras.entries()) {
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
  const notes = report.notes.map((note) => `\nnote: ${note}`).join('');
  return `${table(rows)}\n\n${verdict(report)}${notes}\n`;
}

function verdict(report: Report): string {
  const { verdict, reasons, source, frames, cameras, pairs } = report;
  const toleranceUs = Math.max(report.toleranceUs, ...pairs.map((pair) => pair.toleranceUs));
  const by = source === 'pixels' ? 'read from the pixels' : "by the cameras' own timestamps, not the pixels";
  if (verdict === 'not locked') return `NOT LOCKED (${by}): ${reasons.join('; ')}`;
  if (verdict === 'nothing to compare') return `${counted(frames, 'frame')}, one camera: nothing to compare (${by})`;
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
  if (verdict === 'aligned') return `ALIGNED: frame N is frame N to half a frame, ${all} (${by})${note}`;
  return `LOCKED: frame N is frame N within ${Number((toleranceUs / 1000).toFixed(1))} ms, ${all} (${by})${note}`;
}
