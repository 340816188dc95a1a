import { type FrameRate, framesPerSecond } from '../../time/frame-rate.ts';
import type { TakeCameraProcess } from '../plan/camera.ts';

/** How far ahead of the frame last seen the cameras are stopped, so that each hears of it in time, in ms. */
const AHEAD_MS = 400;
/**
 * A process that was told to stop at a frame, and has not got there two frames and this long later, is told to stop at
 * once, in ms.
 */
const AT_ONCE_MS = 2_000;
/** A process that was told to stop and has not ended after this long is killed, in ms. */
export const KILL_MS = 20_000;

/**
 * The end of a take that somebody, or a failure, asked for: all cameras stop before the same frame; at once where none
 * records yet.
 */
export class Stopping {
  /** True once it was asked for. */
  asked = false;
  /** The frame before which all were told to stop; undefined where none records. */
  index: number | undefined;
  private readonly fps: number;

  constructor(frameRate: FrameRate) {
    this.fps = framesPerSecond(frameRate);
  }

  /** @param heardIndex The frame that is due now by what the server was heard to say, where anybody listens to that. */
  stop(cameras: readonly TakeCameraProcess[], heardIndex: number | undefined): void {
    if (this.asked) return;
    this.asked = true;
    const ahead = Math.ceil((AHEAD_MS / 1000) * this.fps);
    const indices = [heardIndex, ...cameras.map(({ snapshot }) => snapshot?.index)].flatMap((index) => index ?? []);
    const furthest = Math.max(Number.NEGATIVE_INFINITY, ...indices);
    // Snapshots are a little old: cameras that are about to record may do so already.
    if (furthest > -ahead) this.index = Math.max(furthest, 0) + ahead;
    for (const camera of cameras) this.stopOne(camera);
  }

  private stopOne(camera: TakeCameraProcess): void {
    camera.stop(this.index);
    const now = setTimeout(() => camera.stop(), AT_ONCE_MS + 2000 / this.fps);
    const timer = setTimeout(() => camera.kill(), KILL_MS);
    void camera.ended.then(() => {
      clearTimeout(now);
      clearTimeout(timer);
    });
  }
}
