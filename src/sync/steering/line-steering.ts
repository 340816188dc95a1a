import { encodeMessage } from '../../wire/message.ts';
import { BOUND_SIGMAS, LOCKED_US } from '../locked.ts';
import { linesToReach } from '../tracking/law.ts';
import { aim } from './aim.ts';
import type { SteeredCamera } from './camera.ts';
import { CameraFrames } from './camera-frames.ts';
import type { Grid } from './grid.ts';
import type { Learned } from './learned.ts';
import { LineArithmetic } from './line-arithmetic.ts';
import { type Order, orderMessage, partsOf, ping, type Ready, sureMessage } from './order.ts';
import { findProbe, PROBE_LINES, PROBE_PLACE } from './probe.ts';
import type { FrameReport } from './report.ts';
import { StockMirror } from './stock-mirror.ts';
import type { SteeredState, Way } from './way.ts';

/** Frames that are watched before anything is asked of the camera. */
const WATCHED = 4;
/**
 * An order lengthens by this share of a frame at most: from half a frame on the stock arithmetic takes it for another
 * frame's.
 */
const LONGEST_ORDER = 0.4;
/**
 * Before the recording a camera that is further behind than this falls back to the next frame, in lines: long steps are
 * made by lengthening alone.
 */
const CATCH_UP_LINES = 10;
/** Frames that stay this far above the limit below which the algorithm leaves them out, in us. */
const CLEAR_OF_SKIPPING_US = 200;
/** The process's decision comes this long after a frame's last line, as long as nothing is known of it, in us. */
const DECIDES_AFTER_US = 2_000;
/** That moves to sooner reports by this share; and to later ones by no more than this a frame, in us. */
const SOONER = 0.2;
const LATER_US = 50;
/** Frames before the recording in which its beginning is told with each. */
const TOLD_FRAMES = 20;
/** An order goes out late by this share of a frame at most: half a frame later the process has decided. */
const LATEST = 0.4;
/** Two roundings to whole us: a standard deviation. */
const ROUNDING_US = 0.4;
/** Below this nobody need be told that an order under way may err by a line: a share. */
const NEGLIGIBLE_RISK = 0.002;
/** An order leaves room for so many times its correction and this, in us: for what noise and unplanned lines add. */
const ROOM = 2;
const LEAST_ROOM_US = 600;

/**
 * Steers one stock camera by what it says of each frame: it writes the messages of which the stock algorithm computes
 * the whole-line steps that are wanted.
 *
 * State: `CameraFrames`, the filter of this camera's lines with all lengths that are known, ordered or under way; and
 * the number on the grid that its frames have. Before the first order is planned, one order with all else quiet tells
 * after how many frames orders act, how the process rounds, and which frame a report speaks of. Control: the same law
 * as for a camera of ours (`linesToReach`). The frame that can still be influenced is the one `delay.frames` after the
 * next on which the process's algorithm runs; where it runs on every second frame alone, the mean of the frames in
 * between is put in place. A message goes out half-way between two decisions of the process, so that it is clear which
 * frame takes it. After a frame of a length that nobody planned nothing is ordered until the feedback covers all that
 * is under way.
 */
export class LineSteering implements Way {
  private readonly camera: SteeredCamera;
  private readonly grid: Grid;
  private readonly frames: CameraFrames;
  private readonly mirror: StockMirror;
  private decidesAfterUs: number;
  /** Number of reports so far. */
  private reports = 0;
  /** The last frame for which it was decided what to send. */
  private decided = -1;
  private probe: Order | undefined;
  private probed = false;
  /** From a frame's own number to its number on the grid. */
  private offset: number | undefined;
  /** Nothing is ordered until this frame has been reported. */
  private quietUntil = -1;
  private readyNumber: number | undefined;
  private latencyUs = 0;
  /** A frame is reported before it is decided what the next one takes. */
  private tellsAtOnce = false;

