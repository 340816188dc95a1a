import { UsageError } from '../errors.ts';

const HEADER = '# timecode format v2';

/**
 * Reads what `--save-pts` wrote: a time for each frame, in whole us from the first frame's 0. With B-frames stock rpicam-vid writes them in
 * decoding order: then they fall back now and then. A last line without its end is left out: a killed process may have cut it.
 * Throws a UsageError that names the file, and the line that is no time.
 * @param file Named in the error.
 */
export function readPts(text: string, file: string): number[] {
  const lines = text.split('\n');
  lines.pop();
  if (lines.length === 0) return [];
  if (lines[0]?.trim() !== HEADER) throw new UsageError(`${file}: line 1 is not "${HEADER}"`);
  return lines.slice(1).map((line, i) => {
    const ms = line.trim();
    if (!/^-?\d+(\.\d+)?$/.test(ms)) throw new UsageError(`${file}: line ${i + 2} is no time in ms: ${ms}`);
    return Math.round(Number(ms) * 1000);
  });
}
