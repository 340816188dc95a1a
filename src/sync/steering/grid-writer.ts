import { encodeMessage } from '../../wire/message.ts';
import type { SteeredCamera } from './camera.ts';
import type { Grid } from './grid.ts';
import { LineArithmetic } from './line-arithmetic.ts';
import { orderMessage, type Ready, sureMessage } from './order.ts';
import type { FrameReport } from './report.ts';
import type { SteeredState, Way } from './way.ts';

/** As a stock server does it. */
const STOCK_EVERY_FRAMES = 30;
/** The process decides so long after a frame's last line, in us: a guess that may be off by half a frame. */
const DECIDES_AFTER_US = 2_000;

/** The mean phase is taken over so many frames, more than reports come late by and messages take to act. */
const MEAN_FRAMES = 90;
/**
 * The share of it that is made good falls from one to the other: at first the crystals are unknown, later it is noise.
 */
const FIRST_GAIN = 0.6;
const LAST_GAIN = 0.1;
const GAIN_DECAY = 0.85;
/** Phases beyond this are of a camera on its way, in us. */
const PLAUSIBLE_US = 1_000;

const UNKNOWN: SteeredState = { state: 'acquiring', phaseUs: undefined, boundUs: undefined };

/**
 * Writes messages for a camera of which nothing is heard in time: they tell where the grid's frames are, and the stock
 * algorithm corrects by its own stamps.
 *
 * One message every X + 1 frames tells the grid: it is taken when the one before has taken effect. It corrects what is
 * measured then, and what the camera drifts until it acts: it is dated so that a frame in its place corrects just that,
 * to the nearest line. In between, the drift that is known beforehand, of the lines at rest against the grid's frames,
 * is made good by sure orders of a line more (`sureMessage`), which need no stamp. What the crystals differ by is
 * learned by the mean phase, where the camera's stamps are heard at all, however late: without, the camera is off by
 * what it drifts in some frames.
 */
export class GridWriter implements Way {
  readonly learned = undefined;
  private readonly camera: SteeredCamera;
  private readonly grid: Grid;
  private readonly every: number;
  private readonly forwards: boolean;
  private readonly arithmetic: LineArithmetic;
  /** Lines more that are ordered for frames to come, by the frame that they shape. */
  private readonly more = new Map<number, number>();
  /** What the crystals are found to move the mean phase by, in us. */
  private learnedUs = 0;
  /** Sum of the phases that were heard of since it was changed last, and how many they are. */
  private sumUs = 0;
  private count = 0;
  private gain = FIRST_GAIN;
  /** The last frame that a message was sent for, and the last that was told the grid. */
  private sent: number | undefined;
  private told = 0;
  private readyNumber: number | undefined;

  /** @param way `grid` with all that is known fed forward, or `stock`, as a stock server writes. */
  constructor(camera: SteeredCamera, grid: Grid, way: 'grid' | 'stock') {
    this.camera = camera;
    this.grid = grid;
    this.forwards = way === 'grid';
    this.every = this.forwards ? camera.delayFrames + 1 : STOCK_EVERY_FRAMES;
    this.arithmetic = new LineArithmetic(camera.limitUs, camera.lineUs);
  }

  get wakeUs(): number | undefined {
    const origin = this.grid.at(0);
    if (origin === undefined) return undefined;
    return this.sent === undefined ? 0 : this.sendUs(this.sent + 1);
  }

  wake(nowUs: number, wallUs: number): Uint8Array | undefined {
    const origin = this.grid.at(0);
    if (origin === undefined) return undefined;
    // The frame whose decision is nearest to half a frame from now.
    const number = Math.round((nowUs - this.sendUs(0)) / this.grid.periodUs);
    if (this.sent !== undefined && number <= this.sent) return undefined;
    const first = this.sent === undefined;
    this.sent = number;
    const aheadUs = wallUs - nowUs;
    if (first || number - this.told >= this.every) return this.tell(number, aheadUs);
    return this.order(number, aheadUs);
  }

