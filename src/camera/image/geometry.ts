import { type Picture, pictureBytes } from '../picture.ts';
import type { Region } from './settings.ts';

/**
 * Where the samples of a row or column come from: between `first[i]` and `second[i]`, the latter with `weight[i]` of
 * 256.
 */
interface Axis {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Int32Array;
}

/**
 * Mirrors, flips and cuts out a region that is scaled to the picture's size (bilinear). The region is one of the
 * picture as it is seen, after the flips: on a Raspberry Pi the sensor flips, and the crop comes behind it.
 */
export class Geometry {
  private readonly mirror: boolean;
  private readonly flip: boolean;
  private readonly roi: Region | undefined;
  private readonly axes = new Map<string, Axis>();

  constructor({ mirror, flip, roi }: { readonly mirror: boolean; readonly flip: boolean; readonly roi?: Region }) {
    this.mirror = mirror;
    this.flip = flip;
    this.roi = roi;
  }

  /** A new picture of the same size. */
  apply({ width, height, data }: Picture): Picture {
    const to = { width, height, data: new Uint8Array(pictureBytes(width, height)) };
    const luma = width * height;
    for (const [from, end, columns, rows] of [
      [0, luma, width, height],
      [luma, luma * 1.25, width / 2, height / 2],
      [luma * 1.25, luma * 1.5, width / 2, height / 2],
    ] as const) {
      const plane = data.subarray(from, end);
      if (this.roi) this.scale(plane, to.data.subarray(from, end), columns, rows, this.roi);
      else this.turn(plane, to.data.subarray(from, end), columns);
    }
    return to;
  }

  private turn(from: Uint8Array, to: Uint8Array, width: number): void {
    if (!this.flip) {
      to.set(from);
      for (let at = 0; at < to.length; at += width) to.subarray(at, at + width).reverse();
    } else if (this.mirror) {
      to.set(from);
      to.reverse();
    } else {
      for (let at = 0; at < to.length; at += width) to.set(from.subarray(to.length - at - width, to.length - at), at);
    }
  }

  private scale(from: Uint8Array, to: Uint8Array, width: number, height: number, roi: Region): void {
    const across = this.axis(width, roi.x, roi.width, this.mirror);
    const down = this.axis(height, roi.y, roi.height, this.flip);
    let [above, below] = [new Int32Array(width), new Int32Array(width)];
    let [aboveRow, belowRow] = [-1, -1];
    for (let y = 0; y < height; y++) {
      const first = down.first[y] as number;
      const second = down.second[y] as number;
      // A source row is made wide once: going on by a row, the lower one becomes the upper one.
      if (aboveRow !== first && belowRow === first) {
        [above, below] = [below, above];
        [aboveRow, belowRow] = [belowRow, aboveRow];
      }
      if (aboveRow !== first) widen(from, first * width, across, above);
      if (belowRow !== second) widen(from, second * width, across, below);
      [aboveRow, belowRow] = [first, second];
      const lower = down.weight[y] as number;
      const upper = 256 - lower;
      const at = y * width;
      for (let x = 0; x < width; x++)
        to[at + x] = ((above[x] as number) * upper + (below[x] as number) * lower + 32_768) >> 16;
    }
  }

  private axis(length: number, from: number, share: number, reversed: boolean): Axis {
    const key = `${length} ${from} ${reversed}`;
    let axis = this.axes.get(key);
    if (!axis) {
      axis = makeAxis(length, from, share, reversed);
      this.axes.set(key, axis);
    }
    return axis;
  }
}

/** One row of the source at the width of the result, times 256. */
function widen(from: Uint8Array, at: number, { first, second, weight }: Axis, to: Int32Array): void {
  for (let x = 0; x < to.length; x++) {
    const right = weight[x] as number;
    to[x] =
      (from[at + (first[x] as number)] as number) * (256 - right) +
      (from[at + (second[x] as number)] as number) * right;
  }
}

/**
 * Sample i of the result lies at the middle of its share of the region; nothing from outside the region's pixels comes
 * in.
 */
function makeAxis(length: number, from: number, share: number, reversed: boolean): Axis {
  const [first, second, weight] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
  const start = from * length;
  const low = Math.min(length - 1, Math.floor(start + 1e-6));
  const high = Math.max(low, Math.min(length, Math.ceil(start + share * length - 1e-6)) - 1);
  for (let i = 0; i < length; i++) {
    const at = Math.min(high, Math.max(low, start + (i + 0.5) * share - 0.5));
    const seen = reversed ? length - 1 - at : at;
    const whole = Math.min(length - 1, Math.floor(seen));
    const rest = Math.round((seen - whole) * 256);
    first[i] = whole;
    second[i] = rest === 0 ? whole : Math.min(length - 1, whole + 1);
    weight[i] = rest;
  }
  return { first, second, weight };
}
