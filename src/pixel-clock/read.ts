import { type MonoUs, monoUs } from '../time/units.ts';
import type { Geometry } from './cells.ts';
import { type Decoded, decodePanel } from './decode.ts';
import { findPanels, locatePanel } from './find.ts';
import type { LumaPlane, Placement } from './layout.ts';
import { ORIENTATIONS, type Orientation, placementSeen, Turner } from './orientation.ts';

/** One panel, read from one picture. */
export interface PixelClockReading {
  /** Mid-exposure of the picture's row `row`, in us. */
  readonly timeUs: MonoUs;
  /** Standard error of `timeUs`, in us. */
  readonly sigmaUs: number;
  /** Where on the panel the time is known best: a row of the picture, the upper one is 0, and a fraction. */
  readonly row: number;
  /**
   * From one row of the picture to the next, in us, as the panel shows it: about 0 where all rows are exposed at once, negative where the lowest row
   * comes first. With its standard error. `timeUs` is independent of it.
   */
  readonly rowUs: number;
  readonly rowSigmaUs: number;
  /** Length of the exposure, in us, estimated from how far the bars are smeared; undefined below about 0.25 ms, where they are not. */
  readonly exposureUs: number | undefined;
  /** Where the panel lies in the picture: the corner at its top left, whichever way round it is. */
  readonly placement: Placement;
}

/** How many places that look like a panel are tried in one picture. */
const MOST_TRIES = 12;

/**
 * Reads the pixel clock from pictures of one video. It remembers where the panel was, and looks there first. A panel that is turned by
 * 180 degrees, mirrored or flipped is read too: until one has been read, each picture is tried all ways round; from then on all are
 * taken to be that way round, so that looking costs no more than it does upright.
 */
export class PixelClockReader {
  readonly #turner = new Turner();
  #orientation: Orientation | undefined;
  #last: Geometry | undefined;

  /** @returns undefined where the picture holds no panel that can be read with certainty. */
  read(plane: LumaPlane): PixelClockReading | undefined {
    for (const orientation of this.#orientation === undefined ? ORIENTATIONS : [this.#orientation]) {
      const found = this.#readUpright(this.#turner.upright(plane, orientation));
      if (!found) continue;
      this.#orientation = orientation;
      const { geometry, timeUs, row, rowUs, ...rest } = found;
      const down = orientation === 'flipped' || orientation === 'turned';
      return {
        ...rest,
        timeUs: monoUs(timeUs),
        row: down ? plane.height - 1 - row : row,
        rowUs: down ? -rowUs : rowUs,
        placement: placementSeen(geometry, plane, orientation),
      };
    }
    return undefined;
  }

  #readUpright(plane: LumaPlane): (Decoded & { readonly geometry: Geometry }) | undefined {
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

  #readAt(plane: LumaPlane, geometry: Geometry): (Decoded & { readonly geometry: Geometry }) | undefined {
    const decoded = decodePanel(plane, geometry);
    if (!decoded) return undefined;
    this.#last = geometry;
    return { ...decoded, geometry };
  }
}
