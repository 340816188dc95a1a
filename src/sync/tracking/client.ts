import type { BootUs } from '../../time/units.ts';
import type { SyncMessage } from '../../wire/message.ts';
import { ChangeIntake } from '../change-intake.ts';
import type { ClientFrame, ClientNotice, ClientState } from '../client.ts';
import { type GuardNotice, MessageGuard, periodOf, type Refusal } from '../guard.ts';
import { LOCKED_US } from '../locked.ts';
import type { SyncAlign } from '../names.ts';
import { isOnThisHost } from '../same-host.ts';
import { StartIntake } from '../start-intake.ts';
import { SteadyNow } from '../steady-now.ts';
import type { SteeredCamera } from '../steered-camera.ts';
import { goesOn } from './frames-since.ts';
import { type LineRoom, linesToReach } from './law.ts';
import { CRYSTAL_ERROR, LineFilter, STAMP_NOISE_US } from './line-filter.ts';
import { SteadyClock } from './steady-clock.ts';

/** What a tracking client is made with. */
export interface TrackingClientOptions {
  /** Default `end`. The others need the server's exposure, which its messages tell if it is ours. */
  readonly align?: SyncAlign;
  /** Exposure of this camera, in us. */
  readonly exposureUs?: number | undefined;
}

/** Noise of a message: of a filtered time, and of a stock server's raw stamp, in us. */
const FILTERED_NOISE_US = 1;
const RAW_NOISE_US = 5;
/** A server's filter is of use from the start, and good to this share of a frame after a while. */
const FILTERED_RATE = 3e-6;
/** A server that comes back with its grid where it was, to this share of a frame, was never away. */
const SAME_GRID = 0.25;
/** Own stamps, and messages, in a row that are too far off before the filter doubts itself. */
const GIVE_UP_STAMPS = 15;
const GIVE_UP_MESSAGES = 3;
/** Own frames that may be missing in a row before the camera is taken to have begun anew. */
const LONGEST_GAP = 10_000;
/** Catching up may take so many frames at the start; where it takes longer, the camera falls back to the next frame. */
const CATCH_UP_FRAMES = 5;
/** A holdover whose bound has grown past this share of a frame is lost. */
const LOST = 0.5;
/**
 * What a server's filter that has run for long is off, as a standard deviation, in us: by the noise of its stamps and
 * the wander of its crystal.
 */
const SERVER_ERROR_US = 0.5;
/** How well wall clocks keep time: frames of two that are apart are compared over so long. A share. */
const WALL_RATE = 20e-6;
/** Standard errors that the stated bound spans. */
const BOUND_SIGMAS = 3;

/**
 * A client that tracks frequency: it knows how long a line of its own sensor and a frame of the server really are, and
 * plans its line counts ahead of the control delay.
 *
 * State: two `LineFilter`s on this host's boot time. `own` has the time of the current frame and the true duration of a
 * line, from this camera's stamps; `grid` has the time of a server frame and the true frame duration, from messages.
 * Frame lengths already written are the `plan`. Control: the frame that can still be influenced is `controlDelayFrames`
 * away. Its end is predicted with all lengths before it, and its line count is the one that puts the next frame's start
 * nearest to the server's: within half a line, if both filters are right. Nothing is accumulated and nothing can wind
 * up; at rest the error is uniform over a line, line / sqrt 12 rms. Assumptions: crystals wander slowly (see
 * LineFilter); when a server is met, the two hosts' wall clocks agree; from then on steps and slews of either are taken
 * out, told from crystals by their speed (SteadyClock). A boot clock is of one boot of one host: another server's, or
 * that of the same one after a reboot, begins anew. The stated bound spans all that is known to be uncertain, and
 * `locked` is what lies within `LOCKED_US` by it. Not rigorous: errors of the server's filter are correlated from
 * message to message and taken as white.
 */
export class TrackingClient {
  /** What lets messages in, and counts those that it turns away. */
  readonly guard: MessageGuard;
  private readonly camera: SteeredCamera;
  private readonly room: LineRoom;
  private readonly options: TrackingClientOptions;
  private inbox: SyncMessage[] = [];
  private notices: ClientNotice[] = [];
  private readonly changes = new ChangeIntake();
  private readonly starts = new StartIntake();
  private regrid: 'none' | 'step' | 'new' = 'new';