  private readonly startsAtOnce: boolean;
  /** The last time that was told, on the boot clock. */
  private nowUs = 0;

  /** @param startsAtOnce messages start the process's recording whenever they are taken: before, it says nothing. */
  constructor(camera: SteeredCamera, grid: Grid, startsAtOnce: boolean) {
    this.startsAtOnce = startsAtOnce;
    this.camera = camera;
    this.grid = grid;
    this.mirror = new StockMirror(camera.limitUs, camera.skipBelowUs);
    this.frames = new CameraFrames(new LineArithmetic(camera.limitUs, camera.lineUs), this.mirror, camera.delayFrames);
    this.decidesAfterUs = camera.readoutUs + DECIDES_AFTER_US;
  }

  begin(number: number): void {
    this.readyNumber = number;
  }

  get learned(): Learned | undefined {
    if (!this.probed) return undefined;
    const { delay, arithmetic } = this.frames;
    return {
      lineUs: arithmetic.lineUs,
      delayFrames: delay.frames,
      reportShift: delay.shift,
      rounding: arithmetic.rounding,
      noiseUs: this.frames.noiseUs,
      latencyFrames: this.latencyUs / (arithmetic.rest * arithmetic.lineUs),
    };
  }

  report(report: FrameReport, nowUs: number): void {
    const frames = this.frames;
    this.nowUs = nowUs;
    if (report.lineUs !== undefined && frames.last === undefined) frames.arithmetic.lineUs = report.lineUs;
    this.latencyUs = nowUs - report.sensorUs;
    this.tellsAtOnce = report.channel === 'log';
    if (this.tellsAtOnce) this.decides(this.latencyUs);
    const news = frames.report(report);
    this.reports++;
    if (news.lost !== undefined && news.lost === this.probe) this.probe = undefined;
    if (this.probe !== undefined) this.readProbe(this.probe);
    else if (this.probed && news.surpriseLines !== 0) this.quietUntil = this.decided + frames.delay.frames + 1;
    if (this.probed) this.place();
  }

  get wakeUs(): number | undefined {
    if (this.frames.last === undefined) return undefined;
    return this.sendUs(this.next());
  }

  wake(nowUs: number): Uint8Array | undefined {
    if (this.frames.last === undefined) return undefined;
    // A frame whose moment has passed while nobody came to it takes nothing any more: what is sent now is for a later
    // one.
    this.nowUs = nowUs;
    const frame = this.next();
    if (nowUs < this.sendUs(frame)) return undefined;
    this.decided = frame;
    if (this.tellsAtOnce) this.frames.unheardBefore(frame);
    const order = this.order(frame);
    if (order !== undefined) {
      this.frames.sent(order);
      return encodeMessage(order.message);
    }
    if (!this.tellsBeginning(frame)) return undefined;
    return encodeMessage(ping(this.frames.wall(frame), this.ready(0.5)));
  }

  at(nowUs: number): SteeredState {
    const frames = this.frames;
    if (frames.last === undefined) return { state: 'waiting', phaseUs: undefined, boundUs: undefined };
    let frame = frames.last;
    while (frames.start(frame + 1) <= nowUs) frame++;
    const phaseUs = this.offset === undefined ? undefined : this.phase(frame, this.offset);
    if (phaseUs === undefined || this.offset === undefined) return { state: 'acquiring', phaseUs, boundUs: undefined };
    const error = Math.hypot(frames.filterError(frame), this.grid.errorAt(frame + this.offset));
    const risk = frames.openRisk(frame);
    const openLines = risk < NEGLIGIBLE_RISK ? 0 : 1 + BOUND_SIGMAS * Math.sqrt(risk);
    const boundUs = Math.max(frames.lineUs / 2, Math.abs(phaseUs)) + BOUND_SIGMAS * error + openLines * frames.lineUs;
    return { state: boundUs <= LOCKED_US ? 'locked' : 'acquiring', phaseUs, boundUs };
  }

