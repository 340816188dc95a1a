import { clip, type Shape, type Span } from './raster.ts';

/** How a flat round thing on the wall looks from the side: narrower, and one edge lower than the other. */
export interface Plane {
  /** Where its middle is seen, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Width as seen / true width. */
  readonly squeeze: number;
  /** Pixels down for each true pixel to the right. */
  readonly shear: number;
}

/** A plane seen straight on. */
export const facing = (x: number, y: number): Plane => ({ x, y, squeeze: 1, shear: 0 });

/** Where the point (u, v) of a plane, in pixels from its middle, is seen. */
export const project = (plane: Plane, u: number, v: number): readonly [x: number, y: number] => [
  plane.x + plane.squeeze * u,
  plane.y + plane.shear * u + v,
];

/** A ring on a plane; a disc where `inner` is 0. */
export class Ring implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly plane: Plane;
  private readonly outer: number;
  private readonly inner: number;

  constructor(plane: Plane, outer: number, inner = 0) {
    const reach = (outer + 1) * Math.hypot(1, plane.shear);
    this.top = plane.y - reach;
    this.bottom = plane.y + reach;
    this.plane = plane;
    this.outer = outer;
    this.inner = inner;
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    const { x: cx, y: cy, squeeze, shear } = this.plane;
    const reach = (this.outer + 1) * squeeze;
    clip(cx - reach, cx + reach, cover.length, span);
    const outer = this.outer + 0.5;
    const inner = this.inner > 0 ? this.inner + 0.5 : 0;
    for (let x = span.from; x < span.to; x++) {
      const u = (x + 0.5 - cx) / squeeze;
      const v = y + 0.5 - cy - shear * u;
      const r = Math.sqrt(u * u + v * v);
      const c = Math.min(1, outer - r) - Math.max(0, Math.min(1, inner - r));
      if (c > 0) cover[x] = c * 255 + 0.5;
    }
  }
}

/** A rectangle with round corners. */
export class RoundedRect implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly left: number;
  private readonly right: number;
  private readonly radius: number;

  constructor(left: number, top: number, width: number, height: number, radius = 0) {
    this.top = top;
    this.bottom = top + height;
    this.left = left;
    this.right = left + width;
    this.radius = Math.min(radius, width / 2, height / 2);
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    const { top, bottom } = this;
    const left = this.left;
    const right = this.right;
    const radius = this.radius;
    clip(left, right, cover.length, span);
    const down = Math.max(top + radius - (y + 0.5), y + 0.5 - (bottom - radius));
    const line = Math.min(1, y + 1 - top, bottom - y);
    for (let x = span.from; x < span.to; x++) {
      const along = Math.max(left + radius - (x + 0.5), x + 0.5 - (right - radius));
      const c =
        down > 0 && along > 0
          ? radius + 0.5 - Math.sqrt(down * down + along * along)
          : line * Math.min(1, x + 1 - left, right - x);
      if (c > 0) cover[x] = Math.min(1, c) * 255 + 0.5;
    }
  }
}

/**
 * Lines of one weight with round ends: four numbers each (x0, y0, x1, y1). A line without length is a dot, a little
 * larger.
 */
export class Strokes implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly left: number;
  private readonly right: number;
  private readonly lines: ArrayLike<number>;
  private readonly radius: number;

  constructor(lines: ArrayLike<number>, weight: number) {
    const radius = weight / 2;
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < lines.length; i += 2) {
      left = Math.min(left, lines[i] as number);
      right = Math.max(right, lines[i] as number);
      top = Math.min(top, lines[i + 1] as number);
      bottom = Math.max(bottom, lines[i + 1] as number);
    }
    const reach = radius * DOT + 1;
    this.top = top - reach;
    this.bottom = bottom + reach;
    this.left = left - reach;
    this.right = right + reach;
    this.lines = lines;
    this.radius = radius;
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    clip(this.left, this.right, cover.length, span);
    const lines = this.lines;
    const weight = this.radius;
    for (let x = span.from; x < span.to; x++) {
      let c = 0;
      for (let i = 0; i < lines.length; i += 4) {
        const dx = (lines[i + 2] as number) - (lines[i] as number);
        const dy = (lines[i + 3] as number) - (lines[i + 1] as number);
        const px = x + 0.5 - (lines[i] as number);
        const py = y + 0.5 - (lines[i + 1] as number);
        const length = dx * dx + dy * dy;
        const t = length > 0 ? Math.max(0, Math.min(1, (px * dx + py * dy) / length)) : 0;
        const qx = px - t * dx;
        const qy = py - t * dy;
        c = Math.max(c, (length > 0 ? weight : weight * DOT) + 0.5 - Math.sqrt(qx * qx + qy * qy));
      }
      // A line thinner than a pixel can't cover one.
      if (c > 0) cover[x] = Math.min(1, 2 * this.radius, c) * 255 + 0.5;
    }
  }
}

/** How much wider than a line a dot is drawn: at the same width it would look smaller. */
const DOT = 1.3;

/** A soft spot: full in the middle, falling smoothly to nothing at its edge. */
export class Glow implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly x: number;
  private readonly y: number;
  private readonly rx: number;
  private readonly ry: number;

  constructor(x: number, y: number, rx: number, ry: number) {
    this.top = y - ry;
    this.bottom = y + ry;
    this.x = x;
    this.y = y;
    this.rx = rx;
    this.ry = ry;
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    const v = (y + 0.5 - this.y) / this.ry;
    const chord = this.rx * Math.sqrt(Math.max(0, 1 - v * v));
    clip(this.x - chord, this.x + chord, cover.length, span);
    const cx = this.x;
    const rx = this.rx;
    for (let x = span.from; x < span.to; x++) {
      const u = (x + 0.5 - cx) / rx;
      const c = 1 - u * u - v * v;
      if (c > 0) cover[x] = c * c * 255 + 0.5;
    }
  }
}

/** A ready-made picture of coverage, put down at whole pixels: `data` holds width x height bytes. */
export interface Stamp {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A stamp with its top-left corner at (x, y). */
export class Stamped implements Shape {
  readonly top: number;
  readonly bottom: number;
  private readonly stamp: Stamp;
  private readonly x: number;

  constructor(stamp: Stamp, x: number, y: number) {
    this.top = y;
    this.bottom = y + stamp.height;
    this.stamp = stamp;
    this.x = x;
  }

  row(y: number, cover: Uint8Array, span: Span): void {
    const { width, data } = this.stamp;
    clip(this.x, this.x + width, cover.length, span);
    const from = (y - this.top) * width - this.x;
    for (let x = span.from; x < span.to; x++) cover[x] = data[from + x] as number;
  }
}
