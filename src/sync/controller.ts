import type { SyncMessage } from '../wire/message.ts';

/**
 * The algorithm of a server: it watches its own frames and decides what the messages say.
 *
 * Controllers are machines without I/O: an event and its time go in, what to do comes out.
 */
export interface ServerController {
  /** The controller's name. */
  readonly name: string;
  /**
   * One frame of the server's camera; `wallUs` is its wall clock in whole us. A message is due after `period` frames,
   * where that is given and less than the usual.
   */
  frame(wallUs: number, period?: number): ServerDecision;
}

/** What a server's controller makes of a frame. */
export interface ServerDecision {
  /** The frame's index as the messages tell it: (wall clock - ready time) / frame duration. */
  readonly index: number;
  /** True from the first frame of the recording on. */
  readonly ready: boolean;
  /** Time left until ready, in us; negative after it. */
  readonly timerUs: number;
  /** The message to send with this frame, where one is due. */
  readonly send: SyncMessage | undefined;
}

/** The algorithm of a client: it compares its own frames with the server's messages and decides how to correct. */
export interface ClientController {
  /** The controller's name. */
  readonly name: string;
  /**
   * One frame of the client's camera: its wall clock in whole us, and the messages taken since the last, oldest first.
   */
  frame(wallUs: number, messages: readonly SyncMessage[]): ClientDecision;
}

/** What a client's controller makes of a message. */
export interface ClientDecision {
  /** True from the first frame of the recording on; never becomes false again. */
  readonly ready: boolean;
  /** Time left until ready, in us; undefined before the first message. */
  readonly timerUs: number | undefined;
  /** One coming frame is to be shortened by this many us (lengthened where negative); 0 leaves it as it is. */
  readonly correctionUs: number;
}

/** What the stock algorithm is set up with; the names follow the `rpi.sync` section of a tuning file. */
export interface SyncSettings {
  /** Nominal frame duration, in us; the stock algorithm truncates it to a whole number. */
  readonly frameDurationUs: number;
  /** Frames from one message to the next. Server only. */
  readonly syncPeriod: number;
  /** Frames from the server's first frame to the first of the recording. Server only. */
  readonly readyFrame: number;
  /** Corrections smaller than this count as 0, in us. Client only. */
  readonly minAdjustmentUs: number;
}

/** The defaults of stock cameras. */
export const SYNC_DEFAULTS = { syncPeriod: 30, readyFrame: 100, minAdjustmentUs: 50 } as const;
