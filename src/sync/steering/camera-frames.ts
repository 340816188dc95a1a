import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from '../tracking/line-filter.ts';
import type { LineArithmetic } from './line-arithmetic.ts';
import { type Order, outcome } from './order.ts';
import type { FrameReport } from './report.ts';
import { ShapingDelay } from './shaping-delay.ts';
import type { StockMirror } from './stock-mirror.ts';

/** Stamps in a row that are too far off before the filter doubts itself. */
const GIVE_UP_STAMPS = 4;
/** Frames that are remembered: more than orders and reports are under way for. */
const REMEMBERED = 64;
/** Orders of frames that lie back further have acted, and all is known of what they made. */
const ACTED = 16;
/** Pairs of a correction and its lines that tell how the process rounds. */
const LEARNED_PAIRS = 60;
/** Frames that may be missing in a row. */
const LONGEST_GAP = 10_000;

/** What a report brought to light. */
export interface FrameNews {
  readonly frame: number;
  /** A frame had another length than all that was known made of it, in lines; 0 where all is as planned. */
  readonly surpriseLines: number;
  /** An order that nobody took. */
  readonly lost: Order | undefined;
}

/**
 * The frames of one stock camera, in a numbering of the steerer's own: when they started and how long they were, as
 * reported; how long those after them are, by the orders under way; and so, when any coming frame starts.
 *
 * An order's outcome is not taken on trust: whatever moves a frame moves the outcome of the order that it takes, and
 * each order under way would correct the same error again. So all of them are computed anew whenever more is known.
 * Once the process's time of the frame that took it is known, from the acknowledgement or from that frame's metadata,
 * its correction is known to the last microsecond, by the stock client's own integer arithmetic.
 */
export class CameraFrames {
  readonly arithmetic: LineArithmetic;
  readonly delay: ShapingDelay;
  private readonly mirror: StockMirror;
  private filter: LineFilter | undefined;
  /** Number of the last reported frame. */
  private lastFrame = 0;
  private orders: Order[] = [];
  private lost: Order | undefined;
  /** Lengths in lines of frames that were reported. */
  private readonly lengths = new Map<number, number>();
  private readonly stamps = new Map<number, number>();
  private aheadUs = 0;
  /** Pairs of a correction and the lines that it made, of which rounding was learned. */
  private pairs = 0;
  /** When the last reported frame started, and those after it that were asked for, in us. */
  private starts: number[] = [];

  constructor(arithmetic: LineArithmetic, mirror: StockMirror, delayFrames: number) {
    this.arithmetic = arithmetic;
    this.mirror = mirror;
    this.delay = new ShapingDelay(delayFrames);
  }

  /** Undefined before the first report. */
  get last(): number | undefined {
    return this.filter === undefined ? undefined : this.lastFrame;
  }

  /** Duration of a line by true time, in us. */
  get lineUs(): number {
    return this.filter?.slope ?? this.arithmetic.lineUs;
  }

  /** The process's wall clock minus the sensor's clock at its last report, in us. */
  get wallAheadUs(): number {
    return this.aheadUs;
  }

  /** The stamp of a reported frame, in us. */
  stamp(frame: number): number | undefined {
    return this.stamps.get(frame);
  }

  /** The reported length of a frame as it was reported, whichever frame it is really of. */
  reportedLines(frame: number): number | undefined {
    return this.lengths.get(frame - this.delay.shift);
  }

  /** When a frame from the last reported one on starts, in us. @throws Error before the first report. */
  start(frame: number): number {
    const starts = this.starts;
    if (starts.length === 0) throw new Error('no frame was reported yet');
    const ahead = Math.max(0, frame - this.lastFrame);
    while (starts.length <= ahead) this.goOn(this.lastFrame + starts.length - 1);
    return starts[ahead] as number;
  }

  /** The process's time of a coming frame as its algorithm will have it, before it is truncated. In us. */
  wall(frame: number): number {
    return this.mirror.expect(
      this.start(frame) + this.aheadUs,
      this.mirror.runsUntil(frame, (at) => this.start(at)),
    );
  }

  /**
   * Appends the start of the frame after this one. An order that this frame takes makes what its arithmetic says of the
   * frame's time as it is expected now.
   */
  private goOn(frame: number): void {
    for (const order of this.orders) {
      if (order.frame !== frame || order.correctionUs !== undefined) continue;
      // What a sure order makes does not depend on the frame's time.
      const correctionUs = order.sure ? -order.message.frameDurationUs : outcome(order.message, this.wall(frame));
      order.lines = this.arithmetic.linesAfter(correctionUs);
    }
    this.starts.push((this.starts.at(-1) as number) + this.lines(frame) * this.lineUs);
  }

  /** Standard error of `start`, in us, as long as all orders under way make what is expected of them. */
  filterError(frame: number): number {
    const frames = Math.max(0, frame - this.lastFrame);
    return this.filter?.errorAfter(frames * this.arithmetic.rest, frames) ?? Number.POSITIVE_INFINITY;
  }

  /**
   * How likely an order without a known outcome has made a frame before this one a line longer or shorter than
   * expected: a share.
   */
  openRisk(frame: number): number {
    let open = 0;
    for (const { correctionUs, frame: taken, risk } of this.orders)
      if (correctionUs === undefined && taken + this.delay.frames < frame) open += risk;
    return open;
  }

  /** Noise of the camera's stamps: a standard deviation, in us. */
  get noiseUs(): number {
    return this.filter?.noiseUs ?? STAMP_NOISE_US;
  }

  /** Lines of a frame: as reported, or as the order that shapes it makes them, or as at rest. */
  lines(frame: number): number {
    return this.lengths.get(frame) ?? this.expected(frame, this.delay.frames);
  }

