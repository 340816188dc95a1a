import type { BootUs } from '../../time/units.ts';
import type { SyncMessage } from '../../wire/message.ts';
import { ChangeIntake } from '../change-intake.ts';
import type { ClientFrame, ClientNotice, ClientState } from '../client.ts';
import { type GuardNotice, MessageGuard, type Refusal } from '../guard.ts';
import { BOUND_SIGMAS, LOCKED_US } from '../locked.ts';
import type { SyncAlign } from '../names.ts';
import { StartIntake } from '../start-intake.ts';
import { SteadyNow } from '../steady-now.ts';
import type { SteeredCamera } from '../steered-camera.ts';
import { type LineRoom, linesToReach, WALK } from './law.ts';
import { OwnFrames } from './own-frames.ts';
import { type Followed, type HeldFrame, ServerGrid } from './server-grid.ts';

/** What a tracking client is made with. */
export interface TrackingClientOptions {
  /** Default `end`. The others need the server's exposure, which its messages tell if it is ours. */
  readonly align?: SyncAlign;
  /** Exposure of this camera, in us. */
  readonly exposureUs?: number | undefined;
}

/** Lines that a frame differs by from one at rest without being a leap. */
const SMALL_LINES = 2;
/** A length may be written so many frames late and is waited for before the next leap. */
const LATE_FRAMES = 2;
/** A holdover whose bound has grown past this share of a frame is lost. */
const LOST = 0.5;

/**
 * A client that tracks frequency: it knows how long a line of its own sensor and a frame of the server really are, and
 * plans its line counts ahead of the control delay.
 *
 * State: on this host's boot time, its own frames with the lengths already written (`OwnFrames`), and the server's
 * (`ServerGrid`). Control: the frame that can still be influenced is `controlDelayFrames` away. Its end is predicted
 * with all lengths before it, and its line count is the one that puts the next frame's start nearest to the server's:
 * within half a line, if both filters are right. Nothing is accumulated and nothing can wind up; at rest the error is
 * uniform over a line, line / sqrt 12 rms. A leap (a frame that is much longer or shorter than those at rest) is made
 * once and waited for: a process that is busy writes it late, and two of one error would take the camera as far to the
 * other side, again and again. Assumptions: crystals wander slowly (see LineFilter); when a server is met,
 * the two hosts' wall clocks agree (see MessageClocks). The stated bound spans all that is known to be uncertain, and
 * `locked` is what lies within `LOCKED_US` by it.
 */
export class TrackingClient {
  /** What lets messages in, and counts those that it turns away. */
  readonly guard: MessageGuard;
  private readonly camera: SteeredCamera;
  /**
   * Frames are shortened by half of what the camera could, or by what a recording needs: one that begins when the one
   * before has hardly been read out leaves its process no time, and a length that is written late is another frame's.
   * In us.
   */
  private readonly shortestUs: number;
  private readonly room: LineRoom;
  private readonly options: TrackingClientOptions;
  private inbox: SyncMessage[] = [];
  private notices: ClientNotice[] = [];
  private readonly changes = new ChangeIntake();
  private readonly starts = new StartIntake();
  private readonly now = new SteadyNow();

  private readonly own: OwnFrames;
  private readonly grid = new ServerGrid();
  /** Number of the current frame of this camera in the grid, once it is following. */
  private number: number | undefined;
  private recording = false;
  /** Frames in a row that were within `LOCKED_US` of their places. */
  private closeFrames = 0;
  /** True once the recording runs in step: from then on frames keep to their slots. */
  private settled = false;
  /** Of the current frame, in us. */
  private steadyUs = 0;
  /** Frames until the last leap was seen, however late it was written. */
  private leaping = 0;
  private diverging = false;
  private unaligned = false;

  constructor(camera: SteeredCamera, nominalFrameUs: number, options: TrackingClientOptions = {}) {
    this.options = options;
    this.camera = camera;
    const { frameUs, lineUs, shortestFrameUs, longestFrameUs } = camera;
    this.shortestUs = Math.max(shortestFrameUs, Math.min((frameUs + shortestFrameUs) / 2, frameUs * (1 - WALK)));
    this.room = {
      shortest: Math.ceil(this.shortestUs / lineUs - 1e-6),
      longest: Math.floor(Math.min(longestFrameUs, 2.5 * frameUs) / lineUs),
    };
    this.guard = new MessageGuard(nominalFrameUs);
    this.own = new OwnFrames(camera);
  }

