import type { GridAnchor } from '../../rpicam/server-grid.ts';
import { MessageGuard } from '../../sync/guard.ts';
import { type HeardStart, StartIntake } from '../../sync/start-intake.ts';
import { SteadyNow } from '../../sync/steady-now.ts';
import type { SyncMessage } from '../../wire/message.ts';

/**
 * What the server of a take announces, heard by one who has no camera: when the recording begins, and where its frames
 * really lie after that. Stock cameras say nothing of the index of their frames; it is found from this.
 */
export class ServerListener {
  /** Anchors since the beginning is fixed, oldest first. */
  readonly anchors: GridAnchor[] = [];
  /** Messages that were believed. */
  messages = 0;
  /** How long after its frame the newest one was heard, in us. */
  delayUs = 0;
  private readonly guard: MessageGuard;
  private readonly now = new SteadyNow();
  private readonly nominalUs: number;
  /** The newest of them. */
  last: SyncMessage | undefined;
  private ready: number | undefined;
  /** When the newest anchor was, by this host's boot clock. */
  private anchorBootUs: number | undefined;
  private readonly starts = new StartIntake();

  constructor(nominalUs: number) {
    this.nominalUs = nominalUs;
    this.guard = new MessageGuard(nominalUs);
  }

  /** A datagram came in from `from` at `nowUs` of this host's wall clock, `bootUs` of its boot clock. */
  receive(bytes: Uint8Array, from: string, nowUs: number, bootUs?: number): void {
    const { message } = this.guard.receive(bytes, from, nowUs, this.now.at(nowUs, bootUs));
    if (message === undefined) return;
    this.messages++;
    this.last = message;
    this.delayUs = nowUs - message.wallClockUs;
    this.starts.update(message, this.ready !== undefined && message.wallClockUs > this.ready);
    // As long as one of ours leaves the beginning open, its ready time moves along, and its envelope has no index.
    if (message.envelope?.frameNumber !== undefined && message.envelope.frameIndex === undefined) return;
    const { wallClockUs, readyTimeUs } = message;
    this.anchors.push({ index: this.indexOf(message), wallUs: wallClockUs });
    this.anchorBootUs = bootUs === undefined ? undefined : bootUs - this.delayUs;
    // A stock server goes on computing its ready time from its latest rate; the last one before the beginning is the
    // one that counted.
    if (this.ready === undefined || wallClockUs <= this.ready) this.ready = readyTimeUs;
  }

  /** When frame 0 was announced for, on the server's wall clock, in us; undefined as long as that is open. */
  get readyTimeUs(): number | undefined {
    return this.ready;
  }

  /**
   * When frame 0 is, as the server decided it or, where it doesn't say so, the ready time; undefined as long as that is
   * open.
   */
  get start(): HeardStart | undefined {
    return this.starts.heard;
  }

  /** Frame duration, in us: nominal, until a message tells. */
  get periodUs(): number {
    return this.last?.envelope?.periodUs ?? this.last?.frameDurationUs ?? this.nominalUs;
  }

  /** When frame `index` is due on the server's wall clock, in us; undefined as long as the beginning is open. */
  timeOf(index: number): number | undefined {
    const anchor = this.anchors.at(-1);
    return anchor && anchor.wallUs + (index - anchor.index) * this.periodUs;
  }

  /** The index that is due at a moment of the server's wall clock; undefined as long as the beginning is open. */
  indexAt(wallUs: number): number | undefined {
    const anchor = this.anchors.at(-1);
    return anchor && anchor.index + Math.round((wallUs - anchor.wallUs) / this.periodUs);
  }

  /**
   * How many frames the timeline has gone on to at a moment of this host's boot clock, where the server shares the
   * host: a step of the wall clock doesn't move that. Undefined as long as the beginning is open.
   */
  placeAt(bootUs: number): number | undefined {
    const anchor = this.anchors.at(-1);
    if (anchor === undefined || this.anchorBootUs === undefined) return undefined;
    return anchor.index + (bootUs - this.anchorBootUs) / this.periodUs;
  }

  private indexOf({ envelope, frameDurationUs, wallClockUs, readyTimeUs }: SyncMessage): number {
    if (envelope?.frameIndex !== undefined) return envelope.frameIndex;
    const anchor = this.anchors.at(-1);
    // The duration on the wire is rounded to 1 us: from one message to the next that is nothing, from the beginning it
    // adds up.
    return anchor === undefined
      ? Math.round((wallClockUs - readyTimeUs) / frameDurationUs)
      : anchor.index + Math.round((wallClockUs - anchor.wallUs) / frameDurationUs);
  }
}