  /** A message is on its way. */
  sent(order: Order): void {
    this.orders.push(order);
    this.starts.length = 1;
  }

  /**
   * Nothing was heard of frames before this one, though it was time: they were dropped, most likely. Then the messages
   * that they were to take wait for this frame, and the last of them counts. Where one was late only, its report says
   * so.
   */
  unheardBefore(frame: number): void {
    for (const order of this.orders) {
      if (order.correctionUs !== undefined || order.frame <= this.lastFrame || order.frame >= frame) continue;
      order.frame = frame;
      this.starts.length = 1;
    }
  }

  /** The process reports a frame. */
  report(report: FrameReport): FrameNews {
    const filter = this.follow(report.sensorUs);
    const frame = this.lastFrame;
    this.stamps.set(frame, report.sensorUs);
    this.aheadUs = report.wallUs - report.sensorUs;
    const lost = this.replay(frame, report);
    const lines = report.lines ?? (report.durationUs === undefined ? undefined : this.linesOf(report.durationUs));
    const surpriseLines = lines === undefined ? 0 : this.learn(frame, lines, filter);
    filter.observe(report.sensorUs);
    this.starts = [filter.value];
    this.forget(frame);
    return { frame, surpriseLines, lost };
  }

  /** From the stamp to the next frame's: frames that did not arrive are stepped over. */
  private follow(sensorUs: number): LineFilter {
    const filter = this.filter;
    if (filter === undefined) {
      this.filter = new LineFilter(sensorUs, this.arithmetic.lineUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP_STAMPS);
      return this.filter;
    }
    let frames = 0;
    do {
      filter.advance(this.lines(this.lastFrame));
      this.lastFrame++;
      frames++;
    } while (sensorUs - filter.value > 0.5 * this.lines(this.lastFrame) * filter.slope && frames < LONGEST_GAP);
    return filter;
  }

  /** Which order this frame took, and what it made of it. @returns an order that was lost. */
  private replay(frame: number, { sensorUs, wallUs, channel, taken }: FrameReport): Order | undefined {
    const t = this.mirror.frame(frame, sensorUs, wallUs, taken?.clientUs);
    let named = taken && this.orders.find(({ message }) => message.wallClockUs === taken.serverUs);
    // One that was given up came late.
    if (named === undefined && taken !== undefined && this.lost?.message.wallClockUs === taken.serverUs) {
      named = this.lost;
      this.orders.push(named);
    }
    let lost: Order | undefined;
    for (const order of this.orders.slice()) {
      if (order === named || order.correctionUs !== undefined || order.frame > frame) continue;
      // A frame that was dropped, or left out by the algorithm, leaves the message to the next one.
      if (order.frame < frame || t === undefined) order.frame = t === undefined ? frame + 1 : frame;
      if (t === undefined) continue;
      if (channel === 'log') {
        lost = order;
        this.lost = order;
        this.orders.splice(this.orders.indexOf(order), 1);
      } else this.settle(order, outcome(order.message, t));
    }
    if (named !== undefined && taken !== undefined) {
      named.frame = frame;
      this.settle(named, taken.correctionUs);
    }
    return lost;
  }

  private settle(order: Order, correctionUs: number): void {
    order.correctionUs = correctionUs;
    order.lines = this.arithmetic.linesAfter(correctionUs);
  }

  /** The length that was reported with a frame. @returns what it differs from all that was known, in lines. */
  private learn(reported: number, lines: number, filter: LineFilter): number {
    const frame = reported - this.delay.shift;
    const expected = this.lines(frame);
    const order = this.shapedBy(frame);
    const border = order?.correctionUs !== undefined && this.arithmetic.onBorder(order.correctionUs);
    const before = this.delay.frames;
    // A delay that moves makes lengths that don't fit, too: how the process rounds is learned first, and stays.
    if (this.pairs < LEARNED_PAIRS && Math.abs(lines - expected) <= 1) this.learnRounding(order, lines);
    this.delay.observe((delay) => this.expected(frame, delay) === lines);
    this.lengths.set(frame, lines);
    if (frame < this.lastFrame) filter.value += (lines - expected) * filter.slope;
    if (before !== this.delay.frames) return lines - expected || 1;
    return border && Math.abs(lines - expected) === 1 ? 0 : lines - expected;
  }

  private learnRounding(order: Order | undefined, lines: number): void {
    const correctionUs = order === undefined ? 0 : order.correctionUs;
    if (correctionUs === undefined || this.arithmetic.onBorder(correctionUs)) return;
    this.pairs++;
    const before = this.arithmetic.rounding;
    this.arithmetic.observe(correctionUs, lines);
    if (this.arithmetic.rounding === before) return;
    for (const each of this.orders)
      if (each.correctionUs !== undefined) each.lines = this.arithmetic.linesAfter(each.correctionUs);
  }

  /** The order that shapes a frame, the one sent last of several. */
  shapedBy(frame: number, delay = this.delay.frames): Order | undefined {
    return this.orders.findLast((order) => order.frame + delay === frame);
  }

  private expected(frame: number, delay: number): number {
    return this.shapedBy(frame, delay)?.lines ?? this.arithmetic.rest;
  }

  /** Lines of a frame whose duration was truncated to whole us. */
  private linesOf(durationUs: number): number {
    return Math.round((durationUs + 0.5) / this.arithmetic.lineUs);
  }

  private forget(frame: number): void {
    this.lengths.delete(frame - REMEMBERED);
    this.stamps.delete(frame - REMEMBERED);
    // In the order in which they were sent; one that was given up and comes late is the last.
    while ((this.orders[0]?.frame ?? frame) < frame - ACTED) this.orders.shift();
  }
}
