import type { Random } from '../sensor/random.ts';
import { GridServer } from '../sync/grid-server.ts';
import type { ServerFrame } from '../sync/server.ts';
import type { ClockPair } from '../time/clock.ts';
import type { FrameRate } from '../time/frame-rate.ts';
import { type FramePhase, RateGrid } from '../time/rate-grid.ts';
import { type BootUs, wallUs } from '../time/units.ts';
import type { HostClocks } from './host-clocks.ts';

/** Servers without a camera, in place of one that has one. */
export interface GridOptions {
  /** Rate of their frames, exactly. */
  readonly rate: FrameRate;
  /** Its frames lie on the wall clock, from 1970 on; else evenly from its start. */
  readonly epoch: boolean;
  /** What the frames of an `epoch` lie later by. Default 0. */
  readonly phase?: FramePhase;
  /** The host of each; client i hears the i-th, over and over. */
  readonly hosts: readonly Partial<HostClocks>[];
}

/** The clocks of a host, at a true time. */
interface Host {
  wall(trueUs: number): number;
  boot(trueUs: number): BootUs;
  readonly bootRate: number;
}

/** They begin together, in true time: so their frames have the same indices. In us. */
const START_US = 20_000;
/** A timer wakes no process sooner than it asked for, and up to so much later, in us. */
const WAKES_LATE_US = [50, 2_000] as const;
/** What two readings of the clocks are apart, as a standard deviation, in us. */
const READING_US = 0.3;

/** One server without a camera, in virtual time. */
export class SimGrid {
  private readonly machine: GridServer;
  private readonly host: Host;
  private readonly random: Random;
  private readonly grid: RateGrid;
  /** What the grid's own time is ahead of true time, in us. */
  private readonly aheadUs: number;
  private dueUs = START_US;

  constructor({ rate, epoch, phase }: GridOptions, host: Host, random: Random, sessionId: string, ready: number) {
    this.host = host;
    this.random = random;
    const options = { sessionId, syncPeriod: 30, readyFrame: ready, rate, epoch, phase };
    this.machine = new GridServer(options, this.now(START_US));
    this.grid = new RateGrid(rate, epoch ? phase : undefined);
    this.aheadUs = epoch ? host.wall(0) : -START_US;
    this.plan();
  }

  /**
   * Lets virtual time run.
   * @param onFrame hears of each frame when it really was, what is made of it, and when.
   */
  run(untilUs: number, onFrame: (trueUs: number, decision: ServerFrame, wokenUs: number) => void): void {
    while (this.dueUs <= untilUs) {
      const wokenUs = this.dueUs;
      const decision = this.machine.wake(this.now(wokenUs));
      this.plan(wokenUs);
      if (decision === undefined) continue;
      onFrame(this.grid.at(this.grid.last(wokenUs + this.aheadUs)) - this.aheadUs, decision, wokenUs);
    }
  }

  private now(trueUs: number): ClockPair {
    const wall = this.host.wall(trueUs) + READING_US * this.random.gauss();
    return { bootUs: this.host.boot(trueUs), wallUs: wallUs(wall) };
  }

  private plan(fromUs = 0): void {
    const wakeUs = (this.machine.wakeUs - this.host.boot(0)) / this.host.bootRate;
    this.dueUs = Math.max(wakeUs, fromUs) + this.random.between(...WAKES_LATE_US);
  }
}
