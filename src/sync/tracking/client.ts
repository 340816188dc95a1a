import type { BootUs } from '../../time/units.ts';
import type { SyncMessage } from '../../wire/message.ts';
import { ChangeIntake } from '../change-intake.ts';
import type { ClientFrame, ClientNotice, ClientState } from '../client.ts';
import { MessageGuard, periodOf, type Refusal } from '../guard.ts';
import type { SyncAlign } from '../names.ts';
import { StartIntake } from '../start-intake.ts';
import { LineFilter } from './line-filter.ts';
import { SteadyClock } from './steady-clock.ts';

/** What the controller must know of the camera. Times are by its nominal crystal, in us. */
export interface TrackedCamera {
  readonly lineUs: number;
  /** A frame length written during frame n is the length of frame n + this. */
  readonly controlDelayFrames: number;
  /** The shortest frame, with the exposure taken into account, and the longest. */
  readonly shortestFrameUs: number;
  readonly longestFrameUs: number;
  readonly frameUs: number;
}

export interface TrackingClientOptions {
  /** Default `end`. The others need the server's exposure, which its messages tell if it is ours. */
  readonly align?: SyncAlign;
  /** Exposure of this camera, in us. */
  readonly exposureUs?: number | undefined;
}

/** What is known of a crystal beforehand: a share, as a standard deviation. */
const CRYSTAL_ERROR = 50e-6;
const STAMP_NOISE_US = 6;
/** Noise of a message: of a filtered time, and of a stock server's raw stamp, in us. */
const FILTERED_NOISE_US = 1;
const RAW_NOISE_US = 5;
/** Own stamps, and messages, in a row that are too far off before the filter doubts itself. */
const GIVE_UP_STAMPS = 15;
const GIVE_UP_MESSAGES = 3;
/** Within this a client counts as locked, in us. */
const LOCKED_US = 100;
/** While recording, a frame's length is changed by this share at most, so that every frame keeps to its slot. */
const WALK = 0.01;
/** Own frames that may be missing in a row before the camera is taken to have begun anew. */
const LONGEST_GAP = 10_000;
/** Catching up may take so many frames at the start; where it takes longer, the camera falls back to the next frame. */
const CATCH_UP_FRAMES = 5;
/** A holdover whose bound has grown past this share of a frame is lost. */
const LOST = 0.5;
/** Standard errors that the stated bound spans. */
const BOUND_SIGMAS = 3;

/**
 * A client that tracks frequency: it knows how long a line of its own sensor and a frame of the server really are, and plans its line counts
 * ahead of the control delay.
 *
 * State: two `LineFilter`s on this host's boot time. `own` has the time of the current frame and the true duration of a line, from
 * this camera's stamps; `grid` has the time of a server frame and the true frame duration, from messages. Frame lengths already written
 * are the `plan`.
 * Control: the frame that can still be influenced is `controlDelayFrames` away. Its end is predicted with all lengths before
 * it, and its line count is the one that puts the next frame's start nearest to the server's: within half a line, if both filters are right.
 * Nothing is accumulated and nothing can wind up; at rest the error is uniform over a line, line / sqrt 12 rms.
 * Assumptions: crystals wander slowly (see LineFilter); hosts' clocks agree but for steps and slews, which are told from crystals by their
 * speed (SteadyClock). Not rigorous: errors of the server's filter are correlated from message to message and taken as white.
 */
export class TrackingClient {
  readonly guard: MessageGuard;
  private readonly camera: TrackedCamera;
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
  /** Number of the server frame that `grid` stands at, in this client's numbering; `renumber` takes the server's to it. */
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
  private locked = false;
  /** True once the recording runs in step: from then on frames keep to their slots. */
  private settled = false;
  private readonly ownClock = new SteadyClock();
  private readonly serverClock = new SteadyClock();
  private diverging = false;
  private unaligned = false;

  constructor(camera: TrackedCamera, nominalFrameUs: number, options: TrackingClientOptions = {}) {
    this.options = options;
    this.camera = camera;
    this.guard = new MessageGuard(nominalFrameUs);
    const lines = Math.round(camera.frameUs / camera.lineUs);
    this.plan = Array.from({ length: camera.controlDelayFrames + 1 }, () => lines);
  }

  /** A datagram came in from `from` at `nowUs` of this host's wall clock. */
  receive(bytes: Uint8Array, from: string, nowUs: number): Refusal | undefined {
    const verdict = this.guard.receive(bytes, from, nowUs);
    this.note(verdict.notices);
    if (verdict.message !== undefined) {
      this.inbox.push(verdict.message);
      this.changes.hear(verdict.message);
      this.starts.hear(verdict.message, this.recording);
    }
    return verdict.refused;
  }

