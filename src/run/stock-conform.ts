import type { TakeCamera } from '../record/take.ts';
import type { ReadProgress } from '../verify/read-times.ts';
import type { ServerListener } from './stock-listener.ts';
import type { StockProcess } from './stock-process.ts';
import type { TakeOptions } from './take-options.ts';

export interface ConformPlan {
  /** Slots that the files shall have, where that is fixed: by what was asked for, or by where the take was stopped. */
  readonly wanted: number | undefined;
  /** The slots behind the last of the cameras that need no conforming. */
  readonly others: readonly number[];
}

export interface ConformEvents {
  onProblem(name: string, text: string): void;
  onNote(text: string): void;
  onProgress?: ReadProgress;
}

export async function conformTake(
  cameras: readonly StockProcess[],
  _server: ServerListener,
  _options: TakeOptions,
  _plan: ConformPlan,
  events: ConformEvents,
): Promise<ReadonlyMap<string, Partial<TakeCamera>>> {
  for (const { name } of cameras) events.onProblem(name, 'was not conformed');
  return new Map();
}