  /**
   * A report came so long after its stamp. What is late on a busy machine is mostly who listens: the process decides
   * when the soonest come.
   */
  private decides(afterUs: number): void {
    const differs = afterUs - this.decidesAfterUs;
    this.decidesAfterUs += differs < 0 ? SOONER * differs : Math.min(SOONER * differs, LATER_US);
  }

  private start = (frame: number): number => this.frames.start(frame);

  /** The next frame for which it is to be decided what to send. */
  private next(): number {
    let frame = this.mirror.nextRun(Math.max(this.decided, this.frames.last ?? 0) + 1, this.start);
    // Of those whose time has passed none can be reached any more.
    const soonestUs = this.nowUs - LATEST * this.camera.limitUs;
    while (this.sendUs(frame) < soonestUs) frame = this.mirror.nextRun(frame + 1, this.start);
    return frame;
  }

  /** Half-way from the decision before a frame's own to that, on the boot clock. */
  private sendUs(frame: number): number {
    const { arithmetic } = this.frames;
    return this.start(frame) + this.decidesAfterUs - (arithmetic.rest * arithmetic.lineUs) / 2;
  }

  private order(frame: number): Order | undefined {
    const { rest } = this.frames.arithmetic;
    if (this.reports < WATCHED) return undefined;
    if (!this.probed) {
      if (this.probe !== undefined) return undefined;
      this.probe = this.orderOf(frame, rest + PROBE_LINES, PROBE_PLACE, 1);
      return this.probe;
    }
    if (this.offset === undefined) return undefined;
    return this.choose(frame, this.offset);
  }

  /** An order that makes a line more than at rest whatever it meets; undefined where there is none. */
  private sureOrder(frame: number, lines: number): Order | undefined {
    const durationUs = this.frames.arithmetic.sureDuration(lines);
    if (durationUs === undefined) return undefined;
    const message = sureMessage(this.frames.wall(frame), durationUs, this.ready(0.5));
    return { message, frame, lines, risk: 0, sure: true, correctionUs: undefined };
  }

  private orderOf(frame: number, lines: number, place: number, risk: number): Order {
    // Truncated, the time of a frame is half a microsecond less in the mean.
    const takenUs = this.frames.wall(frame) - 0.5;
    const correctionUs = this.frames.arithmetic.correctionFor(lines, place);
    const frameUs = Math.round(this.grid.periodUs);
    // While recording, steps are small, and what a step of the clock could make of an order is kept small, too.
    const recording = this.recording(frame + this.frames.delay.frames);
    const parts = recording ? partsOf(frameUs, ROOM * Math.abs(correctionUs) + LEAST_ROOM_US) : 1;
    const message = orderMessage(takenUs, correctionUs, frameUs, this.ready(0), parts);
    return { message, frame, lines, risk, correctionUs: undefined };
  }

  /** The order that puts the frame after the one that it shapes in place; undefined where it does as well at rest. */
  private choose(frame: number, offset: number): Order | undefined {
    const frames = this.frames;
    const { lineUs } = frames;
    const { rest } = frames.arithmetic;
    const { periodUs } = this.grid;
    const shaped = frame + frames.delay.frames;
    const targetUs = this.grid.at(shaped + 1 + offset);
    if (targetUs === undefined) return undefined;
    // Where the algorithm leaves out frames, those that can't be influenced follow at rest: their mean is put in place.
    const others = this.mirror.nextRun(frame + 1, this.start) - frame - 1;
    const lengthUs = targetUs - this.start(shaped) + (others / 2) * (periodUs - rest * lineUs);
    const walkUs = this.recording(shaped) ? periodUs : undefined;
    const lines = linesToReach(lengthUs, lineUs, this.room(others), walkUs);
    if (lines === rest) return undefined;
    // What noise can change is sent only when it is known what it meets; until then a line more is at least something.
    const quiet = (frames.last as number) < this.quietUntil;
    const sure = lines > rest ? this.sureOrder(frame, quiet ? rest + 1 : lines) : undefined;
    if (sure !== undefined || quiet) return sure;
    // What the order meets: the noise of one stamp, what the prediction is off, and two roundings to whole us.
    const noiseUs = Math.hypot(frames.noiseUs, frames.filterError(frame), ROUNDING_US);
    const error = lines - lengthUs / lineUs;
    // A mistake stays until it is heard of and the next order acts: meanwhile the error drifts on, and orders hold it
    // within half a line.
    const stays = 1 + Math.floor(this.latencyUs / periodUs);
    const drift = (rest * lineUs - periodUs) / lineUs;
    let mean = 0;
    for (let i = 0; i < stays; i++) mean += wrapped(error + i * drift) / stays;
    const { place, cost, risk } = aim(mean, noiseUs / lineUs);
    if (stays === 1 && (error + rest - lines) ** 2 <= cost) return undefined;
    return this.orderOf(frame, lines, place, risk);
  }

