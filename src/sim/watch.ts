import type { ClientFrame } from '../sync/client.ts';
import { inStep, LOCKED_US } from '../sync/locked.ts';
import { RecordingPlan } from '../sync/recording-plan.ts';
import { Tally } from './tally.ts';
import type { Truth } from './truth.ts';
import type { WorldFrame } from './world.ts';

/** Below this a client counts as locked to its server, once it has been for `LOCK_US`. Both in us. */
export const CLOSE_US = LOCKED_US;
const LOCK_US = 1e6;
/**
 * A server frame further away than this share of a frame is not the one that belongs to a client's: that one was
 * dropped, or nobody made it.
 */
const ABSENT = 0.75;
/** Frames of a fellow client that are kept to compare with: more than it may be ahead. A power of two. */
const FELLOW_FRAMES = 8192;

/** What is said of a client's run: by true frame times, in us. */
export interface Figures {
  /**
   * From the first message heard to the moment after which the offset stays below 100 us for 1 s; null where that never
   * was.
   */
  readonly lockSeconds: number | null;
  /** Of the offsets in the window; null where there are none. */
  readonly rmsUs: number | null;
  /** 99 of 100 offsets are no larger than this, in us (nearest rank). */
  readonly p99Us: number | null;
  /** The largest offset, in us. */
  readonly maxUs: number | null;
  /**
   * Frames of the recording that are in a wrong slot: nearer to another server frame than to the one of their index, an
   * index that comes twice, or one left out without a frame dropped.
   */
  readonly slotsWrong: number;
}

/** What else there is to know of a client's run. */
export interface Observed extends Figures {
  /** Of the offsets in the window at times that are called calm; null where there are none. */
  readonly calmRmsUs: number | null;
  /** Frames that the camera made. */
  readonly frames: number;
  /** Frames in the window whose length differs from the nominal one, as a count. */
  readonly corrections: number;
  /** Index of the first frame recorded. */
  readonly firstIndex: number | undefined;
  /**
   * Frames of the recording, and how many of them were left out in pauses; only where the server is asked for changes.
   */
  readonly timelineFrames: number;
  /** Frames that were left out in pauses. */
  readonly pausedFrames: number;
  /**
   * Frames recorded that the server leaves out, left out that it records, or given another number in the file than it
   * gives them.
   */
  readonly disagreedFrames: number;
  /** Saves that were heard of, and not after their frame. */
  readonly saves: number;
  /** From the disturbance to the last frame that was off by 100 us or more; 0 where none was. Seconds. */
  readonly disturbedSeconds: number;
  /** From the disturbance until "clocks diverging" was said; undefined where it was not. Seconds. */
  readonly divergingSeconds: number | undefined;
  /**
   * Frames from the disturbance on of which the controller did not say that they are in step: locked, or as close as
   * the stock algorithm keeps.
   */
  readonly outOfStepFrames: number;
  /** Notices that the controller had of its server since the disturbance. */
  readonly serverNotices: number;
  /**
   * Frames of which it said that it is locked, with a server frame to compare with; those of them that were off by more
   * than it stated; and how many times that at most.
   */
  readonly lockedFrames: number;
  /** Of the locked frames: those that were off by more than the controller stated. */
  readonly outsideFrames: number;
  /** How many times what it stated they were off by, at most. */
  readonly worstOutside: number;
  /**
   * Frames at which another host's clock was read, and those of them at which it was read off by more than it was
   * stated to be at most.
   */
  readonly clockFrames: number;
  /** Of those frames: those at which the clock was read off by more than its bound. */
  readonly clockOutsideFrames: number;
  /** Of the last frame: its offset, and the bound that the controller stated for it. */
  readonly endOffsetUs: number | undefined;
  /** The bound that the controller stated for the last frame, in us; undefined where it stated none. */
  readonly endBoundUs: number | undefined;
}

