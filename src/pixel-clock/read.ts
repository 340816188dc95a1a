import { type MonoUs, monoUs } from '../time/units.ts';
import type { CommonPhase } from './bars.ts';
import type { Geometry } from './cells.ts';
import { type Decoded, decodePanel } from './decode.ts';
import { type Candidate, findCandidates, findPanels, locatePanel, THRESHOLDS } from './find.ts';
import { findTilted, locateTilted, waysRound } from './find-tilted.ts';
import type { Homography, Point } from './homography.ts';
import { COLUMNS, type LumaPlane, ROWS } from './layout.ts';
import { ORIENTATIONS, type Orientation, Turner } from './orientation.ts';
import { tiltedRows, uprightRows } from './panel-rows.ts';
import { Rectifier, unitSeen } from './rectify.ts';

/** One panel, read from one picture. */
export interface PixelClockReading {
  /** Mid-exposure of the picture's row `row`, in us. */
  readonly timeUs: MonoUs;
  /** Standard error of `timeUs`, in us. */
  readonly sigmaUs: number;
  /** Where on the panel the time is known best: a row of the picture, the upper one is 0, and a fraction. */
  readonly row: number;
  /**
   * From one row of the picture to the next, in us, as the panel shows it: about 0 where all rows are exposed at once,
   * negative where the lowest row comes first. With its standard error. `timeUs` is independent of it.
   */
  readonly rowUs: number;
  readonly rowSigmaUs: number;
  /** What all bars are off by alike, with what that moves `timeUs` and `rowUs` by. */
  readonly common?: CommonPhase | undefined;
  /**
   * Length of the exposure, in us, estimated from how far the bars are smeared; undefined below about 0.25 ms, where
   * they are not.
   */
  readonly exposureUs: number | undefined;
  /**
   * How far cells of the bars are from what they show by all of it, the same cells in any panel, in 1/32 level of a
   * panel from black to white: noise and the encoder, whose errors two files share where one is made of the other.
   */
  readonly cellErrors?: Int16Array;
  /**
   * Where the panel's corners lie in the picture, in pixels: those that are its top left, top right, bottom left and
   * bottom right by its own way round.
   */
  readonly corners: readonly Point[];
}

/** How many places that look like a panel are tried in one picture. */
const MOST_TRIES = 12;

/** Of a video in which nothing was read yet, the first pictures are searched, then every so many. */
const SEARCHED_ALL = 8;
const SEARCHED_EVERY = 8;

/** A panel that was read, its rows those of the picture that was turned back. */
interface Found extends Decoded {
  /** Corners of the panel in that picture: top left, top right, bottom left, bottom right. */
  readonly corners: readonly Point[];
}

/**
 * Reads the pixel clock from pictures of one video. It remembers where the panel was, and looks there first; then for
 * one that is upright, then for one at an angle or in perspective. A panel that is turned by 180 degrees, mirrored or
 * flipped is read too: until one has been read, each picture is tried all ways round; from then on all are taken to be
 * that way round, so that looking costs no more than it does upright.
 */
export class PixelClockReader {
  private readonly turner = new Turner();
  private readonly rectifier = new Rectifier();
  private orientation: Orientation | undefined;
  private upright: Geometry | undefined;
  private tilted: Homography | undefined;
  private searched = 0;

  /** @returns undefined where the picture holds no panel that can be read with certainty. */
  read(plane: LumaPlane): PixelClockReading | undefined {
    if (!this.worthwhile()) return undefined;
    // A panel that is upright, whichever way round, is looked for before one at an angle is: that takes longer.
    for (const orientation of this.orientation === undefined ? ORIENTATIONS : [this.orientation]) {
      if (this.tilted) break;
      const found = this.readUpright(this.turner.upright(plane, orientation));
      if (!found) continue;
      this.orientation = orientation;
      return seen(found, plane, orientation);
    }
    const found = this.orientation === undefined ? this.readTilted(plane) : undefined;
    return found && seen(found, plane, 'upright');
  }

  /**
   * Further panels in the same picture, whichever way round or at an angle each is. Where enough finders lie beside the
   * panel that was read, the whole picture is searched for each way, which takes far longer than to read it.
   * @param reading what `read` found in it.
   */
  others(plane: LumaPlane, reading: PixelClockReading): PixelClockReading[] {
    if (!findersBeside(plane, reading.corners)) return [];
    const found = [reading];
    const add = (decoded: Decoded | undefined, corners: readonly Point[], orientation: Orientation): void => {
      if (!decoded) return;
      const other = seen({ ...decoded, corners }, plane, orientation);
      if (!found.some((each) => overlap(each.corners, other.corners))) found.push(other);
    };
    for (const orientation of ORIENTATIONS) {
      const turned = this.turner.upright(plane, orientation);
      let tries = 0;
      for (const at of findPanels(turned)) {
        add(decodePanel(turned, at, uprightRows(at, plane.height)), cornersAt(at), orientation);
        if (++tries >= MOST_TRIES) break;
      }
    }
    let tries = 0;
    for (const place of findTilted(plane, this.rectifier)) {
      if (found.some(({ corners }) => overlap(corners, cornersOf(place)))) continue;
      for (const way of waysRound(place)) {
        const unit = unitSeen(way);
        const straight = this.rectifier.rectify(plane, way, unit);
        const decoded = decodePanel(straight, { x: 0, y: 0, unitX: unit, unitY: unit }, tiltedRows(way, plane.height));
        add(decoded, cornersOf(way), 'upright');
      }
      if (++tries >= MOST_TRIES) break;
    }
    return found.slice(1);
  }

