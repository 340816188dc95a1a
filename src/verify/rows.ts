import type { PixelClockReading } from '../pixel-clock/read.ts';
import type { Readout } from '../time/readout.ts';
import { median } from '../time/statistics.ts';

/** How the times of a file's frames are those of one row. */
export interface RowTiming {
  /**
   * `take`: by `take.json`, of the first row that the sensor reads out. `pixels`: by what the pixel clock shows of the
   * rows, of the picture's first row, or of the sensor's where `take.json` says how far that is. `global`: the pixel
   * clock shows that all rows are exposed at once.
   */
  readonly source: 'take' | 'pixels' | 'global';
  /** From one row of the picture to the next, in us. */
  readonly rowUs: number;
  /** What the pixel clock shows, with its standard error; undefined where the panel is too blurred for it. */
  readonly seenUs?: number;
  /** Standard error of what is seen, in us, as far as errors of frames are independent. */
  readonly seenSigmaUs?: number;
  /** What is seen may be off by this much, in us: by chance, and by what an encoder moves bars by in all frames. */
  readonly seenErrorUs?: number;
}

/** In pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** When the rows of a file's pictures are exposed. */
export interface RowPlace {
  readonly rows: RowTiming;
  /** How much later than the row that times are of a row of the picture is exposed, in us. */
  laterUs(row: number): number;
  /** What that may be off by, in us: pictures that show more or fewer rows than the take's, and nothing says which. */
  readonly unknownUs: number;
  /** What there is to say of the file, a line each. */
  readonly notes: readonly string[];
}

/**
 * Rows that follow each other faster than this, in us, are those of a global shutter: 1080 rows of the fastest sensors
 * take 5 ms.
 */
const GLOBAL_US = 1;
/**
 * A time a row that is known less well than this, in us, is not known: over a picture it would be off by a millisecond.
 */
const MOST_ROW_SIGMA_US = 2;
/**
 * A time a row contradicts another where they differ by more than this, in us, by this share, and by more than it may
 * be off: so many standard errors of the mean, and what lasts.
 */
const APART_US = 0.2;
const APART = 0.005;
const SIGMAS = 6;
/**
 * What an encoder moves bars by is much the same in all frames, and does not average out: the time a row is taken to be
 * off by so many times the standard error of one frame. Of copies by x264 from `ultrafast` to `slow`, up to crf 33, it
 * was off by 1.8 (test/stated-error.test.ts).
 */
export const LASTING = 2;
/** What is seen to be further from 0 than so many standard errors is no global shutter. */
const LIKELY = 3;
/** A filter over pictures moves the time a row by up to this share; what is further off is other rows. */
const FILTERED = 0.02;
/** A place that is known to this, in us, is known. */
const KNOWN_US = 20;

/**
 * How fast the rows follow each other: as it is known, or as all readings together say (their mean by inverse
 * variance).
 */
export function rowTiming(
  readings: readonly (PixelClockReading | undefined)[],
  readout: Readout | undefined,
): RowTiming {
  let [weights, sum] = [0, 0];
  for (const reading of readings) {
    if (reading === undefined) continue;
    const weight = 1 / reading.rowSigmaUs ** 2;
    weights += weight;
    sum += weight * reading.rowUs;
  }
  const sigmaUs = 1 / Math.sqrt(weights);
  const known = sigmaUs < MOST_ROW_SIGMA_US;
  const single = median(readings.flatMap((reading) => reading?.rowSigmaUs ?? [])) ?? 0;
  const errorUs = Math.hypot(SIGMAS * sigmaUs, LASTING * single);
  const seen = known ? { seenUs: sum / weights, seenSigmaUs: sigmaUs, seenErrorUs: errorUs } : {};
  if (readout !== undefined) return { source: 'take', rowUs: readout.rowUs, ...seen };
  const rowUs = sum / weights;
  // Too blurred to tell the one from the other, it may be either: the error that is stated of the first row says so.
  if (Math.abs(rowUs) < Math.max(GLOBAL_US, LIKELY * sigmaUs)) return { source: 'global', rowUs: 0, ...seen };
  return { source: 'pixels', rowUs, ...seen };
}

