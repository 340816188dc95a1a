import type { Geometry } from './cells.ts';
import type { Homography } from './homography.ts';
import { type Cell, COLUMNS, ROWS } from './layout.ts';

/** Which rows of the picture a panel lies on: what a rolling shutter exposes them by. */
export interface PanelRows {
  /** The row of the picture at the middle of a cell, its fraction included; row r lies from r to r + 1. */
  of(cell: Cell): number;
  /** Rows of the picture that a module reaches over. */
  readonly unit: number;
  /** Rows of the whole picture. */
  readonly height: number;
}

/** Rows of a panel that is upright in the picture. */
export const uprightRows = ({ y, unitY }: Geometry, height: number): PanelRows => ({
  of: ({ row }) => y + (row + 0.5) * unitY - 0.5,
  unit: unitY,
  height,
});

/** Rows of a panel that is seen at an angle. */
export function tiltedRows(seen: Homography, height: number): PanelRows {
  const at = (column: number, row: number): number => seen.at(column, row)[1];
  return {
    of: ({ column, row }) => at(column + 0.5, row + 0.5) - 0.5,
    unit: Math.abs(at(COLUMNS / 2, ROWS) - at(COLUMNS / 2, 0)) / ROWS,
    height,
  };
}
