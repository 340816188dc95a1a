import { describe, expect, it } from 'vitest';
import type { PixelClockReading } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';
import { panelInPlace } from '../src/verify/panel-place.ts';
import { placeRows, type RowTiming } from '../src/verify/rows.ts';

/** An imx219 as 640x480. */
const READOUT = { topUs: 33.7, rowUs: 48.44 };
const SIZE = { width: 640, height: 480 };

const place = (seenUs: number | undefined, height = 480, readout = READOUT, width = 640) => {
  const seen = seenUs === undefined ? {} : { seenUs, seenSigmaUs: 0.006 };
  const rows: RowTiming = { source: 'take', rowUs: readout.rowUs, ...seen };
  return placeRows(rows, { width, height }, readout, SIZE);
};
/** When row `y` of the take's own picture is exposed after the sensor's first. */
const laterUs = (y: number) => READOUT.topUs + y * READOUT.rowUs;

describe('rows of a picture', () => {
  it('that are those of the take are used as it says', () => {
    const { rows, unknownUs, notes, laterUs: later } = place(48.45);
    expect(later(400)).toBeCloseTo(laterUs(400), 9);
    expect({ rows, unknownUs, notes }).toMatchObject({ rows: { source: 'take' }, unknownUs: 0, notes: [] });
    expect(place(undefined).notes).toEqual([]);
  });

  it('that are all there, scaled, are as exact: by the time a row that is seen', () => {
    const half = place(2 * 48.44, 240);
    // Row 200 of 240 has its middle at 200.5: at row 401 of 480, whose middle is at 401.5, less half a row.
    expect(half.laterUs(200)).toBeCloseTo(laterUs(400.5), 6);
    expect(half.unknownUs).toBeLessThan(0.1);
    expect(half.notes).toEqual([
      'is 640x240, take.json says 640x480; its rows follow each other every 96.9 us, take.json says 48.4: times are by what is seen',
    ]);
  });

  it('that are upside down are as exact', () => {
    const flipped = place(-48.44);
    expect(flipped.laterUs(479 - 400)).toBeCloseTo(laterUs(400), 6);
    expect(flipped.unknownUs).toBeLessThan(0.1);
    expect(flipped.notes[0]).toMatch(/every -48\.4 us, take\.json says 48\.4.*it is upside down$/);
  });

  it('that were cut off above or below leave the times unknown by that, whichever it was', () => {
    const cropped = place(48.44, 448);
    expect(cropped.unknownUs).toBeCloseTo(16 * 48.44, 0);
    for (const above of [0, 32]) {
      const off = cropped.laterUs(400 - above) - laterUs(400);
      expect(Math.abs(off)).toBeLessThanOrEqual(cropped.unknownUs + 1e-6);
    }
    expect(cropped.notes[0]).toMatch(/^is 640x448, .*which of the sensor's rows it shows is not known.* 0\.78 ms$/);
  });

  it('that were cut off and scaled back are seen by the time a row alone', () => {
    const scaled = place((48.44 * 448) / 480);
    expect(scaled.unknownUs).toBeCloseTo(16 * 48.44, 0);
    expect(scaled.notes[0]).toMatch(/every 45\.2 us, take\.json says 48\.4/);
  });

  it('that seem to follow each other a little faster or slower were filtered, or cut off by that much', () => {
    const filtered = place(48.71);
    expect(filtered.laterUs(400)).toBeCloseTo(laterUs(400), 9);
    expect(filtered.unknownUs).toBeCloseTo(480 * 0.27, 0);
    expect(filtered.notes[0]).toMatch(
      /seem to follow each other every 48\.7 us, take\.json says 48\.4: it was filtered/,
    );
    // Four rows above, or below, that were cut off and the rest scaled back.
    const cut = place((48.44 * 476) / 480);
    for (const above of [0, 4]) {
      const row = ((400 - above) * 480) / 476;
      expect(Math.abs(cut.laterUs(row) - laterUs(400))).toBeLessThanOrEqual(cut.unknownUs + 30);
    }
  });

  it('that were added leave as much unknown', () => {
    const padded = place(48.44, 512);
    expect(padded.unknownUs).toBeCloseTo(16 * 48.44, 0);
    for (const above of [0, 32]) {
      expect(Math.abs(padded.laterUs(400 + above) - laterUs(400))).toBeLessThanOrEqual(padded.unknownUs + 1e-6);
    }
  });

  it('may lack columns, or all be exposed at once: times are independent of that', () => {
    expect(place(48.44, 480, READOUT, 320)).toMatchObject({
      unknownUs: 0,
      notes: ['is 320x480, take.json says 640x480'],
    });
    const globalShutter = place(0.1, 448, { topUs: 0, rowUs: 0 });
    expect(globalShutter).toMatchObject({ unknownUs: 0, notes: ['is 640x448, take.json says 640x480'] });
    expect(globalShutter.laterUs(300)).toBe(0);
  });

  it('of a global shutter that follow each other are of another camera: nothing of their place is known', () => {
    expect(place(48.44, 480, { topUs: 0, rowUs: 0 }).unknownUs).toBeCloseTo((480 * 48.44) / 2, 0);
  });

  it('of another size that are too blurred to be timed may be any', () => {
    expect(place(undefined, 448).unknownUs).toBeCloseTo(480 * 48.44, 6);
  });

  it('without a take are counted from the one that comes first', () => {
    const of = (rowUs: number) => placeRows({ source: 'pixels', rowUs, seenUs: rowUs }, SIZE);
    expect(of(48).laterUs(100)).toBeCloseTo(4800, 9);
    expect(of(-48).laterUs(379)).toBeCloseTo(4800, 9);
  });
});

describe('the pixel clock that a camera drew', () => {
  const DRAWN = [350, 454] as const;
  /** Ten frames that show it at these edges. */
  const shown = (upper: number, lower: number): PixelClockReading[] => {
    const corners = [upper, upper, lower, lower].map((y, i) => [i % 2 === 0 ? 120 : 504, y] as const);
    const reading = { timeUs: monoUs(0), sigmaUs: 1, row: (upper + lower) / 2, rowUs: 48.44, rowSigmaUs: 0.1 };
    return new Array<PixelClockReading>(10).fill({ ...reading, exposureUs: 1000, corners });
  };
  const held = (of: ReturnType<typeof place>, upper: number, lower: number) =>
    panelInPlace(of, shown(upper, lower), READOUT, DRAWN);

  it('is in its place in a picture that is as it was, scaled, or upside down', () => {
    for (const [of, upper, lower] of [
      [place(48.44), 350.1, 453.95],
      [place(2 * 48.44, 240), 175, 227],
      [place(-48.44), 130, 26],
    ] as const) {
      expect(held(of, upper, lower)).toBe(of);
    }
  });

  it('is not where rows were added and cut off again, whatever the size: times are unknown by as much', () => {
    const moved = held(place(48.44), 286, 390);
    expect(moved.unknownUs).toBeCloseTo(64 * 48.44, 6);
    expect(moved.notes).toEqual([
      'its pixel clock is not where the camera drew it: rows were cut off or added, or another one was put there: all its times may be off by 3.10 ms',
    ]);
    // Letterboxed to 480 rows, of which the lower 360 were kept: it takes as long as the take's, and is 60 rows too
    // high.
    const letterboxed = held(place((48.44 * 480) / 360, 360), 0.75 * 350 - 60, 0.75 * 454 - 60);
    expect(letterboxed.unknownUs / 1000).toBeCloseTo((60 * 48.44 * 480) / 360 / 1000, 2);
  });

  it('is one of another size where another was put there', () => {
    expect(held(place(48.44), 350, 402).unknownUs).toBeCloseTo(52 * 48.44, 6);
  });

  it('may be anywhere with a global shutter', () => {
    const global = place(0.01, 480, { topUs: 0, rowUs: 0 });
    expect(panelInPlace(global, shown(200, 304), { topUs: 0, rowUs: 0 }, DRAWN)).toBe(global);
  });

  it('is not judged by one frame', () => {
    const of = place(48.44);
    const frames = [...shown(350, 454), ...shown(300, 404).slice(0, 2)];
    expect(panelInPlace(of, frames, READOUT, DRAWN)).toBe(of);
  });
});
