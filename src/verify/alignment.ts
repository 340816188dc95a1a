import { summarise } from '../time/statistics.ts';
import type { FileTimes } from './read-times.ts';

/** One file of a set. */
export interface CameraReport {
  readonly file: string;
  readonly frames: number;
  /** Slots that show the frame before them again. */
  readonly repeated: number;
  /** Slots whose time could not be read. */
  readonly unreadable: number;
}

/** A file beside the reference; offsets are file minus reference, in us, over slots captured on both; null where there are none. */
export interface PairReport {
  readonly reference: string;
  readonly file: string;
  readonly toleranceUs: number;
  /** Slots that match, and those that could be judged. */
  readonly matched: number;
  readonly compared: number;
  /** Offset in the first slot captured on both. */
  readonly startOffsetUs: number | null;
  /** Signed mean. */
  readonly meanUs: number | null;
  /** Root mean square about 0. */
  readonly rmsUs: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

/** `locked`: frame N is frame N within the tolerance. `aligned`: within half a frame, for cameras that can't be steered. */
export type Verdict = 'locked' | 'aligned' | 'not locked';

export interface Report {
  readonly verdict: Verdict;
  readonly locked: boolean;
  readonly toleranceUs: number;
  /** Frames of every file; of the shortest where they differ. */
  readonly frames: number;
  /** `pixels`: read from the decoded pictures. `timestamps`: the cameras' own word. */
  readonly source: 'pixels' | 'timestamps';
  readonly cameras: readonly CameraReport[];
  readonly pairs: readonly PairReport[];
  /** Why it is not locked, a line each. */
  readonly reasons: readonly string[];
}

export interface Judgement {
  readonly toleranceUs: number;
  /** Which file is the reference. Default: the first. */
  readonly reference?: number;
  /** Files whose camera can't be steered: half a frame is their tolerance. */
  readonly unsteered?: ReadonlySet<number>;
  readonly source?: Report['source'];
}

/** Share of a file's frames that must be readable. */
const READABLE = 0.95;
/** Two neighbouring slots whose times are closer than this share of a period show one frame. */
const SAME_FRAME = 0.25;
/** A camera that stands still for longer than this does not rightly repeat a frame, in us. */
const LONGEST_STILL_US = 1_000_000;

/**
 * Judges whether frame N of each file is frame N of the reference.
 *
 * A slot matches if both were captured within the tolerance of each other, or if it rightly repeats the frame before it: the slot
 * before matches, and the camera does not stand still for over a second. Where the reference repeats, a
 * captured frame is held against the reference's own times on both sides.
 */
export function judge(files: readonly FileTimes[], judgement: Judgement): Report {
  const { toleranceUs, unsteered = new Set(), source = 'pixels' } = judgement;
  const referenceIndex = judgement.reference ?? 0;
  const reference = files[referenceIndex];
  if (reference === undefined) throw new RangeError('no file to judge');
  const cameras = files.map(describe);
  const reasons: string[] = [];
  const counts = new Set(files.map(({ frames }) => frames));
  if (counts.size > 1) reasons.push(`frame counts differ: ${files.map(({ frames }) => frames).join(', ')}`);
  for (const { file, frames, unreadable } of cameras) {
    if (unreadable > (1 - READABLE) * frames) reasons.push(`${file}: ${unreadable} of ${frames} frames unreadable`);
  }
  const others = files.map((file, i) => ({ file, i })).filter(({ i }) => i !== referenceIndex);
  const pairs = others.map(({ file, i }) => {
    const loose = unsteered.has(i) || unsteered.has(referenceIndex);
    const report = pair(reference, file, loose ? Math.max(toleranceUs, reference.periodUs / 2) : toleranceUs);
    if (report.compared === 0) reasons.push(`${file.file}: no frame that can be compared`);
    else if (report.matched < report.compared) {
      reasons.push(`${file.file}: ${report.compared - report.matched} of ${report.compared} frames don't match`);
    }
    return report;
  });
  const good = reasons.length === 0;
  const verdict = !good ? 'not locked' : unsteered.size > 0 ? 'aligned' : 'locked';
  return {
    verdict,
    locked: verdict === 'locked',
    toleranceUs,
    frames: Math.min(...counts),
    source,
    cameras,
    pairs,
    reasons,
  };
}

/** For each slot, whether it shows the frame of the slot before. */
function repeats({ timesUs, periodUs }: FileTimes): boolean[] {
  return timesUs.map((us, i) => {
    const before = timesUs[i - 1];
    return us !== undefined && before !== undefined && Math.abs(us - before) < SAME_FRAME * periodUs;
  });
}

function describe(file: FileTimes): CameraReport {
  return {
    file: file.file,
    frames: file.frames,
    repeated: repeats(file).filter(Boolean).length,
    unreadable: file.timesUs.filter((us) => us === undefined).length,
  };
}

function pair(reference: FileTimes, file: FileTimes, toleranceUs: number): PairReport {
  const referenceTimes = captured(reference);
  const ownRepeats = repeats(file);
  const shift = file.firstSlot - reference.firstSlot;
  const longestRun = LONGEST_STILL_US / file.periodUs;
  const offsets: number[] = [];
  let [matched, compared, run] = [0, 0, 0];
  let beforeMatched = false;
  for (const [i, us] of file.timesUs.entries()) {
    const slot = i + shift;
    if (us === undefined || slot < 0 || slot >= reference.timesUs.length) continue;
    let matches: boolean;
    if (ownRepeats[i]) {
      run++;
      matches = beforeMatched && run <= longestRun;
    } else {
      run = 0;
      const exact = referenceTimes[slot];
      const expected = exact ?? between(referenceTimes, slot);
      if (expected === undefined) continue;
      if (exact !== undefined) offsets.push(us - exact);
      matches = Math.abs(us - expected) <= toleranceUs;
    }
    beforeMatched = matches;
    compared++;
    if (matches) matched++;
  }
  const summary = summarise(offsets);
  return {
    reference: reference.file,
    file: file.file,
    toleranceUs,
    matched,
    compared,
    startOffsetUs: rounded(offsets[0]),
    meanUs: rounded(summary?.mean),
    rmsUs: rounded(summary?.rms),
    p99Us: rounded(summary?.p99),
    maxUs: rounded(summary?.max),
  };
}

/** Times of the slots that were captured: repeats and unreadable ones have none. */
function captured(file: FileTimes): (number | undefined)[] {
  const repeated = repeats(file);
  return file.timesUs.map((us, i) => (repeated[i] ? undefined : us));
}

/** Time that a slot without one would have, on the line between its captured neighbours. */
function between(times: readonly (number | undefined)[], slot: number): number | undefined {
  let [before, after] = [slot - 1, slot + 1];
  while (before >= 0 && times[before] === undefined) before--;
  while (after < times.length && times[after] === undefined) after++;
  const [from, to] = [times[before], times[after]];
  if (from === undefined || to === undefined) return undefined;
  return from + ((to - from) * (slot - before)) / (after - before);
}

const rounded = (us: number | undefined): number | null => (us === undefined ? null : Math.round(us * 100) / 100);