  private own: LineFilter | undefined;
  /** Lines of the current frame and of those after it that are written already. */
  private readonly plan: number[];
  private grid: LineFilter | undefined;
  /**
   * Number of the server frame that `grid` stands at, in this client's numbering; `renumber` takes the server's to it.
   */
  private gridNumber = 0;
  private renumber = 0;
  /** Number of the current frame of this camera, once it is following. */
  private number: number | undefined;
  /** Number of frame 0 of the recording. */
  private readyNumber: number | undefined;
  /** What a stock server's clock was stepped by, in us. */
  private steppedUs = 0;
  private recording = false;
  private framesSinceMessage = 0;
  /** Frames in a row that were within `LOCKED_US` of their places. */
  private closeFrames = 0;
  /** True once the recording runs in step: from then on frames keep to their slots. */
  private settled = false;
  private readonly ownClock = new SteadyClock();
  private serverClock = new SteadyClock();
  /** The session whose grid this is; undefined for a stock server's. */
  private session: string | undefined;
  private readonly now = new SteadyNow();
  /**
   * Frame of the last message by the server's count; and of how many stamps its period is, undefined where a stock
   * server's is.
   */
  private told: { number: number; stamps: number | undefined; periodUs: number } = NOTHING_TOLD;
  private serverError = RAW_NOISE_US;
  /** Of the current frame, in us. */
  private steadyUs = 0;
  /** From boot to wall time of this host at the current frame: without steps and slews, and as it is. In us. */
  private toWallUs = 0;
  private rawToWallUs = 0;
  /** Boot time of the current frame, by its stamp. */
  private bootUs = 0;
  /**
   * The least time that a message seemed to be under way, or to come early, since the server was met: what the wall
   * clocks may be apart, in us.
   */
  private apartUs = 0;
  /** What the rate of this host's wall clock was known to when the server was met: a share. */
  private metRateDoubt = 0;
  /** True where the server runs on this host: then its boot clock is this one's, and no wall clock is of matter. */
  private sameHost = false;
  /** True once movements of the clocks behind the grid would be seen. */
  private clocksSettled = false;
  private diverging = false;
  private unaligned = false;

  constructor(camera: SteeredCamera, nominalFrameUs: number, options: TrackingClientOptions = {}) {
    this.options = options;
    this.camera = camera;
    const { frameUs, lineUs, shortestFrameUs, longestFrameUs } = camera;
    this.room = {
      shortest: Math.ceil(shortestFrameUs / lineUs - 1e-6),
      longest: Math.floor(Math.min(longestFrameUs, 2.5 * frameUs) / lineUs),
    };
    this.guard = new MessageGuard(nominalFrameUs);
    const lines = Math.round(frameUs / lineUs);
    this.plan = Array.from({ length: camera.controlDelayFrames + 1 }, () => lines);
  }

  /**
   * The server's frames as they are known now, in this client's numbering, on this host's boot clock; undefined before
   * the first message.
   */
  get followed(): Followed | undefined {
    const { grid, gridNumber, readyNumber } = this;
    if (grid === undefined) return undefined;
    return {
      periodUs: grid.slope,
      readyNumber,
      at: (number) => grid.value + (number - gridNumber) * grid.slope,
      errorAt: (number) => {
        const frames = number - gridNumber;
        return Math.hypot(
          grid.errorAfter(frames, Math.abs(frames)),
          this.serverError,
          this.sameHost ? 0 : this.clocksDoubt,
        );
      },
    };
  }

  /** A datagram came in from `from` at `nowUs` of this host's wall clock, `bootUs` of its boot clock. */
  receive(bytes: Uint8Array, from: string, nowUs: number, bootUs?: number): Refusal | undefined {
    const verdict = this.guard.receive(bytes, from, nowUs, this.now.at(nowUs, bootUs), bootUs);
    this.note(verdict.notices);
    if (verdict.message !== undefined) {
      this.inbox.push(verdict.message);
      this.changes.update(verdict.message);
      this.starts.update(verdict.message, this.recording);
    }
    return verdict.refused;
  }

