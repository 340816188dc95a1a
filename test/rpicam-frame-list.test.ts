import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameListOptions, type FrameTimes, listFrames } from '../src/rpicam/frame-list.ts';
import { MetadataReader } from '../src/rpicam/metadata-reader.ts';
import { ServerGrid } from '../src/rpicam/server-grid.ts';
import { usToNs } from '../src/time/units.ts';

const RATE = { num: 30, den: 1 };
const PERIOD = 1e6 / 30;
const READY = 1_795_378_981_157_579;
const BOOT = 5_689_916_767;

/** Entries of frames at these distances from the ready time, in frames. */
const at = (positions: readonly number[], periodUs = PERIOD): FrameTimes[] =>
  positions.map((position) => ({
    sensorNs: usToNs(BOOT + position * periodUs),
    wallNs: usToNs(READY + position * periodUs),
  }));
const list = (entries: readonly FrameTimes[], options: Partial<FrameListOptions> = {}) =>
  listFrames(entries, { frameRate: RATE, fileFrames: entries.length, readyTimeUs: READY, ...options });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('the slots of a stock camera', () => {
  it('follow from real metadata of a server and its client', () => {
    for (const name of ['server', 'client']) {
      const file = join(import.meta.dirname, `fixtures/rpicam/sync-meta-${name}/${name}.json`);
      const entries = new MetadataReader().push(readFileSync(file, 'utf8'));
      const ready = Number((entries[0]?.wallNs ?? 0n) / 1000n) + (entries[0]?.syncTimerUs ?? 0);
      const { slots, holes } = list(entries, { readyTimeUs: ready });
      expect(slots).toEqual(range(0, 32));
      expect(holes).toEqual([]);
      expect(list(entries, { readyTimeUs: undefined }).slots).toEqual(slots);
    }
  });

  it('of one that begins an hour late are by what the server said since, not by a rate that is a little off', () => {
    const periodUs = PERIOD * (1 - 190e-6);
    const anchors = [0, 108_000].map((index) => ({ index, wallUs: READY + index * periodUs }));
    expect(list(at(range(107_000, 107_100), periodUs), { anchors }).slots).toEqual(range(107_000, 107_100));
  });

  it('show dropped frames as holes, a late first frame, and an early end', () => {
    const kept = range(3, 100).filter((slot) => ![10, 50, 51].includes(slot));
    expect(list(at(kept), { wanted: 120 })).toMatchObject({
      slots: kept,
      holes: [10, 50, 51],
      missingAtStart: 3,
      missingAtEnd: 20,
      early: 0,
      surplus: 0,
      warnings: [],
    });
  });

  it('show frames before the beginning and behind the end', () => {
    expect(list(at(range(-4, 40)), { wanted: 30 })).toMatchObject({
      early: 4,
      surplus: 10,
      holes: [],
      missingAtStart: 0,
    });
    expect(list(at([-2, -1, 2, 3]), { wanted: 4 })).toMatchObject({ early: 2, missingAtStart: 2, holes: [] });
  });

  it('stay right over hours at 50 ppm, with drops', () => {
    const kept = range(0, 400_000).filter((slot) => slot % 997 !== 500);
    for (const ppm of [50, -50]) expect(list(at(kept, PERIOD * (1 + ppm / 1e6))).slots).toEqual(kept);
  });

  it('are right for jitter of a third of a frame and random drops', () => {
    const frame = fc.record({ drop: fc.boolean(), jitter: fc.double({ min: -0.16, max: 0.16, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 2, maxLength: 200 }), (frames) => {
        const kept = range(0, frames.length).filter((i) => i === 0 || !frames[i]?.drop);
        expect(list(at(kept.map((i) => i + (frames[i]?.jitter ?? 0)))).slots).toEqual(kept);
      }),
    );
  });

  it('survive the correction of a late client, in one step or several', () => {
    const late = range(0, 3).map((i) => i + 0.4);
    expect(list(at([...late, ...range(3, 20)])).slots).toEqual(range(0, 20));
    // 0.6 of a frame more, in four steps: the frames move on to the grid one further.
    const steps = [3.55, 4.7, 5.85, 7];
    expect(list(at([...late, ...steps, ...range(8, 20)])).slots.at(-1)).toBe(19);
  });

  it('go by the wall clock of the host where the metadata have none', () => {
    const bare = at(range(2, 40)).map(({ sensorNs }) => ({ sensorNs, wallNs: undefined }));
    const wallOf = (boot: number): number => boot - BOOT + READY;
    expect(list(bare, { wallOf }).slots).toEqual(range(2, 40));
    const unknown = list(bare);
    expect(unknown.slots).toEqual(range(0, 38));
    expect(unknown.warnings).toEqual(['nothing says when its first frame was: it is taken as frame 0']);
  });

  it('two frames in one slot are named', () => {
    expect(list(at([0, 1, 1.3, 2, 3]))).toMatchObject({ slots: [0, 1, 1, 2, 3], doubled: [2], holes: [] });
  });

  it('of frames without an entry go by --save-pts, or are taken as without holes', () => {
    const entries = at(range(0, 5));
    const pts = [0, 1, 2, 3, 4, 7, 8].map((slot) => Math.round(slot * PERIOD));
    const byPts = list(entries, { fileFrames: 7, pts });
    expect(byPts.slots).toEqual([0, 1, 2, 3, 4, 7, 8]);
    expect(byPts.warnings).toEqual([
      "its last 2 frames have no metadata: their times come from rpicam-vid's --save-pts",
    ]);
    expect(list(entries, { fileFrames: 7 }).slots).toEqual(range(0, 7));
    expect(list(entries, { fileFrames: 3 })).toMatchObject({
      slots: [0, 1, 2],
      warnings: ['its metadata tell of 5 frames, its file holds 3: the last 2 were not written'],
    });
    const none = list([], { fileFrames: 7, pts });
    expect(none.slots).toEqual([0, 1, 2, 3, 4, 7, 8]);
    expect(none.warnings).toHaveLength(2);
    expect(list([], { fileFrames: 0, wanted: 9 })).toMatchObject({ slots: [], missingAtStart: 0, missingAtEnd: 9 });
  });
});