export interface WatchOptions {
  readonly frameUs: number;
  /** Duration of the server's frames by its crystal, in us of true time. */
  readonly serverFrameUs: number;
  /** From and to, in us after the first message heard. */
  readonly windowUs: readonly [number, number];
  /** Whether a true time is calm; undefined where none is told from others. */
  readonly calm: ((trueUs: number) => boolean) | undefined;
  /** When something happens to the world, in true time. */
  readonly eventUs: number | undefined;
  /** From when on the server counts anew, so that its indices are no longer those of the recording, in true time. */
  readonly recountedUs: number | undefined;
  /** True where frames may be missing because they were dropped. */
  readonly drops: boolean;
  /** What the server's own recording does; undefined where nobody asks for changes. */
  readonly agreed: RecordingPlan | undefined;
  /** Called for every frame with a true offset. */
  readonly trace: ((trueUs: number, offsetUs: number) => void) | undefined;
}

/** Follows one client through its run and compares it with the truth. Keeps nothing that grows with time. */
export class Watch implements Observed {
  private readonly options: WatchOptions;
  private readonly truth: Truth;
  private readonly fellow: Watch | undefined;
  private readonly tally: Tally;
  private calmFrames = 0;
  private calmSquares = 0;
  private place = 0;
  private heardUs: number | undefined;
  private closeSinceUs: number | undefined;
  private lastIndex: number | undefined;
  private farUs: number | undefined;
  /** True times of the last frames by index: for fellows to compare with, while the server counts anew. */
  private readonly own: Float64Array | undefined;
  /** What this client's recording does. */
  private readonly plan = new RecordingPlan();

  lockSeconds: number | null = null;
  slotsWrong = 0;
  frames = 0;
  corrections = 0;
  timelineFrames = 0;
  pausedFrames = 0;
  disagreedFrames = 0;
  saves = 0;
  firstIndex: number | undefined;
  divergingSeconds: number | undefined;
  outOfStepFrames = 0;
  serverNotices = 0;
  lockedFrames = 0;
  outsideFrames = 0;
  worstOutside = 0;
  clockFrames = 0;
  clockOutsideFrames = 0;
  /** Of the last frame. NaN where there is none: always a number, so that no frame's takes memory of its own. */
  private lastOffsetUs = Number.NaN;
  private lastBoundUs = Number.NaN;

  /** @param fellow another client that must be in the same slots. */
  constructor(options: WatchOptions, truth: Truth, fellow: Watch | undefined) {
    this.options = options;
    this.truth = truth;
    this.fellow = fellow;
    const [from, to] = options.windowUs;
    this.tally = new Tally(((to - from) / options.frameUs) * 1.05 + 10);
    if (options.recountedUs !== undefined) this.own = new Float64Array(FELLOW_FRAMES).fill(Number.NaN);
  }

  get rmsUs(): number | null {
    return this.tally.rmsUs;
  }

  get calmRmsUs(): number | null {
    return this.calmFrames === 0 ? null : Math.sqrt(this.calmSquares / this.calmFrames);
  }

  get p99Us(): number | null {
    return this.tally.p99Us;
  }

  get maxUs(): number | null {
    return this.tally.maxUs;
  }

  get endOffsetUs(): number | undefined {
    return Number.isNaN(this.lastOffsetUs) ? undefined : this.lastOffsetUs;
  }

  get endBoundUs(): number | undefined {
    return Number.isNaN(this.lastBoundUs) ? undefined : this.lastBoundUs;
  }

  get disturbedSeconds(): number {
    return (Math.max(this.farUs ?? 0, this.options.eventUs ?? 0) - (this.options.eventUs ?? 0)) / 1e6;
  }

  message(trueUs: number): void {
    this.heardUs ??= trueUs;
  }

  frame(frame: WorldFrame<ClientFrame>): void {
    const { trueUs, decision, clock } = frame;
    this.frames++;
    if (clock !== undefined) {
      this.clockFrames++;
      if (Math.abs(clock.errorUs) > clock.boundUs) this.clockOutsideFrames++;
    }
    const { eventUs } = this.options;
    if (eventUs !== undefined && trueUs >= eventUs) this.listen(decision, trueUs - eventUs);
    this.lastBoundUs = decision.boundUs ?? Number.NaN;
    this.checkOrder(trueUs, decision);
    if (this.options.agreed !== undefined) this.checkPlan(decision, this.options.agreed);
    if (this.heardUs !== undefined) this.compare(frame, this.heardUs);
  }

