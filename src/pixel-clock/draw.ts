import { type MonoUs, monoUs } from '../time/units.ts';
import { CODE_BITS, encodeStep } from './code.ts';
import {
  BARS,
  type Bar,
  BLACK,
  type Cell,
  CODE_CELLS,
  FINDER,
  FINDERS,
  finderIsBlack,
  type LumaPlane,
  type Placement,
  panelSize,
  ROWS,
  STEP_US,
  SWING,
  sinc,
  WHITE,
} from './layout.ts';

/** When light was gathered, on CLOCK_MONOTONIC, in us. */
export interface Exposure {
  /** Of the picture's first row. */
  readonly startUs: MonoUs;
  /** When the last light of that row was gathered. */
  readonly endUs: MonoUs;
  /**
   * Of a rolling shutter: from one row of the picture to the next, in us; negative where the lowest row comes first.
   * Default 0.
   */
  readonly rowUs?: number;
}

/** The exposure of one row of the picture, or of a place between rows: as if all were exposed with it. */
export const exposureOfRow = ({ startUs, endUs, rowUs = 0 }: Exposure, row: number): Exposure => ({
  startUs: monoUs(startUs + row * rowUs),
  endUs: monoUs(endUs + row * rowUs),
});

/**
 * Draws the panel as an exposure of a clock that runs on while it is looked at, row by row where the shutter rolls.
 * Only luma is touched; the panel needs neutral chroma to look right, and does not need it to be read.
 * @throws RangeError where the panel does not lie in the plane on whole pixels, or the exposure ends before it starts.
 */
export function drawPixelClock(plane: LumaPlane, at: Placement, exposure: Exposure): void {
  const { x, y, unit } = at;
  const size = panelSize(unit);
  if (!(Number.isInteger(x) && Number.isInteger(y) && Number.isInteger(unit) && unit > 0))
    throw new RangeError(`pixel clock at ${x},${y} unit ${unit}: not on whole pixels`);
  if (x < 0 || y < 0 || x + size.width > plane.width || y + size.height > plane.height)
    throw new RangeError(`pixel clock at ${x},${y} unit ${unit}: outside ${plane.width}x${plane.height}`);
  if (!(exposure.endUs >= exposure.startUs))
    throw new RangeError(`pixel clock: the exposure ends (${exposure.endUs}) before it starts (${exposure.startUs})`);

  drawFrame(plane, at);
  for (const [row, lines] of DATA_ROWS.entries()) {
    const { columns, levels } = lines;
    for (let line = 0; line < unit; line++) {
      const y = at.y + (1 + row) * unit + line;
      // Where all rows are exposed at once, all lines of a module are alike.
      if (line === 0 || exposure.rowUs) lines.expose(exposureOfRow(exposure, y));
      const dither = (0.5 + line * GOLDEN) % 1;
      const left = y * plane.stride + at.x;
      for (let i = 0; i < columns.length; i++) {
        const from = left + (columns[i] as number) * unit;
        const level = Math.floor((levels[i] as number) + dither);
        for (let pixel = from; pixel < from + unit; pixel++) plane.data[pixel] = level;
      }
    }
  }
}

/** What stands still: white with the finders. All lines of a row of modules are alike. */
function drawFrame({ data, stride }: LumaPlane, { x, y, unit }: Placement): void {
  const { width } = panelSize(unit);
  for (let row = 0; row < ROWS; row++) {
    const first = (y + row * unit) * stride + x;
    data.fill(WHITE, first, first + width);
    for (const finder of FINDERS) {
      const inside = row - finder.row;
      if (inside < 0 || inside >= FINDER) continue;
      for (let column = 0; column < FINDER; column++) {
        const from = first + (finder.column + column) * unit;
        if (finderIsBlack(column, inside)) data.fill(BLACK, from, from + unit);
      }
    }
    for (let line = 1; line < unit; line++) data.copyWithin(first + line * stride, first, first + width);
  }
}

/** One row of modules of the data field: what its cells show. */
class DataRow {
  readonly columns: readonly number[];
  /** Levels of luma by the last exposure. */
  readonly levels: Float64Array;
  private readonly bits: readonly { readonly at: number; readonly bit: number }[];
  private readonly bars: readonly {
    readonly bar: Bar;
    readonly cells: readonly { readonly at: number; readonly i: number }[];
  }[];

  constructor(row: number) {
    const here = (cells: readonly Cell[]): { readonly column: number; readonly i: number }[] =>
      cells.flatMap((cell, i) => (cell.row === row ? [{ column: cell.column, i }] : []));
    const columns: number[] = [];
    const place = (column: number): number => columns.push(column) - 1;
    this.bits = here(CODE_CELLS).map(({ column, i }) => ({ at: place(column), bit: i }));
    this.bars = BARS.map((bar) => ({
      bar,
      cells: here(bar.cells).map(({ column, i }) => ({ at: place(column), i })),
    })).filter(({ cells }) => cells.length > 0);
    this.columns = columns;
    this.levels = new Float64Array(columns.length);
  }

  expose(exposure: Exposure): void {
    const { levels } = this;
    if (this.bits.length > 0) {
      const code = exposedCode(exposure);
      for (const { at, bit } of this.bits) levels[at] = BLACK + (WHITE - BLACK) * (code[bit] as number);
    }
    const exposureUs = exposure.endUs - exposure.startUs;
    const middleUs = exposure.startUs + exposureUs / 2;
    for (const { bar, cells } of this.bars) {
      const swing = SWING * sinc(exposureUs / bar.periodUs);
      const turns = (middleUs % bar.periodUs) / bar.periodUs;
      for (const { at, i } of cells) {
        levels[at] = (BLACK + WHITE) / 2 + swing * Math.cos(2 * Math.PI * (turns - (bar.phases[i] as number)));
      }
    }
  }
}

const DATA_ROWS = Array.from({ length: ROWS - 2 }, (_, row) => new DataRow(1 + row));

/** Every code bit averaged over the exposure, 0 to 1. */
function exposedCode({ startUs, endUs }: Exposure): Float64Array {
  const mean = new Float64Array(CODE_BITS);
  const first = Math.floor(startUs / STEP_US);
  const last = Math.floor(endUs / STEP_US);
  for (let step = first; step <= last; step++) {
    const shownUs = Math.min(endUs, (step + 1) * STEP_US) - Math.max(startUs, step * STEP_US);
    const weight = first === last ? 1 : shownUs / (endUs - startUs);
    const bits = encodeStep(step);
    for (let i = 0; i < CODE_BITS; i++) mean[i] = (mean[i] as number) + weight * (bits[i] as number);
  }
  return mean;
}

/**
 * A level between two whole ones alternates between them from line to line, so that a module's mean is right to about
 * 1/8 level. Multiples of the golden ratio, modulo 1, spread evenly however many are taken.
 */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
