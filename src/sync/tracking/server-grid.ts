import type { SyncMessage } from '../../wire/message.ts';
import { periodOf } from '../guard.ts';
import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from './line-filter.ts';
import { MessageClocks, type MessageTime } from './message-clocks.ts';

/** Noise of a message: of a filtered time, and of a stock server's raw stamp, in us. */
const FILTERED_NOISE_US = 1;
const RAW_NOISE_US = 5;
/** A server's filter is of use from the start, and good to this share of a frame after a while. */
const FILTERED_RATE = 3e-6;
/** A server that comes back with its grid where it was, to this share of a frame, was never away. */
const SAME_GRID = 0.25;
/** Messages in a row that are too far off before the filter doubts itself. */
const GIVE_UP_MESSAGES = 3;
/**
 * What a server's filter that has run for long is off, as a standard deviation, in us: by the noise of its stamps and
 * the wander of its crystal.
 */
const SERVER_ERROR_US = 0.5;
/** Standard errors of a stock server's rate within which the index that its ready time says is certain. */
const INDEX_SIGMAS = 3;

/** The frames of a server, as a client knows them. Times are on the client's boot clock, in us. */
export interface Followed {
  /** True duration of a frame. */
  readonly periodUs: number;
  /** Number of frame 0 of the recording; undefined as long as it is open. */
  readonly readyNumber: number | undefined;
  /** When a frame starts. */
  at(number: number): number;
  /** Standard error of that. */
  errorAt(number: number): number;
}

/** A frame of the client's own that keeps its number when the server changes: the recording runs. */
export interface HeldFrame {
  readonly number: number;
  /** When it started, on this host's boot clock, in us. */
  readonly us: number;
}

/**
 * A server's frames on this host's boot clock: a `LineFilter` has the time of one of them and the true frame duration,
 * from messages. A boot clock is of one boot of one host: another server's, or that of the same one after a reboot,
 * begins anew. Not rigorous: errors of the server's filter are correlated from message to message and taken as white.
 */
export class ServerGrid {
  readonly clocks = new MessageClocks();
  private filter: LineFilter | undefined;
  /** Number of the server frame that the filter stands at, in this client's numbering. */
  private number = 0;
  /** Takes the server's own numbers to this client's. */
  private renumber = 0;
  private ready: number | undefined;
  /** What the next message is: of a grid as it was, of one whose time jumped, or of a new one. */
  private next: 'same' | 'stepped' | 'new' = 'new';
  /** What a stock server's clock was stepped by, in us. */
  private steppedUs = 0;
  /** The session whose grid this is; undefined for a stock server's. */
  private session: string | undefined;
  private framesSinceMessage = 0;
  /**
   * Frame of the last message by the server's count; and of how many stamps its period is, undefined where a stock
   * server's is.
   */
  private told: { number: number; stamps: number | undefined; periodUs: number } = NOTHING_TOLD;
  private serverErrorUs = RAW_NOISE_US;

  /** True once a message has told where the server's frames are. */
  get known(): boolean {
    return this.filter !== undefined;
  }

  /** True duration of a frame, in us. */
  get periodUs(): number {
    return (this.filter as LineFilter).slope;
  }

  /** Number of frame 0 of the recording; undefined as long as that is open. */
  get readyNumber(): number | undefined {
    return this.ready;
  }

  /** Which frame a moment is, as a real number: its fraction is the phase. */
  placeOf(us: number): number {
    const { value, slope } = this.filter as LineFilter;
    return this.number + (us - value) / slope;
  }

  /** When a frame starts, in us. */
  at(number: number): number {
    const { value, slope } = this.filter as LineFilter;
    return value + (number - this.number) * slope;
  }

  /** Standard error of the filter's word on a moment, in us; without what all messages are off alike. */
  errorAt(place: number): number {
    const frames = place - this.number;
    return (this.filter as LineFilter).errorAfter(frames, Math.abs(frames));
  }

