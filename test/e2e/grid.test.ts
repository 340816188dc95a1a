import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshPort, inFolder, type Outcome, SMALL, start } from '../support/genlock.ts';

const PERIOD_US = 1e6 / 30;

/** The wall clock of each frame that was captured, in us. */
function times(file: string): number[] {
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  return rows.flatMap((row) => {
    const [, wallUs, , state] = row.split(',');
    return state === 'captured' ? [Number(wallUs)] : [];
  });
}

/** How far a time is behind a frame of 30 fps since 1970, as a share of a frame from -0.5 to 0.5. */
function place(us: number, phase: number): number {
  const frames = (us % 1e6) / PERIOD_US - phase;
  return frames - Math.round(frames);
}

describe('a server without a camera', () => {
  it('holds clients to frames since 1970, with --phase 1/2 half a frame later, and ends by itself', () =>
    inFolder(async (folder) => {
      const runs: Promise<Outcome>[] = [];
      for (const [name, phase] of [
        ['on', '0'],
        ['half', '1/2'],
      ] as const) {
        const sync = ['--framerate', '30', '--sync-port', freshPort()];
        const csv = ['--frames-csv', join(folder, `${name}.csv`), '-o', join(folder, `${name}.mp4`)];
        const client = start(['vid', '--camera', '1', '--sync', 'client', '-t', '1s', ...SMALL, ...sync, ...csv]);
        await client.says('waiting for a server');
        const grid = ['--camera', 'none', '--sync', 'server', '--epoch', '--phase', phase, '--ready-frames', '60'];
        runs.push(client.ended, start(['vid', ...grid, '-t', '2s', ...sync]).ended);
      }
      const [on, grid, half, later] = await Promise.all(runs);
      for (const each of [on, grid, half, later]) expect(each).toMatchObject({ code: 0 });
      expect(grid?.stderr).toContain('grid: 60 frames, ');
      for (const [name, phase] of [
        ['on', 0],
        ['half', 0.5],
      ] as const) {
        const awayUs = times(join(folder, `${name}.csv`)).map((us) => Math.abs(place(us, phase)) * PERIOD_US);
        expect(awayUs.length).toBeGreaterThan(20);
        // Within a line of the sensor; a busy machine keeps an order from its frame now and then.
        expect(awayUs.sort((a, b) => a - b)[Math.floor(0.9 * awayUs.length)]).toBeLessThan(30);
      }
    }));
});
