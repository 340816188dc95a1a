import { drawPixelClock } from '../pixel-clock/draw.ts';
import { BLACK, COLUMNS, type LumaPlane, ROWS, WHITE } from '../pixel-clock/layout.ts';
import { monoUs } from '../time/units.ts';

/**
 * How long a panel on a screen looks exposed, in us. A screen shows one time for a whole refresh, and a camera mixes
 * two of them. That moves the phase of a bar evenly only where a refresh is a small part of its period: this hides all
 * bars but those of 262 ms and of 83 ms. It is longer than a frame of a camera at 25 fps and more, which no exposure of
 * its own is: so readers tell a screen.
 */
const SMEAR_US = 50_000;

/** The panel as it is shown on a screen at a time: a pixel a module, in levels of the screen (0 to 255). */
export class ScreenClock {
  private readonly plane: LumaPlane = {
    data: new Uint8Array(COLUMNS * ROWS),
    width: COLUMNS,
    height: ROWS,
    stride: COLUMNS,
  };
  private readonly levels = new Uint8ClampedArray(COLUMNS * ROWS);

  /** @param us The time that is shown: the middle of a refresh. */
  show(us: number): Uint8ClampedArray {
    drawPixelClock(
      this.plane,
      { x: 0, y: 0, unit: 1 },
      { startUs: monoUs(us - SMEAR_US / 2), endUs: monoUs(us + SMEAR_US / 2) },
    );
    for (const [i, luma] of this.plane.data.entries()) this.levels[i] = ((luma - BLACK) * 255) / (WHITE - BLACK);
    return this.levels;
  }
}
