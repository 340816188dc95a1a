import type { Jpeg } from '../libav/picture-file.ts';
import type { Take, TakeCamera } from '../record/take.ts';
import type { CameraReport, PairReport, Report } from '../verify/alignment.ts';
import { offsetsOf } from '../verify/offsets.ts';
import type { Proof } from '../verify/verify.ts';
import { type DropRun, dropRuns, readTold } from './drops.ts';
import { type StatePiece, statePieces } from './history.ts';
import { type Moment, momentsOf, type Worst, worstOf } from './moments.ts';
import { limitsFor, type PictureWatch, picturesOf } from './pictures.ts';
import type { Series } from './series.ts';

/** What the page says of one camera. */
export interface CameraFacts {
  readonly name: string;
  readonly take: TakeCamera;
  readonly report: CameraReport;
  /** How it stands to the reference; undefined for the reference itself. */
  readonly pair: PairReport | undefined;
  /** File minus reference, in us, by slot from the take's first on; undefined where not both captured a frame. */
  readonly offsetsUs: Series;
  /**
   * Half a line of its sensor, in us: nearer than that it can't be steered. Undefined where that is not known, or it is
   * not steered.
   */
  readonly limitUs: number | undefined;
  readonly drops: readonly DropRun[];
  readonly states: readonly StatePiece[];
  /** Its frames at the moments, in their order. */
  readonly pictures: readonly (Jpeg | undefined)[];
}

/** All that the page says of a take. */
export interface Facts {
  /** Name of the folder. */
  readonly title: string;
  readonly take: Take;
  readonly report: Report;
  readonly periodUs: number;
  /** First slot that any file has, and the one behind the last. */
  readonly first: number;
  readonly end: number;
  readonly reference: CameraFacts;
  /** Those that were proved, in the order of the take. */
  readonly cameras: readonly CameraFacts[];
  /** Where a file is furthest from the reference. */
  readonly worst: Worst | undefined;
  readonly moments: readonly Moment[];
  /** What to do about what is wrong, a line each. */
  readonly advice: readonly string[];
}

export interface PageOptions extends PictureWatch {
  /** How advice names options: `--output`. Default: as scripts do. */
  readonly say?: (option: string) => string;
}

/** Gathers what the page says: from the proof, from `take.json`, from `frames.csv`, and pictures from the videos. */
export async function gatherFacts(
  folder: string,
  title: string,
  take: Take,
  { report, files }: Proof,
  { onPicture, signal, say = (option) => option }: PageOptions = {},
): Promise<Facts> {
  const first = Math.min(...files.map(({ firstSlot }) => firstSlot));
  const end = Math.max(...files.map(({ firstSlot, timesUs }) => firstSlot + timesUs.length));
  const cameraOf = new Map(take.cameras.map((camera) => [camera.file, camera]));
  const referenceFile = report.pairs[0]?.reference ?? files[0]?.file;
  const reference = files.find(({ file }) => file === referenceFile);
  if (reference === undefined) throw new RangeError('a proof without files');
  const offsets = files.map((times) =>
    times === reference ? [] : fromSlot(offsetsOf(reference, times), times.firstSlot - first, end - first),
  );
  const worst = worstOf(offsets, first);
  const moments = momentsOf(files, worst);
  const slots = moments.map(({ slot }) => slot);
  const limits = limitsFor(files.length, moments.length);
  let done = 0;
  const cameras: CameraFacts[] = [];
  for (const [i, times] of files.entries()) {
    const camera = cameraOf.get(times.file);
    const described = report.cameras[i];
    if (camera === undefined || described === undefined) throw new RangeError(`${times.file}: not a file of the take`);
    const pictures = await picturesOf(folder, take, camera, slots, limits, {
      onPicture: () => onPicture?.(times.file, ++done, files.length * slots.length),
      signal,
    });
    const range = [times.firstSlot, times.firstSlot + times.timesUs.length] as const;
    cameras.push({
      ...{ name: camera.name, take: camera, report: described, pictures, offsetsUs: offsets[i] ?? [] },
      pair: times === reference ? undefined : report.pairs.find(({ file }) => file === times.file),
      limitUs: camera.steered === false || camera.lineUs === undefined ? undefined : camera.lineUs / 2,
      drops: dropRuns(times, await readTold(folder, camera, range, signal)),
      states: statePieces(take, camera, end),
    });
  }
  const referenceFacts = cameras[files.indexOf(reference)] as CameraFacts;
  return {
    title,
    take,
    report,
    periodUs: reference.periodUs,
    first,
    end,
    reference: referenceFacts,
    cameras,
    worst,
    moments,
    advice: report.advice.map((advice) => advice.saidWith(say)),
  };
}

/** Values that begin `shift` slots later, as a list of so many slots. */
function fromSlot(values: Series, shift: number, length: number): Series {
  return Array.from({ length }, (_, i) => values[i - shift]);
}
