import { ProgressLine } from './progress-line.ts';

/** Work on files one behind the other, on a terminal: what is done and how long it will take. */
export class WorkProgress {
  private readonly line = new ProgressLine();
  private what = '';
  private startedMs = 0;

  /** @param what A few words that name the work; its time left counts from where they change. @param total Undefined where it is not known. */
  show(what: string, done: number, total?: number): void {
    if (this.what !== what) {
      this.what = what;
      this.startedMs = performance.now();
    }
    const of = total === undefined ? '' : ` of ${total}`;
    this.line.show(`${what}: ${done}${of} frames${timeLeft(performance.now() - this.startedMs, done, total)}`);
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

/** A time as people say it: `40 s`, `12 min`, `3 h 20 min`, `5 days`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.ceil(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 72) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}
