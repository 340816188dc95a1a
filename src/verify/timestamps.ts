import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { FileTimes } from './read-times.ts';

/**
 * What `frames.csv` says of a file, in the shape of what pixels say: the camera's own wall clock times; a repeat has the time of the frame before.
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
  let firstSlot = 0;
  const timesUs: (number | undefined)[] = [];
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',');
    if (i === 0) firstSlot = Number(fields[index]);
    const us = fields[time] ?? '';
    timesUs.push(us !== '' ? Number(us) : clock === 'wall_clock_us' ? timesUs.at(-1) : undefined);
  }
  return { file, frames: timesUs.length, firstSlot, periodUs, timesUs };
}

/** Slots that `frames.csv` tells to be repeats; undefined where there is no such file, or it says nothing of them. */
export async function readRepeats(file: string): Promise<ReadonlySet<number> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const [header = '', ...lines] = (text ?? '').trim().split('\n');
  const [index, state] = ['index', 'state'].map((name) => header.split(',').indexOf(name)) as [number, number];
  if (index < 0 || state < 0) return undefined;
  const rows = lines.map((line) => line.split(','));
  return new Set(rows.flatMap((fields) => (fields[state] === 'repeated' ? Number(fields[index]) : [])));
}
