import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { FileTimes } from './file-times.ts';
import { readFrameRows } from './read-frame-rows.ts';

/** A day at 120 frames a second has fewer. */
const MOST_ROWS = 12_000_000;

/**
 * What `frames.csv` says of a file, in the shape of what pixels say: the camera's own wall clock times; a repeat has
 * the time of the frame before, a captured frame whose time is not known none.
 * @param clock Which times: on the wall clock, or the sensor's own, which a repeat has none of.
 * @param of Where the camera's host has clocks of its own: the server's times, from which frames are as far as they say
 *   they are, by the hosts' exchange of times.
 * @throws UsageError where the file can't be read.
 */
export async function readTimestamps(
  file: string,
  periodUs: number,
  clock: 'wall_clock_us' | 'sensor_us' = 'wall_clock_us',
  signal?: AbortSignal,
  of?: FileTimes,
): Promise<FileTimes> {
  const column = of === undefined ? clock : 'phase_us';
  const placed = (us: number, slot: number): number | undefined => {
    if (of === undefined) return us;
    const server = of.timesUs[slot - of.firstSlot];
    return server && server + us;
  };
  let hasColumns = false;
  let firstSlot: number | undefined;
  const timesUs: (number | undefined)[] = [];
  const number = (text: string, name: string): number => {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new UsageError(`${file}: row ${timesUs.length + 1}: ${name} is no number`);
  };
  try {
    const onColumns = (columns: readonly string[]): void => {
      hasColumns = true;
      const missing = ['index', column].find((name) => !columns.includes(name));
      if (missing !== undefined) throw new UsageError(`${file}: no column ${missing}`);
    };
    for await (const [index = '', time = '', state] of readFrameRows(file, ['index', column, 'state'], {
      onColumns,
      signal,
    })) {
      if (timesUs.length >= MOST_ROWS) throw new UsageError(`${file}: has more than ${MOST_ROWS} rows`);
      firstSlot ??= number(index, 'index');
      const us = time.trim();
      const again = clock === 'wall_clock_us' && state !== 'captured';
      timesUs.push(
        us !== '' ? placed(number(us, column), firstSlot + timesUs.length) : again ? timesUs.at(-1) : undefined,
      );
    }
  } catch (cause) {
    if (cause instanceof UsageError || signal?.aborted) throw cause;
    throw new UsageError(`${file}: can't be read`, { cause });
  }
  if (!hasColumns) throw new UsageError(`${file}: is empty`);
  if (firstSlot === undefined) throw new UsageError(`${file}: has no row`);
  if (!Number.isSafeInteger(firstSlot) || firstSlot < 0)
    throw new UsageError(`${file}: row 1: index is no index of a frame`);
  return { file, frames: timesUs.length, firstSlot, periodUs, timesUs };
}

/**
 * Slots that `frames.csv` tells to be repeats; undefined where there is no such file, or it says nothing of them.
 * @throws UsageError where a row of a repeat has no index of a frame.
 */
export async function readRepeats(file: string, signal?: AbortSignal): Promise<ReadonlySet<number> | undefined> {
  if (!existsSync(file)) return undefined;
  const repeats = new Set<number>();
  let tells: boolean | undefined;
  let row = 0;
  const onColumns = (columns: readonly string[]): void => {
    tells = columns.includes('index') && columns.includes('state');
  };
  for await (const [index, state] of readFrameRows(file, ['index', 'state'], { onColumns, signal })) {
    if (!tells) return undefined;
    row++;
    if (state !== 'repeated') continue;
    const slot = index?.trim() ? Number(index) : Number.NaN;
    if (!Number.isSafeInteger(slot) || slot < 0)
      throw new UsageError(`${file}: row ${row}: index is no index of a frame`);
    repeats.add(slot);
    if (repeats.size > MOST_ROWS) throw new UsageError(`${file}: has more than ${MOST_ROWS} rows`);
  }
  return tells ? repeats : undefined;
}
