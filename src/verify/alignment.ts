import type { Advice } from '../advice.ts';
import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import { summarise } from '../time/statistics.ts';
import { checkSpan, type FileTimes } from './file-times.ts';
import { changes, exposures, screens, unreadableFrames } from './findings.ts';
import { type FrameOffsets, hundredths, offsetsOf } from './offsets.ts';
import { framesShort, playApart, playback, timeOrder } from './playback.ts';
import {
  captured,
  DEFAULT_MAX_REPEATS,
  LONGEST_STILL_US,
  longestRun,
  repeats,
  tooManyRepeats,
  untold,
} from './repeats.ts';
import type { RowTiming } from './rows.ts';
import { sameClocks } from './same-clock.ts';
import { samePictures } from './same-pictures.ts';
import { SCREEN_US } from './screen.ts';

/** One file of a set. */
export interface CameraReport {
  /** The file, as the take names it or as it was given. */
  readonly file: string;
  /** Slots in it. */
  readonly frames: number;
  /** Slots that show the frame before them again. */
  readonly repeated: number;
  /**
   * Those of them that the recording does not tell of: not even a repeat that stands for a lost frame. Absent where
   * there are none.
   */
  readonly untold?: number;
  /** Slots whose time could not be read. */
  readonly unreadable: number;
  /** Slots that no file of the camera has: it was started again during the take. */
  readonly missing?: number;
  /** How long its frames were exposed, in us, as the pixels show it; absent where it is too short to tell. */
  readonly exposureUs?: number;
  /** Standard error of one of its times, in us, where its times are from pixels. */
  readonly sigmaUs?: number;
  /**
   * All of its times may be off by this much, in us: which of the sensor's rows it shows is not known. Absent where
   * that is known.
   */
  readonly unknownUs?: number;
  /** How its rows follow each other, where its times are from pixels. */
  readonly rows?: RowTiming;
}

/**
 * A file beside the reference; offsets are file minus reference, in us, over slots captured on both; null where there
 * are none, or one alone of several that were compared: a picture that stands still.
 */
export interface PairReport {
  /** The file that it is held against. */
  readonly reference: string;
  /** The file. */
  readonly file: string;
  /** What frames may be apart, in us. */
  readonly toleranceUs: number;
  /** Slots that match, and those that could be judged. */
  readonly matched: number;
  /** Slots that could be judged. */
  readonly compared: number;
  /**
   * Of the slots that match: those that were captured on both, which is what the verdict rests on, and those that one
   * of them fills.
   */
  readonly evidence: number;
  /** Of the slots that match: those that one of the two fills by a repeat. */
  readonly repeats: number;
  /** Of the slots that don't match: those that may, since their times are not known well enough to tell. */
  readonly undecided: number;
  /** Offset in the first slot captured on both. */
  readonly startOffsetUs: number | null;
  /** Signed mean. */
  readonly meanUs: number | null;
  /** Root mean square about 0. */
  readonly rmsUs: number | null;
  /** 99 of 100 offsets are no larger than this, in us (nearest rank). */
  readonly p99Us: number | null;
  /** The largest offset, in us. */
  readonly maxUs: number | null;
}

/**
 * `locked`: frame N is frame N within the tolerance. `aligned`: within half a frame, for cameras that can't be steered.
 * `nothing to compare`: one file.
 */
export type Verdict = 'locked' | 'aligned' | 'not locked' | 'nothing to compare';

/** The proof: whether frame N of each file is frame N of the others. */
export interface Report {
  /** What came of it. */
  readonly verdict: Verdict;
  /** True where the verdict is `locked`. */
  readonly locked: boolean;
  /** What frames may be apart, in us, where cameras can be steered. */
  readonly toleranceUs: number;
  /** Frames of every file; of the shortest where they differ. */
  readonly frames: number;
  /** `pixels`: read from the decoded pictures. `timestamps`: the cameras' own word. */
  readonly source: 'pixels' | 'timestamps';
  /** Each file, in the order in which they were given; the take's cameras in its own. */
  readonly cameras: readonly CameraReport[];
  /** Each file but the reference, held against it. */
  readonly pairs: readonly PairReport[];
  /** Why it is not locked, a line each. */
  readonly reasons: readonly string[];
  /**
   * What else there is to know, a line each: unreadable frames, drifts and steps, unequal exposures. None of it changes
   * the verdict.
   */
  readonly notes: readonly string[];
  /** What to do about what is wrong, a line each, causes first; empty where nothing is. */
  readonly advice: readonly Advice[];
  /** How far each frame of each file is from the reference's. Absent unless it was asked for. */
  readonly offsets?: FrameOffsets;
}

