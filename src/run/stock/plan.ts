/** What is known of a stock camera's recording before its file is conformed. */
export interface Recorded {
  readonly name: string;
  /** The slot behind its last frame. */
  readonly end: number;
  /** Its process failed: why it has fewer is known. */
  readonly failed: boolean;
}

export interface PlannedFile {
  readonly name: string;
  /** Slots that its file shall have. */
  readonly slots: number;
  /** It has fewer than it should, for a reason that nobody told yet. */
  readonly short: boolean;
}

/** So many frames may be missing at either end as anywhere else: dropped ones, which a repeat stands for. */
export const EDGE_FRAMES = 3;

/**
 * How many slots each file of a take gets.
 * @param wanted slots of the take, where that is fixed; else it is the largest number that all cameras have.
 * @param others the slots behind the last of the cameras that need no conforming.
 */
export function planFiles(
  recorded: readonly Recorded[],
  wanted: number | undefined,
  others: readonly number[] = [],
): readonly PlannedFile[] {
  const whole = recorded.filter(({ failed }) => !failed);
  const ends = [...(whole.length > 0 ? whole : recorded).map(({ end }) => end), ...others];
  const all = wanted ?? Math.min(...ends);
  return recorded.map(({ name, end, failed }) => {
    const enough = end >= all - (failed ? 0 : EDGE_FRAMES);
    return { name, slots: enough ? all : end, short: !enough && !failed };
  });
}