  /**
   * The server's frames as they are known now, in this client's numbering, on this host's boot clock; undefined before
   * the first message.
   */
  get followed(): Followed | undefined {
    return this.grid.followed;
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
    const { own, grid } = this;
    this.steadyUs = this.now.at(wallUs, bootUs);
    this.note(this.guard.tick(this.steadyUs));
    const frames = own.follow(bootUs, durationUs);
    if (this.number !== undefined) this.number += frames;
    grid.passed(Math.max(1, frames));
    grid.clocks.frame(wallUs, bootUs);
    if (this.inbox.length > 0) {
      for (const message of this.inbox) this.update(message);
      this.inbox = [];
    }
    grid.doubtClocks();
    this.watchClocks();
    const notices = this.notices.length > 0 ? this.notices : NOTHING;
    if (notices !== NOTHING) this.notices = [];
    if (!grid.known) return unknown(notices);
    const place = grid.placeOf(own.us);
    this.number ??= Math.round(place);
    if (!this.settled && Math.abs(place - this.number) > 0.5) {
      // Indices of a recording only rise.
      this.number = Math.max(Math.round(place), this.recording ? this.number : Number.NEGATIVE_INFINITY);
    }
    const { periodUs, readyNumber } = grid;
    const phaseUs = (place - this.number) * periodUs;
    const index = readyNumber === undefined ? undefined : this.number - readyNumber;
    if (index !== undefined && index >= 0) this.recording = true;
    this.guard.recording = this.recording;
    const lines = this.choose(this.number, phaseUs);
    own.write(lines);
    if (Math.abs(phaseUs) < LOCKED_US && this.recording) this.settled = true;
    this.closeFrames = Math.abs(phaseUs) < LOCKED_US ? this.closeFrames + 1 : 0;
    const boundUs = this.bound(phaseUs, place);
    return {
      index,
      phaseUs,
      ready: this.recording,
      timerUs: index === undefined ? undefined : -index * periodUs,
      correctionUs: this.camera.frameUs - lines * this.camera.lineUs,
      // Half a line more: a camera that floors to lines makes exactly this many.
      durationUs: (lines + 0.5) * this.camera.lineUs,
      state: this.state(boundUs, periodUs),
      boundUs,
      notices,
      changes: this.changes.take(this.recording),
      start: this.starts.heard,
    };
  }

  private update(message: SyncMessage): void {
    const held: HeldFrame | undefined =
      this.recording && this.number !== undefined ? { number: this.number, us: this.own.us } : undefined;
    if (this.grid.update(message, this.alignment(message), held)) this.number = undefined;
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

  /**
   * Lines for the frame that can still be influenced: they put the start of the one after it nearest to the server's.
   */
  private choose(number: number, phaseUs: number): number {
    const { own, grid, camera } = this;
    const { periodUs } = grid;
    // Before the recording a camera that one leap does not catch up is let fall back into the next place.
    const place = !this.recording && phaseUs > camera.frameUs - this.shortestUs ? number + 1 : number;
    const neededUs = grid.at(place + camera.controlDelayFrames + 1) - own.upcomingUs;
    const lines = linesToReach(neededUs, own.lineUs, this.room, this.settled ? periodUs : undefined);
    if (this.leaping > 0) this.leaping--;
    const rest = Math.round(periodUs / own.lineUs);
    if (Math.abs(lines - rest) <= SMALL_LINES) return lines;
    // On a long way each step is as good as the next.
    if (this.settled && Math.abs(neededUs - periodUs) > WALK * periodUs) return lines;
    if (this.leaping > 0) {
      const near = lines > rest ? rest + SMALL_LINES : rest - SMALL_LINES;
      return Math.max(this.room.shortest, Math.min(this.room.longest, near));
    }
    this.leaping = camera.controlDelayFrames + LATE_FRAMES;
    return lines;
  }

  private state(boundUs: number, periodUs: number): ClientState {
    if (this.guard.server === undefined) return boundUs > LOST * periodUs ? 'lost' : 'holdover';
    // Lengths that took it here may still be under way: one that a busy process wrote too late would take it away
    // again.
    const arrived = this.closeFrames > this.camera.controlDelayFrames;
    return boundUs <= LOCKED_US && arrived && this.grid.clocks.settled ? 'locked' : 'acquiring';
  }

  /** How far this camera may be from the server by what it knows, in us: it holds in 99 of 100 cases. */
  private bound(phaseUs: number, place: number): number {
    const { own, grid } = this;
    const error = Math.sqrt(grid.errorAt(place) ** 2 + own.errorUs ** 2);
    const contradicted = this.guard.contradictedUs(this.steadyUs);
    const disputed = grid.disputedUs + own.disputedUs + grid.clocks.doubtUs + contradicted;
    return Math.max(this.camera.lineUs / 2, Math.abs(phaseUs)) + BOUND_SIGMAS * (error + grid.commonErrorUs) + disputed;
  }

  private watchClocks(): void {
    const who = this.grid.clocks.moving;
    if (who !== undefined && !this.diverging) this.notices.push({ kind: 'clocks-diverging', who });
    this.diverging = who !== undefined;
  }

  private note(notices: readonly GuardNotice[]): void {
    for (const notice of notices) {
      if (notice.kind === 'server') this.grid.expect('new');
      if (notice.kind === 'regrid') this.grid.expect(notice.reason === 'restart' ? 'new' : 'stepped');
      // What was heard before is of the old grid.
      if (notice.kind === 'server' || notice.kind === 'regrid') this.inbox = [];
      this.changes.note(notice, this.recording);
      this.starts.note(notice, this.recording);
      this.notices.push(notice);
    }
  }
}

const NOTHING: readonly ClientNotice[] = [];

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