export interface Judgement {
  readonly toleranceUs: number;
  /**
   * Which file is the reference, default the first: unless it stands still for over half a second, as a dead camera's
   * does, and another does not.
   */
  readonly reference?: number;
  /** Files whose camera can't be steered: half a frame is their tolerance. */
  readonly unsteered?: ReadonlySet<number>;
  readonly source?: Report['source'];
  /** Exposures that the take was to have, by file, in us. */
  readonly exposuresUs?: readonly (number | undefined)[];
  /** Share of a file's frames that may repeat the one before. Default `DEFAULT_MAX_REPEATS`. */
  readonly maxRepeats?: number;
  /** Frames that the take says each file has. */
  readonly toldFrames?: readonly (number | undefined)[];
}

/** Share of a file's frames that must be readable. */
const READABLE = 0.95;
/** A frame halfway between two slots goes to either: timestamps and pixels differ by this much at the most, in us. */
const ROUNDING_US = 500;

/**
 * Judges whether frame N of each file is frame N of the reference.
 *
 * A slot matches if both were captured within the tolerance of each other, or if it rightly repeats the frame before
 * it: the slot before matches, the recording tells of the repeat where it tells of any, and the camera does not stand
 * still for over half a second. Where the reference repeats, a captured frame is held against the reference's own times
 * on both sides.
 * @throws UsageError where `maxRepeats` is no share.
 */
export function judge(files: readonly FileTimes[], judgement: Judgement): Report {
  const { toleranceUs, unsteered = new Set(), source = 'pixels', maxRepeats = DEFAULT_MAX_REPEATS } = judgement;
  if (!(maxRepeats >= 0 && maxRepeats <= 1))
    throw new UsageError(`maxRepeats ${maxRepeats}: must be a share from 0 to 1`);
  const stillSlots = files.map((file) => longestRun(repeats(file)));
  const standsStill = files.map(({ periodUs }, i) => (stillSlots[i] as number) * periodUs > LONGEST_STILL_US);
  const wanted = judgement.reference ?? 0;
  const lively = standsStill.indexOf(false);
  const referenceIndex = standsStill[wanted] && lively >= 0 ? lively : wanted;
  const reference = files[referenceIndex];
  if (reference === undefined) throw new RangeError('no file to judge');
  for (const { file, firstSlot, timesUs } of files) {
    checkSpan(file, reference.firstSlot, firstSlot, timesUs.length + reference.timesUs.length);
  }
  const cameras = files.map(describe);
  const reasons: string[] = [];
  const counts = new Set(files.map(({ frames }) => frames));
  const starts = files.map(({ firstSlot }) => firstSlot);
  if (new Set(starts).size > 1) reasons.push(`first frames differ: ${starts.join(', ')}`);
  if (counts.size > 1) reasons.push(`frame counts differ: ${files.map(({ frames }) => frames).join(', ')}`);
  for (const { file, frames, unreadable } of cameras) {
    if (unreadable > (1 - READABLE) * frames) reasons.push(`${file}: ${unreadable} of ${frames} frames unreadable`);
  }
  reasons.push(...files.flatMap((file) => tooManyRepeats(file, maxRepeats)));
  reasons.push(...files.flatMap(({ file, faults = [] }) => faults.map((fault) => `${file}: ${fault}`)));
  reasons.push(...sameShown(files), ...playApart(reference, files));
  const others = files.map((file, i) => ({ file, i })).filter(({ i }) => i !== referenceIndex);
  const pairs = others.map(({ file, i }) => {
    const loose = unsteered.has(i) || unsteered.has(referenceIndex);
    const seenUs = file.screen || reference.screen ? Math.max(toleranceUs, SCREEN_US) : toleranceUs;
    const report = pair(
      reference,
      file,
      loose ? Math.max(seenUs, reference.periodUs / 2) : seenUs,
      loose ? ROUNDING_US : 0,
    );
    reasons.push(...misses(report, (file.unknownUs ?? 0) + (reference.unknownUs ?? 0)));
    return report;
  });
  const good = reasons.length === 0;
  const one = files.length === 1;
  const verdict = !good ? 'not locked' : one ? 'nothing to compare' : unsteered.size > 0 ? 'aligned' : 'locked';
  return {
    verdict,
    locked: verdict === 'locked',
    toleranceUs,
    frames: Math.min(...counts),
    source,
    cameras,
    pairs,
    reasons,
    notes: source === 'pixels' ? notesOf(files, reference, judgement) : [],
    advice: [],
  };
}

/** Files that hold the same pictures, or else show the same pixel clock. */
function sameShown(files: readonly FileTimes[]): string[] {
  const same = samePictures(files);
  return same.length > 0 ? same : sameClocks(files);
}

