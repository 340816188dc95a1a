import type { Advice } from '../../advice.ts';
import type { Take } from '../../record/take.ts';
import type { Report } from '../../verify/alignment.ts';

/** What came of a take. */
export interface TakeResult {
  /** The folder of the take. */
  readonly folder: string;
  /** Whether the take is in the folder: one that recorded nothing leaves the one before, or none. */
  readonly kept: boolean;
  /** The take as `take.json` has it in the end. */
  readonly take: Take;
  /** Undefined where the files can't be compared. */
  readonly report: Report | undefined;
  /** What went wrong, a line each, each naming its camera. */
  readonly problems: readonly string[];
  /** What to do about what went wrong, a line each, causes first; empty where nothing did. */
  readonly advice: readonly Advice[];
  /** True where it was stopped before its set end. */
  readonly interrupted: boolean;
  /** True where every camera finished and the verdict, where one was asked for, is `locked` or `aligned`. */
  readonly good: boolean;
}
