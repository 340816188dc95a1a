import type { ClockPair } from './clock.ts';
import { fitLine, type LineFit } from './line-fit.ts';
import { type BootUs, bootUs, type WallUs, wallUs } from './units.ts';

/** Pairs that the fit reaches back over. libcamera's clock recovery uses 100; so does this. */
const WINDOW = 100;
/** A new pair moves the fit as if it lay at most this far from the prediction, in us (libcamera: 2). */
const CLAMP_US = 2;
/**
 * Once the clamped-away disagreement adds up to this, the wall clock has moved and the fit starts over, in us
 * (libcamera: 50).
 */
const RESTART_US = 50;
/** The rate is fitted over at least this long, in us: over less, the readings' noise would pass for it. */
const SLOPE_SPAN_US = 200_000;
/** Pairs before a prediction is good enough to clamp against. */
const SETTLED = 3;

/**
 * Maps sensor timestamps (boot time) to the wall clock.
 *
 * Model: wall = boot + offset, the offset a straight line over the last `WINDOW` pairs; noise is the time between the
 * two readings of a pair. Single late readings are clamped; a step or a faster slew adds up and restarts the fit.
 */
export class ClockRecovery {
  private readonly boots: number[] = [];
  private readonly offsets: number[] = [];
  private excessUs = 0;
  /** Offset at `centre`, and its slope in us a us. */
  private centre = 0;
  private offset = 0;
  private slope = 0;

  /** How many times the fit started over because the wall clock moved. */
  restarts = 0;

  /** Takes one reading of both clocks. */
  add(pair: ClockPair): void {
    let offset = pair.wallUs - pair.bootUs;
    if (this.boots.length >= SETTLED) {
      const predicted = this.offsetAt(pair.bootUs);
      const error = offset - predicted;
      const clamped = Math.max(-CLAMP_US, Math.min(CLAMP_US, error));
      this.excessUs += error - clamped;
      if (Math.abs(this.excessUs) > RESTART_US) {
        this.boots.length = 0;
        this.offsets.length = 0;
        this.excessUs = 0;
        this.restarts++;
      } else {
        offset = predicted + clamped;
        // What was a single late reading is forgotten; what persists keeps adding up.
        if (error === clamped) this.excessUs = 0;
      }
    }
    this.boots.push(pair.bootUs);
    this.offsets.push(offset);
    if (this.boots.length > WINDOW) {
      this.boots.shift();
      this.offsets.shift();
    }
    this.fit();
  }

  /** Wall clock at a moment of boot time. @throws Error before the first pair. */
  toWall(boot: BootUs): WallUs {
    if (this.boots.length === 0) throw new Error('no pair of clock readings yet');
    return wallUs(boot + this.offsetAt(boot));
  }

  /** Boot time at a moment of the wall clock, the inverse of `toWall`. */
  toBoot(wall: WallUs): BootUs {
    const guess = wall - this.offset;
    return bootUs(wall - this.offsetAt(guess as BootUs));
  }

  /** How much faster the wall clock runs than the boot clock: a share. */
  get drift(): number {
    return this.slope;
  }

  private offsetAt(boot: number): number {
    return this.offset + this.slope * (boot - this.centre);
  }

  private fit(): void {
    const line = fitLine(this.boots, this.offsets) as LineFit;
    this.centre = line.x;
    this.offset = line.y;
    const spanUs = (this.boots.at(-1) as number) - (this.boots[0] as number);
    this.slope = (line.count >= SETTLED && spanUs >= SLOPE_SPAN_US && line.slope) || 0;
  }
}