  /**
   * A frame of this camera: its time on the wall clock and on the sensor's own, and how long the camera says this frame
   * lasts, in us by its nominal crystal, where it says so.
   */
  frame(wallUs: number, bootUs: BootUs, durationUs?: number): ClientFrame {
    this.steadyUs = this.now.at(wallUs, bootUs);
    this.note(this.guard.tick(this.steadyUs));
    const own = this.follow(bootUs, durationUs);
    this.bootUs = bootUs;
    this.rawToWallUs = wallUs - bootUs;
    this.toWallUs = this.ownClock.offset(bootUs, this.rawToWallUs);
    this.framesSinceMessage++;
    if (this.inbox.length > 0) {
      for (const message of this.inbox) this.update(message);
      this.inbox = [];
    }
    const slippedUs = this.ownClock.takeSlipped() + this.serverClock.takeSlipped();
    if (slippedUs > 0 && !this.sameHost) this.grid?.slipped(slippedUs);
    this.doubtMended(this.ownClock);
    this.doubtMended(this.serverClock);
    this.watchClocks();
    const notices = this.notices.length > 0 ? this.notices : NOTHING;
    if (notices !== NOTHING) this.notices = [];
    const { grid } = this;
    if (grid === undefined) return unknown(notices);
    const place = this.gridNumber + (own.value - grid.value) / grid.slope;
    this.number ??= Math.round(place);
    if (!this.settled) this.number = this.settle(place, this.number);
    const phaseUs = (place - this.number) * grid.slope;
    const lines = this.choose(own, grid, this.number);
    this.plan.push(lines);
    const index = this.readyNumber === undefined ? undefined : this.number - this.readyNumber;
    if (index !== undefined && index >= 0) this.recording = true;
    this.guard.recording = this.recording;
    if (Math.abs(phaseUs) < LOCKED_US && this.recording) this.settled = true;
    this.closeFrames = Math.abs(phaseUs) < LOCKED_US ? this.closeFrames + 1 : 0;
    const boundUs = this.bound(own, grid, phaseUs, place - this.gridNumber);
    return {
      index,
      phaseUs,
      ready: this.recording,
      timerUs: index === undefined ? undefined : -index * grid.slope,
      correctionUs: this.camera.frameUs - lines * this.camera.lineUs,
      // Half a line more: a camera that floors to lines makes exactly this many.
      durationUs: (lines + 0.5) * this.camera.lineUs,
      state: this.state(boundUs, grid.slope),
      boundUs,
      notices,
      changes: this.changes.take(this.recording),
      start: this.starts.heard,
    };
  }

  /** Own stamps into the own filter; frames that did not arrive are stepped over. */
  private follow(bootUs: number, durationUs: number | undefined): LineFilter {
    const { lineUs, controlDelayFrames } = this.camera;
    if (this.own === undefined) {
      this.own = new LineFilter(bootUs, lineUs, CRYSTAL_ERROR, STAMP_NOISE_US, GIVE_UP_STAMPS);
    } else {
      const { own, plan } = this;
      let frames = 0;
      // Frames differ in length: one after the other.
      while (frames < LONGEST_GAP && goesOn((bootUs - own.value) / ((plan[0] as number) * lineUs), frames === 0)) {
        own.advance(plan.shift() as number);
        // A frame that did not arrive brought no write: the length written last stays.
        while (plan.length < controlDelayFrames) plan.push(plan.at(-1) as number);
        frames++;
      }
      own.observe(bootUs);
      if (this.number !== undefined) this.number += frames;
      this.framesSinceMessage += Math.max(0, frames - 1);
    }
    if (durationUs !== undefined) this.plan[0] = Math.round(durationUs / lineUs);
    // To set a length, the same one too, gives up what memory there is for the next push.
    if (this.plan.length > controlDelayFrames) this.plan.length = controlDelayFrames;
    return this.own;
  }