  /**
   * To look for a panel everywhere takes longer than all else: where there never was one, not every picture is
   * searched.
   */
  private worthwhile(): boolean {
    if (this.upright ?? this.tilted) return true;
    const pictures = this.searched++;
    return pictures < SEARCHED_ALL || pictures % SEARCHED_EVERY === 0;
  }

  private readUpright(plane: LumaPlane): Found | undefined {
    const here = this.upright && locatePanel(plane, this.upright);
    const reading = here && this.readAt(plane, here);
    if (reading) return reading;
    let tries = 0;
    for (const geometry of findPanels(plane)) {
      const found = this.readAt(plane, geometry);
      if (found) return found;
      if (++tries >= MOST_TRIES) break;
    }
    return undefined;
  }

  private readAt(plane: LumaPlane, geometry: Geometry): Found | undefined {
    const decoded = decodePanel(plane, geometry, uprightRows(geometry, plane.height));
    if (!decoded) return undefined;
    this.upright = geometry;
    return { ...decoded, corners: cornersAt(geometry) };
  }

  private readTilted(plane: LumaPlane): Found | undefined {
    const here = this.tilted && locateTilted(plane, this.tilted, this.rectifier);
    const reading = here && this.readThrough(plane, here);
    if (reading) return reading;
    let tries = 0;
    for (const place of findTilted(plane, this.rectifier)) {
      for (const way of waysRound(place)) {
        const found = this.readThrough(plane, way);
        if (found) return found;
      }
      if (++tries >= MOST_TRIES) break;
    }
    return undefined;
  }

  private readThrough(plane: LumaPlane, place: Homography): Found | undefined {
    const unit = unitSeen(place);
    const straight = this.rectifier.rectify(plane, place, unit);
    const rows = tiltedRows(place, plane.height);
    const decoded = decodePanel(straight, { x: 0, y: 0, unitX: unit, unitY: unit }, rows);
    if (!decoded) return undefined;
    this.tilted = place;
    return { ...decoded, corners: cornersOf(place) };
  }
}

/** The panel's corners, in modules. */
const CORNERS: readonly Point[] = [
  [0, 0],
  [COLUMNS, 0],
  [0, ROWS],
  [COLUMNS, ROWS],
];

const cornersAt = ({ x, y, unitX, unitY }: Geometry): Point[] =>
  CORNERS.map(([column, row]): Point => [x + column * unitX, y + row * unitY]);

const cornersOf = (place: Homography): Point[] => CORNERS.map(([column, row]) => place.at(column, row));

/** Finders that a panel is read by at least. */
const LEAST_FINDERS = 3;

/**
 * True where there are the finders of another panel outside of this one: they look the same whichever way round it is.
 */
function findersBeside(plane: LumaPlane, corners: readonly Point[]): boolean {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const beside = ({ x, y }: Candidate): boolean => x < left || x > right || y < top || y > bottom;
  return THRESHOLDS.some((threshold) => findCandidates(plane, threshold).filter(beside).length >= LEAST_FINDERS);
}

/** True where the middle of either panel is nearer to the other's than half the height of the lower one. */
function overlap(a: readonly Point[], b: readonly Point[]): boolean {
  const [one, other] = [middleOf(a), middleOf(b)];
  return Math.hypot(one[0] - other[0], one[1] - other[1]) < Math.min(heightOf(a), heightOf(b)) / 2;
}

const middleOf = (corners: readonly Point[]): Point => [
  corners.reduce((sum, [x]) => sum + x, 0) / corners.length,
  corners.reduce((sum, [, y]) => sum + y, 0) / corners.length,
];

const heightOf = ([topLeft, , bottomLeft]: readonly Point[]): number =>
  Math.hypot((topLeft?.[0] ?? 0) - (bottomLeft?.[0] ?? 0), (topLeft?.[1] ?? 0) - (bottomLeft?.[1] ?? 0));

/** As it is in the picture, whichever way round. */
function seen(found: Found, plane: LumaPlane, orientation: Orientation): PixelClockReading {
  const { corners, timeUs, sigmaUs, row, rowUs, rowSigmaUs, exposureUs, common, cellErrors } = found;
  const down = orientation === 'flipped' || orientation === 'turned';
  const across = orientation === 'mirrored' || orientation === 'turned';
  return {
    timeUs: monoUs(timeUs),
    sigmaUs,
    row: down ? plane.height - 1 - row : row,
    rowUs: down ? -rowUs : rowUs,
    rowSigmaUs,
    common: common && { ...common, rowUs: down ? -common.rowUs : common.rowUs },
    exposureUs,
    cellErrors,
    corners: corners.map(([x, y]): Point => [across ? plane.width - x : x, down ? plane.height - y : y]),
  };
}
