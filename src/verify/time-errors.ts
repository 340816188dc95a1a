import type { PixelClockReading } from '../pixel-clock/read.ts';
import { median } from '../time/statistics.ts';
import { LASTING, type RowTiming } from './rows.ts';

/**
 * A filter that smears cells into their neighbours moves all bars by about one phase, and what that moves times by is
 * so many times what the bars' own disagreement says of it: up to 3 times with ffmpeg's hqdn3d, which smears to one
 * side.
 */
const COVER = 4;
/** The fastest rolling shutters take so long from the picture's upper edge to its panel, in us. */
const LEAST_READOUT_US = 3_000;

/**
 * What all times of a file have in common of their standard errors, in us; each reading has its own beside it.
 * @param firstRow the picture's row that times are of, where rows are measured.
 */
export function commonError(readings: readonly PixelClockReading[], rows: RowTiming, firstRow: number): number {
  const { source, rowUs, seenUs = rowUs } = rows;
  // Bars that are moved along the rows show another time a row than is known, and the panel's middle is off by no more
  // than that is over half of it.
  if (source === 'take') return (Math.abs(seenUs - rowUs) * panelRows(readings)) / 2;
  return rowsError(readings, rows, firstRow);
}

/**
 * What the times of a row may be off by in all frames, in us, where the time a row is measured: the panel's rows are
 * taken to it.
 */
export function rowsError(readings: readonly PixelClockReading[], rows: RowTiming, firstRow: number): number {
  const toPanel = median(readings.map(({ row }) => row - firstRow)) ?? 0;
  // Where no rolling shutter can be meant, all rows are exposed at once.
  const errorUs = Math.abs(toPanel) * (rows.seenErrorUs ?? Infinity);
  const away = rows.source === 'global' && errorUs < LEAST_READOUT_US / 2 ? 0 : toPanel;
  const rowSigmaUs = median(readings.map((reading) => reading.rowSigmaUs)) ?? 0;
  return Math.hypot(away * LASTING * rowSigmaUs, smearedUs(readings, away));
}

/**
 * What a common phase of all bars may have moved the times of a row by, in us. Nothing but the bars themselves tells of
 * it, where the time a row is not known.
 * @param away rows from that row to the panel.
 */
function smearedUs(readings: readonly PixelClockReading[], away: number): number {
  let [weights, turns, moves] = [0, 0, 0];
  for (const { common } of readings) {
    if (common === undefined) continue;
    const weight = 1 / common.sigma ** 2;
    weights += weight;
    turns += weight * common.turns;
    moves += weight * (common.timeUs - common.rowUs * away);
  }
  if (weights === 0) return 0;
  return COVER * Math.abs(moves / weights) * Math.hypot(turns / weights, 1 / Math.sqrt(weights));
}

/** Rows of the picture that the panel reaches over. */
function panelRows(readings: readonly PixelClockReading[]): number {
  const reach = ({ corners }: PixelClockReading): number => {
    const rows = corners.map(([, y]) => y);
    return Math.max(...rows) - Math.min(...rows);
  };
  return median(readings.map(reach)) ?? 0;
}