  private update(message: SyncMessage): void {
    const period = periodOf(message);
    this.updatePeriod(message, period);
    const anew = this.grid === undefined || this.regrid === 'new';
    if (anew && !this.comesBack(message)) {
      // When servers change, the clocks count as they are: nothing is known of how the new one's stood when they were
      // set.
      this.serverClock = new SteadyClock();
      this.ownClock.rebase();
      this.toWallUs = this.rawToWallUs;
      this.apartUs = Number.POSITIVE_INFINITY;
      this.metRateDoubt = this.ownClock.doubtAt(1);
      // Another host's boot clock runs at another rate, and its frames' duration is by that.
      this.sameHost = isOnThisHost(message, this.rawToWallUs);
      this.acquire(message, this.timeOf(message), period);
    } else this.goOn(message, this.timeOf(message));
    this.session = message.envelope?.sessionId;
    const serverSettled = message.envelope?.bootUs === undefined || this.serverClock.settled;
    this.clocksSettled ||= this.sameHost || (this.ownClock.settled && serverSettled);
    this.regrid = 'none';
    this.framesSinceMessage = 0;
    this.learnReady(message);
  }

  private updatePeriod({ envelope }: SyncMessage, periodUs: number): void {
    const number = envelope?.frameNumber;
    if (number === undefined) this.told = NOTHING_TOLD;
    else if (this.told.periodUs !== periodUs) this.told = { number, stamps: number + 1, periodUs };
    else this.told = { number, stamps: this.told.stamps, periodUs };
    this.serverError = this.errorOfServer();
  }

  /**
   * The time of the server's frame on this host's boot clock, and what is not known of it, as a standard deviation. In
   * us.
   */
  private timeOf(message: SyncMessage): Told {
    const { bootUs } = message.envelope ?? {};
    if (bootUs !== undefined && this.sameHost) return { us: bootUs + this.alignment(message), doubtUs: this.youth };
    const steadyUs =
      bootUs === undefined
        ? message.wallClockUs
        : bootUs + this.serverClock.offset(bootUs, message.wallClockUs - bootUs);
    // The clocks of this host go apart while a message is under way: what is known of them now is not what was then.
    const nowUs = steadyUs - this.toWallUs;
    const agoUs = this.bootUs - nowUs;
    this.comeCloser(Math.abs(agoUs));
    const us = nowUs + this.ownClock.changeIn(agoUs) + this.alignment(message);
    // What all messages are off alike is in the bound.
    return { us, doubtUs: Math.hypot(this.youth, this.ownClock.doubtAt(Math.abs(agoUs) - this.apartUs)) };
  }

  /**
   * A message was less under way than all before it, so those were late: by so much longer this host's clock went on at
   * a rate that was not known yet, and what the grid was told is off by that, for all of them alike.
   */
  private comeCloser(apartUs: number): void {
    if (apartUs >= this.apartUs) return;
    if (this.apartUs < Number.POSITIVE_INFINITY) this.grid?.doubt(this.metRateDoubt * (this.apartUs - apartUs), 0);
    this.apartUs = apartUs;
  }

  /** What a server that has just begun is off by from message to message, as a standard deviation, in us. */
  private get youth(): number {
    const { stamps } = this.told;
    return stamps === undefined ? 0 : (2 * STAMP_NOISE_US) / Math.sqrt(stamps);
  }

  /**
   * Whether a server that is met is the one whose grid this is: the same run of it, on the same boot of its host, with
   * its frames where they must be.
   */
  private comesBack(message: SyncMessage): boolean {
    const { grid } = this;
    const { sessionId, bootUs, frameNumber } = message.envelope ?? {};
    if (grid === undefined || sessionId === undefined || sessionId !== this.session) return false;
    if (bootUs === undefined || frameNumber === undefined) return false;
    if (!this.sameHost && !this.serverClock.continues(bootUs, message.wallClockUs - bootUs)) return false;
    const frames = frameNumber + this.renumber - this.gridNumber;
    return Math.abs(this.timeOf(message).us - grid.value - frames * grid.slope) < SAME_GRID * grid.slope;
  }

  /** From the end of the server's exposure to where the end of ours shall be, in us. */
  private alignment(message: SyncMessage): number {
    const { align = 'end', exposureUs } = this.options;
    const serverUs = message.envelope?.exposureUs;
    if (align === 'end') return 0;
    if (exposureUs === undefined || serverUs === undefined || serverUs > message.frameDurationUs) {
      if (!this.unaligned) this.notices.push({ kind: 'no-exposure', align });
      this.unaligned = true;
      return 0;
    }
    return (exposureUs - serverUs) * (align === 'start' ? 1 : 0.5);
  }