function misses({ file, compared, matched, evidence, undecided }: PairReport, unknownUs: number): string[] {
  if (compared === 0 || (evidence === 0 && matched === compared)) return [`${file}: no frame that can be compared`];
  const off = compared - matched - undecided;
  return [
    ...(off > 0 ? [`${file}: ${off} of ${counted(compared, 'frame')} ${off === 1 ? "doesn't" : "don't"} match`] : []),
    ...(undecided > 0
      ? [
          `${file}: of ${undecided} of ${compared} frames can't be told whether they match: their times are known to ${(unknownUs / 1000).toFixed(2)} ms`,
        ]
      : []),
  ];
}

function notesOf(files: readonly FileTimes[], reference: FileTimes, judgement: Judgement): string[] {
  const { exposuresUs, toldFrames } = judgement;
  return [
    ...framesShort(files, toldFrames),
    ...files.flatMap(({ file, notes = [] }) => notes.map((note) => `${file}: ${note}`)),
    ...files.flatMap(playback),
    ...files.flatMap(timeOrder),
    ...files.flatMap(unreadableFrames),
    ...files.flatMap((file) =>
      file === reference ? [] : changes(file.file, offsetsOf(reference, file), file.firstSlot, reference.periodUs),
    ),
    ...exposures(files, exposuresUs),
    ...screens(files),
  ];
}

function describe(file: FileTimes): CameraReport {
  const hidden = untold(file).filter(Boolean).length;
  return {
    file: file.file,
    frames: file.frames,
    repeated: repeats(file).filter(Boolean).length,
    ...(hidden > 0 && { untold: hidden }),
    unreadable: file.timesUs.filter((us) => us === undefined).length - (file.missing ?? 0),
    ...(file.missing && { missing: file.missing }),
    ...(file.exposureUs !== undefined && { exposureUs: Math.round(file.exposureUs) }),
    ...(file.sigmaUs !== undefined && { sigmaUs: hundredths(file.sigmaUs) }),
    ...(file.unknownUs && { unknownUs: Math.round(file.unknownUs) }),
    ...(file.rows && { rows: file.rows }),
  };
}

function pair(reference: FileTimes, file: FileTimes, toleranceUs: number, slackUs: number): PairReport {
  const referenceTimes = captured(reference);
  const ownRepeats = repeats(file);
  const hidden = untold(file, ownRepeats);
  const unknownUs = (file.unknownUs ?? 0) + (reference.unknownUs ?? 0);
  const shift = file.firstSlot - reference.firstSlot;
  const longestStill = LONGEST_STILL_US / file.periodUs;
  const offsets: number[] = [];
  let [matched, compared, run, evidence, undecided] = [0, 0, 0, 0, 0];
  // A file that begins with a repeat shows the frame before the recording, which was matched before it.
  let beforeMatched = true;
  for (const [i, us] of file.timesUs.entries()) {
    const slot = i + shift;
    if (us === undefined || slot < 0 || slot >= reference.timesUs.length) continue;
    let matches: boolean;
    if (ownRepeats[i]) {
      run++;
      matches = beforeMatched && run <= longestStill && !hidden[i];
    } else {
      run = 0;
      const exact = referenceTimes[slot];
      const expected = exact ?? between(referenceTimes, slot, reference.periodUs);
      if (expected === undefined) continue;
      if (exact !== undefined) offsets.push(us - exact);
      const off = Math.abs(us - expected);
      matches = off + unknownUs <= toleranceUs + slackUs;
      if (matches && exact !== undefined) evidence++;
      if (!matches && off - unknownUs <= toleranceUs + slackUs) undecided++;
    }
    beforeMatched = matches;
    compared++;
    if (matches) matched++;
  }
  const still = offsets.length === 1 && compared > 1;
  const summary = still ? undefined : summarise(offsets);
  return {
    reference: reference.file,
    file: file.file,
    toleranceUs,
    matched,
    compared,
    evidence,
    repeats: matched - evidence,
    undecided,
    startOffsetUs: still ? null : rounded(offsets[0]),
    meanUs: rounded(summary?.mean),
    rmsUs: rounded(summary?.rms),
    p99Us: rounded(summary?.p99),
    maxUs: rounded(summary?.max),
  };
}

/**
 * Time that a slot without one would have: on the line between its captured neighbours, at the ends a period a slot
 * from the nearest.
 */
function between(times: readonly (number | undefined)[], slot: number, periodUs: number): number | undefined {
  let [before, after] = [slot - 1, slot + 1];
  while (before >= 0 && times[before] === undefined) before--;
  while (after < times.length && times[after] === undefined) after++;
  const [from, to] = [times[before], times[after]];
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) return (to as number) - (after - slot) * periodUs;
  if (to === undefined) return from + (slot - before) * periodUs;
  return from + ((to - from) * (slot - before)) / (after - before);
}

const rounded = (us: number | undefined): number | null => (us === undefined ? null : hundredths(us));
