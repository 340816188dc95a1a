import type { Watch } from '../verify/read-times.ts';
import { readFrames } from '../verify/read-times.ts';
import { rowTiming } from '../verify/rows.ts';
import { SCREEN_SIGMA_US } from '../verify/screen.ts';
import { rowsError } from '../verify/time-errors.ts';
import type { Line } from './line.ts';
import { fitLine, withError } from './line.ts';
import { ownTimes } from './own-times.ts';

/** What a measured time a row leaves open at least, in us: the panel's rows are taken to the picture's first. */
const ROWS_SIGMA_US = 40;

/**
 * A file's own time on the pixel clock: the middle of the exposure of the picture's first row, by presentation time; of
 * a picture that is upside down, of its lowest, which comes first.
 * @throws UsageError where the file can't be decoded, NoPixelClock where it shows none.
 */
export async function lineByClock(file: string, watch?: Watch): Promise<Line> {
  const { ptsUs, readings, screen, size } = await readFrames(file, watch);
  const rows = rowTiming(readings, undefined);
  const { rowUs } = rows;
  const first = rowUs < 0 ? size.height - 1 : 0;
  const atUs = readings.map((reading) => reading && reading.timeUs - (reading.row - first) * rowUs);
  const ownUs = await ownTimes(file, ptsUs, atUs);
  const points: [number, number][] = [];
  for (const [i, at] of atUs.entries()) {
    const own = ownUs[i];
    if (at !== undefined && own !== undefined) points.push([own, at]);
  }
  const read = readings.flatMap((reading) => reading ?? []);
  const line = fitLine(points, Math.max(ROWS_SIGMA_US, rowsError(read, rows, first)));
  return screen ? withError(line, SCREEN_SIGMA_US) : line;
}
