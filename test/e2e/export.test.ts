import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPORT_FORMATS } from '../../src/export/formats.ts';
import { type ExportResult, exportTake } from '../../src/run/export/export.ts';
import { freshPort, genlock, inFolder, LENIENT, SMALL, SOON } from '../support/genlock.ts';
import { noOpenCv, readWithOpenCv } from '../support/opencv.ts';
import { readMcap } from '../support/read-mcap.ts';

/** Formats that the built command makes here: those that load most. */
const BUILT = new Set(['mcap', 'otio']);

async function byCommand(take: string, name: string): Promise<ExportResult> {
  const { code, stdout, stderr } = await genlock(['export', take, '--for', name, '--json']);
  expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('a take that was recorded', () => {
  it('is exported for each program, and read back', () =>
    inFolder(async (folder) => {
      const take = join(folder, 'take');
      const cameras = ['--camera', 'left=virtual:imx219?ppm=15', 'right=virtual:imx708?ppm=-20'];
      const record = ['record', ...cameras, ...SMALL, ...SOON, ...LENIENT, '--frames', '45', '-o', take];
      const recorded = await genlock([...record, '--sync-port', freshPort()]);
      expect(recorded.stderr + recorded.stdout).toContain('take:');
      const described = JSON.parse(readFileSync(join(take, 'take.json'), 'utf8'));
      expect(described).toMatchObject({ state: 'complete', frames: 45 });
      const before = readdirSync(take).sort();
      const videos: string[] = [];
      for (const { name } of EXPORT_FORMATS) {
        const { folder: made, files } = BUILT.has(name)
          ? await byCommand(take, name)
          : await exportTake(take, { for: name });
        expect(made).toBe(`${take}-${name}`);
        const links = files.filter(({ video }) => video !== undefined);
        expect(links).toHaveLength(name === 'mcap' || name === 'csv' ? 0 : 2);
        for (const { path, how } of links) {
          expect(how).toBe('linked');
          videos.push(join(made, path));
        }
      }
      if (noOpenCv() === undefined) {
        const seen = await readWithOpenCv(...videos);
        expect(seen).toEqual(videos.map(() => ({ frames: 45, fps: 30, count: 45 })));
      }
      expect(readdirSync(take).sort()).toEqual(before);

      // What was captured has its time in frames.csv, in MCAP and in the table.
      const rows = (file: string): string[][] =>
        readFileSync(file, 'utf8')
          .trimEnd()
          .split('\n')
          .slice(1)
          .map((line) => line.split(','));
      const table = rows(join(`${take}-csv`, 'take.csv'));
      const { messages } = await readMcap(join(`${take}-mcap`, 'take.mcap'));
      for (const [place, name] of ['left', 'right'].entries()) {
        const own = rows(join(take, `${name}.frames.csv`));
        const pictures = messages.filter(({ topic }) => topic === `/${name}/video`);
        expect([own.length, table.length, pictures.length]).toEqual([45, 45, 45]);
        for (const [index, [, wall = '', , state]] of own.entries()) {
          if (state !== 'captured') continue;
          expect(Number(table[index]?.[1 + 3 * place])).toBeCloseTo(Number(wall), 2);
          expect(Math.abs(Number(pictures[index]?.logTime) / 1000 - Number(wall))).toBeLessThan(1);
        }
      }

      // The timeline counts in the timecode that the files have.
      const timeline = JSON.parse(readFileSync(join(`${take}-otio`, 'take.otio'), 'utf8'));
      const starts = timeline.tracks.children.map(
        (track: { children: { source_range: { start_time: { value: number } } }[] }) =>
          track.children[0]?.source_range.start_time.value,
      );
      expect(starts).toEqual([timeline.global_start_time.value, timeline.global_start_time.value]);
      expect(timeline.global_start_time.value).toBeGreaterThan(0);
    }));
});
