import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Summary, summarise } from '../../src/time/statistics.ts';
import { readTimes } from '../../src/verify/read-times.ts';
import { countFrames } from '../support/count-frames.ts';
import { record, rowsOf } from '../support/stock-take.ts';

/** Slots whose picture is that of the slot before, by its pixel clock. */
async function shownAgain(file: string): Promise<number[]> {
  const { timesUs, periodUs } = await readTimes(file);
  return timesUs.flatMap((us, slot) => {
    const before = timesUs[slot - 1];
    return us !== undefined && before !== undefined && us - before < periodUs / 4 ? slot : [];
  });
}

describe('a take of stock cameras', () => {
  it('that each drop 4 % has equal frame counts, every slot right, and repeats exactly where frames were dropped', () =>
    record(
      'drop=0.04',
      ['rpicam:0', 'rpicam:1', 'rpicam:2', 'rpicam:3'],
      ['-t', '4s', '--keep-original', '--width', '320', '--height', '240'],
      async ({ code, stderr, folder, take, report }) => {
        expect(code, stderr).toBe(0);
        expect(report).toMatchObject({ verdict: 'locked', source: 'pixels', frames: 120 });
        expect(take).toMatchObject({ state: 'complete', frames: 120 });
        expect(take.sync.readyTimeUs).toBeGreaterThan(1.7e15);
        let dropped = 0;
        for (const [i, camera] of take.cameras.entries()) {
          const { name, stock } = camera;
          expect(await countFrames(join(folder, `${name}.mp4`))).toBe(120);
          const rows = rowsOf(folder, name);
          expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 120 }, (_, slot) => slot));
          const marked = rows.flatMap((row, slot) => (row.includes(',repeated,') ? slot : []));
          // Before its first frame a file shows nothing of which a time could be read.
          const first = rows.findIndex((row) => row.includes(',captured,'));
          const again = (await shownAgain(join(folder, `${name}.mp4`))).filter((slot) => slot > first);
          expect(marked).toEqual([...rows.keys()].slice(0, first).concat(again));
          const repeated = marked.length;
          expect(camera).toMatchObject({ frames: 120, repeated, captured: 120 - repeated });
          expect(report.cameras[i]?.repeated).toBeLessThanOrEqual(repeated);
          expect(report.cameras[i]?.repeated).toBeGreaterThanOrEqual(repeated - first);
          dropped += repeated;
          expect(stock?.conformed).toBe(repeated === 0 ? 'copied' : 're-encoded');
          expect(readdirSync(folder)).toEqual(
            expect.arrayContaining(['h264', 'metadata.json', 'pts', 'log'].map((ending) => `${name}.${ending}`)),
          );
        }
        // 480 frames, one in 25: none at all would be luck of one in 300 millions.
        expect(dropped).toBeGreaterThan(0);
      },
    ));

  // This one and the next two mostly wait for what goes wrong: beside each other.
  it.concurrent('in which one crashes fails, and the others keep theirs', () =>
    record({ 1: 'crash=1s' }, ['rpicam:0', 'rpicam:1', 'rpicam:2'], ['-t', '3s'], ({ code, stderr, take, report }) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: rpicam-vid was ended by SIGKILL/);
      expect(take.state).toBe('failed');
      // Repeats stand for what the dead one lost, and are called that.
      expect(report.cameras.map(({ frames }) => frames)).toEqual([90, 90, 90]);
      expect(stderr).toMatch(/cam1: frames \d+ to 89 are lost: repeats of the frame before stand for them/);
      expect(take.cameras.map(({ lost = 0 }) => lost > 40)).toEqual([false, true, false]);
    }));

  it.concurrent('in which one stalls says so in the words of rpicam-vid', () =>
    record({ 1: 'stall=1s' }, ['rpicam:0', 'rpicam:1'], ['-t', '8s'], ({ code, stderr, take }) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: warning: .*sensor stopped sending pictures/);
      expect(stderr).toMatch(/cam1: no frame for \d+ s: .*\(rpicam-vid: /);
      expect(take.cameras[0]).toMatchObject({ frames: 240 });
      expect(take.cameras[1]?.error).toMatch(/no frame for/);
    }));

  it.concurrent('in which one begins late is not called locked, and the late one is named', () =>
    record({ 1: 'late=1s' }, ['rpicam:0', 'rpicam:1'], ['-t', '3s'], ({ code, stderr, report, folder }) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(/cam1: .*late/);
      expect(report.cameras.map(({ frames }) => frames)).toEqual([90, 90]);
      const rows = rowsOf(folder, 'cam1');
      expect(rows[0]).toContain(',repeated,');
      // A busy machine may drop the last one.
      expect(rows.slice(60).some((row) => row.includes(',captured,'))).toBe(true);
    }));

  it('that leads, dies and is started again follows its own frames, in its slots, in a further file', () => {
    const name = 'cam0';
    // It comes back as late as a busy machine lets it, and does not die again.
    const faults = { 0: { first: 'crash=1s' } };
    return record(
      faults,
      ['rpicam:0', 'rpicam:1'],
      ['-t', '6s', '--restart'],
      async ({ code, stderr, take, folder }) => {
        // What it missed is lost.
        expect(code).toBe(1);
        expect(stderr).toMatch(new RegExp(`${name}: .*SIGKILL; it is started again`));
        const camera = take.cameras.find((each) => each.name === name);
        expect(camera?.files?.map(({ file }) => file)).toEqual([`${name}.mp4`, `${name}-2.mp4`]);
        const [first, second] = camera?.files ?? [];
        expect(first?.firstIndex).toBe(0);
        expect((second?.firstIndex ?? 0) + (second?.frames ?? 0)).toBe(180);
        expect(await countFrames(join(folder, `${name}-2.mp4`))).toBe(second?.frames);
        // By the pixels each frame of its own is that of its slot, to a small part of a frame.
        const other = 'cam1';
        const others = (await readTimes(join(folder, `${other}.mp4`))).timesUs;
        const own = (await readTimes(join(folder, `${name}-2.mp4`))).timesUs;
        const [rows, otherRows] = [rowsOf(folder, `${name}-2`), rowsOf(folder, other)];
        const apart = own.flatMap((us, i) => {
          const slot = i + (second?.firstIndex ?? 0);
          const same = others[slot];
          const captured = [rows[i], otherRows[slot]].every((row) => row?.includes(',captured,'));
          return us === undefined || same === undefined || !captured ? [] : us - same;
        });
        expect(apart.length).toBeGreaterThan(20);
        expect((summarise(apart) as Summary).max).toBeLessThan(1_000);
      },
    );
  });
});
