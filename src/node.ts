/** genlock for scripts on Node: record cameras frame for frame, prove what was recorded, read takes and repair them. */
import { checkTake, type TakeAsked } from './options/take.ts';
import type { CameraSnapshot } from './run/camera/snapshot.ts';
import { type TakeResult, takeOptions } from './run/take/options.ts';
import { TakeRun } from './run/take/take-run.ts';
import type { FrameRate } from './time/frame-rate.ts';

export { type AlignBy, type AlignedFile, type Alignment, type AlignOptions, align } from './align/align.ts';
export { type NumberedCamera, numberedCameras as cameras } from './camera/open.ts';
export { type ErrorCode, FailureError, OptionError, UsageError } from './errors.ts';
export type { TakeAsked } from './options/take.ts';
export type { Take, TakeCamera, TakePart, TakeState } from './record/take.ts';
export { readTake } from './record/take.ts';
export type { CameraSnapshot, CameraState } from './run/camera/snapshot.ts';
export {
  type RepairEvents as RepairOptions,
  type RepairedCamera,
  type RepairResult,
  repairTake as repair,
} from './run/repair/repair.ts';
export type { TakeResult } from './run/take/options.ts';
export { type ReportOptions, type ReportResult, reportTake as report } from './run/take/report.ts';
export type { CameraReport, PairReport, Report, Verdict } from './verify/alignment.ts';
export { type VerifyOptions, verify } from './verify/verify.ts';
export type { FrameRate };

/** What `record` takes: the options of a take, and who hears of it. */
export interface RecordOptions extends TakeAsked {
  /** The state of all cameras, several times a second. */
  readonly onState?: (cameras: readonly CameraSnapshot[]) => void;
  /** What the take as a whole does, a line at a time. */
  readonly onNote?: (text: string) => void;
  /** Ends the take when aborted: all cameras before the same frame. */
  readonly signal?: AbortSignal;
}

/**
 * Records any number of cameras frame for frame, each in a process of its own, and proves the take.
 * @returns what came of it; `good` says whether every camera finished and frame N is frame N.
 * @throws OptionError where an option can't be used, UsageError where something else that it needs can't.
 */
export async function record(options: RecordOptions = {}): Promise<TakeResult> {
  const { onState, onNote, signal, ...asked } = options;
  const run = new TakeRun(await takeOptions(checkTake(asked)), {
    ...(onState && { onSnapshots: onState }),
    ...(onNote && { onNote }),
  });
  await run.prepare();
  const stop = (): void => void run.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) stop();
    return await run.run();
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
