import type { BootUs } from '../time/units.ts';
import { encodeMessage, type SyncMessage } from '../wire/message.ts';

/** The server's last message, with all that it must tell so that the server's frames can be carried on. */
interface LastMessage {
  readonly message: SyncMessage;
  readonly bootUs: number;
  readonly periodUs: number;
  readonly frameNumber: number;
  readonly frameIndex: number;
}

/**
 * Stands in for a server that died, for clients of the same host. It assumes that the server's frames would have gone
 * on at the period that its last message told, and sends the messages that the server would have sent of them. Times
 * are by the boot clock, which is never set. Clients take these messages for the server's own, since they have its
 * session id, its frame count and its times.
 */
export class BackupServer {
  private readonly last: LastMessage;
  private readonly delayUs: number;
  private readonly everyFrames: number;
  /** How many frames after the last message's frame the newest frame is that a message was made of. */
  private sentFrames = 0;

  private constructor(last: LastMessage, delayUs: number, everyFrames: number) {
    this.last = last;
    this.delayUs = delayUs;
    this.everyFrames = everyFrames;
  }

  /**
   * @param delayUs from the time of the last message's frame to its reception. A server sends a message once its frame
   *   is read out; the backup waits as long, since a client refuses a message of a frame that has not happened yet by
   *   its clock.
   * @param everyFrames frames from one message to the next.
   * @returns undefined where the message doesn't tell enough: one of a stock server, or one from before the start was
   *   fixed.
   */
  static of(message: SyncMessage | undefined, delayUs: number, everyFrames: number): BackupServer | undefined {
    const { bootUs, periodUs, frameNumber, frameIndex, sessionId } = message?.envelope ?? {};
    if (message === undefined || sessionId === undefined) return undefined;
    if (bootUs === undefined || periodUs === undefined || frameNumber === undefined || frameIndex === undefined) {
      return undefined;
    }
    return new BackupServer({ message, bootUs, periodUs, frameNumber, frameIndex }, delayUs, everyFrames);
  }

  /**
   * When to call `message` next. `message` makes the message of the newest frame that is read out at the time of the
   * call, and timers are early or late by some ms. So a message is due half a frame after its frame is read out: a
   * timer that is off by less than that still gives the same frame.
   * @returns a boot time, not before `bootUs`.
   */
  nextUs(bootUs: number): number {
    const { last, everyFrames } = this;
    const firstUs = last.bootUs + this.delayUs + last.periodUs / 2;
    const soonest = Math.ceil((bootUs - firstUs) / (everyFrames * last.periodUs));
    const next = Math.max(soonest, Math.floor(this.sentFrames / everyFrames) + 1);
    return firstUs + next * everyFrames * last.periodUs;
  }

  /** The message of the newest frame that is read out. @param wallUs the wall clock at the same moment as `bootUs`. */
  message(wallUs: number, bootUs: BootUs): Uint8Array {
    const { message, periodUs, frameNumber, frameIndex } = this.last;
    const frames = Math.max(0, Math.floor((bootUs - this.delayUs - this.last.bootUs) / periodUs));
    this.sentFrames = frames;
    const frameBootUs = this.last.bootUs + frames * periodUs;
    const toWallUs = wallUs - bootUs;
    const at = Math.round(frameBootUs + toWallUs);
    return encodeMessage({
      frameDurationUs: Math.round(periodUs),
      wallClockUs: at,
      readyTimeUs: Math.round(frameBootUs + toWallUs - (frameIndex + frames) * periodUs),
      envelope: {
        ...message.envelope,
        frameNumber: frameNumber + frames,
        frameIndex: frameIndex + frames,
        periodUs,
        bootUs: Math.max(0, at - toWallUs),
      },
    });
  }
}