  /**
   * Standard error in us that all of a server's messages have in common. Its filter is a straight line through the
   * noisy stamps of the n frames that it has seen: 2 sigma / sqrt n at the end of them, and sqrt 12 sigma m / n^1.5
   * more after m frames in which it saw none. A filter that is fed tells another period each time; one that stays the
   * same to the last digit is carried on without the server.
   */
  get commonErrorUs(): number {
    return this.serverErrorUs;
  }

  /** How far the last messages say that the grid is elsewhere, in us. */
  get disputedUs(): number {
    return (this.filter as LineFilter).disputedUs;
  }

  /** The server's frames as they are known now; undefined before the first message. */
  get followed(): Followed | undefined {
    if (this.filter === undefined) return undefined;
    return {
      periodUs: this.periodUs,
      readyNumber: this.ready,
      at: (number) => this.at(number),
      errorAt: (number) => Math.hypot(this.errorAt(number), this.serverErrorUs, this.clocks.doubtUs),
    };
  }

  /** Frames of this camera went by. */
  passed(frames: number): void {
    this.framesSinceMessage += frames;
  }

  /** The next message is of another server, or of one that began anew, or whose time jumped. */
  expect(next: 'stepped' | 'new'): void {
    this.next = next;
  }

  /**
   * A message, whose time is moved by `alignUs`.
   * @param held a frame that keeps its number, whatever server comes.
   * @returns true where the frames are counted anew.
   */
  update(message: SyncMessage, alignUs: number, held: HeldFrame | undefined): boolean {
    const period = periodOf(message);
    this.updatePeriod(message, period);
    const anew = (this.filter === undefined || this.next === 'new') && !this.comesBack(message, alignUs);
    if (anew) {
      this.clocks.meet(message);
      this.acquire(message, this.timeOf(message, alignUs), period, held);
    } else this.goOn(message, this.timeOf(message, alignUs));
    this.session = message.envelope?.sessionId;
    this.clocks.taken(message);
    this.next = 'same';
    this.framesSinceMessage = 0;
    if (held === undefined) this.learnReady(message);
    return anew && held === undefined;
  }

  /** What is known of the clocks by now is counted in. */
  doubtClocks(): void {
    const slippedUs = this.clocks.takeSlipped();
    if (slippedUs > 0) this.filter?.slipped(slippedUs);
    this.doubtMended('own');
    this.doubtMended('server');
  }

  private doubtMended(which: 'own' | 'server'): void {
    const mended = this.clocks.takeMended(which);
    if (mended !== undefined) this.filter?.doubt(mended.us, mended.rate * this.filter.slope);
  }

  private updatePeriod({ envelope }: SyncMessage, periodUs: number): void {
    const number = envelope?.frameNumber;
    if (number === undefined) this.told = NOTHING_TOLD;
    else if (this.told.periodUs !== periodUs) this.told = { number, stamps: number + 1, periodUs };
    else this.told = { number, stamps: this.told.stamps, periodUs };
    this.serverErrorUs = this.errorOfServer();
  }

  private errorOfServer(): number {
    const { number, stamps } = this.told;
    if (stamps === undefined) return RAW_NOISE_US;
    const carried = number - stamps + 1;
    // Each message asks: Math.hypot takes memory every time.
    return Math.sqrt(
      SERVER_ERROR_US ** 2 +
        (4 * STAMP_NOISE_US ** 2) / stamps +
        (12 * STAMP_NOISE_US ** 2 * carried ** 2) / stamps ** 3,
    );
  }

  /** What a server that has just begun is off by from message to message, as a standard deviation, in us. */
  private get youth(): number {
    const { stamps } = this.told;
    return stamps === undefined ? 0 : (2 * STAMP_NOISE_US) / Math.sqrt(stamps);
  }

  private timeOf(message: SyncMessage, alignUs: number): Told {
    const { us, doubtUs, closerDoubtUs }: MessageTime = this.clocks.timeOf(message);
    if (closerDoubtUs > 0) this.filter?.doubt(closerDoubtUs, 0);
    return { us: us + alignUs, doubtUs: Math.hypot(this.youth, doubtUs) };
  }

