import type { BootUs } from '../time/units.ts';
import { encodeMessage, type SyncMessage } from '../wire/message.ts';

/** What a message must tell so that the server's frames can be carried on. */
interface LastWord {
  readonly message: SyncMessage;
  readonly bootUs: number;
  readonly periodUs: number;
  readonly frameNumber: number;
  readonly frameIndex: number;
}

/**
 * Carries on the word of a server that fell silent, for clients of the same host: its frames go on as evenly as a crystal does, on the boot
 * clock, which nobody sets. Clients take its messages for the server's: they have its session, its count and its grid.
 */
export class Caretaker {
  private readonly word: LastWord;
  private readonly delayUs: number;

  private constructor(word: LastWord, delayUs: number) {
    this.word = word;
    this.delayUs = delayUs;
  }

  /**
   * @param delayUs how long after its frame the message was heard: a frame is spoken of once it is read out, and one that is spoken of earlier
   * seems to come from the future.
   * @returns undefined where the message doesn't tell enough: a stock server's, or one from before the recording was fixed.
   */
  static of(message: SyncMessage | undefined, delayUs: number): Caretaker | undefined {
    const { bootUs, periodUs, frameNumber, frameIndex, sessionId } = message?.envelope ?? {};
    if (message === undefined || sessionId === undefined) return undefined;
    if (bootUs === undefined || periodUs === undefined || frameNumber === undefined || frameIndex === undefined) {
      return undefined;
    }
    return new Caretaker({ message, bootUs, periodUs, frameNumber, frameIndex }, delayUs);
  }

  /** The message that is due now. @param wallUs the wall clock at the same moment as `bootUs`. */
  message(wallUs: number, bootUs: BootUs): Uint8Array {
    const { message, periodUs, frameNumber, frameIndex } = this.word;
    const frames = Math.max(0, Math.floor((bootUs - this.delayUs - this.word.bootUs) / periodUs));
    const frameBootUs = this.word.bootUs + frames * periodUs;
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
