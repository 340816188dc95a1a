import type { SyncMessage } from '../wire/message.ts';
import type { ClientController, ClientDecision, SyncSettings } from './controller.ts';
import { StockFrames } from './stock-frames.ts';

/**
 * The client of `rpicam-vid --sync client`, to the last microsecond.
 *
 * Of the messages that came since its last frame it takes the newest, and shortens one frame by how far it is behind
 * the server's grid. It does not check a message; the guard in front of it does.
 */
export class StockClient implements ClientController {
  /** The controller's name. */
  readonly name = 'stock';
  private readonly frames: StockFrames;
  private readonly minAdjustmentUs: number;
  private readonly correctionOf: (t: number, message: SyncMessage) => number;
  private message: SyncMessage | undefined;
  private ready = false;

  /**
   * @param correctionOf How a correction is reckoned; the stand-in for a stock process, which has no guard, has its own
   *   way.
   */
  constructor(settings: SyncSettings, correctionOf: (t: number, message: SyncMessage) => number = correction) {
    this.correctionOf = correctionOf;
    this.minAdjustmentUs = settings.minAdjustmentUs;
    this.frames = new StockFrames(settings.frameDurationUs);
  }

  frame(wallUs: number, messages: readonly SyncMessage[]): ClientDecision {
    const { t, last } = this.frames.begin(wallUs);
    // Whatever came before the first frame speaks of a time before this camera ran.
    const newest = last === undefined ? undefined : messages.at(-1);
    let correctionUs = 0;
    if (newest !== undefined) {
      this.message = newest;
      const raw = this.correctionOf(t, newest);
      if (Math.abs(raw) >= this.minAdjustmentUs) correctionUs = raw;
    }
    if (this.message !== undefined && t + this.message.frameDurationUs / 2 > this.message.readyTimeUs)
      this.ready = true;
    this.frames.end(t);
    return {
      ready: this.ready,
      timerUs: this.message === undefined ? undefined : this.message.readyTimeUs - t,
      correctionUs,
    };
  }
}

/**
 * How far a frame at `t` of the client's wall clock (whole us) is behind the server's grid, in whole us: what the
 * client shortens a frame by. The frame count between is rounded as the original does it.
 */
export function correction(t: number, message: SyncMessage): number {
  const n = framesBetween(t, message);
  return Math.trunc(t - n * message.frameDurationUs) - message.wallClockUs;
}

/** The integers that the original counts frames and corrects in have 32 bits. */
const LARGEST = 2 ** 31;

/**
 * The same as a process of the original reckons it, where no guard stands before it: a count of frames beyond 32 bits
 * is the largest there is, and a correction beyond them wraps around.
 */
export function unguardedCorrection(t: number, message: SyncMessage): number {
  const n = Math.max(-LARGEST, Math.min(LARGEST - 1, framesBetween(t, message) || 0));
  const far = Math.trunc(t - n * message.frameDurationUs) - message.wallClockUs;
  return Math.abs(far) < LARGEST ? far : Number(BigInt.asIntN(32, BigInt(far)));
}

function framesBetween(t: number, { frameDurationUs, wallClockUs }: SyncMessage): number {
  return Math.trunc((t - wallClockUs + frameDurationUs / 2) / frameDurationUs);
}
