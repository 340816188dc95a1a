import type { BootUs } from '../time/units.ts';
import { encodeMessage } from '../wire/message.ts';
import type { ServerController } from './controller.ts';

/** Frames that the server's own period is averaged over. */
const MEAN_FRAMES = 100;

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
  private periodUs: number;
  private intervals = 0;
  private last: { index: number; bootUs: number } | undefined;
  private recording = false;

  constructor(controller: ServerController, nominalFrameUs: number) {
    this.controller = controller;
    this.periodUs = nominalFrameUs;
  }

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame {
    const decision = this.controller.frame(Math.trunc(wallUs));
    const index = this.index(decision.index, bootUs);
    this.last = { index, bootUs };
    if (decision.ready) this.recording = true;
    return {
      index,
      ready: this.recording,
      timerUs: decision.timerUs,
      send: decision.send && encodeMessage(decision.send),
    };
  }

  private index(told: number, bootUs: number): number {
    if (this.last === undefined) return told;
    const gapUs = bootUs - this.last.bootUs;
    const frames = Math.max(1, Math.round(gapUs / this.periodUs));
    this.intervals = Math.min(this.intervals + 1, MEAN_FRAMES);
    this.periodUs += (gapUs / frames - this.periodUs) / (this.intervals + 1);
    return this.recording ? this.last.index + frames : told;
  }
}
