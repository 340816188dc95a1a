import { encodeMessage } from '../../wire/message.ts';
import type { SteeredCamera } from './camera.ts';
import type { Grid } from './grid.ts';
import { LineArithmetic } from './line-arithmetic.ts';
import { orderMessage, type Ready } from './order.ts';
import type { FrameReport } from './report.ts';
import type { SteeredState, Way } from './way.ts';

/** As a stock server does it. */
const STOCK_EVERY_FRAMES = 30;
/** The process decides so long after a frame's last line, in us: a guess that may be off by half a frame. */
const DECIDES_AFTER_US = 2_000;

/** The mean phase is taken over so many frames, more than reports come late by and messages take to act. */
const MEAN_FRAMES = 90;
/** The share of it that is made good falls from one to the other: at first the crystals are unknown, later it is noise. */
const FIRST_GAIN = 0.6;
const LAST_GAIN = 0.1;
const GAIN_DECAY = 0.85;
/** Phases beyond this are of a camera on its way, in us. */
const PLAUSIBLE_US = 1_000;

const UNKNOWN: SteeredState = { state: 'acquiring', phaseUs: undefined, boundUs: undefined };

/**
 * Writes messages for a camera of which nothing is heard: they tell where the grid's frames are, and the stock algorithm corrects by its own stamps.
 *
 * Its frames at rest are longer than the grid's by d. A message every m frames corrects m d, and acts X + 1 starts later. The mean of the m phases from one
 * to the next is 0 where a message is taken with a phase of -((m - 1) / 2 - (m - 1 - X)) d; flooring to lines shortens by half a line more than was
 * asked for in the mean, but for what the limit is longer than the frame at rest. All of that is known beforehand and fed forward: the message is dated
 * accordingly. What the crystals differ by is learned by the mean phase, where the camera's stamps are heard at all, however late.
 */
export class GridWriter implements Way {
  readonly learned = undefined;
  readonly #camera: SteeredCamera;
  readonly #grid: Grid;
  readonly #every: number;
  readonly #forwards: boolean;
  #forwardUs: number;
  /** Sum of the phases that were heard of since it was changed last, and how many they are. */
  #sumUs = 0;
  #count = 0;
  #gain = FIRST_GAIN;
  #sent: number | undefined;
  #readyNumber: number | undefined;

  /** @param way `grid` with all that is known fed forward, or `stock`, as a stock server writes. */
  constructor(camera: SteeredCamera, grid: Grid, way: 'grid' | 'stock') {
    this.#camera = camera;
    this.#grid = grid;
    this.#forwards = way === 'grid';
    this.#every = this.#forwards ? everyFrames(camera) : STOCK_EVERY_FRAMES;
    this.#forwardUs = this.#forwards ? forward(camera, grid.periodUs) : 0;
  }

  get wakeUs(): number | undefined {
    const origin = this.#grid.at(0);
    if (origin === undefined) return undefined;
    return this.#sent === undefined ? 0 : this.#sendUs(this.#sent + this.#every);
  }

  wake(nowUs: number, wallUs: number): Uint8Array | undefined {
    const origin = this.#grid.at(0);
    if (origin === undefined) return undefined;
    const { periodUs } = this.#grid;
    // The frame whose decision is nearest to half a frame from now.
    const number = Math.round((nowUs - this.#sendUs(0)) / periodUs);
    if (this.#sent !== undefined && number < this.#sent + this.#every) return undefined;
    this.#sent = number;
    const aheadUs = wallUs - nowUs;
    const at = (this.#grid.at(number) as number) + aheadUs - 0.5;
    return encodeMessage(orderMessage(at, this.#forwardUs, Math.round(periodUs), this.#ready(aheadUs)));
  }

  /** What is heard late still tells the mean phase, and so what the crystals differ by. */
  report({ sensorUs }: FrameReport): void {
    const origin = this.#grid.at(0);
    if (origin === undefined || !this.#forwards) return;
    const frames = (sensorUs - origin) / this.#grid.periodUs;
    const phaseUs = (frames - Math.round(frames)) * this.#grid.periodUs;
    if (Math.abs(phaseUs) > PLAUSIBLE_US) return;
    this.#sumUs += phaseUs;
    if (++this.#count < MEAN_FRAMES) return;
    this.#forwardUs += (this.#gain * this.#sumUs) / this.#count;
    this.#gain = Math.max(LAST_GAIN, GAIN_DECAY * this.#gain);
    this.#sumUs = 0;
    this.#count = 0;
  }

  begin(number: number): void {
    this.#readyNumber = number;
  }

  at(): SteeredState {
    return UNKNOWN;
  }

  #sendUs(number: number): number {
    const { readoutUs } = this.#camera;
    return (this.#grid.at(number) as number) + readoutUs + DECIDES_AFTER_US - this.#grid.periodUs / 2;
  }

  #ready(aheadUs: number): Ready {
    const at = this.#readyNumber === undefined ? undefined : this.#grid.at(this.#readyNumber);
    return at === undefined ? 'never' : at + aheadUs;
  }
}

/** Frames from one message to the next: so many that the one before has taken effect. */
const everyFrames = ({ delayFrames }: SteeredCamera): number => delayFrames + 1;

/** What a frame that is in its place shall correct all the same, in us. */
function forward(camera: SteeredCamera, periodUs: number): number {
  const { limitUs, lineUs, delayFrames } = camera;
  const every = everyFrames(camera);
  const restUs = new LineArithmetic(limitUs, lineUs).rest * lineUs;
  const takenAt = (every - 1) / 2 - (every - 1 - delayFrames);
  return (every + takenAt) * (restUs - periodUs) + (limitUs - restUs) - lineUs / 2;
}
