import type { Take, TakeCamera } from '../../src/record/take.ts';
import type { FileTimes } from '../../src/verify/file-times.ts';
import { SYNTHETIC_SYNC } from './take.ts';

const PERIOD_US = 1e6 / 30;

/**
 * A take of a server and a client that nobody recorded, for the page.
 * @param client what more there is of the client.
 */
export function reportTakeOf(client: Partial<TakeCamera>, more: Partial<Take> = {}): Take {
  const camera = (name: string, sync: 'server' | 'client'): TakeCamera => ({
    ...{
      name,
      sync,
      spec: `virtual:imx219?seed=${name.slice(3)}`,
      file: `${name}.mp4`,
      framesCsv: `${name}.frames.csv`,
    },
    lineUs: 18.9,
  });
  return {
    ...{ format: 'genlock take', version: 1, genlock: '0.1.0', state: 'complete' },
    ...{ started: '2026-01-01T00:00:00.000Z', frameRate: { num: 30, den: 1 }, width: 640, height: 480 },
    sync: SYNTHETIC_SYNC,
    cameras: [camera('cam0', 'server'), { ...camera('cam1', 'client'), ...client }],
    ...more,
  };
}

/** What pixels would say of a file. @param periods when each slot was captured, in periods; undefined is unreadable. */
export const timesOf = (file: string, periods: readonly (number | undefined)[], firstSlot = 0): FileTimes => ({
  ...{ file, frames: periods.length, firstSlot, periodUs: PERIOD_US },
  timesUs: periods.map((at) => (at === undefined ? undefined : at * PERIOD_US)),
});
