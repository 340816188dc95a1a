import { boxMean, type Geometry } from './cells.ts';
import type { Point } from './homography.ts';
import { COLUMNS, FINDER, FINDERS, type LumaPlane, ROWS } from './layout.ts';

/**
 * A place where the picture looks like a finder: its centre, the size of its modules, and their width and height alone,
 * in pixels.
 */
export interface Candidate {
  readonly x: number;
  readonly y: number;
  readonly unit: number;
  readonly unitX: number;
  readonly unitY: number;
}

/** From the centre of one finder to the next, in modules. */
const APART_X = FINDERS[1].column - FINDERS[0].column;
const APART_Y = FINDERS[2].row - FINDERS[0].row;

/** Modules from the panel's corner to the centre of the first finder. */
const CENTRE = FINDERS[0].column + FINDER / 2;

/**
 * Luma levels that may lie between the panel's black and its white, likeliest first; a dim or washed-out picture needs
 * the others.
 */
export const THRESHOLDS = [126, 90, 160, 60, 195, 38];

/** Below this contrast of black and white, in levels, a panel can't be read. */
export const LEAST_CONTRAST = 24;

/**
 * At most this many places are taken for a finder in one pass; a picture full of stripes has more, and they are not
 * looked at.
 */
const MOST_CANDIDATES = 200;

/** Pictures may have been stretched by this much in one direction: half of the lines, or of the columns, and more. */
const STRETCHED = 2.3;

/**
 * Panels that the picture may hold, likeliest first, each once. They are only looked for as far as the caller asks.
 * Modules are taken to be square first: their width, from finder to finder, is known far better than the height of one
 * finder. Heights that are clearly another, as where a region was stretched to another shape, come last.
 */
export function* findPanels(plane: LumaPlane): Generator<Geometry> {
  const seen: Geometry[] = [];
  const stretched: Pair[] = [];
  for (const threshold of THRESHOLDS)
    for (const pair of pairsUnder(plane, threshold)) {
      if (Math.abs(pair.unitY - pair.unit) > 0.06 * pair.unit) stretched.push(pair);
      yield* panelsAt(plane, pair, pair.unit, seen);
    }
  for (const pair of stretched) yield* panelsAt(plane, pair, pair.unitY, seen);
}

/** Two finders side by side: where the left one's centre is, how wide a module is, and how high at one finder. */
type Pair = Omit<Candidate, 'unitX'>;

function* pairsUnder(plane: LumaPlane, threshold: number): Generator<Pair> {
  const candidates = findCandidates(plane, threshold);
  for (const left of candidates)
    for (const right of candidates) {
      const unit = (right.x - left.x) / APART_X;
      if (!(similar(unit, left.unitX) && similar(unit, right.unitX)) || Math.abs(right.y - left.y) > unit) continue;
      yield { x: left.x, y: (left.y + right.y) / 2, unit, unitY: (left.unitY + right.unitY) / 2 };
    }
}

/** The panels whose upper or lower two finders these may be. */
function* panelsAt(plane: LumaPlane, { x, y, unit }: Pair, unitY: number, seen: Geometry[]): Generator<Geometry> {
  for (const row of [CENTRE, CENTRE + APART_Y]) {
    const found = locatePanel(plane, { x: x - CENTRE * unit, y: y - row * unitY, unitX: unit, unitY });
    if (!found || seen.some((other) => isSame(found, other))) continue;
    seen.push(found);
    yield found;
  }
}

const isSame = (a: Geometry, b: Geometry): boolean =>
  Math.abs(a.x - b.x) + Math.abs(a.y - b.y) < 0.5 * a.unitX && similar(a.unitX, b.unitX);

const similar = (a: number, b: number): boolean => a > 0.75 * b && a < 1.33 * b;

/**
 * The panel's exact place, from one that is right to half a module: the centres of its finders are measured at their
 * edges.
 * @returns undefined where fewer than three finders are there.
 */
