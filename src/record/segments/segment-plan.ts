import { type FrameRate, framesPerSecond } from '../../time/frame-rate.ts';

/** A stretch of a recording that has a file of its own. */
export interface Segment {
  /** Counts from 0. It follows the recording from its first position on, also where this camera joined later. */
  readonly number: number;
  /** The position that the segment begins with, for all cameras. */
  readonly position: number;
  /** When it begins, on the wall clock, us. */
  readonly startUs: number;
}

export interface SegmentPlanOptions {
  /** Frames of a segment; undefined: segments begin at `cut`s alone. */
  readonly everyFrames?: number | undefined;
  /** The wall clock at a position, us, also of one to come. */
  readonly wallUs: (position: number) => number;
}

/** Start times are remembered for so many segments; only those around the present are asked for. */
const REMEMBERED = 16;
/**
 * A start time that was told ahead stays the same unless it turns out to be wrong by more than this, us: there was a
 * pause before it.
 */
const SAME_START_US = 500_000;

/** Frames of a segment of so many ms: at least one. */
export const segmentFrames = (ms: number, frameRate: FrameRate): number =>
  Math.max(1, Math.round((ms / 1000) * framesPerSecond(frameRate)));

/**
 * Where the segments of a recording begin: at position 0, every so many positions, and at cuts, from where the count of
 * positions starts again. Cameras with the same settings and the same cuts have the same segments.
 */
export class SegmentPlan {
  private readonly every: number;
  private readonly wallUs: (position: number) => number;
  private cuts: number[] = [0];
  /** By position: all files of a segment shall get the same name. */
  private readonly starts = new Map<number, number>();

  constructor({ everyFrames, wallUs }: SegmentPlanOptions) {
    if (everyFrames !== undefined && !(Number.isSafeInteger(everyFrames) && everyFrames > 0)) {
      throw new RangeError(`everyFrames: ${everyFrames} is no count of frames`);
    }
    this.every = everyFrames ?? Number.POSITIVE_INFINITY;
    this.wallUs = wallUs;
  }

  /** A segment begins with this position. The same position again changes nothing. */
  cut(position: number): void {
    if (!this.cuts.includes(position)) this.cuts = [...this.cuts, position].sort((a, b) => a - b);
  }

  /** The segment that a position belongs to. */
  at(position: number): Segment {
    const { number, from } = this.stretch(position);
    const inside = Math.floor((position - from) / this.every);
    return this.segment(number + inside, inside === 0 ? from : from + inside * this.every);
  }

  /** The first position behind this one that a segment begins with, as far as is known now. */
  next(position: number): number | undefined {
    const { from } = this.stretch(position);
    const cut = this.cuts.find((each) => each > position) ?? Number.POSITIVE_INFINITY;
    const grid = from + (Math.floor((position - from) / this.every) + 1) * this.every;
    const begin = Math.min(cut, grid);
    return Number.isFinite(begin) ? begin : undefined;
  }

  /** The cut that a position lies behind, and the number of the segment that begins there. */
  private stretch(position: number): { number: number; from: number } {
    let number = 0;
    let from = 0;
    for (const cut of this.cuts) {
      if (cut > position) break;
      number += cut === from ? 0 : Math.max(1, Math.ceil((cut - from) / this.every));
      from = cut;
    }
    return { number, from };
  }

  private segment(number: number, position: number): Segment {
    const startUs = this.wallUs(position);
    const told = this.starts.get(position);
    if (told !== undefined && Math.abs(told - startUs) <= SAME_START_US) return { number, position, startUs: told };
    this.starts.set(position, startUs);
    for (const oldest of this.starts.keys()) {
      if (this.starts.size <= REMEMBERED) break;
      this.starts.delete(oldest);
    }
    return { number, position, startUs };
  }
}
