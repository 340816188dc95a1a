import { overRig } from '../options/rig/over.ts';
import { placed, readRigFile } from '../options/rig/read.ts';
import { checkTake, type TakeAsked } from '../options/take.ts';
import { leaveRig, type TakeOptions, takeOptions } from '../run/plan/options.ts';
import type { TakeResult } from '../run/take/result.ts';
import { TakeRun } from '../run/take/take-run.ts';
import { type TakeListeners, takeEvents } from './events.ts';

/** What `record` takes: the options of a take, who hears of it, and who may end it. */
export interface RecordOptions extends TakeAsked, TakeListeners {
  /**
   * A rig file, whose options hold where none is given here (docs/rig.md). Default: none, also where there is a
   * genlock.json.
   */
  readonly rig?: string | undefined;
  /** Ends the take when aborted: all cameras before the same frame. What was recorded is finished and proved. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Records any number of cameras frame for frame, each in a process of its own, and proves the take.
 *
 * What goes wrong once the cameras are started is in the result, not thrown.
 * @param options Default: all cameras that `cameras()` lists, for 20 s.
 * @returns what came of it; `good` says whether every camera finished and frame N is frame N.
 * @throws OptionError where an option can't be used, UsageError where something else that it needs can't.
 */
export async function record(options: RecordOptions = {}): Promise<TakeResult> {
  const { onState, onNotice, onWarning, onDisk, onProgress, signal, rig, ...asked } = options;
  const found = rig === undefined ? undefined : await readRigFile(rig);
  const listeners = { onState, onNotice, onWarning, onDisk, onProgress } as TakeListeners;
  const given = checkTake(asked);
  try {
    const settled = await takeOptions(found ? overRig(found.values, given) : given, undefined, found?.takes);
    try {
      return await recordSettled(settled, listeners, signal);
    } finally {
      await leaveRig(settled);
    }
  } catch (error) {
    throw found ? placed(error, found, given) : error;
  }
}

async function recordSettled(
  settled: TakeOptions,
  listeners: TakeListeners,
  signal?: AbortSignal,
): Promise<TakeResult> {
  const run = new TakeRun(settled, takeEvents(listeners, settled.frames, settled.names));
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