  /** The first message of a server, or of one that began anew. While recording, the frames keep their numbers. */
  private acquire(message: SyncMessage, { us: at, doubtUs }: Told, period: number): void {
    const told = message.envelope?.frameNumber ?? 0;
    const exact = message.envelope?.periodUs !== undefined;
    // A server that has just begun knows its own frames no better than its first stamps do.
    const stamps = told + 1;
    const rate = Math.min(CRYSTAL_ERROR, (STAMP_NOISE_US / period) * Math.sqrt(12 / stamps ** 3));
    const noiseUs = exact ? FILTERED_NOISE_US : RAW_NOISE_US;
    const slopeError = exact && this.sameHost ? Math.max(FILTERED_RATE, rate) : CRYSTAL_ERROR;
    this.grid = new LineFilter(at, period, slopeError, noiseUs, GIVE_UP_MESSAGES, exact, doubtUs);
    // Numbers of one's own stay small, whatever the server's are: their fractions are of matter.
    this.gridNumber = 0;
    this.renumber = -told;
    this.steppedUs = 0;
    this.clocksSettled = false;
    if (this.recording && this.number !== undefined && this.own !== undefined) {
      // All clients are at one place to a few us: a boundary away from half a frame, where a phase may well lie, keeps
      // them together.
      const place = (this.own.value - at) / period;
      this.gridNumber = Math.floor(this.number - place + 0.55);
      this.renumber += this.gridNumber;
    } else {
      this.number = undefined;
      this.readyNumber = undefined;
    }
  }

  private goOn(message: SyncMessage, { us: at, doubtUs }: Told): void {
    const grid = this.grid as LineFilter;
    const told = message.envelope?.frameNumber;
    if (told === undefined && this.regrid === 'step') {
      // A stock server's time jumped and its frames did not: the grid goes on where it was.
      grid.advance(this.framesSinceMessage, this.framesSinceMessage);
      this.gridNumber += this.framesSinceMessage;
      this.steppedUs += at - grid.value;
      return;
    }
    const frames =
      told === undefined
        ? Math.round((at - this.steppedUs - grid.value) / grid.slope)
        : told + this.renumber - this.gridNumber;
    grid.advance(frames, frames);
    this.gridNumber += frames;
    grid.observe(at - this.steppedUs, doubtUs);
  }

  private learnReady(message: SyncMessage): void {
    const { grid } = this;
    if (grid === undefined || this.recording) return;
    const index = message.envelope?.frameIndex;
    if (message.envelope?.frameNumber !== undefined) {
      this.readyNumber = index === undefined ? undefined : this.gridNumber - index;
      return;
    }
    // A stock message tells its index by its ready time: exactly while it is near, by the learned rate when it is far.
    const word = (message.wallClockUs - message.readyTimeUs) / grid.slope;
    const doubt = (Math.abs(word) * BOUND_SIGMAS * grid.slopeError) / grid.slope;
    this.readyNumber = doubt < 0.3 || Math.abs(word) < 10_000 ? this.gridNumber - Math.round(word) : undefined;
  }

  /** Before the recording the nearest frame is followed; the one after it where catching up would take too long. */
  private settle(place: number, number: number): number {
    const behind = place - number;
    const { frameUs, shortestFrameUs } = this.camera;
    const perFrame = (frameUs - shortestFrameUs) / frameUs;
    const nearest = Math.abs(behind) <= 0.5 ? number : Math.round(place);
    const late = place - nearest;
    return late > 0 && late > perFrame * CATCH_UP_FRAMES ? nearest + 1 : nearest;
  }

  /**
   * Lines for the frame that can still be influenced: they put the start of the one after it nearest to the server's.
   */
  private choose(own: LineFilter, grid: LineFilter, number: number): number {
    const { camera, plan } = this;
    const { controlDelayFrames } = camera;
    let start = own.value;
    for (let i = 0; i < plan.length; i++) start += (plan[i] as number) * own.slope;
    const target = grid.value + (number + controlDelayFrames + 1 - this.gridNumber) * grid.slope;
    return linesToReach(target - start, own.slope, this.room, this.settled ? grid.slope : undefined);
  }

