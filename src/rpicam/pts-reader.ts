import { UsageError } from '../errors.ts';

/**
 * What begins a line that is no time: rpicam-vid writes `# timecode format v2`, mkvextract `# timestamp format v2`,
 * picamera2 none, or one a line.
 */
const COMMENT = '#';
const FORMAT = /^#\s*time(?:code|stamp) format v(\d+)/i;
const TIME = /^-?\d+(?:\.(\d+))?$/;

/**
 * Reads a time for each frame, in whole us as they are written: of `--save-pts`, of mkvextract, or of picamera2. With
 * B-frames stock rpicam-vid writes them in decoding order: then they fall back now and then. A last line without its
 * end is left out where it may be cut, as by a killed process: where it has not as many decimals as the line before it.
 * Throws a UsageError that names the file, and the line that is no time.
 * @param file Named in the error.
 */
export function readPts(text: string, file: string): number[] {
  const lines = text.split(/\r\n|\n|\r/);
  const unended = lines.pop()?.trim() ?? '';
  const times: number[] = [];
  let decimals: number | undefined;
  for (const [i, given] of lines.entries()) {
    const line = i === 0 ? given.replace(/^\uFEFF/, '').trim() : given.trim();
    if (line === '') continue;
    if (line.startsWith(COMMENT)) {
      const version = FORMAT.exec(line)?.[1];
      if (version === undefined || version === '2') continue;
      throw new UsageError(
        `${file}: line ${i + 1} is "${line.slice(0, 60)}": times of format v2 are read, one a line in ms`,
      );
    }
    const [whole, fraction] = TIME.exec(line) ?? [];
    if (whole === undefined) throw new UsageError(`${file}: line ${i + 1} is no time in ms: ${line.slice(0, 60)}`);
    decimals = fraction?.length;
    times.push(usOf(whole));
  }
  const [whole, fraction] = TIME.exec(unended) ?? [];
  if (whole !== undefined && fraction !== undefined && fraction.length === decimals) times.push(usOf(whole));
  return times;
}

const usOf = (ms: string): number => Math.round(Number(ms) * 1000);