export function locatePanel(plane: LumaPlane, rough: Geometry): Geometry | undefined {
  let count = 0;
  let [sumX, sumY, sumColumn, sumRow] = [0, 0, 0, 0];
  const found: { column: number; row: number; x: number; y: number }[] = [];
  for (const [i, centre] of finderCentres(plane, rough).entries()) {
    if (!centre) continue;
    const finder = FINDERS[i] as (typeof FINDERS)[number];
    const column = finder.column + FINDER / 2;
    const row = finder.row + FINDER / 2;
    const [x, y] = centre;
    found.push({ column, row, x, y });
    count++;
    sumX += x;
    sumY += y;
    sumColumn += column;
    sumRow += row;
  }
  if (count < 3) return undefined;
  // Least squares of x over columns and of y over rows. Three corners always span both.
  let [columnX, columnColumn, rowY, rowRow] = [0, 0, 0, 0];
  for (const { column, row, x, y } of found) {
    columnX += (column - sumColumn / count) * x;
    columnColumn += (column - sumColumn / count) * column;
    rowY += (row - sumRow / count) * y;
    rowRow += (row - sumRow / count) * row;
  }
  const unitX = columnX / columnColumn;
  const unitY = rowY / rowRow;
  const at = { x: (sumX - sumColumn * unitX) / count, y: (sumY - sumRow * unitY) / count, unitX, unitY };
  if (!(unitX > 1 && unitY > 1) || !liesIn(plane, at)) return undefined;
  for (const { column, row, x, y } of found) {
    const off = Math.max(Math.abs(at.x + column * unitX - x) / unitX, Math.abs(at.y + row * unitY - y) / unitY);
    if (off > 0.3) return undefined;
  }
  return at;
}

/**
 * The middles of the four finders, in pixels, near where they are at a place that is right to half a module; undefined
 * where there is none.
 */
export const finderCentres = (plane: LumaPlane, rough: Geometry): (Point | undefined)[] =>
  FINDERS.map((finder) => {
    const column = finder.column + FINDER / 2;
    const row = finder.row + FINDER / 2;
    return locateFinder(plane, rough, rough.x + column * rough.unitX, rough.y + row * rough.unitY);
  });

/** True where everything inside the quiet zone lies in the picture. */
const liesIn = (plane: LumaPlane, { x, y, unitX, unitY }: Geometry): boolean =>
  x + unitX >= 0 &&
  y + unitY >= 0 &&
  x + (COLUMNS - 1) * unitX <= plane.width &&
  y + (ROWS - 1) * unitY <= plane.height;

/** The centre of the finder near (x, y), from the middles of its edges across and down. */
function locateFinder(plane: LumaPlane, { unitX, unitY }: Geometry, x: number, y: number): Point | undefined {
  const dx = offset(plane, x, y, unitX, unitY, false);
  if (dx === undefined) return undefined;
  const dy = offset(plane, x + dx, y, unitX, unitY, true);
  if (dy === undefined) return undefined;
  return [x + dx, y + dy];
}

/** How far a finder's centre is from (x, y) along one axis, in pixels: the mean over its six edges. */
function offset(
  plane: LumaPlane,
  x: number,
  y: number,
  unitX: number,
  unitY: number,
  down: boolean,
): number | undefined {
  const along = down ? y : x;
  const across = down ? x : y;
  const unit = down ? unitY : unitX;
  const band = 0.35 * (down ? unitX : unitY);
  const length = down ? plane.height : plane.width;
  const first = Math.max(0, Math.floor(along - 3.4 * unit));
  const last = Math.min(length - 1, Math.ceil(along + 3.4 * unit));
  if (across - band < 0 || across + band > (down ? plane.width : plane.height)) return undefined;
  if (last - first < 5 * unit) return undefined;
  const profile = new Float64Array(last - first + 1);
  let black = 255;
  let white = 0;
  for (let i = first; i <= last; i++) {
    const mean = down
      ? boxMean(plane, across - band, i, across + band, i + 1)
      : boxMean(plane, i, across - band, i + 1, across + band);
    profile[i - first] = mean;
    if (mean < black) black = mean;
    if (mean > white) white = mean;
  }
  if (white - black < LEAST_CONTRAST) return undefined;
  const middle = (black + white) / 2;
  let sum = 0;
  for (let edge = 0; edge < 6; edge++) {
    const expected = along + (edge - FINDER / 2) * unit - first - 0.5;
    const crossing = crossingNear(profile, expected, unit * 0.6, middle, edge % 2 === 1);
    if (crossing === undefined) return undefined;
    sum += crossing - expected;
  }
  return sum / 6;
}

