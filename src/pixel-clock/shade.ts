import { cellMeans, type Geometry } from './cells.ts';
import { LEAST_CONTRAST } from './find.ts';
import { type Cell, FINDER, FINDERS, finderIsBlack, type LumaPlane } from './layout.ts';

/** Brightness of cells between black (0) and white (1). */
export type Shade = (cells: readonly Cell[]) => Float64Array;

const FINDER_CELLS = FINDERS.map((finder) => {
  const black: Cell[] = [];
  const white: Cell[] = [];
  for (let row = 0; row < FINDER; row++)
    for (let column = 0; column < FINDER; column++)
      (finderIsBlack(column, row) ? black : white).push({ column: finder.column + column, row: finder.row + row });
  return { black, white };
});

/**
 * Measures black and white at the four finders and takes them as planes in between, so that a gain, an offset and a
 * gradient over the panel do no harm. Undefined where the contrast is too small.
 */
export function measureShade(plane: LumaPlane, at: Geometry): Shade | undefined {
  const blackAt = planeThrough(FINDER_CELLS.map(({ black }) => mean(cellMeans(plane, at, black))));
  const whiteAt = planeThrough(FINDER_CELLS.map(({ white }) => mean(cellMeans(plane, at, white))));
  for (const { column, row } of FINDERS)
    if (!(whiteAt(column, row) - blackAt(column, row) > LEAST_CONTRAST * 0.8)) return undefined;
  return (cells) => {
    const means = cellMeans(plane, at, cells);
    for (let i = 0; i < means.length; i++) {
      const { column, row } = cells[i] as Cell;
      const black = blackAt(column, row);
      means[i] = ((means[i] as number) - black) / (whiteAt(column, row) - black);
    }
    return means;
  };
}

/** The plane of least squares through values at the four finders, as a function of the cell. */
function planeThrough(values: readonly number[]): (column: number, row: number) => number {
  const [topLeft = 0, topRight = 0, bottomLeft = 0, bottomRight = 0] = values;
  const middle = (topLeft + topRight + bottomLeft + bottomRight) / 4;
  const spanX = FINDERS[1].column - FINDERS[0].column;
  const spanY = FINDERS[2].row - FINDERS[0].row;
  const slopeX = (topRight + bottomRight - topLeft - bottomLeft) / (2 * spanX);
  const slopeY = (bottomLeft + bottomRight - topLeft - topRight) / (2 * spanY);
  const middleX = FINDERS[0].column + (FINDER - 1) / 2 + spanX / 2;
  const middleY = FINDERS[0].row + (FINDER - 1) / 2 + spanY / 2;
  return (column, row) => middle + slopeX * (column - middleX) + slopeY * (row - middleY);
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
