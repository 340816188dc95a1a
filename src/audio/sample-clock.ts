import { fitLine, type LineFit } from '../time/line-fit.ts';
import { median } from '../time/statistics.ts';
import { type BootUs, bootUs } from '../time/units.ts';

/** Stamps of this long count as one point, their median: a stamp is late when its reader woke up late. In us. */
const POINT_US = 250_000;
/** The time of a sample is by the last so many points, 30 s: a crystal wanders with temperature over minutes. */
const WINDOW = 120;
/** Over fewer points than these, 2 s, the stamps' noise would pass for a rate. */
const POINTS_FOR_RATE = 8;
/** Stamps this much behind the clock, in us, for as long as `LOST_FOR_US` on end: samples were lost before them. */
const LOST_US = 5000;
const LOST_FOR_US = 250_000;

/** The rate of a sound's clock against the host's. */
export interface SoundRate {
  /** How much faster than its nominal rate it runs by the host's clock, in ppm. */
  readonly ppm: number;
  /** Standard error of that, in ppm. */
  readonly errorPpm: number;
}

/** Samples that were lost: so many, before the sample at this position. */
export interface LostSamples {
  readonly position: number;
  readonly samples: number;
}

/** A block's stamp, and the position of its first sample in nominal us. */
interface Block {
  readonly stamp: number;
  readonly x: number;
}

/**
 * When samples of a sound were taken, by the host's clock. Blocks of samples come with stamps that jitter; the count of
 * samples does not. A sample's position counts all samples from the first on, lost ones too.
 *
 * Model: stamp = position / rate x (1 + slope) + offset, a straight line over the last `WINDOW` points.
 */
export class SampleClock {
  private readonly usPerSample: number;
  /** Points: position in nominal us, and what the stamp is beyond it. One each `POINT_US`, of the whole sound. */
  private readonly xs: number[] = [];
  private readonly ys: number[] = [];
  /** Blocks that make the next point. */
  private gathered = { xs: [] as number[], ys: [] as number[] };
  private line: LineFit | undefined;
  private end = 0;
  /** Stamps behind the clock: late, or behind lost samples. */
  private behind: Block[] = [];

  /** @param rate Nominal, in samples a second. */
  constructor(rate: number) {
    this.usPerSample = 1e6 / rate;
  }

  /** True once there is a point to tell the time by. */
  get known(): boolean {
    return this.line !== undefined;
  }

  /** Positions below this one are settled: whether samples were lost before them is known. */
  get settled(): number {
    const first = this.behind[0];
    return first === undefined ? this.end : Math.round(first.x / this.usPerSample);
  }

  /**
   * Takes a block.
   * @param stamp When its first sample was taken, in us.
   * @returns what was lost, where that is known now; positions from there on have moved by as much.
   */
  add(stamp: BootUs, samples: number): LostSamples | undefined {
    const x = this.end * this.usPerSample;
    this.end += samples;
    this.place({ stamp, x });
    const first = this.behind[0];
    return first === undefined || stamp - first.stamp < LOST_FOR_US ? undefined : this.lost(first.x);
  }

  /** When the sample at a position was taken. @throws Error before `known`. */
  timeOf(position: number): BootUs {
    const x = position * this.usPerSample;
    return bootUs(x + at(this.theLine, x));
  }

  /** The position, with its fraction, of the sound at a moment. @throws Error before `known`. */
  positionAt(us: BootUs): number {
    const line = this.theLine;
    const slope = slopeOf(line);
    return (us - line.y + slope * line.x) / (1 + slope) / this.usPerSample;
  }

  /** The rate over the whole sound; undefined where it was too short to tell. */
  get rate(): SoundRate | undefined {
    const line = fitLine(this.xs, this.ys);
    if (line?.slope === undefined || line.count < POINTS_FOR_RATE) return undefined;
    const error = Math.sqrt(line.residuals / (line.count - 2) / line.spread);
    return { ppm: (-line.slope / (1 + line.slope)) * 1e6, errorPpm: error * 1e6 };
  }

  private get theLine(): LineFit {
    if (this.line === undefined) throw new Error('no sound yet to tell the time by');
    return this.line;
  }

  private excess({ stamp, x }: Block): number {
    return this.line === undefined ? 0 : stamp - x - at(this.line, x);
  }

  private place(block: Block): void {
    if (this.excess(block) > LOST_US) {
      this.behind.push(block);
      return;
    }
    // Those before it were late, all of them: a reader that was held up reads what has waited in one go. Their stamps
    // tell nothing.
    this.behind = [];
    this.point(block);
  }

  /**
   * Stamps are late for many reasons, but not early: the least of them tell how much was lost first. What was lost
   * later on is found when they are looked at anew.
   */
  private lost(from: number): LostSamples {
    const excesses = this.behind.map((block) => this.excess(block));
    const level = Math.min(...excesses) + LOST_US;
    const excess = median(excesses.filter((value) => value <= level)) as number;
    const samples = Math.round(excess / this.usPerSample / (1 + slopeOf(this.theLine)));
    this.end += samples;
    const again = this.behind.map(({ stamp, x }) => ({ stamp, x: x + samples * this.usPerSample }));
    this.behind = [];
    for (const block of again) this.place(block);
    return { position: Math.round(from / this.usPerSample), samples };
  }

  private point({ stamp, x }: Block): void {
    const { xs, ys } = this.gathered;
    xs.push(x);
    ys.push(stamp - x);
    if (x - (xs[0] as number) < POINT_US) return;
    this.xs.push(median(xs) as number);
    this.ys.push(median(ys) as number);
    this.gathered = { xs: [], ys: [] };
    this.line = fitLine(this.xs.slice(-WINDOW), this.ys.slice(-WINDOW));
  }
}

const slopeOf = (line: LineFit): number => (line.count >= POINTS_FOR_RATE && line.slope) || 0;
const at = (line: LineFit, x: number): number => line.y + slopeOf(line) * (x - line.x);
