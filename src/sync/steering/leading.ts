import { encodeMessage } from '../../wire/message.ts';
import type { LeaderGrid } from './leader-grid.ts';
import { ping } from './order.ts';
import type { FrameReport } from './report.ts';

/** The beginning of the recording is told so often, in us, while the process does not record. */
const TELL_EVERY_US = 200_000;

/**
 * Leads by a stock camera that runs free: its stamps make the grid, and all it is told is when the recording begins.
 * Times are on the boot clock, in us.
 */
export class Leading {
  readonly grid: LeaderGrid;
  #readyNumber: number | undefined;
  #wallAheadUs: number | undefined;
  #heardUs = 0;
  #toldUs = Number.NEGATIVE_INFINITY;

  constructor(grid: LeaderGrid) {
    this.grid = grid;
  }

  /** The recording begins with this frame of its own. */
  begin(number: number): void {
    this.#readyNumber = number;
  }

  report(report: FrameReport, nowUs: number): void {
    this.grid.stamp(report.sensorUs);
    this.#wallAheadUs = report.wallUs - report.sensorUs;
    this.#heardUs = nowUs;
  }

  /** When it wants to be woken next; undefined where there is nothing to tell. */
  get wakeUs(): number | undefined {
    const at = this.#at;
    if (at === undefined || this.#heardUs > at) return undefined;
    return Math.max(this.#heardUs, this.#toldUs + TELL_EVERY_US);
  }

  /** It is time. @returns the datagram to send now. */
  wake(nowUs: number): Uint8Array | undefined {
    const { wakeUs } = this;
    const at = this.#at;
    if (wakeUs === undefined || at === undefined || this.#wallAheadUs === undefined || nowUs < wakeUs) return undefined;
    this.#toldUs = nowUs;
    return encodeMessage(ping(nowUs + this.#wallAheadUs, at + this.#wallAheadUs));
  }

  /** Half a frame before the recording's first frame: a ping has no half of a frame to come early by. */
  get #at(): number | undefined {
    const start = this.#readyNumber === undefined ? undefined : this.grid.at(this.#readyNumber);
    return start === undefined ? undefined : start - this.grid.periodUs / 2;
  }
}
