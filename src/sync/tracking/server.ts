import type { TimelineStart } from '../../time/timecode.ts';
import type { BootUs } from '../../time/units.ts';
import { encodeMessage } from '../../wire/message.ts';
import { ANNOUNCED_FRAMES, ChangeDecider, EAGER_PERIOD } from '../change-decider.ts';
import type { RecordingChange } from '../recording-change.ts';
import type { ServerFrame } from '../server.ts';
import { framesSince } from './frames-since.ts';
import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from './line-filter.ts';

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
/** Stamps in a row that are too far off before the filter doubts itself: half a second of outliers there is not. */
const GIVE_UP = 15;

/** What a tracking server is made with. */
export interface TrackingServerOptions {
  /** Names this run of the server: 16 hex digits. */
  readonly sessionId: string;
  /** Duration of the camera's frames by its nominal crystal, in us. */
  readonly frameUs: number;
  /** Frames from one message to the next once the recording runs. */
  readonly syncPeriod: number;
  /** Frames to the beginning of the recording; `open` leaves that to `begin`. */
  readonly readyFrame: number | 'open';
  /**
   * True where all clients track, and hear by a channel beside the messages when the recording begins. Default false.
   */
  readonly channel?: boolean | undefined;
  /** Exposure that its messages tell of, in us; undefined where the camera chooses it. */
  readonly exposureUs?: number | undefined;
  /** Gain that its messages tell of, a factor; undefined where the camera chooses it. */
  readonly gain?: number | undefined;
  /** What this host's local time is ahead of UTC at a moment of its wall clock, in minutes. Default 0. */
  readonly utcOffset?: ((wallUs: number) => number) | undefined;
}

/**
 * A server whose messages tell when its frames really start: it filters its own timestamps, and says what the filter
 * says.
 *
 * State, noise and assumptions are those of `LineFilter` with one step a frame: the server never corrects its frames,
 * so they are as even as its crystal. Stock clients read the filtered time and a duration rounded to 1 us, and need no
 * change.
 */
export class TrackingServer {
  private readonly options: TrackingServerOptions;
  private filter: LineFilter | undefined;
  private number = 0;
  private sinceMessage = Number.POSITIVE_INFINITY;
  private readyNumber: number | undefined;
  private start: TimelineStart | undefined;
  private readonly changes: ChangeDecider;
  /** Index of the last frame. */
  private index: number | undefined;

  constructor(options: TrackingServerOptions) {
    this.options = options;
    if (options.readyFrame !== 'open') this.readyNumber = options.readyFrame;
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

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ServerFrame {
    const filter = this.follow(bootUs);
    const toWallUs = wallUs - bootUs;
    const periodUs = filter.slope;
    const openFrames = Math.ceil(OPEN_AHEAD_US / periodUs);
    const index = this.number - (this.readyNumber ?? this.number + openFrames);
    const timerUs = -index * periodUs;
    const { syncPeriod } = this.options;
    const before = this.options.channel ? CHANNEL_PERIOD : EAGER_PERIOD;
    const eagerUntil = this.options.channel ? CHANNEL_EAGER_UNTIL : 0;
    const due =
      index < eagerUntil ? before : this.changes.near(index) ? Math.min(EAGER_PERIOD, syncPeriod) : syncPeriod;
    this.index = this.fixed ? index : undefined;
    const readyTimeUs = Math.round(filter.value + toWallUs + timerUs);
    if (this.fixed) this.start ??= this.decideStart(readyTimeUs);
    let send: Uint8Array | undefined;
    if (this.sinceMessage >= due) {
      this.sinceMessage = 0;
      const at = Math.round(filter.value + toWallUs);
      const { exposureUs, gain, sessionId } = this.options;
      const changes = this.changes.told(index);
      send = encodeMessage({
        frameDurationUs: Math.round(periodUs),
        wallClockUs: at,
        readyTimeUs,
        envelope: {
          sessionId,
          frameNumber: this.number,
          periodUs,
          // The boot time of the very microsecond that stands in the stock part.
          bootUs: Math.max(0, at - toWallUs),
          ...(this.readyNumber !== undefined && { frameIndex: index }),
          ...(exposureUs !== undefined && { exposureUs }),
          ...(gain !== undefined && { gain }),
          ...(changes && { changes }),
          ...(this.start && { start: this.start }),
        },
      });
    }
    this.sinceMessage++;
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
    if (!this.options.channel) return (FIXED_MESSAGES + 1) * EAGER_PERIOD;
    const frameUs = this.filter?.slope ?? this.options.frameUs;
    return Math.max(CHANNEL_LEAD_FRAMES, Math.ceil(CHANNEL_LEAD_US / frameUs));
  }

  private follow(bootUs: number): LineFilter {
    if (this.filter === undefined) {
      this.filter = new LineFilter(bootUs, this.options.frameUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP);
      return this.filter;
    }
    const { filter } = this;
    const frames = framesSince((bootUs - filter.value) / filter.slope);
    filter.advance(frames, frames);
    filter.observe(bootUs);
    this.number += frames;
    this.sinceMessage += Math.max(0, frames - 1);
    return filter;
  }
}
