/**
 * Shapes in motion, integrated over an exposure. The blur is worked out, not sampled: a straight edge that passes a
 * pixel at an even speed covers it for (G(d1) - G(d0)) / (d1 - d0) of the time, d0 and d1 being the distances at which
 * the exposure begins and ends and G the integral of coverage over distance. A longer motion is cut into pieces short
 * enough to be straight.
 */
import { clip, type Shape, type Span } from '../../drawing/raster.ts';
import type { Plane } from '../../drawing/shapes.ts';

/** The largest turn that is taken for straight: the error is 1 - cos(half of it), below 0.5 % of the radius. */
const STRAIGHT_TURN = (10 * Math.PI) / 180;

/** Up to here the pixels that a turning hand passes over are looked for; beyond, the whole circle is gone through. */
const NARROW_TURN = Math.PI / 3;

/** A motion through more pieces than this is a blur in any case. */
const MOST_PIECES = 64;

/** Into how many pieces to cut a turn by `angle` (radians). */
export const pieces = (angle: number): number =>
  Math.max(1, Math.min(MOST_PIECES, Math.ceil(Math.abs(angle) / STRAIGHT_TURN)));

/**
 * Coverage of a pixel by a band of half-width `w`, integrated over the distance from the band's middle, from 0 to `d`.
 * A pixel counts as a box of width 1, so coverage falls to 0 over one pixel around the band's edge.
 */
function integral(d: number, w: number): number {
  const distance = Math.abs(d);
  const flat = Math.abs(w - 0.5);
  const most = Math.min(1, 2 * w);
  let area: number;
  if (distance <= flat) area = most * distance;
  else if (distance < w + 0.5) area = most * flat + ((w + 0.5 - flat) ** 2 - (w + 0.5 - distance) ** 2) / 2;
  else area = w;
  return d < 0 ? -area : area;
}

/** Mean coverage by a band of half-width `w` while the distance from its middle goes from `d0` to `d1`. */
function swept(d0: number, d1: number, w: number): number {
  if (Math.abs(d1 - d0) > 0.01) {
    const flat = Math.abs(w - 0.5);
    if (Math.abs(d0) <= flat && Math.abs(d1) <= flat) return Math.min(1, 2 * w);
    return (integral(d1, w) - integral(d0, w)) / (d1 - d0);
  }
  return Math.max(0, Math.min(1, 2 * w, w + 0.5 - Math.abs(d0 + d1) / 2));
}

/**
 * The form of a hand: radii and widths in pixels. It tapers evenly from `width` at the pivot to `tipWidth` at `tip`.
 */
export interface HandForm {
  /** How far it reaches behind the pivot. */
  readonly tail: number;
  readonly tip: number;
  readonly width: number;
  readonly tipWidth: number;
}

const NO_CORNERS = new Float64Array(0);

