/** Where the frames of a camera shall start: frame `number` of the grid at a boot time of this host, in us. */
export interface Grid {
  /** True duration of a frame, in us. */
  readonly periodUs: number;
  /** When a frame of the grid starts, in us; undefined as long as nothing is known of the grid. */
  at(number: number): number | undefined;
  /** Standard error of that time, in us. */
  errorAt(number: number): number;
}

/** Number of the last frame that started by a boot time, in us; undefined as long as nothing is known of the grid. */
export function frameAt(grid: Grid, us: number): number | undefined {
  const origin = grid.at(0);
  return origin === undefined ? undefined : Math.floor((us - origin) / grid.periodUs);
}

/** A grid that follows nobody: its frames go on evenly on the host's clock. */
export class EvenGrid implements Grid {
  readonly periodUs: number;
  private readonly originUs: number;

  /** @param originUs when frame 0 starts, on the boot clock. */
  constructor(originUs: number, periodUs: number) {
    this.originUs = originUs;
    this.periodUs = periodUs;
  }

  at(number: number): number {
    return this.originUs + number * this.periodUs;
  }

  errorAt(): number {
    return 0;
  }
}
