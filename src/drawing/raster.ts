import type { Ink } from './ink.ts';

/** The pixels of a row that a shape may touch: from `from` up to, not including, `to`. */
export interface Span {
  from: number;
  to: number;
}

/** Something to paint. Coordinates are pixels; pixel (x, y) covers x to x + 1 and y to y + 1. */
export interface Shape {
  /** The rows it lies on: nothing above `top`, nothing below `bottom`. */
  readonly top: number;
  readonly bottom: number;
  /**
   * Writes how much of each pixel of row `y` is covered (0 to 255) into `cover[x]` and says by `span` which pixels it
   * wrote. The row is as long as `cover`, which is all 0 before.
   */
  row(y: number, cover: Uint8Array, span: Span): void;
}

/** Paints shapes into an I420 picture. Luma is antialiased by pixel, chroma by the mean over its 2 x 2 pixels. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** The picture painted on; another one of the same size may be put here. */
  data: Uint8Array;
  private top = 0;
  private bottom: number;
  private readonly upper: Uint8Array;
  private readonly lower: Uint8Array;
  private readonly upperSpan: Span = { from: 0, to: 0 };
  private readonly lowerSpan: Span = { from: 0, to: 0 };

  /** @param data an I420 picture of this size to paint on. Default: a new one, all zeros. */
  constructor(width: number, height: number, data: Uint8Array = new Uint8Array((width * height * 3) / 2)) {
    this.width = width;
    this.height = height;
    this.data = data;
    this.bottom = height;
    this.upper = new Uint8Array(width);
    this.lower = new Uint8Array(width);
  }

  /** Paints on these rows only from now on: from `top`, which is even, up to, not including, `bottom`. */
  confine(top: number, bottom: number): void {
    this.top = Math.max(0, top);
    this.bottom = Math.min(this.height, bottom);
  }

  paint(shape: Shape, ink: Ink): void {
    if (ink.alpha === 0) return;
    const upper = this.upper;
    const lower = this.lower;
    const a = this.upperSpan;
    const b = this.lowerSpan;
    const first = Math.max(this.top, Math.floor(shape.top) & ~1);
    const last = Math.min(this.bottom, Math.ceil(shape.bottom));
    for (let y = first; y < last; y += 2) {
      cut(shape, y, upper, a);
      cut(shape, y + 1, lower, b);
      const from = Math.min(a.from, b.from) & ~1;
      const to = (Math.max(a.to, b.to) + 1) & ~1;
      if (from >= to) continue;
      this.blend(y, from, to, ink);
      upper.fill(0, from, to);
      lower.fill(0, from, to);
    }
  }

  private blend(y: number, from: number, to: number, ink: Ink): void {
    const { width, height, data } = this;
    const upper = this.upper;
    const lower = this.lower;
    const { y: luma, u, v, alpha } = ink;
    const chroma = width * height + (y >> 1) * (width >> 1);
    const plane = (width >> 1) * (height >> 1);
    const opaque = alpha === 256;
    for (let x = from; x < to; x += 2) {
      const a0 = upper[x] as number;
      const a1 = upper[x + 1] as number;
      const a2 = lower[x] as number;
      const a3 = lower[x + 1] as number;
      // Most of a slanting shape's span is beside it.
      if ((a0 | a1 | a2 | a3) === 0) continue;
      const p = y * width + x;
      const q = p + width;
      const k = chroma + (x >> 1);
      if (opaque && (a0 & a1 & a2 & a3) === 255) {
        data[p] = data[p + 1] = data[q] = data[q + 1] = luma;
        data[k] = u;
        data[k + plane] = v;
        continue;
      }
      const c0 = (a0 * alpha) >> 8;
      const c1 = (a1 * alpha) >> 8;
      const c2 = (a2 * alpha) >> 8;
      const c3 = (a3 * alpha) >> 8;
      const sum = c0 + c1 + c2 + c3;
      if (sum === 0) continue;
      data[p] = mix(data[p] as number, luma, c0);
      data[p + 1] = mix(data[p + 1] as number, luma, c1);
      data[q] = mix(data[q] as number, luma, c2);
      data[q + 1] = mix(data[q + 1] as number, luma, c3);
      const mean = (sum + 2) >> 2;
      data[k] = mix(data[k] as number, u, mean);
      data[k + plane] = mix(data[k + plane] as number, v, mean);
    }
  }
}

/** `value` moved towards `aim` by cover / 255, rounded. 257 / 65536 is 1 / 255 to within 2e-5. */
const mix = (value: number, aim: number, cover: number): number =>
  value + (((aim - value) * cover * 257 + 32768) >> 16);

/**
 * One row of a shape, its span brought inside the picture; empty rows keep Math.min and Math.max of two spans right.
 */
function cut(shape: Shape, y: number, cover: Uint8Array, span: Span): void {
  span.from = 0;
  span.to = 0;
  if (y + 1 > shape.top && y < shape.bottom) shape.row(y, cover, span);
  if (span.from < span.to) return;
  span.from = cover.length;
  span.to = 0;
}

/** The pixels from `left` to `right`, as far as they lie in a row of `width` pixels. */
export function clip(left: number, right: number, width: number, span: Span): void {
  span.from = Math.max(0, Math.floor(left));
  span.to = Math.min(width, Math.ceil(right));
}
