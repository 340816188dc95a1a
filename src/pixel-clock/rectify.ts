import type { Homography } from './homography.ts';
import { COLUMNS, type LumaPlane, ROWS } from './layout.ts';

/** Pixels a module of a panel that was straightened out, at least and at most. */
const LEAST_UNIT = 4;
const MOST_UNIT = 16;

/** Pixels a module that a panel is straightened out to: about as many as it has in the picture. */
export function unitSeen(seen: Homography): number {
  const [left, top] = seen.at(0, 0);
  const [right, middle] = seen.at(COLUMNS, ROWS / 2);
  const unit = Math.hypot(right - left, middle - top) / COLUMNS;
  return Math.max(LEAST_UNIT, Math.min(MOST_UNIT, Math.ceil(unit)));
}

/** Straightens panels out; its result is valid until the next call. */
export class Rectifier {
  private data = new Uint8Array(0);

  /**
   * The panel as it would be seen from in front, `unit` pixels a module, by bilinear interpolation. What lies outside
   * of the picture is as dark as its edge.
   */
  rectify(plane: LumaPlane, seen: Homography, unit: number): LumaPlane {
    const [width, height] = [COLUMNS * unit, ROWS * unit];
    if (this.data.length !== width * height) this.data = new Uint8Array(width * height);
    const data = this.data;
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const [x, y] = seen.at((column + 0.5) / unit, (row + 0.5) / unit);
        data[row * width + column] = interpolated(plane, x - 0.5, y - 0.5) + 0.5;
      }
    return { data, width, height, stride: width };
  }
}

function interpolated({ data, width, height, stride }: LumaPlane, x: number, y: number): number {
  const u = Math.max(0, Math.min(width - 1.001, x));
  const v = Math.max(0, Math.min(height - 1.001, y));
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const [right, down] = [u - left, v - top];
  const at = top * stride + left;
  const above = (data[at] as number) * (1 - right) + (data[at + 1] as number) * right;
  const below = (data[at + stride] as number) * (1 - right) + (data[at + stride + 1] as number) * right;
  return above * (1 - down) + below * down;
}
