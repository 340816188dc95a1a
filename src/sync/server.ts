import type { BootUs } from '../time/units.ts';
import { encodeMessage } from '../wire/message.ts';
import type { ServerController } from './controller.ts';
import { FrameCount } from './frame-count.ts';

export interface ServerFrame {
  /** The frame's index on the timeline; frame 0 is the first of the recording. It rises with each frame. */
  readonly index: number;
  readonly ready: boolean;
  readonly timerUs: number;
  /** The datagram to send, where one is due. */
  readonly send: Uint8Array | undefined;
}

/**
 * A server: its controller decides what the messages say; the index of each frame is counted by the sensor's own timestamps, which no step of
 * the wall clock moves.
 */
export class SyncServer {
  private readonly controller: ServerController;
  private readonly count: FrameCount;
  private index: number | undefined;

  constructor(controller: ServerController, nominalFrameUs: number) {
    this.controller = controller;
    this.count = new FrameCount(nominalFrameUs);
  }

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame {
    const decision = this.controller.frame(Math.trunc(wallUs));
    const frames = this.count.advance(bootUs);
    this.index = (this.index ?? decision.index) + frames;
    return {
      index: this.index,
      ready: this.index >= 0,
      timerUs: decision.timerUs,
      send: decision.send && encodeMessage(decision.send),
    };
  }
}
