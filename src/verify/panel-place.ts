import type { PixelClockReading } from '../pixel-clock/read.ts';
import type { Readout } from '../time/readout.ts';
import type { RowPlace } from './rows.ts';

/**
 * Rows of a picture that a pixel clock's upper and lower edge lie at, in pixels from the picture's upper edge; the
 * upper edge is that of the panel itself, and below the other where it stands upside down.
 */
export type PanelEdges = readonly [upper: number, lower: number];

/**
 * A panel is measured to a tenth of a row. One that is off by less than this, in us, or this share of a row, is in its
 * place.
 */
const IN_PLACE_US = 20;
const IN_PLACE_ROWS = 0.5;
/** In so many frames it must be elsewhere before anything is said. */
const LEAST_FRAMES = 3;

/**
 * Holds the panel that is seen against where the camera says it drew it. Where it lies on other rows of the sensor than
 * these, rows were cut off or added, or a panel was put there: all times may be off by as much.
 * @param place as the file's rows are taken to be exposed.
 * @param readout when the rows of the camera's own pictures are exposed. @param drawn where its panel is in them.
 */
export function panelInPlace(
  place: RowPlace,
  readings: readonly (PixelClockReading | undefined)[],
  readout: Readout,
  drawn: PanelEdges,
): RowPlace {
  const drawnUs = drawn.map((edge) => readout.topUs + (edge - 0.5) * readout.rowUs);
  const offUs = readings.flatMap((reading) => {
    if (reading === undefined) return [];
    const [upper, , lower] = reading.corners;
    const edges = [upper, lower].map((corner) => place.laterUs((corner?.[1] ?? 0) - 0.5));
    return Math.max(...edges.map((us, i) => Math.abs(us - (drawnUs[i] as number))));
  });
  const least = Math.max(IN_PLACE_US, IN_PLACE_ROWS * Math.abs(place.rows.rowUs));
  const moved = offUs.filter((us) => us > least);
  if (moved.length < LEAST_FRAMES) return place;
  const unknownUs = Math.max(place.unknownUs, largest(moved));
  const what =
    'its pixel clock is not where the camera drew it: rows were cut off or added, or another one was put there';
  return {
    ...place,
    unknownUs,
    notes: [...place.notes, `${what}: all its times may be off by ${(unknownUs / 1000).toFixed(2)} ms`],
  };
}

/** Of any number of values. */
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
