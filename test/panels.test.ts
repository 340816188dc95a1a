import { describe, expect, it } from 'vitest';
import { drawPixelClock } from '../src/pixel-clock/draw.ts';
import type { LumaPlane } from '../src/pixel-clock/layout.ts';
import { PixelClockReader, type PixelClockReading } from '../src/pixel-clock/read.ts';
import { monoUs } from '../src/time/units.ts';
import { panelFindings } from '../src/verify/panels.ts';

const SIZE = { width: 640, height: 480, stride: 640 };
const ROW_US = 48.4;
const blank = (): LumaPlane => ({ data: new Uint8Array(640 * 480).fill(110), ...SIZE });

const draw = (plane: LumaPlane, x: number, y: number, startUs: number, unit = 8) =>
  drawPixelClock(plane, { x, y, unit }, { startUs: monoUs(startUs), endUs: monoUs(startUs + 1000), rowUs: ROW_US });

const turned = ({ data, ...size }: LumaPlane): LumaPlane => ({ data: Uint8Array.from(data).reverse(), ...size });

function found(plane: LumaPlane): { reading: PixelClockReading; others: PixelClockReading[] } {
  const reader = new PixelClockReader();
  const reading = reader.read(plane) as PixelClockReading;
  return { reading, others: reader.others(plane, reading) };
}
const findings = (plane: LumaPlane, screen = false) => panelFindings([{ frame: 7, ...found(plane) }], screen);

describe('several panels in a picture', () => {
  it('are none where there is one', () => {
    const plane = blank();
    draw(plane, 128, 350, 5e9);
    expect(found(plane).others).toEqual([]);
    expect(findings(plane)).toEqual({ notes: [], faults: [] });
    expect(findings(turned(plane))).toEqual({ notes: [], faults: [] });
  });

  it.each([
    [128, 20, 8],
    [10, 200, 4],
    [300, 200, 6],
  ])('that show different times, at %i,%i with modules of %i, make it no proof', (x, y, unit) => {
    const plane = blank();
    draw(plane, 128, 350, 5e9);
    draw(plane, x, y, 5e9 + 1500, unit);
    const { notes, faults } = findings(plane);
    expect(notes).toEqual([]);
    expect(faults).toEqual([
      "2 pixel clocks are in view in frame 7, and they show different times: which one is the camera's own is not known",
    ]);
    expect(findings(turned(plane)).faults).toHaveLength(1);
  });

  it('are seen in all ways round', () => {
    const [plane, other] = [blank(), blank()];
    draw(plane, 128, 350, 5e9);
    draw(other, 128, 350, 5e9 + 2e5);
    plane.data.set(turned(other).data.subarray(0, 640 * 200));
    expect(found(plane).others).toHaveLength(1);
    expect(findings(plane).faults).toHaveLength(1);
  });

  it('that show one time, each at its own rows, are told and do no harm', () => {
    const plane = blank();
    draw(plane, 128, 350, 5e9);
    draw(plane, 100, 40, 5e9);
    expect(findings(plane)).toEqual({
      notes: ['2 pixel clocks are in view in frame 7; they show the same time'],
      faults: [],
    });
  });

  it('may be a refresh apart where they are on screens', () => {
    const plane = blank();
    draw(plane, 128, 350, 5e9);
    draw(plane, 100, 40, 5e9 + 12_000);
    expect(findings(plane, true).faults).toEqual([]);
    expect(findings(plane, false).faults).toHaveLength(1);
  });
});

describe('a picture of several frames, averaged', () => {
  const mixed = (...weights: number[]): LumaPlane => {
    const mean = new Float64Array(640 * 480);
    for (const [i, weight] of weights.entries()) {
      const plane = blank();
      draw(plane, 128, 350, 5e9 + i * 33_327);
      for (const [at, level] of plane.data.entries()) mean[at] = (mean[at] as number) + weight * level;
    }
    return { data: Uint8Array.from(mean, Math.round), ...SIZE };
  };

  it('is not read, however many: not as a long exposure, nor as a screen', () => {
    for (const count of [2, 3, 4, 5, 8]) {
      expect(new PixelClockReader().read(mixed(...new Array(count).fill(1 / count)))).toBeUndefined();
    }
  });

  it('is read where it is one frame', () => {
    expect(new PixelClockReader().read(mixed(1))?.sigmaUs).toBeLessThan(2);
  });
});
