import { duration } from '../amounts.ts';
import { ProgressLine } from './progress-line.ts';
import { screenColumns } from './terminal-size.ts';

/** Elsewhere than on a terminal a line comes this often, in ms. */
const PLAIN_MS = 5_000;

/** Work on files one behind the other: what is done and how long it will take. */
export class WorkProgress {
  private readonly line = new ProgressLine();
  private what = '';
  private startedMs = 0;
  private saidMs: number | undefined;

  /**
   * @param what A few words that name the work; its time left counts from where they change.
   * @param total Undefined where it is not known.
   * @param unit What is counted.
   */
  show(what: string, done: number, total?: number, unit = 'frames'): void {
    if (this.what !== what) {
      this.what = what;
      this.startedMs = performance.now();
    }
    const of = total === undefined ? '' : ` of ${total}`;
    const text = `${what}: ${done}${of} ${unit}${timeLeft(performance.now() - this.startedMs, done, total)}`;
    this.saidMs ??= performance.now();
    if (screenColumns() !== undefined) this.line.show(text);
    else if (performance.now() - this.saidMs >= PLAIN_MS) {
      this.saidMs = performance.now();
      process.stderr.write(`${text}\n`);
    }
  }

  clear(): void {
    this.line.clear();
  }
}

/** `, 12 s left`; nothing as long as there is little to go by. */
export function timeLeft(elapsedMs: number, done: number, total: number | undefined): string {
  if (total === undefined || done <= 0 || done >= total || elapsedMs < 1000) return '';
  return `, ${duration((elapsedMs * (total - done)) / done / 1000)} left`;
}