/**
 * Where the rows of a file's pictures are on its sensor. Where they are not the take's, the time that the whole picture
 * takes tells whether it shows the same rows, scaled or upside down: then times are as exact. Where it takes another
 * time, so many rows are missing or too many, above or below, and times are taken as if half of them were on either
 * side.
 * @param rows as `rowTiming` has them, with this `readout`.
 * @param told size of the pictures that `readout` is of; undefined where nobody says.
 */
export function placeRows(rows: RowTiming, size: PictureSize, readout?: Readout, told: PictureSize = size): RowPlace {
  const resized =
    size.width === told.width && size.height === told.height
      ? []
      : [`is ${sizeText(size)}, take.json says ${sizeText(told)}`];
  if (readout === undefined) {
    // Of a picture that is upside down the lowest row comes first.
    const first = rows.rowUs < 0 ? size.height - 1 : 0;
    const laterUs = (row: number): number => (row - first) * rows.rowUs;
    return { rows, laterUs, unknownUs: 0, notes: resized };
  }
  const { topUs, rowUs } = readout;
  const { seenUs, seenErrorUs = 0 } = rows;
  const sameRows = seenUs === undefined ? size.height === told.height : !contradicts(rows);
  if (sameRows && (size.height === told.height || Math.abs(rowUs) < GLOBAL_US)) {
    return { rows, laterUs: (row) => topUs + row * rowUs, unknownUs: 0, notes: resized };
  }
  if (seenUs !== undefined && size.height === told.height && Math.abs(seenUs - rowUs) < FILTERED * Math.abs(rowUs)) {
    // Rows cut off and scaled back, or a filter that moves the bars: by no more than that, where the take's time a row
    // is used.
    const unknownUs = told.height * Math.abs(seenUs - rowUs);
    const seems = `its rows seem to follow each other every ${seenUs.toFixed(1)} us, take.json says ${rowUs.toFixed(1)}`;
    const why = `it was filtered, or rows were cut off: all its times may be off by ${(unknownUs / 1000).toFixed(2)} ms`;
    return { rows, laterUs: (row) => topUs + row * rowUs, unknownUs, notes: [...resized, `${seems}: ${why}`] };
  }
  const wholeUs = told.height * Math.abs(rowUs);
  // Too blurred to tell: it may show any of the rows.
  const seemsUs = sameRows ? rowUs : (seenUs ?? (rowUs * told.height) / size.height);
  const lacksUs = seenUs === undefined ? 0 : wholeUs - size.height * Math.abs(seemsUs);
  const whole = !sameRows && Math.abs(lacksUs) < size.height * seenErrorUs;
  const usedUs = whole ? (Math.sign(seemsUs) * wholeUs) / size.height : seemsUs;
  const missingUs = whole ? 0 : lacksUs;
  const unknownUs = seenUs === undefined ? wholeUs : Math.abs(missingUs) / 2;
  const firstEdge = usedUs < 0 ? size.height - 0.5 : -0.5;
  const toldFirstUs = topUs + Math.min(0, (told.height - 1) * rowUs) - Math.abs(rowUs) / 2;
  const what = [
    ...resized,
    ...(sameRows || seenUs === undefined
      ? []
      : [
          `its rows follow each other every ${seenUs.toFixed(1)} us, take.json says ${rowUs.toFixed(1)}: times are by what is seen`,
        ]),
    ...(seenUs !== undefined && seenUs * rowUs < 0 ? ['it is upside down'] : []),
    ...(unknownUs > KNOWN_US
      ? [
          `which of the sensor's rows it shows is not known: all its times may be off by ${(unknownUs / 1000).toFixed(2)} ms`,
        ]
      : []),
  ];
  return {
    rows: { ...rows, source: 'pixels', rowUs: usedUs },
    laterUs: (row) => toldFirstUs + missingUs / 2 + (row - firstEdge) * usedUs,
    unknownUs,
    notes: [what.join('; ')],
  };
}

/** True where the pixel clock shows another time a row than is used. */
function contradicts({ rowUs, seenUs = rowUs, seenErrorUs = 0 }: RowTiming): boolean {
  const least = Math.abs(rowUs) < GLOBAL_US ? GLOBAL_US : Math.max(APART_US, APART * Math.abs(rowUs));
  return Math.abs(seenUs - rowUs) > Math.max(least, seenErrorUs);
}

const sizeText = ({ width, height }: PictureSize): string => `${width}x${height}`;
