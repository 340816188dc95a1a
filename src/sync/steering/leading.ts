import { encodeMessage } from '../../wire/message.ts';
import { BOUND_SIGMAS, LOCKED_US } from '../locked.ts';
import { frameAt } from './grid.ts';
import type { LeaderGrid } from './leader-grid.ts';
import { ping } from './order.ts';
import type { FrameReport } from './report.ts';
import type { SteeredState, Way } from './way.ts';

/** The beginning of the recording is told so often, in us, while the process does not record. */
const TELL_EVERY_US = 200_000;

/**
 * Leads by a stock camera that runs free: its stamps make the grid, and all it is told is when the recording begins.
 * Times are on the boot clock, in us.
 */
export class Leading implements Way {
  readonly grid: LeaderGrid;
  /** Nothing of it has to be known: it gets no orders. */
  readonly learned = undefined;
  private readonly skipBelowUs: number;
  private readyNumber: number | undefined;
  private wallAheadUs: number | undefined;
  private heardUs = 0;
  private toldUs = Number.NEGATIVE_INFINITY;

  /** @param skipBelowUs its algorithm leaves out frames that come sooner than this after the last one it ran on. */
  constructor(grid: LeaderGrid, skipBelowUs: number) {
    this.grid = grid;
    this.skipBelowUs = skipBelowUs;
  }

  /** The recording begins with this frame of its own. */
  begin(number: number): void {
    this.readyNumber = number;
  }

  report(report: FrameReport, nowUs: number): void {
    this.grid.stamp(report.sensorUs);
    this.wallAheadUs = report.wallUs - report.sensorUs;
    this.heardUs = nowUs;
  }

  get wakeUs(): number | undefined {
    const at = this.place;
    if (at === undefined || this.heardUs > at) return undefined;
    return Math.max(this.heardUs, this.toldUs + TELL_EVERY_US);
  }

  wake(nowUs: number): Uint8Array | undefined {
    const { wakeUs } = this;
    const at = this.place;
    if (wakeUs === undefined || at === undefined || this.wallAheadUs === undefined || nowUs < wakeUs) return undefined;
    this.toldUs = nowUs;
    return encodeMessage(ping(nowUs + this.wallAheadUs, at + this.wallAheadUs));
  }

  /** Its frames are where they shall be; how well it is known where that is, is the bound. */
  at(nowUs: number): SteeredState {
    const frame = frameAt(this.grid, nowUs);
    if (frame === undefined) return { state: 'acquiring', phaseUs: undefined, boundUs: undefined };
    const boundUs = BOUND_SIGMAS * this.grid.errorAt(frame);
    return { state: boundUs <= LOCKED_US ? 'locked' : 'acquiring', phaseUs: 0, boundUs };
  }

  /** Half a frame before the recording's first frame: a ping has no half of a frame to come early by. */
  private get place(): number | undefined {
    const start = this.readyNumber === undefined ? undefined : this.grid.at(this.readyNumber);
    if (start === undefined) return undefined;
    // A process whose algorithm leaves out frames begins with one on which it runs: better some too soon than too late.
    const leftOut = Math.max(0, Math.ceil(this.skipBelowUs / this.grid.periodUs) - 1);
    return start - (leftOut + 0.5) * this.grid.periodUs;
  }
}
