import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { FileTimes } from './read-times.ts';

/**
 * What `frames.csv` says of a file, in the shape of what pixels say: the camera's own wall clock times; a repeat has the time of the frame before.
 * @throws UsageError where the file can't be read.
 */
export async function readTimestamps(file: string, periodUs: number): Promise<FileTimes> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new UsageError(`${file}: can't be read`, { cause });
  });
  const [header = '', ...lines] = text.trim().split('\n');
  const columns = header.split(',');
  const at = (name: string): number => {
    const column = columns.indexOf(name);
    if (column < 0) throw new UsageError(`${file}: no column ${name}`);
    return column;
  };
  const [index, wall] = [at('index'), at('wall_clock_us')];
  let firstSlot = 0;
  const timesUs: (number | undefined)[] = [];
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',');
    if (i === 0) firstSlot = Number(fields[index]);
    const us = fields[wall] ?? '';
    timesUs.push(us === '' ? timesUs.at(-1) : Number(us));
  }
  return { file, frames: timesUs.length, firstSlot, periodUs, timesUs };
}
