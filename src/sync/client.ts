import type { BootUs } from '../time/units.ts';
import type { SyncMessage } from '../wire/message.ts';
import { ChangeIntake } from './change-intake.ts';
import type { ClientController } from './controller.ts';
import { type GuardNotice, indexOf, MessageGuard, type Refusal } from './guard.ts';
import { LOCKED_US } from './locked.ts';
import type { RecordingChange } from './recording-change.ts';
import { type HeardStart, StartIntake } from './start-intake.ts';
import { SteadyNow } from './steady-now.ts';
import { Timeline } from './timeline.ts';
import { STAMP_NOISE_US } from './tracking/line-filter.ts';

/** A phase is as good as the one stamp that it comes from: three standard deviations of it, in us. */
const STAMP_DOUBT_US = 3 * STAMP_NOISE_US;

/**
 * What a user is told of a client: no message yet; on the way; within `LOCKED_US`; its server is silent and the learned
 * rate carries on; silent for so long that the learned rate says nothing any more.
 */
export type ClientState = 'waiting' | 'acquiring' | 'locked' | 'holdover' | 'lost';

/** What a client has to say beside its frames. */
export type ClientNotice =
  | GuardNotice
  | { kind: 'clocks-diverging'; who: 'own' | 'server' }
  | { kind: 'no-exposure'; align: string };

/** What a client makes of one of its frames. */
export interface ClientFrame {
  /**
   * The frame's index on the server's timeline; undefined before the first message. Never falls once the recording
   * runs.
   */
  readonly index: number | undefined;
  /** How far the frame is behind its place on the timeline, in us; undefined before the first message. */
  readonly phaseUs: number | undefined;
  /** True from the frame with index 0 (or, for one who joins late, from the first frame that has an index). */
  readonly ready: boolean;
  /** Time until the recording begins, in us; undefined until a message has told. */
  readonly timerUs: number | undefined;
  /** One coming frame is to be shortened by this, in us. */
  readonly correctionUs: number;
  /**
   * How long the next frame that can be influenced shall last, in us by the camera's nominal crystal; for a controller
   * that says so each frame.
   */
  readonly durationUs?: number | undefined;
  /** Whether it is in step. */
  readonly state: ClientState;
  /** How far the frame may be from the server's by what is known, in us; for a controller that knows. */
  readonly boundUs?: number | undefined;
  /** What there is to tell a user. */
  readonly notices: readonly ClientNotice[];
  /** Changes of the recording that were not told before; they count from this frame on. None before the recording. */
  readonly changes: readonly RecordingChange[];
  /** When frame 0 is, as far as that was told. */
  readonly start?: HeardStart | undefined;
}

/**
 * A client: the guard in front, the controller that corrects, and the timeline that says which frame is which.
 *
 * The first message of a server says the index. From then on it goes on by itself: new messages only move its fraction,
 * so a step of either wall clock changes the phase of frames and never their number; nor does a restarted server, once
 * the recording runs.
 */
export class SyncClient {
  /** What lets messages in, and counts those that it turns away. */
  readonly guard: MessageGuard;
  private readonly controller: ClientController;
  private timeline: Timeline;
  private readonly nominalFrameUs: number;
  private inbox: SyncMessage[] = [];
  private notices: GuardNotice[] = [];
  private readonly changes = new ChangeIntake();
  private readonly starts = new StartIntake();
  private readonly now = new SteadyNow();
  private fresh = false;
  /** The next place on the timeline is taken as the messages say, not carried on. */
  private renumber = true;
  private frames = 0;
  /** Place on the timeline of the last frame, and its boot time. */
  private last: { place: number; number: number; bootUs: number } | undefined;
  /**
   * Number of frame 0 of the recording, in the numbering of the timeline; undefined as long as the server has not fixed
   * it.
   */
  private readyNumber: number | undefined = 0;
  private recording = false;