/** Where the profile crosses `level`, rising or falling, nearest to `expected` and at most `reach` away. */
function crossingNear(
  profile: Float64Array,
  expected: number,
  reach: number,
  level: number,
  rising: boolean,
): number | undefined {
  let best: number | undefined;
  const from = Math.max(0, Math.floor(expected - reach) - 1);
  const to = Math.min(profile.length - 2, Math.ceil(expected + reach));
  for (let i = from; i <= to; i++) {
    const a = profile[i] as number;
    const b = profile[i + 1] as number;
    if (rising ? !(a <= level && b > level) : !(a > level && b <= level)) continue;
    const at = i + (level - a) / (b - a);
    if (Math.abs(at - expected) > reach) continue;
    if (best === undefined || Math.abs(at - expected) < Math.abs(best - expected)) best = at;
  }
  return best;
}

/** Places with the runs of a finder across and down, under one threshold. */
export function findCandidates(plane: LumaPlane, threshold: number): Candidate[] {
  const { data, width, height, stride } = plane;
  const found: (Candidate & { hits: number })[] = [];
  const ends = new Int32Array(width + 1);
  for (let y = 1; y < height; y += 2) {
    const line = y * stride;
    let runs = 0;
    let dark = (data[line] as number) < threshold;
    const firstDark = dark;
    for (let x = 1; x < width; x++) {
      const now = (data[line + x] as number) < threshold;
      if (now !== dark) {
        ends[runs++] = x;
        dark = now;
      }
    }
    // Run i lies between ends[i - 1] and ends[i]; the runs at the picture's edges are open and are not used.
    for (let i = firstDark ? 2 : 1; i + 5 <= runs; i += 2) {
      const from = ends[i - 1] as number;
      const to = ends[i + 4] as number;
      const unit = (to - from) / FINDER;
      if (unit < 1.5) continue;
      let even = true;
      for (let k = i; k < i + FINDER; k++) {
        const off = (ends[k] as number) - (ends[k - 1] as number) - unit;
        if (Math.abs(off) > 0.4 * unit + 0.5) even = false;
      }
      if (!even) continue;
      const x = (from + to) / 2;
      const old = found.find((c) => Math.abs(c.x - x) < c.unit && Math.abs(c.y - y) < c.unit * 1.5);
      if (old) {
        if (similar(unit, old.unitX)) old.hits++;
        continue;
      }
      const vertical = runsDown(plane, Math.floor(x), y, unit, threshold);
      if (!vertical) continue;
      const sizes = { unit: (unit + vertical.unit) / 2, unitX: unit, unitY: vertical.unit };
      found.push({ x, y: vertical.y, ...sizes, hits: 1 });
      if (found.length >= MOST_CANDIDATES) return found;
    }
  }
  return found.sort((a, b) => b.hits - a.hits);
}

/** The finder's runs up and down from a pixel in its middle module. */
function runsDown(
  { data, height, stride }: LumaPlane,
  x: number,
  y: number,
  unit: number,
  threshold: number,
): { y: number; unit: number } | undefined {
  const isDark = (row: number): boolean => (data[row * stride + x] as number) < threshold;
  if (!isDark(y)) return undefined;
  const most = 1.5 * STRETCHED * unit + 1;
  const reach = (step: 1 | -1): number[] | undefined => {
    const ends: number[] = [];
    let row = y;
    let wanted = true;
    for (let edge = 0; edge < 3; edge++) {
      const from = row;
      while (row >= 0 && row < height && isDark(row) === wanted) {
        row += step;
        if (Math.abs(row - from) > most) return undefined;
      }
      if (row < 0 || row >= height) return undefined;
      ends.push(row);
      wanted = !wanted;
    }
    return ends;
  };
  const up = reach(-1);
  const down = reach(1);
  if (!up || !down) return undefined;
  const edges = [...up.map((row) => row + 1).reverse(), ...down];
  const size = ((edges[5] as number) - (edges[0] as number)) / FINDER;
  if (!(size > unit / STRETCHED && size < STRETCHED * unit)) return undefined;
  for (let k = 1; k < 6; k++) {
    const off = (edges[k] as number) - (edges[k - 1] as number) - size;
    if (Math.abs(off) > 0.4 * size + 0.5) return undefined;
  }
  return { y: ((edges[5] as number) + (edges[0] as number)) / 2, unit: size };
}
