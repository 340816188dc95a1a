import { type MonoUs, monoUs } from '../time/units.ts';
import type { Geometry } from './cells.ts';
import { decodePanel } from './decode.ts';
import { findPanels, locatePanel } from './find.ts';
import type { LumaPlane, Placement } from './layout.ts';

/** One panel, read from one picture. */
export interface PixelClockReading {
  /** Mid-exposure, in us. */
  readonly timeUs: MonoUs;
  /** Standard error of `timeUs`, in us. */
  readonly sigmaUs: number;
  /** Length of the exposure, in us, estimated from how far the bars are smeared; undefined below about 0.25 ms, where they are not. */
  readonly exposureUs: number | undefined;
  /** Where the panel lies. */
  readonly placement: Placement;
}

/** How many places that look like a panel are tried in one picture. */
const MOST_TRIES = 12;

/** Reads the pixel clock from pictures of one video. It remembers where the panel was, and looks there first. */
export class PixelClockReader {
  #last: Geometry | undefined;

  /** @returns undefined where the picture holds no panel that can be read with certainty. */
  read(plane: LumaPlane): PixelClockReading | undefined {
    const here = this.#last && locatePanel(plane, this.#last);
    const reading = here && this.#readAt(plane, here);
    if (reading) return reading;
    let tries = 0;
    for (const geometry of findPanels(plane)) {
      const found = this.#readAt(plane, geometry);
      if (found) return found;
      if (++tries >= MOST_TRIES) break;
    }
    return undefined;
  }

  #readAt(plane: LumaPlane, geometry: Geometry): PixelClockReading | undefined {
    const decoded = decodePanel(plane, geometry);
    if (!decoded) return undefined;
    this.#last = geometry;
    const { x, y, unitX, unitY } = geometry;
    return { ...decoded, timeUs: monoUs(decoded.timeUs), placement: { x, y, unit: (unitX + unitY) / 2 } };
  }
}