  /**
   * A frame of this camera: its time on the wall clock and on the sensor's own, and how long the camera says this frame lasts, in us by its
   * nominal crystal, where it says so.
   */
  frame(wallUs: number, bootUs: BootUs, durationUs?: number): ClientFrame {
    this.note(this.guard.tick(wallUs));
    const own = this.follow(bootUs, durationUs);
    const toWallUs = this.ownClock.offset(bootUs, wallUs - bootUs);
    this.framesSinceMessage++;
    for (const message of this.inbox) this.hear(message, toWallUs);
    this.inbox = [];
    this.watchClocks();
    const notices = this.notices;
    this.notices = [];
    const { grid } = this;
    if (grid === undefined) return { ...UNKNOWN, notices };
    const place = this.gridNumber + (own.value - grid.value) / grid.slope;
    this.number ??= Math.round(place);
    if (!this.settled) this.number = this.settle(place, this.number);
    const phaseUs = (place - this.number) * grid.slope;
    const lines = this.choose(own, grid, this.number);
    this.plan.push(lines);
    const index = this.readyNumber === undefined ? undefined : this.number - this.readyNumber;
    if (index !== undefined && index >= 0) this.recording = true;
    this.locked = Math.abs(phaseUs) < LOCKED_US;
    if (this.locked && this.recording) this.settled = true;
    const boundUs = this.bound(own, grid);
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
      do {
        own.advance(plan.shift() as number);
        // A frame that did not arrive brought no write: the length written last stays.
        while (plan.length < controlDelayFrames) plan.push(plan.at(-1) as number);
        frames++;
      } while (bootUs - own.value > 0.5 * (plan[0] as number) * lineUs && frames < LONGEST_GAP);
      own.observe(bootUs);
      if (this.number !== undefined) this.number += frames;
      this.framesSinceMessage += frames - 1;
    }
    if (durationUs !== undefined) this.plan[0] = Math.round(durationUs / lineUs);
    this.plan.length = controlDelayFrames;
    return this.own;
  }

  private hear(message: SyncMessage, toWallUs: number): void {
    const period = periodOf(message);
    const server = message.envelope;
    const steadyUs =
      server?.bootUs === undefined
        ? message.wallClockUs
        : server.bootUs + this.serverClock.offset(server.bootUs, message.wallClockUs - server.bootUs);
    const at = steadyUs - toWallUs + this.alignment(message);
    if (this.grid === undefined || this.regrid === 'new') this.meet(message, at, period);
    else this.goOn(message, at);
    this.regrid = 'none';
    this.framesSinceMessage = 0;
    this.learnReady(message);
  }

  /** From the end of the server's exposure to where the end of ours shall be, in us. */
  private alignment(message: SyncMessage): number {
    const { align = 'end', exposureUs } = this.options;
    const serverUs = message.envelope?.exposureUs;
    if (align === 'end') return 0;
    if (exposureUs === undefined || serverUs === undefined) {
      if (!this.unaligned) this.notices.push({ kind: 'no-exposure', align });
      this.unaligned = true;
      return 0;
    }
    return (exposureUs - serverUs) * (align === 'start' ? 1 : 0.5);
  }

  /** The first message of a server, or of one that began anew. While recording, the frames keep their numbers. */
  private meet(message: SyncMessage, at: number, period: number): void {
    const told = message.envelope?.frameNumber ?? 0;
    const exact = message.envelope?.periodUs !== undefined;
    this.grid = new LineFilter(
      at,
      period,
      exact ? 3e-6 : CRYSTAL_ERROR,
      exact ? FILTERED_NOISE_US : RAW_NOISE_US,
      GIVE_UP_MESSAGES,
    );
    this.gridNumber = told;
    this.renumber = 0;
    this.steppedUs = 0;
    if (this.recording && this.number !== undefined && this.own !== undefined) {
      // All clients are at one place to a few us: a boundary away from half a frame, where a phase may well lie, keeps them together.
      const place = told + (this.own.value - at) / period;
      this.renumber = Math.floor(this.number - place + 0.55);
      this.gridNumber += this.renumber;
    } else {
      this.number = undefined;
      this.readyNumber = undefined;
    }
  }

  private goOn(message: SyncMessage, at: number): void {
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
    grid.observe(at - this.steppedUs);
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

  /** Lines for the frame that can still be influenced: they put the start of the one after it nearest to the server's. */
  private choose(own: LineFilter, grid: LineFilter, number: number): number {
    const { controlDelayFrames, lineUs, shortestFrameUs, longestFrameUs, frameUs } = this.camera;
    let start = own.value;
    for (const lines of this.plan) start += lines * own.slope;
    const target = grid.value + (number + controlDelayFrames + 1 - this.gridNumber) * grid.slope;
    let length = target - start;
    if (this.settled) length = clamp(length, grid.slope * (1 - WALK), grid.slope * (1 + WALK));
    const shortest = Math.ceil(shortestFrameUs / lineUs - 1e-6);
    const longest = Math.floor(Math.min(longestFrameUs, 2.5 * frameUs) / lineUs);
    return clamp(Math.round(length / own.slope), shortest, longest);
  }

  private state(boundUs: number, periodUs: number): ClientState {
    if (this.guard.server === undefined) return boundUs > LOST * periodUs ? 'lost' : 'holdover';
    return this.locked ? 'locked' : 'acquiring';
  }

  /** How far this camera may be from the server by what it knows, in us: it holds in 99 of 100 cases. */
  private bound(own: LineFilter, grid: LineFilter): number {
    const frames = this.framesSinceMessage;
    const error = Math.hypot(grid.errorAfter(frames, frames), own.errorAfter(0, 0));
    return this.camera.lineUs / 2 + BOUND_SIGMAS * error;
  }

  private watchClocks(): void {
    const moving = this.ownClock.moving || this.serverClock.moving;
    if (moving && !this.diverging)
      this.notices.push({ kind: 'clocks-diverging', who: this.ownClock.moving ? 'own' : 'server' });
    this.diverging = moving;
  }

  private note(notices: readonly ClientNotice[]): void {
    for (const notice of notices) {
      if (notice.kind === 'server') this.regrid = 'new';
      if (notice.kind === 'regrid') this.regrid = notice.reason === 'restart' ? 'new' : 'step';
      this.changes.note(notice, this.recording);
      this.starts.note(notice, this.recording);
      this.notices.push(notice);
    }
  }
}

const UNKNOWN = {
  index: undefined,
  phaseUs: undefined,
  ready: false,
  timerUs: undefined,
  correctionUs: 0,
  state: 'waiting',
  changes: [],
} as const;

const clamp = (value: number, from: number, to: number): number => Math.max(from, Math.min(to, value));
