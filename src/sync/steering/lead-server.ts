import { Announcer, type AnnouncerOptions } from '../announcer.ts';
import { FIRST_NUMBER } from '../grid-server.ts';
import { frameAt, type Grid } from './grid.ts';

/** Of a frame is told so much later, in frames: no client takes its time for one that is to come. */
const TOLD_AFTER = 0.5;

/**
 * Says of a grid that others make what a server says of its frames: of a stock camera's that runs free, as they are
 * filtered, or of an even one's. Times are on the boot clock, in us.
 */
export class LeadServer {
  private readonly grid: Grid;
  private readonly options: AnnouncerOptions;
  private announcer: Announcer | undefined;
  private begun = false;
  /** The last frame of the grid that was told of, or passed over. */
  private frame = -1;
  private readyAt: number | undefined;

  constructor(grid: Grid, options: AnnouncerOptions) {
    this.grid = grid;
    this.options = options;
  }

  /** Number of the recording's frame 0 on the grid; undefined as long as that is open. */
  get readyNumber(): number | undefined {
    return this.readyAt;
  }

  /** Fixes the beginning of the recording. */
  begin(): void {
    this.begun = true;
    this.announcer?.begin();
  }

  /** When it wants to be woken next; undefined as long as nothing is known of the grid. */
  get wakeUs(): number | undefined {
    const origin = this.grid.at(0);
    return origin === undefined ? undefined : origin + (this.frame + 1 + TOLD_AFTER) * this.grid.periodUs;
  }

  /** It is time. @param wallUs the host's wall clock at the same moment. @returns the datagram to send now. */
  wake(nowUs: number, wallUs: number): Uint8Array | undefined {
    const grid = this.grid;
    const { periodUs } = grid;
    const frame = frameAt(grid, nowUs - TOLD_AFTER * periodUs);
    if (frame === undefined || frame <= this.frame) return undefined;
    this.frame = frame;
    // Clients know by the count of how many stamps the word is; a grid that is exact from the first on has none.
    const number = frame + (grid.errorAt(frame) > 0 ? 0 : FIRST_NUMBER);
    const toWallUs = wallUs - nowUs;
    this.announcer ??= this.announce(number);
    const { index, send } = this.announcer.frame({
      number,
      wallUs: (grid.at(frame) as number) + toWallUs,
      toWallUs,
      periodUs,
    });
    if (this.announcer.fixed) this.readyAt ??= frame - index;
    return send;
  }

  private announce(first: number): Announcer {
    const announcer = new Announcer(this.options, first, this.grid.periodUs);
    if (this.begun) announcer.begin();
    return announcer;
  }
}