  constructor(controller: ClientController, nominalFrameUs: number) {
    this.controller = controller;
    this.guard = new MessageGuard(nominalFrameUs);
    this.timeline = new Timeline(nominalFrameUs);
    this.nominalFrameUs = nominalFrameUs;
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

  /** A frame of this camera: its time on the wall clock and on the sensor's own. */
  frame(wallUs: number, bootUs: BootUs): ClientFrame {
    this.note(this.guard.tick(this.now.at(wallUs, bootUs)));
    // Messages from before the first frame are thrown away, as the controller does: they may have waited for long.
    const messages = this.frames++ === 0 ? [] : this.inbox;
    this.inbox = [];
    const { correctionUs, timerUs } = this.controller.frame(Math.trunc(wallUs), messages);
    const newest = messages.at(-1);
    if (newest !== undefined) this.anchor(newest);
    const notices = this.notices;
    this.notices = [];
    if (!this.timeline.known) {
      return {
        index: undefined,
        phaseUs: undefined,
        ready: false,
        timerUs,
        correctionUs,
        state: 'waiting',
        notices,
        changes: [],
        start: undefined,
      };
    }
    const place = this.place(wallUs, bootUs);
    this.renumber = false;
    const number = this.recording ? Math.max(nearest(place), this.last?.number ?? 0) : nearest(place);
    this.last = { place, number, bootUs };
    const index = this.readyNumber === undefined ? undefined : number - this.readyNumber;
    if (index !== undefined && index >= 0) this.recording = true;
    this.guard.recording = this.recording;
    const phaseUs = (place - nearest(place)) * this.timeline.periodUs;
    const changes = this.changes.take(this.recording);
    const start = this.starts.heard;
    const state = this.state(phaseUs);
    return { index, phaseUs, ready: this.recording, timerUs, correctionUs, state, notices, changes, start };
  }

  private anchor(message: SyncMessage): void {
    const { frameNumber, frameIndex } = message.envelope ?? {};
    if (!this.recording) {
      this.readyNumber =
        frameNumber === undefined ? 0 : frameIndex === undefined ? undefined : frameNumber - frameIndex;
    }
    const word = frameNumber ?? indexOf(message);
    // The word is rounded (to half a frame after 33,000 frames): where the timeline runs already, it knows better.
    const along = this.timeline.known && !this.fresh ? this.timeline.indexAt(message.wallClockUs) : word;
    const index =
      Math.abs(along - word) < 0.5 + Math.abs(word) / message.frameDurationUs ? Math.round(along) : Math.round(word);
    this.timeline.anchor(index, message.wallClockUs, message.frameDurationUs, this.fresh);
    this.fresh = false;
  }

  private place(wallUs: number, bootUs: number): number {
    const told = this.timeline.indexAt(wallUs);
    if (this.renumber || this.last === undefined) return told;
    const carried = this.last.place + (bootUs - this.last.bootUs) / this.timeline.periodUs;
    return told - Math.round(told - carried);
  }

  private state(phaseUs: number): ClientState {
    if (this.guard.server === undefined) return 'holdover';
    return Math.abs(phaseUs) + STAMP_DOUBT_US <= LOCKED_US ? 'locked' : 'acquiring';
  }

  /** A server that is gone before the recording began no longer says when that is. */
  private forget(): void {
    this.timeline = new Timeline(this.nominalFrameUs);
    this.last = undefined;
    this.renumber = true;
  }

  private note(notices: readonly GuardNotice[]): void {
    for (const notice of notices) {
      if (notice.kind === 'server' || notice.kind === 'regrid') this.fresh = true;
      const anew = notice.kind === 'server' || (notice.kind === 'regrid' && notice.reason === 'restart');
      if (anew && !this.recording) this.renumber = true;
      if (notice.kind === 'server-gone' && !this.recording) this.forget();
      this.changes.note(notice, this.recording);
      this.starts.note(notice, this.recording);
      this.notices.push(notice);
    }
  }
}

/** The nearest whole number, and never -0. */
const nearest = (value: number): number => Math.round(value) || 0;
