import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from '../tracking/line-filter.ts';
import { EvenGrid, type Grid } from './grid.ts';

/** Stamps in a row that are too far off before the filter doubts itself. */
const GIVE_UP = 15;
/** Frames after which the leader's period is known well enough to steer by. */
const KNOWN_AFTER = 12;

/**
 * The grid of a camera that runs free, by its filtered stamps: frame 0 is the first that was heard. When it is heard no
 * more its frames go on as evenly as they did. Where nobody leads it is an even one, of the host's clock.
 */
export class LeaderGrid implements Grid {
  private readonly nominalUs: number;
  private filter: LineFilter | undefined;
  private even: EvenGrid | undefined;
  private number = 0;

  /** @param nominalUs duration of the leader's frames by its nominal crystal. */
  constructor(nominalUs: number) {
    this.nominalUs = nominalUs;
  }

  get periodUs(): number {
    return this.even?.periodUs ?? this.filter?.slope ?? this.nominalUs;
  }

  /** True once it is known where its frames lie. */
  get known(): boolean {
    return this.even !== undefined || (this.filter !== undefined && this.number >= KNOWN_AFTER);
  }

  /** A stamp of the leader, on the boot clock. Frames that did not arrive are stepped over. */
  stamp(us: number): void {
    if (this.even !== undefined) return;
    const filter = this.filter;
    if (filter === undefined) {
      this.filter = new LineFilter(us, this.nominalUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP);
      return;
    }
    const frames = Math.round((us - filter.value) / filter.slope);
    if (frames < 1) return;
    filter.advance(frames, frames);
    filter.observe(us);
    this.number += frames;
  }

  /** Nobody leads: frame 0 of an even grid starts at this time of the boot clock. A grid that is known stays. */
  free(us: number): void {
    if (!this.known) this.even = new EvenGrid(us, this.nominalUs);
  }

  at(number: number): number | undefined {
    if (this.even !== undefined) return this.even.at(number);
    const filter = this.filter;
    if (filter === undefined || !this.known) return undefined;
    return filter.value + (number - this.number) * filter.slope;
  }

  errorAt(number: number): number {
    if (this.even !== undefined) return 0;
    const ahead = number - this.number;
    return this.filter?.errorAfter(ahead, Math.abs(ahead)) ?? Number.POSITIVE_INFINITY;
  }
}
