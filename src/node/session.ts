import { overRig } from '../options/rig/over.ts';
import { placed, readRigFile } from '../options/rig/read.ts';
import { checkTake, type TakeAsked } from '../options/take.ts';
import { sessionOptions } from '../run/session/options.ts';
import { type BegunTake, SessionRun, type SessionTakeAsked } from '../run/session/session-run.ts';
import type { TakeResult } from '../run/take/result.ts';
import { type TakeListeners, takeEvents } from './events.ts';

/** What `openSession` takes: the options of its takes, who hears of them, and who may end it. */
export interface SessionOptions extends Omit<TakeAsked, 'readyFrames' | 'force'>, TakeListeners {
  /**
   * A rig file, whose options hold where none is given here (docs/rig.md). Default: none, also where there is a
   * genlock.json.
   */
  readonly rig?: string | undefined;
  /** A take is finished and proved. */
  readonly onTake?: ((result: TakeResult) => void) | undefined;
  /** Ends the session when aborted, as `close` does. */
  readonly signal?: AbortSignal | undefined;
}

/** Cameras that are open and in step, for one take after the other. */
export interface Session {
  /** True where a take records, or is about to. */
  readonly recording: boolean;
  /**
   * Resolves when the session is over, with the reason where nobody asked for it: a camera that can't be opened again.
   */
  readonly over: Promise<Error | undefined>;
  /**
   * Begins a take. @returns it, with its first frame.
   * @throws UsageError where one records already, or its folder can't be made; FailureError where the session is over.
   */
  begin(take?: SessionTakeAsked): Promise<SessionTake>;
  /** Ends the take that records, lets the cameras go, and waits until all takes are proved. */
  close(): Promise<void>;
}

/** A take of a session. */
export interface SessionTake {
  /** The folder of the take. */
  readonly folder: string;
  /** What came of it, once it is finished and proved; the next take may begin before. */
  readonly result: Promise<TakeResult>;
  /** Ends it: all cameras before the same frame. Resolves when they are done with it: the next one may begin. */
  end(): Promise<void>;
}

/**
 * Opens cameras for takes in a row: they stay open and in step between takes, so that one begins within 0.7 s. Each
 * take has a folder of its own in `output` (default `takes`), and goes on until it is ended, or for `seconds` or
 * `frames` where these are given.
 * @returns when all cameras are in step.
 * @throws OptionError where an option can't be used, UsageError where something else that it needs can't, FailureError
 *   where a camera fails or is not in step in time.
 */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const { onState, onNotice, onWarning, onDisk, onProgress, onTake, signal, rig, ...asked } = options;
  const found = rig === undefined ? undefined : await readRigFile(rig);
  const listeners = { onState, onNotice, onWarning, onDisk, onProgress } as TakeListeners;
  const given = checkTake(asked);
  try {
    const settled = await sessionOptions(found ? overRig(found.values, given) : given, undefined, found?.takes);
    const { frames, names } = settled.options;
    const { onSnapshots, ...events } = takeEvents(listeners, frames, names);
    const run = new SessionRun(settled.options, settled.takes, { ...(onSnapshots && { onSnapshots }), ...events });
    const close = (): void => void run.close();
    signal?.addEventListener('abort', close, { once: true });
    void run.over.then(() => signal?.removeEventListener('abort', close));
    if (signal?.aborted) close();
    await run.open();
    return {
      get recording() {
        return run.records;
      },
      over: run.over,
      begin: async (take = {}) => {
        checkTake({ ...take });
        const begun = await run.begin(take, events);
        begun.result.then((result) => onTake?.(result)).catch(() => {});
        await begun.begun;
        return sessionTake(begun);
      },
      close: () => run.close(),
    };
  } catch (error) {
    throw found ? placed(error, found, given) : error;
  }
}

const sessionTake = ({ folder, result, over, stop }: BegunTake): SessionTake => ({
  folder,
  result,
  end: async () => {
    stop();
    await over;
  },
});
