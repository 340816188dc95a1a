import type { Grid } from '../../sync/steering/grid.ts';
import { type Summary, summarise } from '../../time/statistics.ts';

/** So many of the last frames count. */
const KEPT = 30_000;

/** How far a camera's frames were from their places on a grid, by their stamps. */
export class Phases {
  private readonly grid: Grid;
  private readonly us: number[] = [];

  constructor(grid: Grid) {
    this.grid = grid;
  }

  /**
   * A frame's stamp on the boot clock, in us.
   * @returns how far it is behind its place, in us; undefined where that is open.
   */
  add(sensorUs: number): number | undefined {
    const phaseUs = phaseOn(this.grid, sensorUs);
    if (phaseUs === undefined) return undefined;
    this.us.push(phaseUs);
    if (this.us.length > KEPT) this.us.shift();
    return phaseUs;
  }

  /** In us; undefined without a frame. */
  get summary(): Summary | undefined {
    return summarise(this.us);
  }
}

/** How far a moment of the boot clock is behind the nearest frame of a grid, in us. */
function phaseOn(grid: Grid, us: number): number | undefined {
  const origin = grid.at(0);
  if (origin === undefined) return undefined;
  const place = grid.at(Math.round((us - origin) / grid.periodUs));
  return place === undefined ? undefined : us - place;
}
