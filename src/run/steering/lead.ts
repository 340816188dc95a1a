import { utcOffsetMinutes } from '../../host/utc-offset.ts';
import { LeadServer } from '../../sync/steering/lead-server.ts';
import { LeaderGrid } from '../../sync/steering/leader-grid.ts';
import type { Clock } from '../../time/clock.ts';
import { wakeInMs } from './wake.ts';

/** As long as the grid is not known it is looked for so often, in ms. */
const LOOK_MS = 50;
/** From the word to the beginning, in us: processes are told again and again meanwhile, and files are opened. */
const LEAD_US = 1e6;

export interface LeadOptions {
  /** Nominal duration of the grid's frames, in us. */
  readonly periodUs: number;
  /** Names this run of the server: 16 hex digits. */
  readonly sessionId: string;
  /** Frames from one message to the next. */
  readonly syncPeriod: number;
  /** Frames of the grid to the beginning of the recording; undefined leaves that to `begin`. */
  readonly readyFrames: number | undefined;
  readonly clock: Clock;
  /** Takes each message of the server. */
  readonly say: (message: Uint8Array) => void;
}

/**
 * Leads without a camera of its own: the frames of a grid are told of as a server tells of its camera's. The grid is
 * what a stock camera that runs free makes it, or an even one, of this host's clock.
 */
export class Lead {
  readonly grid: LeaderGrid;
  private readonly options: LeadOptions;
  private readonly server: LeadServer;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: LeadOptions) {
    this.options = options;
    const { periodUs, sessionId, syncPeriod, readyFrames } = options;
    this.grid = new LeaderGrid(periodUs);
    this.server = new LeadServer(this.grid, {
      sessionId,
      syncPeriod,
      readyFrame: readyFrames ?? 'open',
      leadUs: LEAD_US,
      utcOffset: utcOffsetMinutes,
    });
  }

  /** Number of the recording's frame 0 on the grid; undefined as long as that is open. */
  get readyNumber(): number | undefined {
    return this.server.readyNumber;
  }

  /** From here on the grid is told of, once it is known. @param free nobody leads: its frame 0 starts now. */
  start(free: boolean): void {
    if (free) this.grid.free(this.options.clock.boot());
    this.look();
  }

  /** Fixes the beginning of the recording. */
  begin(): void {
    this.server.begin();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const { clock, say } = this.options;
    const { bootUs, wallUs } = clock.pair();
    if ((this.server.wakeUs ?? Number.POSITIVE_INFINITY) <= bootUs) {
      const message = this.server.wake(bootUs, wallUs);
      if (message !== undefined) say(message);
    }
    const { wakeUs = Number.POSITIVE_INFINITY } = this.server;
    this.timer = setTimeout(() => this.look(), wakeInMs(wakeUs, clock.boot(), this.options.periodUs, LOOK_MS));
  }
}
