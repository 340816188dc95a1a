import { type Candidate, findCandidates, finderCentres, THRESHOLDS } from './find.ts';
import { Homography, type Point } from './homography.ts';
import { FINDER, FINDERS, type LumaPlane } from './layout.ts';
import { type Rectifier, unitSeen } from './rectify.ts';

/** Middles of the finders, in modules. */
const CENTRES: readonly Point[] = FINDERS.map(({ column, row }) => [column + FINDER / 2, row + FINDER / 2]);
const APART_X = FINDERS[1].column - FINDERS[0].column;
const APART_Y = FINDERS[2].row - FINDERS[0].row;

/** What a distance may be of what it is with a panel that is seen from in front. */
const SHORTEST = 0.45;
const LONGEST = 1.45;
/** The modules of the left finders may be so many times larger or smaller than those of the right ones. */
const UNLIKE = 2.2;
/** At most so many arrangements of four finders are tried in one picture. */
const MOST_QUADS = 60;
/** How often a place is measured again with the panel straightened out by the place so far. */
const ROUNDS = 3;

/**
 * Places at an angle, in perspective, where four finders of a panel are: likeliest arrangements first, up to 35 degrees
 * of turn. Which way round the panel is there, the finders don't tell: `waysRound` has all of them.
 */
export function* findTilted(plane: LumaPlane, rectifier: Rectifier): Generator<Homography> {
  let tries = 0;
  for (const threshold of THRESHOLDS)
    for (const corners of quads(findCandidates(plane, threshold).filter((each) => hasRings(plane, each, threshold)))) {
      const rough = Homography.through(CENTRES, corners);
      const seen = rough && locateTilted(plane, rough, rectifier);
      if (seen) yield seen;
      if (++tries >= MOST_QUADS) return;
    }
}

/**
 * A panel's exact place, from one that is right to half a module: the middles of its finders are measured with the
 * panel straightened out.
 * @returns undefined where fewer than three finders are there.
 */
export function locateTilted(plane: LumaPlane, rough: Homography, rectifier: Rectifier): Homography | undefined {
  let seen = rough;
  for (let round = 0; round < ROUNDS; round++) {
    const unit = unitSeen(seen);
    const centres = finderCentres(rectifier.rectify(plane, seen, unit), { x: 0, y: 0, unitX: unit, unitY: unit });
    if (centres.filter((centre) => centre !== undefined).length < 3) return undefined;
    let furthest = 0;
    const corners = CENTRES.map(([column, row], i): Point => {
      const [x, y] = centres[i] ?? [column * unit, row * unit];
      furthest = Math.max(furthest, Math.hypot(x / unit - column, y / unit - row));
      return seen.at(x / unit, y / unit);
    });
    const better = Homography.through(CENTRES, corners);
    if (!better) return undefined;
    seen = better;
    if (furthest < STILL) break;
  }
  return seen;
}

/** A place that is moved by less than this, in modules, is exact enough: cells are looked at in their inner part. */
const STILL = 0.03;

/** A place, and the same with the panel turned by half a turn, mirrored, and upside down. */
export function waysRound(seen: Homography): Homography[] {
  const corners = CENTRES.map(([column, row]) => seen.at(column, row));
  return [corners, ...WAYS.map((order) => order.map((i) => corners[i] as Point))].flatMap(
    (way) => Homography.through(CENTRES, way) ?? [],
  );
}

/** The finders in the order in which they stand then. */
const WAYS = [
  [3, 2, 1, 0],
  [1, 0, 3, 2],
  [2, 3, 0, 1],
] as const;

/** Places around a finder's middle that are looked at, and how many of them must be as they should. */
const AROUND = 12;
const MOST_AROUND = 9;

/**
 * True where a white ring is around the middle and a black one around that, whatever the angle. Stripes and textures
 * have the runs of a finder across and down, but no rings.
 */
function hasRings({ data, width, height, stride }: LumaPlane, at: Candidate, threshold: number): boolean {
  // In modules: within the white ring, and within the black one or, at its corners, just inside of it.
  for (const [radius, white] of [
    [1, true],
    [1.95, false],
  ] as const) {
    let right = 0;
    for (let i = 0; i < AROUND; i++) {
      const angle = (2 * Math.PI * i) / AROUND;
      const x = Math.floor(at.x + radius * at.unit * Math.cos(angle));
      const y = Math.floor(at.y + radius * at.unitY * Math.sin(angle));
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      if ((data[y * stride + x] as number) >= threshold === white) right++;
    }
    if (right < MOST_AROUND) return false;
  }
  return true;
}

/** Two finders, one above the other. */
interface Side {
  readonly upper: Candidate;
  readonly lower: Candidate;
}

/** Corners in the order of `FINDERS`, those first whose distances fit best. */
function quads(candidates: readonly Candidate[]): Point[][] {
  const sides: Side[] = [];
  for (const upper of candidates)
    for (const lower of candidates) {
      const [x, y] = [lower.x - upper.x, lower.y - upper.y];
      const unit = (upper.unitY + lower.unitY) / 2;
      if (y > Math.abs(x) && fits(Math.hypot(x, y), APART_Y * unit)) sides.push({ upper, lower });
    }
  const found: { readonly corners: Point[]; readonly misfit: number }[] = [];
  for (const left of sides)
    for (const right of sides) {
      const [x, y] = [right.upper.x - left.upper.x, right.upper.y - left.upper.y];
      const unit = (left.upper.unit + right.upper.unit) / 2;
      const ratio = left.upper.unit / right.upper.unit;
      if (!(x > Math.abs(y)) || !fits(Math.hypot(x, y), APART_X * unit) || !(ratio < UNLIKE && ratio > 1 / UNLIKE))
        continue;
      const corners = [left.upper, right.upper, left.lower, right.lower].map((each): Point => [each.x, each.y]);
      found.push({
        corners,
        misfit: Math.abs(Math.log(Math.hypot(x, y) / (APART_X * unit))) + Math.abs(Math.log(ratio)),
      });
    }
  return found.sort((a, b) => a.misfit - b.misfit).map(({ corners }) => corners);
}

const fits = (distance: number, straight: number): boolean =>
  distance > SHORTEST * straight && distance < LONGEST * straight;
