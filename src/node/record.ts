import { checkTake, type TakeAsked } from '../options/take.ts';
import { takeOptions } from '../run/plan/options.ts';
import type { TakeResult } from '../run/take/result.ts';
import { TakeRun } from '../run/take/take-run.ts';
import { type TakeListeners, takeEvents } from './events.ts';

/** What `record` takes: the options of a take, who hears of it, and who may end it. */
export interface RecordOptions extends TakeAsked, TakeListeners {
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
  const { onState, onNotice, onWarning, onDisk, onProgress, signal, ...asked } = options;
  const settled = await takeOptions(checkTake(asked));
  const listeners = { onState, onNotice, onWarning, onDisk, onProgress } as TakeListeners;
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