  private listen({ notices, state, phaseUs, boundUs }: ClientFrame, sinceUs: number): void {
    if (!inStep({ state, offsetUs: phaseUs, boundUs })) this.outOfStepFrames++;
    for (const { kind } of notices) {
      if (kind === 'clocks-diverging') this.divergingSeconds ??= sinceUs / 1e6;
      else this.serverNotices++;
    }
  }

  private checkOrder(trueUs: number, { ready, index }: ClientFrame): void {
    if (!ready || index === undefined || index < 0) return;
    this.firstIndex ??= index;
    const { lastIndex } = this;
    if (lastIndex !== undefined && (index <= lastIndex || (index > lastIndex + 1 && !this.options.drops)))
      this.slotsWrong++;
    this.lastIndex = index;
    if (this.own !== undefined) this.own[index % FELLOW_FRAMES] = trueUs;
    const fellowUs = this.fellow?.own?.[index % FELLOW_FRAMES];
    if (fellowUs !== undefined && Math.abs(fellowUs - trueUs) > this.options.frameUs / 2) this.slotsWrong++;
  }

  /** What is recorded is recorded: what is heard of later does not mend it. */
  private checkPlan({ ready, index, changes }: ClientFrame, agreed: RecordingPlan): void {
    for (const change of changes) {
      this.plan.add(change);
      if (change.kind === 'save' && index !== undefined && change.index >= index) this.saves++;
    }
    if (!ready || index === undefined || index < 0) return;
    this.timelineFrames++;
    if (!agreed.recorded(index)) this.pausedFrames++;
    if (this.plan.position(index) !== agreed.position(index)) this.disagreedFrames++;
  }

  private compare(frame: WorldFrame<ClientFrame>, heardUs: number): void {
    const { trueUs, decision } = frame;
    const { truth, options } = this;
    const { frameUs, windowUs, recountedUs, trace } = options;
    const place = truth.nearest(trueUs, this.place);
    if (place === undefined) return;
    this.place = place;
    let offsetUs = trueUs - truth.timeOf(place);
    const { index, ready } = decision;
    const away = Math.round(offsetUs / frameUs);
    if (index !== undefined && trueUs < (recountedUs ?? Number.POSITIVE_INFINITY)) {
      const others = truth.indexOf(place) + away - index;
      if (ready && index >= 0 && others !== 0) this.slotsWrong++;
      offsetUs += others * frameUs;
    }
    if (away !== 0 && Math.abs(trueUs - truth.timeOf(place)) > ABSENT * frameUs) return;
    if (decision.state === 'locked') this.checkBound(frame, place);
    this.lastOffsetUs = offsetUs;
    trace?.(trueUs, offsetUs);
    this.judge(trueUs, offsetUs, heardUs);
    const after = trueUs - heardUs;
    if (after < windowUs[0] || after >= windowUs[1]) return;
    this.tally.add(offsetUs);
    if (options.calm?.(trueUs)) {
      this.calmFrames++;
      this.calmSquares += offsetUs * offsetUs;
    }
    if (decision.correctionUs !== 0) this.corrections++;
  }

  /** Says locked, and is it? Where the server that it follows is no more there is nothing to compare with. */
  private checkBound({ trueUs, decision, run, relationUs = 0, clock }: WorldFrame<ClientFrame>, place: number): void {
    const { truth, options } = this;
    if (run !== truth.runOf(place)) return;
    const { serverFrameUs } = options;
    const away = trueUs - truth.timeOf(place) - relationUs;
    const offUs = away - Math.round(away / serverFrameUs) * serverFrameUs;
    const ratio = Math.abs(offUs) / ((decision.boundUs ?? LOCKED_US) + (clock?.boundUs ?? 0));
    this.lockedFrames++;
    if (ratio > 1) this.outsideFrames++;
    if (ratio > this.worstOutside) this.worstOutside = ratio;
  }

  private judge(trueUs: number, offsetUs: number, heardUs: number): void {
    if (Math.abs(offsetUs) >= CLOSE_US) {
      this.closeSinceUs = undefined;
      if (trueUs >= (this.options.eventUs ?? Number.POSITIVE_INFINITY)) this.farUs = trueUs;
      return;
    }
    this.closeSinceUs ??= trueUs;
    if (this.lockSeconds === null && trueUs - this.closeSinceUs >= LOCK_US)
      this.lockSeconds = Math.max(0, this.closeSinceUs - heardUs) / 1e6;
  }
}
