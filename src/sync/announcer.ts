import type { TimelineStart } from '../time/timecode.ts';
import { encodeMessage } from '../wire/message.ts';
import { ANNOUNCED_FRAMES, ChangeDecider, EAGER_PERIOD } from './change-decider.ts';
import type { RecordingChange } from './recording-change.ts';
import type { ServerFrame } from './server.ts';

/** While it is open when the recording begins, it is announced for this far ahead, in us, and moves along. */
const OPEN_AHEAD_US = 60e6;
/** Messages that go out between fixing the beginning and the beginning, where clients hear of it by messages alone. */
const FIXED_MESSAGES = 8;
/**
 * Where they hear of it by a channel, which loses nothing: from fixing the beginning to the beginning, in us, and in
 * frames at least. Encoders are opened in that time.
 */
const CHANNEL_LEAD_US = 330e3;
const CHANNEL_LEAD_FRAMES = 10;
/**
 * Frames between messages before the beginning, there. What the channel tells counts with the next message, and the way
 * over it takes two hops between processes: five messages go out while there is time. A stock client would correct the
 * same error twice; there is none.
 */
const CHANNEL_PERIOD = 2;
/**
 * Frames behind the beginning until which they are as close, there: who missed all of those before it begins late by
 * little.
 */
const CHANNEL_EAGER_UNTIL = 60;

/** What a server says besides when its frames are. */
export interface AnnouncerOptions {
  /** Names this run of the server: 16 hex digits. */
  readonly sessionId: string;
  /** Names this run of its host, where other hosts read its clock by an exchange: 16 hex digits. */
  readonly hostId?: string | undefined;
  /** Frames from one message to the next once the recording runs. */
  readonly syncPeriod: number;
  /** Frames to the beginning of the recording; `open` leaves that to `begin`. */
  readonly readyFrame: number | 'open';
  /**
   * True where all clients track, and hear by a channel beside the messages when the recording begins. Default false.
   */
  readonly channel?: boolean | undefined;
  /** From `begin` to the beginning, in us. Default: as long as it takes to tell all by messages, or by the channel. */
  readonly leadUs?: number | undefined;
  /** Exposure that its messages tell of, in us; undefined where the camera chooses it. */
  readonly exposureUs?: number | undefined;
  /** Gain that its messages tell of, a factor; undefined where the camera chooses it. */
  readonly gain?: number | undefined;
  /** What this host's local time is ahead of UTC at a moment of its wall clock, in minutes. Default 0. */
  readonly utcOffset?: ((wallUs: number) => number) | undefined;
}

/** A frame of a server, as its messages tell of it. Times in us. */
export interface AnnouncedFrame {
  /** The server's own count of it. */
  readonly number: number;
  /** When it is, on the server's wall clock. */
  readonly wallUs: number;
  /** What the wall clock is ahead of the boot clock. */
  readonly toWallUs: number;
  /** Duration of a frame on the boot clock. */
  readonly periodUs: number;
}

/**
 * What a server of ours says of its frames, wherever it has them from: which of them a message tells of, when the
 * recording begins, and what changes it.
 */
export class Announcer {
  private readonly options: AnnouncerOptions;
  private readonly changes: ChangeDecider;
  private number: number;
  private periodUs: number;
  private sinceMessage = Number.POSITIVE_INFINITY;
  private readyNumber: number | undefined;
  private start: TimelineStart | undefined;
  /** Index of the last frame. */
  private index: number | undefined;

  /**
   * @param first number of its first frame.
   * @param periodUs duration of a frame, as far as that is known beforehand.
   */
  constructor(options: AnnouncerOptions, first: number, periodUs: number) {
    this.options = options;
    this.number = first;
    this.periodUs = periodUs;
    if (options.readyFrame !== 'open') this.readyNumber = first + options.readyFrame;
    this.changes = new ChangeDecider({ ahead: ANNOUNCED_FRAMES, open: !this.fixed });
  }

  /** True once it is fixed when the recording begins. */
  get fixed(): boolean {
    return this.readyNumber !== undefined;
  }

  /** Fixes the beginning of the recording: as soon as everybody can have heard of it. */
  begin(): void {
    this.readyNumber ??= this.number + this.lead;
    this.changes.fix();
  }

  /** Asks for a change of the recording. @returns it; undefined where it changes nothing. */
  change(kind: RecordingChange['kind']): RecordingChange | undefined {
    return this.changes.ask(kind, this.index);
  }

  /** A frame of the server, later than the one before. */
  frame({ number, wallUs, toWallUs, periodUs }: AnnouncedFrame): ServerFrame {
    if (number > this.number) this.sinceMessage += number - this.number;
    this.number = number;
    this.periodUs = periodUs;
    const openFrames = Math.ceil(OPEN_AHEAD_US / periodUs);
    const index = number - (this.readyNumber ?? number + openFrames);
    const timerUs = -index * periodUs;
    const { syncPeriod, channel } = this.options;
    const before = channel ? CHANNEL_PERIOD : EAGER_PERIOD;
    const eagerUntil = channel ? CHANNEL_EAGER_UNTIL : 0;
    const near = index >= eagerUntil && this.changes.near(index);
    const due = index < eagerUntil ? before : near ? Math.min(EAGER_PERIOD, syncPeriod) : syncPeriod;
    this.index = this.fixed ? index : undefined;
    const readyTimeUs = Math.round(wallUs + timerUs);
    if (this.fixed) this.start ??= this.decideStart(readyTimeUs);
    let send: Uint8Array | undefined;
    if (this.sinceMessage >= due) {
      this.sinceMessage = 0;
      const at = Math.round(wallUs);
      const { exposureUs, gain, sessionId, hostId } = this.options;
      const changes = this.changes.told(index);
      send = encodeMessage({
        frameDurationUs: Math.round(periodUs),
        wallClockUs: at,
        readyTimeUs,
        envelope: {
          sessionId,
          frameNumber: number,
          periodUs,
          // The boot time of the very microsecond that stands in the stock part.
          bootUs: Math.max(0, at - toWallUs),
          ...(this.readyNumber !== undefined && { frameIndex: index }),
          ...(exposureUs !== undefined && { exposureUs }),
          ...(gain !== undefined && { gain }),
          ...(changes && { changes }),
          ...(this.start && { start: this.start }),
          ...(hostId !== undefined && { hostId }),
        },
      });
    }
    return { index, ready: index >= 0, timerUs, send, changes: this.changes.take(), start: this.start };
  }

  /**
   * Estimates of a moment to come differ by some us from frame to frame, and from camera to camera: one of them counts
   * for all.
   */
  private decideStart(wallUs: number): TimelineStart {
    return { wallUs, utcOffsetMinutes: this.options.utcOffset?.(wallUs) ?? 0 };
  }

  /** Frames from fixing the beginning to the beginning. */
  private get lead(): number {
    const { channel, leadUs = channel ? CHANNEL_LEAD_US : undefined } = this.options;
    if (leadUs === undefined) return (FIXED_MESSAGES + 1) * EAGER_PERIOD;
    return Math.max(CHANNEL_LEAD_FRAMES, Math.ceil(leadUs / this.periodUs));
  }
}