describe("the server's messages", () => {
  const anchors = range(-3, 10).map((i) => ({ index: i * 30, wallUs: READY + i * 30 * PERIOD * 1.0001 }));

  it('give each frame its distance from the frame of the server', () => {
    const entries = at(range(0, 200), PERIOD * 1.0001).map((each) => ({
      ...each,
      wallNs: (each.wallNs ?? 0n) + 250_000n,
    }));
    const { slots, phaseUs } = list(entries, { anchors });
    expect(slots).toEqual(range(0, 200));
    for (const phase of phaseUs) expect(Math.abs((phase ?? 0) - 250)).toBeLessThan(2);
  });

  it('put a count right that a slow slide has led astray', () => {
    // A client that loses a whole frame in steps of 0.5 %, which looks like drift.
    const positions = range(0, 250).map((i) => i * 1.005);
    const { slots } = list(at(positions), {
      anchors: range(-3, 12).map((i) => ({ index: i * 30, wallUs: READY + i * 30 * PERIOD })),
    });
    for (const [i, slot] of slots.entries()) expect(Math.abs(slot - (positions[i] ?? 0))).toBeLessThan(0.76);
    expect(list(at(positions)).slots).toEqual(range(0, 250));
  });

  it('say nothing of times far from all of them', () => {
    const grid = new ServerGrid(anchors, PERIOD);
    expect(grid.positionAt(READY)).toBeCloseTo(0, 6);
    expect(grid.positionAt(READY + 15 * PERIOD * 1.0001)).toBeCloseTo(15, 6);
    expect(grid.positionAt(READY - 60e6)).toBeUndefined();
    expect(grid.positionAt(READY + 60e6)).toBeUndefined();
    expect(new ServerGrid([], PERIOD).positionAt(READY)).toBeUndefined();
  });
});
