import type { BootUs } from '../time/units.ts';
import { encodeMessage } from '../wire/message.ts';
import type { ServerController } from './controller.ts';
import { FrameCount } from './frame-count.ts';

export interface ServerFrame {
  /** The frame's index on the timeline; frame 0 is the first of the recording. Never falls once the recording runs. */
  readonly index: number;
  readonly ready: boolean;
  readonly timerUs: number;
  /** The datagram to send, where one is due. */
  readonly send: Uint8Array | undefined;
}

/**
 * A server: its controller decides what the messages say; the index of each frame follows from them until the
 * recording begins, and from then on from the sensor's own timestamps, which no step of the wall clock moves.
 */
export class SyncServer {
  private readonly controller: ServerController;
  private readonly count: FrameCount;
  private last = 0;
  private recording = false;

  constructor(controller: ServerController, nominalFrameUs: number) {
    this.controller = controller;
    this.count = new FrameCount(nominalFrameUs);
  }

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame {
    const decision = this.controller.frame(Math.trunc(wallUs));
    const frames = this.count.advance(bootUs);
    const index = this.recording ? this.last + frames : decision.index;
    this.last = index;
    if (decision.ready) this.recording = true;
    return {
      index,
      ready: this.recording,
      timerUs: decision.timerUs,
      send: decision.send && encodeMessage(decision.send),
    };
  }
}
