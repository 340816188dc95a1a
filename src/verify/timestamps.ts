import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { readLines } from '../regular-file.ts';
import type { FileTimes } from './file-times.ts';

/** A day at 120 frames a second has fewer. */
const MOST_ROWS = 12_000_000;

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
  signal?: AbortSignal,
): Promise<FileTimes> {
  let columns: readonly string[] | undefined;
  let firstSlot: number | undefined;
  const timesUs: (number | undefined)[] = [];
  const number = (text: string, name: string): number => {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new UsageError(`${file}: row ${timesUs.length + 1}: ${name} is no number`);
  };
  try {
    for await (const line of readLines(file)) {
      signal?.throwIfAborted();
      if (columns === undefined) {
        columns = line.trim().split(',');
        const missing = ['index', clock].find((name) => !columns?.includes(name));
        if (missing !== undefined) throw new UsageError(`${file}: no column ${missing}`);
        continue;
      }
      if (line.trim() === '') continue;
      if (timesUs.length >= MOST_ROWS) throw new UsageError(`${file}: has more than ${MOST_ROWS} rows`);
      const fields = line.split(',');
      firstSlot ??= number(fields[columns.indexOf('index')] ?? '', 'index');
      const us = fields[columns.indexOf(clock)]?.trim() ?? '';
      const again = clock === 'wall_clock_us' && fields[columns.indexOf('state')] !== 'captured';
      timesUs.push(us !== '' ? number(us, clock) : again ? timesUs.at(-1) : undefined);
    }
  } catch (cause) {
    if (cause instanceof UsageError || signal?.aborted) throw cause;
    throw new UsageError(`${file}: can't be read`, { cause });
  }
  if (columns === undefined) throw new UsageError(`${file}: is empty`);
  if (firstSlot === undefined) throw new UsageError(`${file}: has no row`);
  if (!Number.isSafeInteger(firstSlot) || firstSlot < 0)
    throw new UsageError(`${file}: row 1: index is no index of a frame`);
  return { file, frames: timesUs.length, firstSlot, periodUs, timesUs };
}

/** Slots that `frames.csv` tells to be repeats; undefined where there is no such file, or it says nothing of them. */
export async function readRepeats(file: string, signal?: AbortSignal): Promise<ReadonlySet<number> | undefined> {
  if (!existsSync(file)) return undefined;
  const repeats = new Set<number>();
  let at: { readonly index: number; readonly state: number } | undefined;
  for await (const line of readLines(file)) {
    signal?.throwIfAborted();
    const fields = line.split(',');
    at ??= { index: fields.indexOf('index'), state: fields.indexOf('state') };
    if (at.index < 0 || at.state < 0) return undefined;
    if (fields[at.state] === 'repeated') repeats.add(Number(fields[at.index]));
    if (repeats.size > MOST_ROWS) throw new UsageError(`${file}: has more than ${MOST_ROWS} rows`);
  }
  return at === undefined ? undefined : repeats;
}
