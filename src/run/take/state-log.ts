import type { TakeCamera, TakeState } from '../../record/take.ts';

/**
 * Changes that are kept: so many of the first, and so many of the last. A camera that changes its state all the time
 * fills no disk.
 */
const KEPT = 50;

/** The changes of one camera's state, as they were seen. */
export class StateLog {
  private readonly first: TakeState[] = [];
  private readonly last: TakeState[] = [];
  private leftOut = 0;
  private now: TakeState | undefined;

  /**
   * @param at when it was seen.
   * @returns true where it is a change that is worth being written down at once: one of the first, or of the recording.
   */
  saw(state: Omit<TakeState, 'at'>, at: Date): boolean {
    const other = this.now?.recording !== state.recording;
    if (!other && this.now?.state === state.state) return false;
    const { index, ...rest } = state;
    this.now = { at: at.toISOString(), ...rest, ...(index !== undefined && { index }) };
    if (this.first.length < KEPT) {
      this.first.push(this.now);
      return true;
    }
    this.last.push(this.now);
    if (this.last.length > KEPT) {
      this.last.shift();
      this.leftOut++;
    }
    return other;
  }

  describe(): Pick<TakeCamera, 'states' | 'statesLeftOut'> {
    const { first, last, leftOut } = this;
    return { states: [...first, ...last], ...(leftOut > 0 && { statesLeftOut: leftOut }) };
  }
}
