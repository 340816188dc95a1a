import { createHash } from 'node:crypto';
import type { Luma } from '../libav/video-file.ts';
import type { FileTimes } from './file-times.ts';
import { repeats } from './repeats.ts';

/** Rows of a picture that are looked at, spread over it. */
const ROWS = 24;

/**
 * What tells a picture from any other: two of cameras never agree in every bit of so many rows, by their noise alone.
 */
export function fingerprint({ data, width, height, stride }: Luma): string {
  const hash = createHash('sha1');
  const rows = Math.min(ROWS, height);
  for (let i = 0; i < rows; i++) {
    const from = Math.floor(((i + 0.5) * height) / rows) * stride;
    hash.update(data.subarray(from, from + width));
  }
  return hash.digest('base64');
}

/**
 * Files that hold the same pictures in slots that both captured: nothing is proved by holding them against each other.
 */
export function samePictures(files: readonly FileTimes[]): string[] {
  const lines: string[] = [];
  for (const [i, a] of files.entries()) {
    for (const b of files.slice(i + 1)) {
      const same = shared(a, b);
      if (same === 0) continue;
      const all = same >= Math.min(a.frames, b.frames) ? 'the same pictures' : `the same picture in ${same} frames`;
      lines.push(`${a.file} and ${b.file}: hold ${all}, bit for bit: one recording twice proves nothing`);
    }
  }
  return lines;
}

/** Slots of a that were captured and show a picture that b holds anywhere. */
function shared(a: FileTimes, b: FileTimes): number {
  if (a.pictures === undefined || b.pictures === undefined) return 0;
  const held = new Set(own(b));
  return own(a).filter((picture) => held.has(picture)).length;
}

/** Pictures of slots that can be read and are no repeats. */
function own(file: FileTimes): string[] {
  const repeated = repeats(file);
  return (file.pictures ?? []).flatMap((picture, i) =>
    picture === undefined || repeated[i] || file.timesUs[i] === undefined ? [] : [picture],
  );
}
