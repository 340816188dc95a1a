import type { ServerController, ServerDecision, SyncSettings } from './controller.ts';
import { StockFrames } from './stock-frames.ts';

/** Frames over which the running mean of the frame duration reaches at the most. */
const MEAN_FRAMES = 99;

/**
 * The server of `rpicam-vid --sync server`, to the last microsecond.
 *
 * It never corrects its own frames. It keeps a running mean of their duration, computes at each frame when frame
 * `readyFrame` begins (also after that has passed), and says both in a message every `syncPeriod` frames, first at
 * frame `syncPeriod`.
 */
export class StockServer implements ServerController {
  /** The controller's name. */
  readonly name = 'stock';
  private readonly frames: StockFrames;
  private readonly settings: SyncSettings;
  private estimateUs = 0;
  private sinceMessage = 0;
  private ready = false;

  constructor(settings: SyncSettings) {
    this.settings = settings;
    this.frames = new StockFrames(settings.frameDurationUs);
  }

  frame(wallUs: number, period = this.settings.syncPeriod): ServerDecision {
    const { t, last, dropped } = this.frames.begin(wallUs);
    const { count } = this.frames;
    this.sinceMessage += dropped;
    if (last === undefined) {
      this.estimateUs = this.frames.durationUs;
    } else {
      const diff = Math.trunc((t - last) / (1 + dropped));
      const n = Math.min(count, MEAN_FRAMES);
      this.estimateUs = count === 1 ? diff : (n * this.estimateUs + diff) / (n + 1);
    }
    const index = count - this.settings.readyFrame;
    const readyTimeUs = Math.trunc(t - index * this.estimateUs);
    if (t + this.estimateUs / 2 > readyTimeUs) this.ready = true;
    let send: ServerDecision['send'];
    if (this.sinceMessage >= Math.min(period, this.settings.syncPeriod)) {
      this.sinceMessage = 0;
      send = { frameDurationUs: Math.trunc(this.estimateUs + 0.5), wallClockUs: t, readyTimeUs };
    }
    this.sinceMessage++;
    this.frames.end(t);
    return { index, ready: this.ready, timerUs: readyTimeUs - t, send };
  }
}
