import { readTake } from '../record/take.ts';
import { type RepairResult, repairTake } from '../run/repair/repair.ts';
import { type TakeListeners, tellNote } from './events.ts';

/** Who hears of a repair, and who may end it. */
export interface RepairOptions extends Pick<TakeListeners, 'onNotice' | 'onWarning' | 'onProgress'> {
  /**
   * Ends the repair when aborted, once the file in hand is finished. What is left is a take that was cut off, as
   * before: another repair goes on with it.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finishes what was left open of a take, whatever ended it: files playable and seekable, as many frames in all,
 * `frames.csv` with a row a frame, `take.json` true. A take that is still being recorded is waited for, and so is
 * another repair. A second repair changes nothing.
 * @throws UsageError where the folder is no take, or where there is nothing to read videos with; FailureError where a
 *   text file can't be read; the signal's reason where it is aborted.
 */
export async function repair(folder: string, options: RepairOptions = {}): Promise<RepairResult> {
  const { signal, onProgress, ...listeners } = options;
  signal?.throwIfAborted();
  const cameras = (await readTake(folder).catch(() => undefined))?.cameras.map(({ name }) => name) ?? [];
  return repairTake(folder, {
    signal,
    onNote: (text) => tellNote(listeners, text, cameras),
    ...(onProgress && { onProgress: (file, done, of) => onProgress({ work: 'finishing', file, done, of }) }),
  });
}