/** A hand that turns on a plane from one angle to another (radians, 0 is up, clockwise) during the exposure. */
export class Hand implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly plane: Plane;
  private readonly form: HandForm;
  /** Cosine and sine of the angles at which pieces of the turn begin and end. */
  private readonly turn: Float64Array;
  /** Where tip and tail are seen at both angles, x and y by turns; empty where the hand turns far. */
  private readonly corners: Float64Array;
  /** How far the hand's edge may be from the lines between these corners. */
  private readonly edge: number;

  constructor(plane: Plane, form: HandForm, from: number, to: number) {
    const count = pieces(to - from);
    this.plane = plane;
    this.form = form;
    this.turn = new Float64Array(2 * count + 2);
    for (let i = 0; i <= count; i++) {
      const angle = from + ((to - from) * i) / count;
      this.turn[2 * i] = Math.cos(angle);
      this.turn[2 * i + 1] = Math.sin(angle);
    }
    this.edge = (Math.max(form.width, form.tipWidth) / 2 + 1) * Math.hypot(1, plane.shear);
    if (Math.abs(to - from) <= NARROW_TURN) {
      // The arc between the ends bulges past the line between them.
      const bulge = 1 / Math.cos((to - from) / 2);
      const corners = new Float64Array(8);
      let [top, bottom] = [Infinity, -Infinity];
      for (let i = 0; i < 4; i++) {
        const end = i < 2 ? 0 : this.turn.length - 2;
        const r = (i % 2 === 0 ? form.tip : -form.tail) * bulge;
        const u = r * (this.turn[end + 1] as number);
        const y = plane.y - r * (this.turn[end] as number) + plane.shear * u;
        corners[2 * i] = plane.x + plane.squeeze * u;
        corners[2 * i + 1] = y;
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
      this.corners = corners;
      this.top = top - this.edge;
      this.bottom = bottom + this.edge;
    } else {
      const reach = (Math.max(form.tip, form.tail) + 1) * Math.hypot(1, plane.shear);
      this.corners = NO_CORNERS;
      this.top = plane.y - reach;
      this.bottom = plane.y + reach;
    }
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    this.reach(y, cover.length, span);
    const { x: cx, y: cy, squeeze, shear } = this.plane;
    const { tail, tip, width, tipWidth } = this.form;
    const turn = this.turn;
    const count = turn.length / 2 - 1;
    const taper = (tipWidth - width) / 2 / tip;
    const longest = Math.max(tip, tail) + 0.5;
    const widest = Math.max(0.25, width / 2, tipWidth / 2) + 0.5;
    const cos0 = turn[0] as number;
    const sin0 = turn[1] as number;
    const cos1 = turn[2] as number;
    const sin1 = turn[3] as number;
    for (let x = span.from; x < span.to; x++) {
      const u = (x + 0.5 - cx) / squeeze;
      const v = y + 0.5 - cy - shear * u;
      if (count === 1) {
        // Most pixels of a slanting hand's span are beside it all the while.
        const d0 = u * cos0 + v * sin0;
        const d1 = u * cos1 + v * sin1;
        if (d0 > 0 ? d0 >= widest && d1 >= widest : d0 <= -widest && d1 <= -widest) continue;
      }
      const r = Math.sqrt(u * u + v * v);
      if (r > longest) continue;
      let c = 0;
      for (let i = 0; i < count; i++) {
        const c0 = turn[2 * i] as number;
        const s0 = turn[2 * i + 1] as number;
        const c1 = turn[2 * i + 2] as number;
        const s1 = turn[2 * i + 3] as number;
        const along = (u * (s0 + s1) - v * (c0 + c1)) / 2;
        const end = Math.min(1, (along >= 0 ? tip : tail) + 0.5 - r);
        if (end <= 0) continue;
        const half = Math.max(0.25, width / 2 + taper * Math.max(0, along));
        c += end * swept(u * c0 + v * s0, u * c1 + v * s1, half);
      }
      if (c > 0) cover[x] = (c / count) * 255 + 0.5;
    }
  }

  /** The pixels of a row which the hand may pass over. */
  private reach(y: number, width: number, span: Span): void {
    const corners = this.corners;
    if (corners.length === 0) {
      const reach = (Math.max(this.form.tip, this.form.tail) + 1) * this.plane.squeeze;
      clip(this.plane.x - reach, this.plane.x + reach, width, span);
      return;
    }
    // Every edge of the corners' convex hull joins two of them; so the lines between all pairs reach as far as the
    // hull.
    let left = Infinity;
    let right = -Infinity;
    const top = y - this.edge;
    const bottom = y + 1 + this.edge;
    for (let i = 2; i < corners.length; i += 2)
      for (let j = 0; j < i; j += 2) {
        const ax = corners[i] as number;
        const ay = corners[i + 1] as number;
        const bx = corners[j] as number;
        const by = corners[j + 1] as number;
        if (Math.max(ay, by) < top || Math.min(ay, by) > bottom) continue;
        const slope = Math.abs(ay - by) > 1e-9 ? (bx - ax) / (by - ay) : 0;
        const x0 = slope === 0 ? ax : ax + slope * (Math.max(top, Math.min(ay, by)) - ay);
        const x1 = slope === 0 ? bx : ax + slope * (Math.min(bottom, Math.max(ay, by)) - ay);
        left = Math.min(left, x0, x1);
        right = Math.max(right, x0, x1);
      }
    clip(left - this.edge, right + this.edge, width, span);
  }
}

/** A disc that moves through the points of a path (x and y by turns, at even intervals of time) during the exposure. */
export class MovingDisc implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly left: number;
  private readonly right: number;
  private readonly path: Float64Array;
  private readonly radius: number;

  /** @param path at least two points. */
  constructor(path: Float64Array, radius: number) {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < path.length; i += 2) {
      left = Math.min(left, path[i] as number);
      right = Math.max(right, path[i] as number);
      top = Math.min(top, path[i + 1] as number);
      bottom = Math.max(bottom, path[i + 1] as number);
    }
    this.top = top - radius - 1;
    this.bottom = bottom + radius + 1;
    this.left = left - radius - 1;
    this.right = right + radius + 1;
    this.path = path;
    this.radius = radius;
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    clip(this.left, this.right, cover.length, span);
    const path = this.path;
    const count = path.length / 2 - 1;
    for (let x = span.from; x < span.to; x++) {
      let c = 0;
      for (let i = 0; i < count; i++) {
        const x0 = path[2 * i] as number;
        const y0 = path[2 * i + 1] as number;
        const dx = (path[2 * i + 2] as number) - x0;
        const dy = (path[2 * i + 3] as number) - y0;
        c += discCover(x + 0.5 - x0 - dx / 2, y + 0.5 - y0 - dy / 2, dx, dy, this.radius);
      }
      if (c > 0) cover[x] = (c / count) * 255 + 0.5;
    }
  }
}

/** Mean coverage of a pixel at (px, py) by a disc whose middle goes from (-dx, -dy) / 2 to (dx, dy) / 2. */
function discCover(px: number, py: number, dx: number, dy: number, radius: number): number {
  const length = Math.sqrt(dx * dx + dy * dy);
  const r = Math.sqrt(px * px + py * py);
  if (r <= radius - 0.5 - length / 2) return 1;
  if (r >= radius + 0.5 + length / 2) return 0;
  if (length < 0.5) return Math.max(0, Math.min(1, radius + 0.5 - r));
  const along = (px * dx + py * dy) / length;
  const across = Math.abs(px * dy - py * dx) / length;
  if (across < radius - 2) return chordCover(along, across, length, radius);
  // Where the edge runs along the motion the chord changes fast within a pixel: four samples across it.
  let sum = 0;
  for (let offset = -0.375; offset < 0.5; offset += 0.25) sum += chordCover(along, across + offset, length, radius);
  return sum / 4;
}

function chordCover(along: number, across: number, length: number, radius: number): number {
  const square = radius * radius - across * across;
  return square > 0 ? swept(along - length / 2, along + length / 2, Math.sqrt(square)) : 0;
}