  /** @param others frames at rest up to the next one on which the algorithm runs. */
  private room(others: number): { shortest: number; longest: number } {
    const { rest, lineUs } = this.frames.arithmetic;
    const { shortestFrameUs, skipBelowUs, limitUs } = this.camera;
    const unskippedUs = skipBelowUs === 0 ? 0 : skipBelowUs + CLEAR_OF_SKIPPING_US - others * rest * lineUs;
    return {
      shortest: Math.min(rest, Math.ceil(Math.max(shortestFrameUs, unskippedUs) / lineUs - 1e-6)),
      longest: rest + Math.floor((LONGEST_ORDER * limitUs) / lineUs),
    };
  }

  /** Before the recording: which frame of the grid is whose. */
  private place(): void {
    const last = this.frames.last as number;
    const { periodUs } = this.grid;
    const origin = this.grid.at(0);
    if (origin === undefined || (this.offset !== undefined && this.recording(last))) return;
    // The first frame that an order can still move.
    const frame = last + this.frames.delay.frames + 2;
    const place = (this.start(frame) - origin) / periodUs - frame;
    const mostBehind = (CATCH_UP_LINES * this.frames.lineUs) / periodUs;
    if (this.offset === undefined || place - this.offset > mostBehind) this.offset = Math.ceil(place - mostBehind);
  }

  private recording(frame: number): boolean {
    return this.readyNumber !== undefined && this.offset !== undefined && frame + this.offset >= this.readyNumber;
  }

  private phase(frame: number, offset: number): number | undefined {
    const placeUs = this.grid.at(frame + offset);
    return placeUs === undefined ? undefined : this.start(frame) - placeUs;
  }

  private tellsBeginning(frame: number): boolean {
    if (this.readyNumber === undefined || this.offset === undefined || this.startsAtOnce) return false;
    const ahead = this.readyNumber - frame - this.offset;
    return ahead >= 0 && ahead < TOLD_FRAMES;
  }

  /**
   * @param before by which share of a frame the ready time lies before its frame: a ping's frames of 1 us have no half
   *   to come early by.
   */
  private ready(before: number): Ready {
    if (this.startsAtOnce) return 'now';
    const at = this.readyNumber === undefined ? undefined : this.grid.at(this.readyNumber);
    if (at === undefined) return 'never';
    // A process whose algorithm leaves out frames begins with one on which it runs: better some frames too soon than
    // too late.
    const { periodUs } = this.grid;
    const leftOut = Math.max(0, Math.ceil(this.camera.skipBelowUs / periodUs) - 1);
    return at + this.frames.wallAheadUs - (before + leftOut) * periodUs;
  }

  private readProbe(order: Order): void {
    const found = findProbe(this.frames, order);
    if (found === undefined) return;
    this.probe = undefined;
    if (found === 'none') return;
    this.frames.delay.set(found.delay, found.shift);
    this.probed = true;
  }
}

/** An error in lines, within half a line. */
const wrapped = (lines: number): number => lines - Math.round(lines);
