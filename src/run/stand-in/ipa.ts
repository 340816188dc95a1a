import {
  type DebugLine,
  frameDurationLine,
  getOutputLine,
  metadataLine,
  receivedLines,
  sentLines,
} from '../../rpicam/debug-lines.ts';
import type { SyncSettings } from '../../sync/controller.ts';
import { StockClient, unguardedCorrection } from '../../sync/stock-client.ts';
import { StockServer } from '../../sync/stock-server.ts';
import { usToNs } from '../../time/units.ts';
import { encodeMessage, type SyncMessage } from '../../wire/message.ts';
import { OrderDelay } from './order-delay.ts';
import { readPayload } from './payload.ts';

export interface StandInIpaOptions {
  readonly sync: 'off' | 'server' | 'client';
  readonly settings: Omit<SyncSettings, 'frameDurationUs'>;
  /** The frame duration that is asked of the camera, whole us. */
  readonly limitUs: number;
  /** Duration of a line by the nominal crystal, us. */
  readonly lineUs: number;
  /** Frames that come sooner than this after the last one that the algorithm ran on are left out by it, us. */
  readonly skipBelowUs: number;
  /**
   * From the frame that took an order to the one that it shapes; `movesUs`: after so long that is another, again and
   * again.
   */
  readonly orderFrames: number;
  readonly orderMovesUs: number;
  readonly rounds: boolean;
}

/** A frame as libcamera gets it. */
export interface IpaFrame {
  /** The sensor's count of frames. */
  readonly number: number;
  readonly sensorUs: number;
  /** By the process's own clock recovery. */
  readonly wallUs: number;
  readonly exposureUs: number;
  readonly gain: number;
}

export interface IpaDecision {
  /** True from the first frame of the recording on. */
  readonly ready: boolean;
  /**
   * What the algorithm said of this frame; undefined where it was left out. `timerUs`: left until the recording, where
   * that is known.
   */
  readonly ran: { readonly timerUs: number | undefined } | undefined;
  /** The recording begins with this frame, so far from the ready time. */
  readonly achievedUs: number | undefined;
  /** Lines that the frame is said to have. */
  readonly lines: number;
  /** One frame to come shall have so many lines; the sensor does as it can. */
  readonly order: { readonly frame: number; readonly lines: number } | undefined;
  readonly send: Uint8Array | undefined;
  readonly log: readonly DebugLine[];
}

/** Frames that what was ordered of them is kept for. */
const KEPT = 32;

/**
 * What libcamera makes of the frames of a stock camera: its sync algorithm, on the frames that it runs on; a correction
 * in lines, for one frame some frames later; and what it logs of both. Nothing is asked of a message before it acts on
 * it.
 */
export class StandInIpa {
  /** Lines of a frame to which nobody does anything. */
  readonly restLines: number;
  private readonly options: StandInIpaOptions;
  private readonly client: StockClient;
  private readonly server: StockServer;
  private readonly delay: OrderDelay;
  private readonly ordered = new Map<number, number>();
  private lastRunUs = Number.NEGATIVE_INFINITY;
  private last: { readonly wallUs: number; readonly count: number } | undefined;
  private ready: boolean;
  private readonly frameUs: number;

  constructor(options: StandInIpaOptions) {
    this.options = options;
    this.restLines = this.linesFor(options.limitUs);
    this.frameUs = this.restLines * options.lineUs;
    const settings = { ...options.settings, frameDurationUs: this.frameUs };
    this.client = new StockClient(settings, unguardedCorrection);
    this.server = new StockServer(settings);
    this.delay = new OrderDelay(options.orderFrames, options.orderMovesUs);
    this.ready = options.sync === 'off';
  }

  /** What is logged when the camera is set up. */
  get setUpLog(): DebugLine[] {
    return this.options.sync === 'off' ? [] : [frameDurationLine(this.frameUs)];
  }

  /**
   * Whether the algorithm runs on a frame of this stamp: who listens for it reads what is waiting then, and not before.
   */
  runsOn(sensorUs: number): boolean {
    return this.options.sync !== 'off' && sensorUs - this.lastRunUs >= this.options.skipBelowUs;
  }