  private state(boundUs: number, periodUs: number): ClientState {
    if (this.guard.server === undefined) return boundUs > LOST * periodUs ? 'lost' : 'holdover';
    // Lengths that took it here may still be under way: one that a busy process wrote too late would take it away
    // again.
    const arrived = this.closeFrames > this.camera.controlDelayFrames;
    return boundUs <= LOCKED_US && arrived && this.clocksSettled ? 'locked' : 'acquiring';
  }

  /**
   * How far this camera may be from the server by what it knows, in us: it holds in 99 of 100 cases.
   * @param frames since the server's frame that was told of last, by this host's time: less than 0 where the server's
   *   clock is ahead.
   */
  private bound(own: LineFilter, grid: LineFilter, phaseUs: number, frames: number): number {
    const error = Math.sqrt(grid.errorAfter(frames, Math.abs(frames)) ** 2 + own.errorAfter(0, 0) ** 2);
    const clocks = this.sameHost ? 0 : this.clocksDoubt;
    const contradicted = this.guard.contradictedUs(this.steadyUs);
    const disputed = grid.disputedUs + own.disputedUs + clocks + contradicted;
    return Math.max(this.camera.lineUs / 2, Math.abs(phaseUs)) + BOUND_SIGMAS * (error + this.serverError) + disputed;
  }

  /**
   * Standard error that all of a server's messages have in common, in us. Its filter is a straight line through the
   * noisy stamps of the n frames that it has seen: 2 sigma / sqrt n at the end of them, and sqrt 12 sigma m / n^1.5
   * more after m frames in which it saw none. A filter that is fed tells another period each time; one that stays the
   * same to the last digit is carried on without the server.
   */
  private errorOfServer(): number {
    const { number, stamps } = this.told;
    if (stamps === undefined) return RAW_NOISE_US;
    const carried = number - stamps + 1;
    // Each frame asks: Math.hypot takes memory every time.
    return Math.sqrt(
      SERVER_ERROR_US ** 2 +
        (4 * STAMP_NOISE_US ** 2) / stamps +
        (12 * STAMP_NOISE_US ** 2 * carried ** 2) / stamps ** 3,
    );
  }

  private get clocksDoubt(): number {
    const { ownClock, serverClock, apartUs } = this;
    return ownClock.doubtUs + serverClock.doubtUs + ownClock.doubtAt(apartUs) + WALL_RATE * apartUs;
  }

  /** What the grid was told by a clock's rate as it was known then is off by what is known now. */
  private doubtMended(clock: SteadyClock): void {
    const mended = clock.takeMended();
    if (mended !== undefined && !this.sameHost) this.grid?.doubt(mended.us, mended.rate * this.grid.slope);
  }

  private watchClocks(): void {
    const moving = this.ownClock.moving || this.serverClock.moving;
    if (moving && !this.diverging)
      this.notices.push({ kind: 'clocks-diverging', who: this.ownClock.moving ? 'own' : 'server' });
    this.diverging = moving;
  }

  private note(notices: readonly GuardNotice[]): void {
    for (const notice of notices) {
      if (notice.kind === 'server') this.regrid = 'new';
      if (notice.kind === 'regrid') this.regrid = notice.reason === 'restart' ? 'new' : 'step';
      // What was heard before is of the old grid.
      if (notice.kind === 'server' || notice.kind === 'regrid') this.inbox = [];
      this.changes.note(notice, this.recording);
      this.starts.note(notice, this.recording);
      this.notices.push(notice);
    }
  }
}

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

const NOTHING: readonly ClientNotice[] = [];
const NOTHING_TOLD = { number: 0, stamps: undefined, periodUs: 0 } as const;

/**
 * A time that a message tells, on this host's boot clock, and what is not known of it, as a standard deviation. In us.
 */
interface Told {
  readonly us: number;
  readonly doubtUs: number;
}

/** A frame before the first message. Field by field as later ones: objects that are made alike are read faster. */
const unknown = (notices: readonly ClientNotice[]): ClientFrame => ({
  index: undefined,
  phaseUs: undefined,
  ready: false,
  timerUs: undefined,
  correctionUs: 0,
  durationUs: undefined,
  state: 'waiting',
  boundUs: undefined,
  notices,
  changes: [],
  start: undefined,
});
