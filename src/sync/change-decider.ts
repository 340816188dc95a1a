import { MOST_CHANGES } from '../wire/envelope.ts';
import type { RecordingChange } from './recording-change.ts';

/**
 * Frames between messages while they matter most: a stock client's correction takes up to 3 to act, so never closer.
 */
export const EAGER_PERIOD = 6;
/**
 * Frames from asking for a change to its frame. With a message every `EAGER_PERIOD` at least five tell of it
 * beforehand: where a fifth of the messages is lost, one client in 3,000 misses them all.
 */
export const ANNOUNCED_FRAMES = 6 * EAGER_PERIOD;
/** A save is told for so many frames after its own: who joins later has nothing to save. */
const SAVE_TOLD_FRAMES = 90;

export interface ChangeDeciderOptions {
  /** Frames from asking for a change to its frame: 1 where nobody has to be told. */
  readonly ahead: number;
  /** True where it is not fixed yet when the recording begins. */
  readonly open?: boolean;
}

/**
 * Decides at which frame a change that was asked for takes effect, and what messages tell of it.
 *
 * Changes rise in index. One that changes nothing (a pause while paused, also while that is only announced; a save
 * while another is announced) is not made. What is asked before the recording takes effect with frame 0, or, where that
 * is too near to tell everybody, as far ahead as later. As long as the beginning is open nothing is told: the last word
 * before it is fixed counts, as a pause at frame 0 or as nothing.
 */
export class ChangeDecider {
  private readonly ahead: number;
  private open: boolean;
  private paused = false;
  private changes: RecordingChange[] = [];
  private last = -1;
  private decided: RecordingChange[] = [];

  constructor(options: ChangeDeciderOptions) {
    this.ahead = options.ahead;
    this.open = options.open ?? false;
  }

  /**
   * A change is asked for after frame `index`, or before the first frame where that is undefined.
   * @returns the change; undefined where it changes nothing, and for a save where nothing can have been recorded.
   */
  ask(kind: RecordingChange['kind'], index: number | undefined): RecordingChange | undefined {
    if (kind !== 'save') {
      if ((kind === 'pause') === this.paused) return undefined;
      this.paused = kind === 'pause';
    }
    if (this.open) return kind === 'save' ? undefined : { kind, index: 0 };
    const earliest = index === undefined ? 0 : index + this.ahead;
    const change = { kind, index: Math.max(0, earliest, this.last + 1) };
    if (kind === 'save' && (change.index === 0 || this.saveAhead(index))) return undefined;
    this.decide(change);
    return change;
  }

  /** It is fixed when the recording begins. */
  fix(): void {
    if (!this.open) return;
    this.open = false;
    if (this.paused) this.decide({ kind: 'pause', index: 0 });
  }

  /** What was decided since this was asked last. */
  take(): readonly RecordingChange[] {
    const { decided } = this;
    this.decided = [];
    return decided;
  }

  /** True with frame `index` where a change is so near that messages have to be frequent. */
  near(index: number): boolean {
    return this.changes.some((change) => change.index > index && change.index - index <= this.ahead);
  }

  /** What a message with frame `index` tells; undefined where there is nothing to tell. */
  told(index: number): readonly RecordingChange[] | undefined {
    const current = this.changes.filter((change) => change.kind !== 'save' || change.index > index - SAVE_TOLD_FRAMES);
    // A client that joins late counts recorded frames by them.
    this.changes = current.slice(-MOST_CHANGES);
    return this.changes.length > 0 ? this.changes : undefined;
  }

  private saveAhead(index: number | undefined): boolean {
    return this.changes.some((change) => change.kind === 'save' && change.index > (index ?? -1));
  }

  private decide(change: RecordingChange): void {
    this.last = change.index;
    this.changes.push(change);
    this.decided.push(change);
  }
}
