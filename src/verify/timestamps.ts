import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { FileTimes } from './read-times.ts';

/**
 * What `frames.csv` says of a file, in the shape of what pixels say: the camera's own wall clock times; a repeat has the time of the frame before, a
 * captured frame whose time is not known none.
 * @param clock Which times: on the wall clock, or the sensor's own, which a repeat has none of.
 * @throws UsageError where the file can't be read.
 */
export async function readTimestamps(
  file: string,
  periodUs: number,
  clock: 'wall_clock_us' | 'sensor_us' = 'wall_clock_us',
): Promise<FileTimes> {
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
  const [index, time] = [at('index'), at(clock)];
  const state = columns.indexOf('state');
  let firstSlot = 0;
  const timesUs: (number | undefined)[] = [];
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',');
    if (i === 0) firstSlot = Number(fields[index]);
    const us = fields[time] ?? '';
    const again = clock === 'wall_clock_us' && fields[state] !== 'captured';
    timesUs.push(us !== '' ? Number(us) : again ? timesUs.at(-1) : undefined);
  }
  return { file, frames: timesUs.length, firstSlot, periodUs, timesUs };
}
