import type { MonoUs } from '../time/units.ts';
import { CODE_BITS, encodeStep } from './code.ts';
import {
  BARS,
  BLACK,
  type Cell,
  CODE_CELLS,
  FINDER,
  FINDERS,
  finderIsBlack,
  type LumaPlane,
  type Placement,
  panelSize,
  STEP_US,
  SWING,
  sinc,
  WHITE,
} from './layout.ts';

/** When light was gathered, on CLOCK_MONOTONIC, in us. */
export interface Exposure {
  readonly startUs: MonoUs;
  readonly endUs: MonoUs;
}

/**
 * Draws the panel as an exposure of a clock that runs on while it is looked at. Only luma is touched; the panel needs neutral
 * chroma to look right, and does not need it to be read.
 * @throws RangeError where the panel does not lie in the plane on whole pixels, or the exposure ends before it starts.
 */
export function drawPixelClock(plane: LumaPlane, at: Placement, exposure: Exposure): void {
  const { x, y, unit } = at;
  const size = panelSize(unit);
  if (!(Number.isInteger(x) && Number.isInteger(y) && Number.isInteger(unit) && unit > 0))
    throw new RangeError(`pixel clock at ${x},${y} unit ${unit}: not on whole pixels`);
  if (x < 0 || y < 0 || x + size.width > plane.width || y + size.height > plane.height)
    throw new RangeError(`pixel clock at ${x},${y} unit ${unit}: outside ${plane.width}x${plane.height}`);
  if (!(exposure.endUs >= exposure.startUs))
    throw new RangeError(`pixel clock: the exposure ends (${exposure.endUs}) before it starts (${exposure.startUs})`);

  for (let row = 0; row < size.height; row++) {
    const from = (y + row) * plane.stride + x;
    plane.data.fill(WHITE, from, from + size.width);
  }
  for (const finder of FINDERS)
    for (let row = 0; row < FINDER; row++)
      for (let column = 0; column < FINDER; column++)
        if (finderIsBlack(column, row))
          fillCell(plane, at, { column: finder.column + column, row: finder.row + row }, BLACK);

  const code = exposedCode(exposure);
  CODE_CELLS.forEach((cell, i) => {
    fillCell(plane, at, cell, BLACK + (WHITE - BLACK) * (code[i] as number));
  });
  const middleUs = exposure.startUs + (exposure.endUs - exposure.startUs) / 2;
  const exposureUs = exposure.endUs - exposure.startUs;
  for (const bar of BARS) {
    const swing = SWING * sinc(exposureUs / bar.periodUs);
    const turns = (middleUs % bar.periodUs) / bar.periodUs;
    bar.cells.forEach((cell, i) => {
      fillCell(
        plane,
        at,
        cell,
        (BLACK + WHITE) / 2 + swing * Math.cos(2 * Math.PI * (turns - (bar.phases[i] as number))),
      );
    });
  }
}

/** Every code bit averaged over the exposure, 0 to 1. */
function exposedCode({ startUs, endUs }: Exposure): Float64Array {
  const mean = new Float64Array(CODE_BITS);
  const first = Math.floor(startUs / STEP_US);
  const last = Math.floor(endUs / STEP_US);
  for (let step = first; step <= last; step++) {
    const shownUs = Math.min(endUs, (step + 1) * STEP_US) - Math.max(startUs, step * STEP_US);
    const weight = first === last ? 1 : shownUs / (endUs - startUs);
    const bits = encodeStep(step);
    for (let i = 0; i < CODE_BITS; i++) mean[i] = (mean[i] as number) + weight * (bits[i] as number);
  }
  return mean;
}

/**
 * Fills one module. A level between two whole ones alternates between them from line to line, so that the module's mean is
 * right to about 1/8 level.
 */
function fillCell(plane: LumaPlane, at: Placement, cell: Cell, level: number): void {
  const { unit } = at;
  let from = (at.y + cell.row * unit) * plane.stride + at.x + cell.column * unit;
  let dither = 0.5;
  for (let line = 0; line < unit; line++) {
    plane.data.fill(Math.floor(level + dither), from, from + unit);
    from += plane.stride;
    dither = (dither + GOLDEN) % 1;
  }
}

/** Multiples of the golden ratio, modulo 1, spread evenly however many are taken. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