  /** What is heard late still tells the mean phase, and so what the crystals differ by. */
  report({ sensorUs }: FrameReport): void {
    const origin = this.grid.at(0);
    if (origin === undefined || !this.forwards) return;
    const frames = (sensorUs - origin) / this.grid.periodUs;
    const phaseUs = (frames - Math.round(frames)) * this.grid.periodUs;
    if (Math.abs(phaseUs) > PLAUSIBLE_US) return;
    this.sumUs += phaseUs;
    if (++this.count < MEAN_FRAMES) return;
    this.learnedUs += (this.gain * this.sumUs) / this.count;
    this.gain = Math.max(LAST_GAIN, GAIN_DECAY * this.gain);
    this.sumUs = 0;
    this.count = 0;
  }

  begin(number: number): void {
    this.readyNumber = number;
  }

  at(): SteeredState {
    return UNKNOWN;
  }

  /** The grid, for the frame with this number. */
  private tell(number: number, aheadUs: number): Uint8Array {
    this.told = number;
    const { periodUs } = this.grid;
    const at = (this.grid.at(number) as number) + aheadUs - 0.5;
    const correctionUs = this.forwards ? this.forwardUs(number) : 0;
    return encodeMessage(orderMessage(at, correctionUs, Math.round(periodUs), this.ready(aheadUs, 0)));
  }

  /**
   * What a frame that is in its place shall correct all the same, in us: what moves the camera by the start of the
   * frame that is put in place.
   */
  private forwardUs(number: number): number {
    const { limitUs, lineUs, delayFrames } = this.camera;
    const shaped = number + delayFrames;
    const movedUs = delayFrames * this.driftUs + this.moreBetween(number, shaped) * lineUs;
    // Between two numbers of lines: the nearest is made.
    const lines = (this.grid.periodUs - movedUs) / lineUs + 0.5;
    this.more.set(shaped, 0);
    return limitUs - lines * lineUs + this.learnedUs;
  }

  /** A line more where the frame after the one that is shaped would start too soon by more than half of one. */
  private order(number: number, aheadUs: number): Uint8Array | undefined {
    const { lineUs, delayFrames, skipBelowUs } = this.camera;
    const durationUs = this.arithmetic.sureDuration(this.arithmetic.rest + 1);
    // Where the algorithm leaves out frames, nobody knows which, and an order would take the place of what tells the
    // grid.
    if (!this.forwards || durationUs === undefined || this.grid.periodUs < skipBelowUs) return undefined;
    const shaped = number + delayFrames;
    const placed = this.told + delayFrames + 1;
    const aheadOfUs = (shaped + 1 - placed) * this.driftUs + this.moreBetween(placed, shaped) * lineUs;
    if (aheadOfUs > -lineUs / 2) return undefined;
    this.more.set(shaped, 1);
    const at = (this.grid.at(number) as number) + aheadUs;
    return encodeMessage(sureMessage(at, durationUs, this.ready(aheadUs, 0.5)));
  }

  /** What a frame at rest is longer than the grid's, by nominal crystals, in us: less than 0 where it is shorter. */
  private get driftUs(): number {
    return this.arithmetic.rest * this.camera.lineUs - this.grid.periodUs;
  }

  /** Lines more of the frames from one up to another, without that. */
  private moreBetween(from: number, to: number): number {
    let lines = 0;
    for (let frame = from; frame < to; frame++) lines += this.more.get(frame) ?? 0;
    this.more.delete(from - this.every);
    return lines;
  }

  private sendUs(number: number): number {
    const { readoutUs } = this.camera;
    return (this.grid.at(number) as number) + readoutUs + DECIDES_AFTER_US - this.grid.periodUs / 2;
  }

  /**
   * @param before by which share of a frame the ready time lies before its frame: a sure message's frames have no half
   *   to come early by.
   */
  private ready(aheadUs: number, before: number): Ready {
    const at = this.readyNumber === undefined ? undefined : this.grid.at(this.readyNumber);
    return at === undefined ? 'never' : at + aheadUs - before * this.grid.periodUs;
  }
}
