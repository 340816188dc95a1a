import { readFileSync, writeFileSync } from 'node:fs';

/** Gives an MP4 a display matrix that turns its pictures by a quarter. */
export function turnBy90(file: string): void {
  const bytes = readFileSync(file);
  const matrix = bytes.indexOf('tkhd') + 4 + 40;
  for (const [i, value] of [0, 1, 0, -1, 0, 0].entries()) bytes.writeInt32BE(value * 65536, matrix + 4 * i);
  writeFileSync(file, bytes);
}
