import { UsageError } from '../errors.ts';
import { onEndSignal } from '../host/end-signals.ts';
import { messageInFlags } from '../options/flags.ts';
import { TAKE } from '../options/take.ts';
import { takeHeadline } from '../run/plan/options.ts';
import type { SessionOptions } from '../run/session/options.ts';
import { type BegunTake, SessionRun } from '../run/session/session-run.ts';
import type { TakeEvents } from '../run/take/events.ts';
import { paintFor } from './colours.ts';
import { LiveTable } from './live-table.ts';
import { listenForKeys } from './session-keys.ts';
import { type ResultFlags, tellResult } from './take-result.ts';
import { WorkProgress } from './work-progress.ts';

export interface SessionFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly color: string;
}

/** What is to be said waits so long at most for the cameras to be in step, in ms. */
const HELD_MS = 5_000;
const NAMING = 'name of the next take (Enter: done, Esc: as it was):';
const KEYS = 'Enter begins a take and ends it, n names the next, q leaves';

/**
 * Takes in a row, by keys or lines on stdin.
 * @param lines to be said once the cameras run.
 * @returns the exit code: 0 where all takes are good.
 */
export async function recordSession(
  { options, takes }: SessionOptions,
  flags: SessionFlags,
  lines: readonly string[],
): Promise<number> {
  const { frames, frameRate } = options;
  const paint = paintFor(flags.color, process.stderr);
  const live = new LiveTable({ frames, frameRate, paint, verbose: flags.verbose, idle: KEYS });
  const progress = new WorkProgress();
  const say = (text: string): void => {
    progress.clear();
    live.note(text);
  };
  const session = new SessionRun(options, takes, {
    onSnapshots: (snapshots) => live.show(snapshots),
    onLine: (name, line) => live.line(name, line),
    onNote: say,
  });
  const shown = { live, progress, say, flags: { json: flags.json && 'line', color: flags.color } } as const;
  const told = new Takes(session, shown, frames, options.name);
  let leaveKeys = (): void => {};
  const leaveSignals = onEndSignal(() => {
    // A terminal is as it was before: the next signal ends the process at once.
    leaveKeys();
    live.begin();
    say('ending the take, if one records, and leaving (once more: leave at once)');
    void told.leave();
  });
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => say(`${signal}: a session has no pause; it goes on (${KEYS})`));
  }
  for (const line of lines) say(line);
  say(`${takeHeadline(options).replace(/^recording/, 'takes in a row of')} -> ${takes}`);
  const stillSaid = setTimeout(() => live.begin(), HELD_MS).unref();
  try {
    await session.open();
    live.begin();
    say(`ready: ${KEYS}`);
    leaveKeys = listenForKeys({
      toggle: () => told.next(() => told.toggle()),
      name: (word) => told.next(() => told.call(word)),
      leave: () => told.next(() => told.leave()),
      typing: (name) => live.typing(NAMING, name),
      interrupt: () => process.kill(process.pid, 'SIGINT'),
      say,
    });
    const error = await session.over;
    leaveKeys();
    await told.all();
    if (error !== undefined) throw error;
  } catch (error) {
    // Who leaves before the cameras are in step has no take.
    if (!told.leaving) throw error;
    return 1;
  } finally {
    clearTimeout(stillSaid);
    leaveSignals();
    live.end();
    progress.clear();
  }
  return told.good ? 0 : 1;
}

/** Where the takes of a session are told of. */
interface Shown {
  readonly live: LiveTable;
  readonly progress: WorkProgress;
  readonly say: (text: string) => void;
  readonly flags: ResultFlags;
}

/** The takes of a session, as they are told of. */
class Takes {
  /** True as long as none was bad, and all that were asked for were begun. */
  good = true;
  /** No take begins any more. */
  leaving = false;
  private readonly session: SessionRun;
  private readonly shown: Shown;
  private readonly frames: number | undefined;
  private name: string | undefined;
  private take: BegunTake | undefined;
  /** The cameras have recorded the last take. */
  private proving = false;
  /** What keys ask for is done in order, however fast they come. */
  private turn: Promise<void> = Promise.resolve();
  private readonly results: Promise<void>[] = [];

  constructor(session: SessionRun, shown: Shown, frames: number | undefined, name?: string) {
    this.session = session;
    this.shown = shown;
    this.frames = frames;
    this.name = name;
  }

  /** Does what a key asks for, once what was asked for before is done. */
  next(work: () => Promise<void> | void): void {
    this.turn = this.turn
      .then(() => (this.leaving ? undefined : work()))
      .catch((error: unknown) => {
        this.good = false;
        this.shown.say(`genlock: ${messageInFlags(error)}`);
      });
  }

  async toggle(): Promise<void> {
    if (this.session.records) {
      this.take?.stop();
      await this.take?.over;
      return;
    }
    const { say } = this.shown;
    const take = await this.session.begin({ name: this.name }, this.events);
    this.take = take;
    this.results.push(this.tell(take));
    say(`recording ${take.folder}`);
    void take.over.then(() => {
      say(`recorded ${take.folder}; it is being proved${this.leaving ? '' : ', the next may begin'}`);
    });
    await take.begun;
  }

  /** Names the next takes; what is no name leaves it as it was. */
  call(word: string): void {
    const { say } = this.shown;
    try {
      this.name = word === '' ? undefined : TAKE.name.kind.read('n', word);
      say(this.name === undefined ? 'the next takes have no name' : `the next takes are called ${this.name}`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      say(`genlock: ${messageInFlags(error)}`);
    }
  }

  /** Ends the take that records, and the session. */
  async leave(): Promise<void> {
    this.leaving = true;
    const closed = this.session.close();
    await this.take?.over;
    this.shown.live.end();
    this.proving = true;
    await closed;
  }

  /** Resolves when all that were begun are told of. */
  async all(): Promise<void> {
    await this.turn;
    await Promise.all(this.results);
  }

  private get events(): TakeEvents {
    const { live, progress, say } = this.shown;
    // As long as there are cameras to be seen, they are what is shown.
    const show = (what: string, done: number, total?: number): void => {
      if (this.proving) progress.show(what, done, total);
    };
    return {
      // How much room there is is said where it is short.
      onNote: (text) => text.startsWith('warning: ') && say(text),
      onDisk: (state) => live.disk(state),
      onFinishProgress: (file, done, total) => show(`finishing ${file}`, done, total),
      onVerifyProgress: (file, done, total = this.frames) => show(`reading ${file}`, done, total),
      onPicture: (_, done, of) => show('taking pictures for the report', done, of),
    };
  }

  private async tell({ folder, result }: BegunTake): Promise<void> {
    const { live, progress, say, flags } = this.shown;
    try {
      const came = await result;
      live.clear();
      progress.clear();
      tellResult(came, { frames: this.frames }, flags);
      this.good &&= came.good;
    } catch (error) {
      this.good = false;
      say(`genlock: ${folder}: ${messageInFlags(error)}`);
    }
  }
}
