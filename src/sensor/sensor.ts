import { Oscillator } from './oscillator.ts';
import type { Random } from './random.ts';
import { linesFor, type SensorMode } from './sensor-models.ts';

/** The longest frame a sensor makes, in us; real ones reach seconds, this is ample for any correction. */
export const LONGEST_FRAME_US = 1_000_000;

/** What a simulated sensor is made with. */
export interface SensorOptions {
  /** The mode that it runs in. */
  readonly mode: SensorMode;
  /** Frame duration asked for at the start, in us. */
  readonly frameUs: number;
  /** How long each frame is exposed, in us, where the frame has room for it. */
  readonly exposureUs: number;
  /** Crystal error, in ppm; positive runs fast. */
  readonly ppm: number;
  /** What its crystal wanders by. */
  readonly random: Random;
  /** True time of the first frame. */
  readonly startUs: number;
  /**
   * How far its crystal's rate wanders from frame to frame, as a share, standard deviation. Default 1e-9.
   */
  readonly wanderPerFrame?: number;
}

/** One frame as the sensor makes it. Times are true time, in us. */
export interface SensorFrame {
  /** Counts up from 0, by one a frame. */
  readonly number: number;
  /** End of row 0's exposure: the moment that a timestamp speaks of. */
  readonly readoutUs: number;
  /** How long it was exposed, in us. */
  readonly exposureUs: number;
  /** Lines until the next frame. */
  readonly lines: number;
}

/**
 * A sensor's timing in true time: whole lines, a crystal of its own, control delay, exposure limits.
 * It makes frames when asked; who asks, decides how far time has come.
 */
export class Sensor {
  /** The mode that it runs in. */
  readonly mode: SensorMode;
  private readonly oscillator: Oscillator;
  /** Lines written for the frames to come, by number modulo its length; 0 where none were. */
  private readonly written: number[];
  /** Lines of single frames, by number. */
  private readonly orders = new Map<number, number>();
  private readonly askedExposureUs: number;
  private number = -1;
  private nextUs = 0;
  /** Lines of frames for which none are ordered. */
  private lines = 0;
  private currentLines = 0;
  private currentUs = 0;

  constructor(options: SensorOptions) {
    this.mode = options.mode;
    this.written = Array.from({ length: options.mode.delay.frameLength + 1 }, () => 0);
    this.oscillator = new Oscillator(options.ppm, options.random, options.wanderPerFrame);
    this.askedExposureUs = options.exposureUs;
    this.lines = linesFor(options.mode, options.frameUs);
    this.nextUs = options.startUs;
  }

  /** True time of the next frame's readout. */
  get upcomingUs(): number {
    return this.nextUs;
  }

  /** True time of the current frame's readout. */
  get readoutUs(): number {
    return this.currentUs;
  }

  /** Lines from the current frame to the next. */
  get frameLines(): number {
    return this.currentLines;
  }

  /** The next frame begins its readout, and is the current one. */
  advance(): void {
    this.number++;
    const { mode, written } = this;
    const place = this.number % written.length;
    const write = written[place] as number;
    if (write > 0) {
      this.lines = write;
      written[place] = 0;
    }
    this.currentLines = this.orders.size > 0 ? this.ordered() : this.lines;
    this.currentUs = this.nextUs;
    this.nextUs += this.oscillator.frame(this.currentLines * mode.lineUs);
  }

  /** The next frame begins its readout. @returns all there is to say of it. */
  next(): SensorFrame {
    this.advance();
    const { mode, number, currentUs: readoutUs, currentLines: lines } = this;
    const longest = (lines - mode.marginLines) * mode.lineUs;
    return { number, readoutUs, exposureUs: Math.min(this.askedExposureUs, longest), lines };
  }

  /** Lines of the current frame where it was ordered by itself. */
  private ordered(): number {
    const lines = this.orders.get(this.number) ?? this.lines;
    this.orders.delete(this.number);
    return lines;
  }

  /**
   * Writes a frame length, in us by the nominal crystal: it acts `delay.frameLength` frames after the one being read
   * out.
   */
  setFrameDuration(us: number): void {
    const effective = Math.max(0, this.number) + this.mode.delay.frameLength;
    this.written[effective % this.written.length] = linesFor(this.mode, Math.min(us, LONGEST_FRAME_US));
  }

  /**
   * One frame has so many lines, or as near as the sensor can; those around it are as they would be. Where that frame
   * has begun, it is the first one that has not.
   */
  orderFrame(number: number, lines: number): void {
    const { mode } = this;
    const possible = linesFor(mode, Math.min(lines * mode.lineUs + mode.lineUs / 2, LONGEST_FRAME_US));
    this.orders.set(Math.max(number, this.number + 1), possible);
  }
}

/** Interrupt latency of a timestamp, in us: 0 to 10, and once in 2000 a tail with a mean of 60 more. */
export function stampLatencyUs(random: Random): number {
  return random.between(0, 10) + (random.chance(0.0005) ? random.exponential(60) : 0);
}
