import type { Report } from '../verify/alignment.ts';
import { microseconds, table } from './table.ts';

/** A report as a short table that a person can judge, the verdict last. */
export function reportTable(report: Report): string {
  const rows = [['file', 'frames', 'repeated', 'unreadable', 'matched', 'start', 'rms', 'p99', 'max']];
  for (const { file, frames, repeated, unreadable } of report.cameras) {
    const pair = report.pairs.find((candidate) => candidate.file === file);
    const offsets = pair
      ? [
          `${pair.matched} of ${pair.compared}`,
          microseconds(pair.startOffsetUs, true),
          microseconds(pair.rmsUs),
          microseconds(pair.p99Us),
          microseconds(pair.maxUs),
        ]
      : ['reference', '', '', '', ''];
    rows.push([file, String(frames), String(repeated), String(unreadable), ...offsets]);
  }
  return `${table(rows)}\n\n${verdict(report)}\n`;
}

function verdict({ verdict, reasons, toleranceUs, source, frames, cameras }: Report): string {
  const by = source === 'pixels' ? 'read from the pixels' : "by the cameras' own timestamps, not the pixels";
  if (verdict === 'not locked') return `NOT LOCKED (${by}): ${reasons.join('; ')}`;
  if (cameras.length === 1) return `${frames} frames, one camera: nothing to compare (${by})`;
  if (verdict === 'aligned') return `ALIGNED: frame N is frame N to half a frame, in all ${frames} frames (${by})`;
  return `LOCKED: frame N is frame N within ${toleranceUs / 1000} ms, in all ${frames} frames (${by})`;
}