  /**
   * @param datagrams that are waiting, oldest first; undefined where a client has no socket. They are for a frame that
   *   the algorithm runs on.
   */
  frame(frame: IpaFrame, datagrams: readonly Uint8Array[] | undefined): IpaDecision {
    const { lineUs, sync } = this.options;
    const lines = this.ordered.get(frame.number) ?? this.restLines;
    const { sensorUs, wallUs, exposureUs, gain } = frame;
    const log = [getOutputLine(usToNs(sensorUs), usToNs(wallUs)), metadataLine({ exposureUs, lines, lineUs, gain })];
    const none = { ran: undefined, achievedUs: undefined, order: undefined, send: undefined };
    if (!this.runsOn(sensorUs)) return { ...none, ready: this.ready, lines, log };
    this.lastRunUs = sensorUs;
    if (sync === 'client' && datagrams === undefined) return { ...none, ready: this.ready, lines, log };
    const before = this.ready;
    const {
      timerUs,
      order,
      send,
      log: more,
    } = sync === 'server' ? this.serve(wallUs) : this.follow(frame, datagrams ?? []);
    const achievedUs = this.ready && !before ? timerUs : undefined;
    return { ready: this.ready, ran: { timerUs }, achievedUs, lines, order, send, log: [...log, ...more] };
  }

  private serve(wallUs: number) {
    const t = Math.trunc(wallUs);
    const { ready, timerUs, send } = this.server.frame(t);
    this.ready = ready;
    const { last } = this;
    const count = this.counted(t);
    if (send === undefined) return { timerUs, order: undefined, send: undefined, log: [] };
    const { frameDurationUs, wallClockUs, readyTimeUs } = send;
    const log = sentLines(count, frameDurationUs, wallClockUs, wallClockUs - (last?.wallUs ?? 0), readyTimeUs);
    return { timerUs, order: undefined, send: encodeMessage(send), log };
  }

  private follow({ number, sensorUs, wallUs }: IpaFrame, datagrams: readonly Uint8Array[]) {
    const t = Math.trunc(wallUs);
    const first = this.last === undefined;
    const message = first ? undefined : readPayload(datagrams);
    const { ready, timerUs, correctionUs } = this.client.frame(t, message === undefined ? [] : [message]);
    this.ready = ready;
    const count = this.counted(t);
    const log = message === undefined ? [] : this.received(message, count, t, correctionUs);
    const order = correctionUs === 0 ? undefined : this.order(number, sensorUs, correctionUs);
    return { timerUs, order, send: undefined, log };
  }

  /** Counts as the algorithm does: with the frames that were dropped in between. */
  private counted(t: number): number {
    const { last, frameUs } = this;
    const steps = last === undefined ? 0 : Math.max(1, Math.round((t - last.wallUs) / frameUs));
    const count = (last?.count ?? 0) + steps;
    this.last = { wallUs: t, count };
    return count;
  }

  private received(message: SyncMessage, frameNumber: number, clientUs: number, correctionUs: number): DebugLine[] {
    const { wallClockUs: serverUs, readyTimeUs: readyUs, frameDurationUs } = message;
    const frames = Math.trunc((clientUs - serverUs + frameDurationUs / 2) / frameDurationUs);
    const nearestUs = Math.trunc(clientUs - frames * frameDurationUs);
    return receivedLines({ frameNumber, serverUs, readyUs, clientUs, nearestUs, frames, correctionUs });
  }

  private order(number: number, sensorUs: number, correctionUs: number) {
    const frame = number + this.delay.at(sensorUs);
    const lines = this.linesFor(this.options.limitUs - correctionUs);
    this.ordered.set(frame, lines);
    for (const key of this.ordered.keys()) if (key < number - KEPT) this.ordered.delete(key);
    return { frame, lines };
  }

  private linesFor(us: number): number {
    const lines = us / this.options.lineUs;
    return this.options.rounds ? Math.round(lines) : Math.floor(lines);
  }
}
