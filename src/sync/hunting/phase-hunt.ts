import type { BootUs } from '../../time/units.ts';
import { folded } from './direction.ts';
import { Drift } from './drift.ts';
import { StartDelays } from './start-delays.ts';
import { StreamLine } from './stream-line.ts';

/** Frames at the beginning of a stream whose stamps are not used: a camera's first are often out of line. */
const SKIPPED = 1;
/** Frames after which it is decided, whatever is not known. */
const ENOUGH = 12;
/** Standard errors of a phase that are clear. */
const SIGMAS = 2;
/**
 * A stream is taken where its phase has so much of `withinUs` to spare, since it drifts until the others are found, and
 * kept up to this share. By tries in the scenario `phase-hunt`: with 0.2 and 0.95 fewest rigs miss.
 */
const SPARE = 0.2;
const KEPT = 0.95;
/** The drift is known well enough where it leaves so much of `withinUs` unsure in the middle of the recording. */
const KNOWN = 1 / 4;
/** From when all cameras are found to the beginning of the recording, about, in us. */
const LEAD_US = 1.5e6;
/** So long the first stream is watched at most, for its drift, in us. */
const LEARN_US = 6e6;

/** What is hunted for. */
export interface HuntSettings {
  /** Duration of a frame, in us. */
  readonly frameUs: number;
  /** How near frames shall come to the server's, in us. */
  readonly withinUs: number;
  /** From the beginning of the recording to its middle, in us; 0 where it has no end that is known. */
  readonly middleUs: number;
}

/**
 * `hunting`; `found`, in the middle of the recording its frames will be as near as was asked for, by what is known;
 * `fixed`, its phase is the same whenever it is started.
 */
export type HuntState = 'hunting' | 'found' | 'fixed';

/** What a hunt has come to. */
export interface HuntReport {
  /** Streams that were started, the first one too. */
  readonly starts: number;
  /** Where its first stream was in the middle of the recording, in us: what it would be without a hunt. */
  readonly firstUs: number | undefined;
  /** How far behind the server's frames it will be in the middle of the recording, in us. */
  readonly middleUs: number | undefined;
  /** The same at its beginning, if that is now. */
  readonly beginUs: number | undefined;
  /** The same at its end. */
  readonly endUs: number | undefined;
  /** How fast its frames fall behind the server's, in ppm. */
  readonly driftPpm: number;
  /** Standard error of that, in ppm. */
  readonly driftErrorPpm: number;
}

/**
 * A camera whose frames can't be steered is started again until they lie near the server's. A start that chooses among
 * all phases alike needs T / (2 x within) of them as a mean; one whose delay repeats needs two or three. What is
 * counted is the middle of the recording: frames drift, and are as far off at its beginning as at its end.
 *
 * A machine as all here: frames go in, whether to start again comes out.
 */
export class PhaseHunt {
  private readonly settings: HuntSettings;
  private readonly drift = new Drift();
  private readonly delays: StartDelays;
  private line: StreamLine;
  private toldUs = 0;
  private starts = 0;
  private skipped = 0;
  private firstUs: number | undefined;
  private beganUs: number | undefined;
  private lastUs = 0;
  state: HuntState = 'hunting';

  constructor(settings: HuntSettings) {
    this.settings = settings;
    this.delays = new StartDelays(settings.frameUs);
    this.line = new StreamLine(settings.frameUs);
  }

  /** The camera was told to start, at `toldUs`. */
  started(toldUs: BootUs): void {
    this.starts++;
    this.line = new StreamLine(this.settings.frameUs);
    this.toldUs = toldUs;
    this.skipped = 0;
    this.beganUs = undefined;
  }

  /**
   * A frame of the stream that runs, and how far it is behind the server's nearest, in us.
   * @returns true where the camera is to be stopped, and started again at `startAt`.
   */
  frame(us: BootUs, phaseUs: number): boolean {
    if (this.skipped++ < SKIPPED || this.state === 'fixed') return false;
    const { line, settings } = this;
    this.beganUs ??= us;
    line.add(us, phaseUs);
    this.lastUs = us;
    const { middleUs, errorUs, driftErrorUs, learned } = this.now(us);
    const away = Math.abs(middleUs);
    const unsureUs = Math.max(SIGMAS * errorUs, settings.withinUs * SPARE);
    if (this.state === 'found') {
      // Over a long recording little is known of its middle: what was found is left for what is clearly wrong alone.
      if (away - Math.max(0, driftErrorUs - settings.withinUs * KNOWN) <= settings.withinUs * KEPT) return false;
      this.state = 'hunting';
      return this.giveUp(middleUs);
    }
    if (!learned && this.starts === 1 && us - this.beganUs < LEARN_US) return false;
    if (away - SIGMAS * errorUs > settings.withinUs) return this.giveUp(middleUs);
    if (away + unsureUs > settings.withinUs) return line.count >= ENOUGH && this.giveUp(middleUs);
    this.firstUs ??= middleUs;
    this.state = 'found';
    return false;
  }

  /** When the camera, now that it is stopped, is to be started, on the same clock: at most a frame later. */
  startAt(nowUs: BootUs): BootUs {
    const { us, phaseUs } = this.line.middle;
    const { slope } = this.drift.with(this.line);
    // A server's frame, and as much before the next ones as the drift will take away until the middle.
    const aimUs = us - phaseUs - slope * (LEAD_US + this.settings.middleUs);
    return this.delays.next(nowUs, aimUs, slope) as BootUs;
  }

  get report(): HuntReport {
    const { slope, error } = this.drift.with(this.line);
    const known = this.line.count > 0 ? this.line.middle : undefined;
    const nowUs = known && folded(known.phaseUs + slope * (this.lastUs - known.us), this.settings.frameUs);
    const at = (aheadUs: number): number | undefined => (nowUs === undefined ? undefined : nowUs + slope * aheadUs);
    const { middleUs } = this.settings;
    return {
      starts: this.starts,
      firstUs: this.firstUs,
      beginUs: at(0),
      middleUs: at(middleUs),
      endUs: at(2 * middleUs),
      driftPpm: slope * 1e6,
      driftErrorPpm: error * 1e6,
    };
  }

  /** Where the stream that runs will be in the middle of the recording, and what that may be off by now, in us. */
  private now(us: number): { middleUs: number; errorUs: number; driftErrorUs: number; learned: boolean } {
    const { line, settings } = this;
    const { slope, error, noiseUs } = this.drift.with(line);
    const { middle } = line;
    const aheadUs = us - middle.us + LEAD_US + settings.middleUs;
    const driftErrorUs = error * (LEAD_US + settings.middleUs);
    return {
      middleUs: folded(middle.phaseUs + slope * aheadUs, settings.frameUs),
      errorUs: noiseUs / Math.sqrt(line.count),
      driftErrorUs,
      learned: driftErrorUs <= settings.withinUs * KNOWN,
    };
  }

  private giveUp(middleUs: number): boolean {
    this.firstUs ??= middleUs;
    const { line, toldUs, settings } = this;
    this.drift.keep(line);
    const { slope } = this.drift.with(new StreamLine(settings.frameUs));
    const { us, phaseUs } = line.middle;
    const firstUs = this.beganUs as number;
    this.delays.add(toldUs, firstUs, phaseUs + slope * (firstUs - us));
    if (this.delays.fixed(slope)) this.state = 'fixed';
    return this.state !== 'fixed';
  }
}
