import type { Cell, LumaPlane } from './layout.ts';

/**
 * Where a panel lies in a picture: its corner in pixels, and the width and height of a module (they differ where a
 * scaler bent the aspect).
 */
export interface Geometry {
  readonly x: number;
  readonly y: number;
  readonly unitX: number;
  readonly unitY: number;
}

/** The part of a module, on each side, that is not looked at: codecs and scalers smear the neighbours into it. */
const MARGIN = 0.2;
/** The part of it that is. */
export const INSIDE = 1 - 2 * MARGIN;

/** Mean luma of each cell's inside, in levels; pixels that are partly inside count in part. */
export function cellMeans(plane: LumaPlane, at: Geometry, cells: readonly Cell[]): Float64Array {
  return Float64Array.from(cells, ({ column, row }) =>
    boxMean(
      plane,
      at.x + (column + MARGIN) * at.unitX,
      at.y + (row + MARGIN) * at.unitY,
      at.x + (column + 1 - MARGIN) * at.unitX,
      at.y + (row + 1 - MARGIN) * at.unitY,
    ),
  );
}

/** Mean luma over a rectangle in pixel coordinates, which must lie in the plane. */
export function boxMean(plane: LumaPlane, x0: number, y0: number, x1: number, y1: number): number {
  const { data, stride } = plane;
  const firstX = Math.floor(x0);
  const lastX = Math.ceil(x1) - 1;
  const lastY = Math.ceil(y1) - 1;
  const weightLeft = Math.min(firstX + 1, x1) - x0;
  const weightRight = x1 - lastX;
  let sum = 0;
  for (let y = Math.floor(y0); y <= lastY; y++) {
    const line = y * stride;
    let lineSum = weightLeft * (data[line + firstX] as number);
    if (lastX > firstX) {
      for (let x = firstX + 1; x < lastX; x++) lineSum += data[line + x] as number;
      lineSum += weightRight * (data[line + lastX] as number);
    }
    sum += lineSum * (Math.min(y + 1, y1) - Math.max(y, y0));
  }
  return sum / ((x1 - x0) * (y1 - y0));
}
