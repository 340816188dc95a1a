import type { TimelineStart } from '../time/timecode.ts';
import type { BootUs } from '../time/units.ts';
import { encodeMessage } from '../wire/message.ts';
import { ANNOUNCED_FRAMES, ChangeDecider, EAGER_PERIOD } from './change-decider.ts';
import type { ServerController } from './controller.ts';
import { FrameCount } from './frame-count.ts';
import type { RecordingChange } from './recording-change.ts';

/** What a server makes of one of its frames. */
export interface ServerFrame {
  /** The frame's index on the timeline; frame 0 is the first of the recording. It rises with each frame. */
  readonly index: number;
  /** True from the frame on that the recording begins with. */
  readonly ready: boolean;
  /** Time until then, in us; negative once it is over. */
  readonly timerUs: number;
  /** The datagram to send, where one is due. */
  readonly send: Uint8Array | undefined;
  /** Changes of the recording that were decided since the frame before. */
  readonly changes: readonly RecordingChange[];
  /** When frame 0 is: decided once, as soon as it is fixed which frame that is; for a server that tells its clients. */
  readonly start?: TimelineStart | undefined;
}

/**
 * A server: its controller decides what the messages say; the index of each frame is counted by the sensor's own
 * timestamps, which no step of the wall clock moves.
 *
 * Its messages are the controller's, to the byte, until a change of the recording is asked for. From then on they carry
 * the changes in an envelope, and come more often while one is near.
 */
export class SyncServer {
  private readonly controller: ServerController;
  private readonly count: FrameCount;
  private readonly changes = new ChangeDecider({ ahead: ANNOUNCED_FRAMES });
  private index: number | undefined;
  /** Its controller says at each frame when the recording begins. */
  readonly fixed = true;

  constructor(controller: ServerController, nominalFrameUs: number) {
    this.controller = controller;
    this.count = new FrameCount(nominalFrameUs);
  }

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame {
    const frames = this.count.advance(bootUs);
    const coming = this.index === undefined ? undefined : this.index + frames;
    const near = coming !== undefined && this.changes.near(coming);
    const decision = this.controller.frame(Math.trunc(wallUs), near ? EAGER_PERIOD : undefined);
    this.index = coming ?? decision.index;
    const changes = decision.send && this.changes.told(this.index);
    return {
      index: this.index,
      ready: this.index >= 0,
      timerUs: decision.timerUs,
      send: decision.send && encodeMessage({ ...decision.send, ...(changes && { envelope: { changes } }) }),
      changes: this.changes.take(),
    };
  }

  /** No effect: a stock server fixes the beginning from the start. */
  begin(): void {}

  /** Asks for a change of the recording. @returns it; undefined: stock messages can't tell of one. */
  change(kind: RecordingChange['kind']): RecordingChange | undefined {
    return this.changes.ask(kind, this.index);
  }
}