  /**
   * Whether a server that is met is the one whose grid this is: the same run of it, on the same boot of its host, with
   * its frames where they must be.
   */
  private comesBack(message: SyncMessage, alignUs: number): boolean {
    const { filter } = this;
    const { sessionId, frameNumber } = message.envelope ?? {};
    if (filter === undefined || sessionId === undefined || sessionId !== this.session) return false;
    if (frameNumber === undefined || !this.clocks.continues(message)) return false;
    const expected = this.at(frameNumber + this.renumber);
    return Math.abs(this.timeOf(message, alignUs).us - expected) < SAME_GRID * filter.slope;
  }

  /** The first message of a server, or of one that began anew. While recording, the frames keep their numbers. */
  private acquire(message: SyncMessage, { us, doubtUs }: Told, period: number, held: HeldFrame | undefined): void {
    const told = message.envelope?.frameNumber ?? 0;
    const exact = message.envelope?.periodUs !== undefined;
    // A server that has just begun knows its own frames no better than its first stamps do.
    const stamps = told + 1;
    const rate = Math.min(CRYSTAL_ERROR, (STAMP_NOISE_US / period) * Math.sqrt(12 / stamps ** 3));
    const noiseUs = exact ? FILTERED_NOISE_US : RAW_NOISE_US;
    const slopeError = exact && this.clocks.sameHost ? Math.max(FILTERED_RATE, rate) : CRYSTAL_ERROR;
    this.filter = new LineFilter(us, period, slopeError, noiseUs, GIVE_UP_MESSAGES, exact, doubtUs);
    // Numbers of one's own stay small, whatever the server's are: their fractions are of matter.
    this.number = 0;
    this.renumber = -told;
    this.steppedUs = 0;
    if (held === undefined) {
      this.ready = undefined;
      return;
    }
    // All clients are at one place to a few us: a boundary away from half a frame, where a phase may well lie, keeps
    // them together.
    this.number = Math.floor(held.number - (held.us - us) / period + 0.55);
    this.renumber += this.number;
  }

  private goOn(message: SyncMessage, { us, doubtUs }: Told): void {
    const filter = this.filter as LineFilter;
    const told = message.envelope?.frameNumber;
    if (told === undefined && this.next === 'stepped') {
      // A stock server's time jumped and its frames did not: the grid goes on where it was.
      filter.advance(this.framesSinceMessage, this.framesSinceMessage);
      this.number += this.framesSinceMessage;
      this.steppedUs += us - filter.value;
      return;
    }
    const frames =
      told === undefined
        ? Math.round((us - this.steppedUs - filter.value) / filter.slope)
        : told + this.renumber - this.number;
    filter.advance(frames, frames);
    this.number += frames;
    filter.observe(us - this.steppedUs, doubtUs);
  }

  private learnReady({ envelope, wallClockUs, readyTimeUs }: SyncMessage): void {
    const { slope, slopeError } = this.filter as LineFilter;
    const index = envelope?.frameIndex;
    if (envelope?.frameNumber !== undefined) {
      this.ready = index === undefined ? undefined : this.number - index;
      return;
    }
    // A stock message tells its index by its ready time: exactly while it is near, by the learned rate when it is far.
    const word = (wallClockUs - readyTimeUs) / slope;
    const doubt = (Math.abs(word) * INDEX_SIGMAS * slopeError) / slope;
    this.ready = doubt < 0.3 || Math.abs(word) < 10_000 ? this.number - Math.round(word) : undefined;
  }
}

const NOTHING_TOLD = { number: 0, stamps: undefined, periodUs: 0 } as const;

/**
 * A time that a message tells, on this host's boot clock, and what is not known of it, as a standard deviation. In us.
 */
interface Told {
  readonly us: number;
  readonly doubtUs: number;
}
