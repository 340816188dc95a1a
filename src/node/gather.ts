import { readTake } from '../record/take.ts';
import { type GatherResult, gatherTake } from '../run/gather/gather-take.ts';
import { type TakeListeners, tellNote } from './events.ts';

/** How a take is gathered, who hears of it, and who may end it. */
export interface GatherOptions extends Pick<TakeListeners, 'onNotice' | 'onWarning' | 'onProgress'> {
  /** Leaves the files on their hosts, too. Default false. */
  readonly keepRemote?: boolean | undefined;
  /** Ends it when aborted: what came stays, and another `gather` goes on with it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches the files of a take that lie on other hosts of the rig into its folder, proved right by their SHA-256,
 * removes them there, and finishes what was left open in them. Whatever ended it, at any moment: the next one goes on.
 * Hosts that are not there are in `missing`, and keep nobody from the others.
 * @throws UsageError where the folder is no take, or this host is of no rig; FailureError where the rig can't be
 *   reached or the disk has no room; the signal's reason where it is aborted.
 */
export async function gather(folder: string, options: GatherOptions = {}): Promise<GatherResult> {
  const { signal, keepRemote, onProgress, ...listeners } = options;
  signal?.throwIfAborted();
  const cameras = (await readTake(folder).catch(() => undefined))?.cameras.map(({ name }) => name) ?? [];
  return gatherTake(folder, {
    ...{ signal, keepRemote },
    onNote: (text) => tellNote(listeners, text, cameras),
    ...(onProgress && {
      onProgress: ({ done, of }) => onProgress({ work: 'gathering', file: folder, done, of }),
      onFinishProgress: (file, done, of) => onProgress({ work: 'finishing', file, done, of }),
    }),
  });
}
