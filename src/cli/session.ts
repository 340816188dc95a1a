import { UsageError } from '../errors.ts';
import { onEndSignal } from '../host/end-signals.ts';
import { messageInFlags } from '../options/flags.ts';
import { TAKE } from '../options/take.ts';
import { takeHeadline } from '../run/plan/options.ts';
import type { SessionOptions } from '../run/session/options.ts';
import { type BegunTake, SessionRun } from '../run/session/session-run.ts';
import { paintFor } from './colours.ts';
import { LiveTable } from './live-table.ts';
import { listenForKeys } from './session-keys.ts';
import { type ResultFlags, tellResult } from './take-result.ts';

export interface SessionFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly color: string;
}

/** What is to be said waits so long at most for the cameras to be in step, in ms. */
const HELD_MS = 5_000;
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
  const session = new SessionRun(options, takes, {
    onSnapshots: (snapshots) => live.show(snapshots),
    onLine: (name, line) => live.line(name, line),
    onNote: (text) => live.note(text),
  });
  const told = new Takes(session, live, frames, { json: flags.json && 'line', color: flags.color }, options.name);
  let leaving = false;
  const leaveSignals = onEndSignal(() => {
    leaving = true;
    live.begin();
    live.note('ending the take, if one records, and leaving (once more: leave at once)');
    void session.close();
  });
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => live.note(`${signal}: a session has no pause; it goes on (${KEYS})`));
  }
  for (const line of lines) live.note(line);
  live.note(`${takeHeadline(options).replace(/^recording/, 'takes in a row of')} -> ${takes}`);
  const stillSaid = setTimeout(() => live.begin(), HELD_MS).unref();
  try {
    await session.open();
    live.begin();
    live.note(`ready: ${KEYS}`);
    const leaveKeys = listenForKeys({
      toggle: () => told.next(() => told.toggle()),
      name: (word) => told.next(() => told.call(word)),
      leave: () => told.next(() => session.close()),
      interrupt: () => process.kill(process.pid, 'SIGINT'),
      say: (text) => live.note(text),
    });
    const error = await session.over;
    leaveKeys();
    await told.all();
    if (error !== undefined) throw error;
  } catch (error) {
    // Who leaves before the cameras are in step has no take.
    if (!leaving) throw error;
    return 1;
  } finally {
    clearTimeout(stillSaid);
    leaveSignals();
    live.end();
  }
  return told.good ? 0 : 1;
}

/** The takes of a session, as they are told of. */
class Takes {
  /** True as long as none was bad. */
  good = true;
  private readonly session: SessionRun;
  private readonly live: LiveTable;
  private readonly frames: number | undefined;
  private readonly flags: ResultFlags;
  private name: string | undefined;
  private take: BegunTake | undefined;
  /** What keys ask for is done in order, however fast they come. */
  private turn: Promise<void> = Promise.resolve();
  private readonly results: Promise<void>[] = [];

  constructor(session: SessionRun, live: LiveTable, frames: number | undefined, flags: ResultFlags, name?: string) {
    this.session = session;
    this.live = live;
    this.frames = frames;
    this.flags = flags;
    this.name = name;
  }

  next(work: () => Promise<void> | void): void {
    this.turn = this.turn.then(work).catch((error: unknown) => {
      if (!(error instanceof UsageError)) this.good = false;
      this.live.note(`genlock: ${messageInFlags(error)}`);
    });
  }

  async toggle(): Promise<void> {
    if (this.session.records) {
      this.take?.stop();
      await this.take?.over;
      return;
    }
    const { live } = this;
    const onNote = (text: string): void => {
      // How much room there is is said where it is short.
      if (text.startsWith('warning: ')) live.note(text);
    };
    const take = await this.session.begin({ name: this.name }, { onNote, onDisk: (state) => live.disk(state) });
    this.take = take;
    this.results.push(this.tell(take));
    live.note(`recording ${take.folder}`);
    void take.over.then(() => live.note(`recorded ${take.folder}; it is being proved, the next may begin`));
    await take.begun;
  }

  /** @throws UsageError where it is no word. */
  call(word: string): void {
    this.name = word === '' ? undefined : TAKE.name.kind.read('n', word);
    this.live.note(this.name === undefined ? 'the next takes have no name' : `the next takes are called ${this.name}`);
  }

  /** Resolves when all that were begun are told of. */
  async all(): Promise<void> {
    await this.turn;
    await Promise.all(this.results);
  }

  private async tell({ folder, result }: BegunTake): Promise<void> {
    try {
      const came = await result;
      this.live.end();
      tellResult(came, { frames: this.frames }, this.flags);
      this.good &&= came.good;
    } catch (error) {
      this.good = false;
      this.live.note(`genlock: ${folder}: ${messageInFlags(error)}`);
    }
  }
}
