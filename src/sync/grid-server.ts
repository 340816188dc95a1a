import type { ClockPair } from '../time/clock.ts';
import { ClockRecovery } from '../time/clock-recovery.ts';
import { type FrameRate, periodUs } from '../time/frame-rate.ts';
import { type FramePhase, RateGrid } from '../time/rate-grid.ts';
import { type BootUs, bootUs, wallUs } from '../time/units.ts';
import { Announcer, type AnnouncerOptions } from './announcer.ts';
import type { RecordingChange } from './recording-change.ts';
import type { ServerFrame } from './server.ts';

/**
 * A grid that begins counts from here on. Clients take the frames of a server that has just begun to be known badly,
 * since it had few stamps to filter; these come from no stamps, and are as exact from the first on.
 */
export const FIRST_NUMBER = 2 ** 20;

/** What a server without a camera is made with. */
export interface GridServerOptions extends AnnouncerOptions {
  /** Rate of its frames, exactly. */
  readonly rate: FrameRate;
  /**
   * True where frame N lies at N / rate since 1970 on the host's wall clock: hosts whose clocks agree then have the
   * same frames without a word. Else frame N lies N periods after its start, on the boot clock, which nobody sets.
   */
  readonly epoch: boolean;
  /** What the frames of an `epoch` lie later by: a part of a frame. Default 0. */
  readonly phase?: FramePhase | undefined;
}

/**
 * A server without a camera: its frames lie evenly on a clock of its host. It is woken when they are due, and says so
 * in messages as a server with a camera does, so that any client follows.
 *
 * Model: what the wall clock is ahead of the boot clock is a straight line (`ClockRecovery`), until somebody sets it.
 * The frames of an `epoch` go where a clock that was set says, by up to half a frame, and keep on counting: so clients
 * keep their slots.
 */
export class GridServer {
  private readonly announcer: Announcer;
  private readonly grid: RateGrid;
  private readonly epoch: boolean;
  private readonly periodUs: number;
  private readonly clocks = new ClockRecovery();
  /** When a grid that begins began, on the boot clock. */
  private readonly originUs: number;
  /** The last frame, at first the one before the first: its number in messages, and when it was on the boot clock. */
  private number: number;
  private atUs: number;
  private nextWakeUs: BootUs;

  /** @param now both clocks of this host: from then on it has frames. */
  constructor(options: GridServerOptions, now: ClockPair) {
    const { rate, epoch, phase } = options;
    this.epoch = epoch;
    this.grid = new RateGrid(rate, epoch ? phase : undefined);
    this.periodUs = periodUs(rate);
    this.clocks.add(now);
    this.originUs = now.bootUs;
    const first = epoch ? this.last(now.bootUs) + 1 : 0;
    this.nextWakeUs = this.bootOf(first);
    this.atUs = this.nextWakeUs - this.periodUs;
    const number = epoch ? first : FIRST_NUMBER;
    this.number = number - 1;
    this.announcer = new Announcer(options, number, this.periodUs);
  }

  /** When its next frame is due, on the boot clock. */
  get wakeUs(): BootUs {
    return this.nextWakeUs;
  }

  /** How often the wall clock was set since the start, as far as that was noticed. */
  get timesSet(): number {
    return this.clocks.restarts;
  }

  /** True once it is fixed when the recording begins. */
  get fixed(): boolean {
    return this.announcer.fixed;
  }

  /** Fixes it, far enough ahead for everybody to be told; nothing where it is fixed already. */
  begin(): void {
    this.announcer.begin();
  }

  /** Asks for a change of the recording. @returns it; undefined where it changes nothing. */
  change(kind: RecordingChange['kind']): RecordingChange | undefined {
    return this.announcer.change(kind);
  }

  /**
   * It is time, or a little later. Of frames that were missed the last one counts.
   * @param now both clocks of this host.
   * @returns undefined where no frame is due yet.
   */
  wake(now: ClockPair): ServerFrame | undefined {
    this.clocks.add(now);
    const last = this.last(now.bootUs);
    const atUs = this.bootOf(last);
    const frames = Math.round((atUs - this.atUs) / this.periodUs);
    this.nextWakeUs = this.bootOf(last + 1);
    if (frames < 1) return undefined;
    this.number += frames;
    this.atUs = atUs;
    const frameWallUs = this.epoch ? this.grid.at(last) : this.clocks.toWall(atUs);
    return this.announcer.frame({
      number: this.number,
      wallUs: frameWallUs,
      toWallUs: frameWallUs - atUs,
      periodUs: this.epoch ? this.periodUs / (1 + this.clocks.drift) : this.periodUs,
    });
  }

  /** The last frame of the grid at a moment of the boot clock, by the grid's own count. */
  private last(us: BootUs): number {
    return this.grid.last(this.epoch ? this.clocks.toWall(us) : us - this.originUs);
  }

  /** When a frame of the grid is, on the boot clock. */
  private bootOf(number: number): BootUs {
    const us = this.grid.at(number);
    return this.epoch ? this.clocks.toBoot(wallUs(us)) : bootUs(us + this.originUs);
  }
}
