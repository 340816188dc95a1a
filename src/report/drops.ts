import { UsageError } from '../errors.ts';
import { partsOf, type TakeCamera } from '../record/take.ts';
import { takePath } from '../record/take-path.ts';
import type { FileTimes } from '../verify/file-times.ts';
import { offsetsOf } from '../verify/offsets.ts';
import { readFrameRows } from '../verify/read-frame-rows.ts';

/**
 * Why a slot has no frame of its own that could be compared: as `frames.csv` says it (`missed`, `overload`, `lost`),
 * `unreadable` where the picture shows no time, `untold` where the pixels repeat a frame and `frames.csv` says nothing
 * of it.
 */
export type DropCause = 'missed' | 'overload' | 'lost' | 'unreadable' | 'untold';

export const DROP_CAUSES: readonly DropCause[] = ['missed', 'overload', 'lost', 'unreadable', 'untold'];

/** What each means, for the page. */
export const DROP_MEANINGS: Readonly<Record<DropCause, string>> = {
  missed: 'the camera delivered no frame; the one before is shown again',
  overload: 'the encoder had no time for it; the one before is shown again',
  lost: 'a process died; the frame before stands for it, or nothing does',
  unreadable: 'the frame is there, but no time can be read in it',
  untold: 'the pixels show the frame before again, and frames.csv says nothing of it',
};

/** Slots one behind the other, with one cause. */
export interface DropRun {
  readonly cause: DropCause;
  readonly from: number;
  readonly count: number;
}

/** What the rows of `frames.csv` tell of a camera. */
export interface Told {
  /** Why a slot has no frame of its own, by slot. */
  readonly causes: ReadonlyMap<number, DropCause>;
  /** Slots that each of its files has rows of: the first and the last. */
  readonly files: readonly (readonly [first: number, last: number])[];
}

/**
 * Reads the rows of a camera. Rows of slots that its videos have not are left out.
 * @param slots first slot of its videos, and the one behind the last.
 */
export async function readTold(
  folder: string,
  camera: TakeCamera,
  slots: readonly [first: number, end: number],
  signal?: AbortSignal,
): Promise<Told> {
  const causes = new Map<number, DropCause>();
  const files: [number, number][] = [];
  for (const { framesCsv } of partsOf(camera)) {
    // Without it the pixels still tell that something is missing.
    let range: [number, number] | undefined;
    try {
      const rows = readFrameRows(takePath(folder, framesCsv), ['index', 'state', 'cause'], { signal });
      for await (const [index, state, cause] of rows) {
        const slot = Number(index);
        if (!(slot >= slots[0] && slot < slots[1])) continue;
        range = [range?.[0] ?? slot, slot];
        if (state === 'repeated') causes.set(slot, cause === 'overload' || cause === 'lost' ? cause : 'missed');
      }
    } catch (error) {
      if (error instanceof UsageError || signal?.aborted) throw error;
    }
    if (range !== undefined) files.push(range);
  }
  return { causes, files };
}

/** Slots of a camera without a frame of its own, in order. */
export function dropRuns(times: FileTimes, { causes, files }: Told): DropRun[] {
  const runs: { cause: DropCause; from: number; count: number }[] = [];
  // Against itself a file has an offset where it has a frame of its own.
  const own = offsetsOf(times, times);
  // Between the files of a camera that was started again there is nothing.
  const inFile = (slot: number): boolean =>
    files.length < 2 || files.some(([first, last]) => slot >= first && slot <= last);
  for (const [i, us] of times.timesUs.entries()) {
    if (own[i] !== undefined) continue;
    const slot = times.firstSlot + i;
    const unexplained: DropCause = us !== undefined ? 'untold' : inFile(slot) ? 'unreadable' : 'lost';
    const cause = causes.get(slot) ?? unexplained;
    const last = runs.at(-1);
    if (last?.cause === cause && last.from + last.count === slot) last.count++;
    else runs.push({ cause, from: slot, count: 1 });
  }
  return runs;
}

/** Runs in number at most `most`: near ones are joined, those of a cause each by itself. */
export function joinedRuns(runs: readonly DropRun[], most: number): readonly DropRun[] {
  for (let gap = 1, joined = runs; ; gap *= 2) {
    if (joined.length <= most) return joined;
    joined = DROP_CAUSES.flatMap((cause) =>
      joinedOver(
        runs.filter((run) => run.cause === cause),
        gap,
      ),
    ).sort((a, b) => a.from - b.from);
  }
}

function joinedOver(runs: readonly DropRun[], gap: number): DropRun[] {
  const joined: DropRun[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (last !== undefined && run.from - (last.from + last.count) <= gap) {
      joined[joined.length - 1] = { ...last, count: run.from + run.count - last.from };
    } else joined.push(run);
  }
  return joined;
}
