import { Oscillator } from '../sensor/oscillator.ts';
import type { Random } from '../sensor/random.ts';
import { LONGEST_FRAME_US } from '../sensor/sensor.ts';
import type { FrameReport } from '../sync/steering/report.ts';
import { StockClient } from '../sync/stock-client.ts';
import { ClockRecovery } from '../time/clock-recovery.ts';
import { bootUs, wallUs } from '../time/units.ts';
import { decodeMessage, type SyncMessage } from '../wire/message.ts';
import { bootOf, type HostClocks, wallErrorOf } from './host-clocks.ts';
import type { SimCameraOptions } from './world.ts';

/** Wall clock of true time 0, in us: any date will do. */
const EPOCH_US = 1_700_000_000_000_000;
/** From a frame's last line to the decision of the process's algorithms, in us. */
const DECIDES_AFTER_US = [500, 2500] as const;
/** From the decision to the log's line in the reader's hands, in us. */
const LOG_US = [100, 1000] as const;
/** The two readings of a pair of clocks are apart by this, as a standard deviation, in us. */
const PAIR_NOISE_US = 3;

/** How a stock camera's process is, where it is not the usual. */
export interface StockProcessOptions {
  /** The frame duration that it asks libcamera for, in whole us. */
  readonly limitUs: number;
  /** Frames from the one that takes a correction to the one that it shapes: at a true time. */
  readonly delayFrames: (trueUs: number) => number;
  /** Whether it writes its debug log. */
  readonly log: boolean;
  /** By how many frames its metadata are late. Default: it writes none. */
  readonly metadataLate?: number;
  /** Frames that come sooner than this after the last one that the algorithm ran on are left out by it, in us. */
  readonly skipBelowUs: number;
  /** Phase from which on it corrects, in us. */
  readonly minAdjustmentUs: number;
  /** It rounds to whole lines in place of flooring. */
  readonly rounds?: boolean;
  /** A length is reported with so many frames later than the one that has it. */
  readonly reportShift?: number;
  /** Lines are so many times as long as the sensor's driver says. */
  readonly lineFactor?: number;
}

/** A frame of a stock camera, as the world knows it. */
export interface ProcessFrame {
  readonly trueUs: number;
  /** True where it never reached the process. */
  readonly dropped: boolean;
  readonly ready: boolean;
  readonly correctionUs: number;
  /** What the process says, and when it is heard, in true time. */
  readonly reports: readonly { readonly atUs: number; readonly report: FrameReport }[];
}

/**
 * A stock rpicam-vid in client mode, with the sensor under it, in virtual time. It is met from outside through its
 * socket, its log and its metadata alone.
 *
 * Its algorithm is the exact one. A correction becomes a frame duration limit in whole us, which libcamera floors to
 * lines; that is the length of one frame, some frames later; then the length at rest comes back. The kernel holds
 * frames to the mode's shortest without a word: what is reported is what was asked for.
 */
export class StockProcess {
  private readonly camera: SimCameraOptions;
  private readonly options: StockProcessOptions;
  private readonly random: Random;
  private readonly host: HostClocks;
  private readonly oscillator: Oscillator;
  private readonly client: StockClient;
  private readonly recovery = new ClockRecovery();
  private readonly lineUs: number;
  private readonly rest: number;
  /** Lines asked for, by frame: for those that are shaped. */
  private readonly shaped = new Map<number, number>();
  private readonly socket: { readonly atUs: number; readonly message: SyncMessage }[] = [];
  /** Metadata of frames that are still in the encoder. */
  private readonly encoder: FrameReport[] = [];
  private number = -1;
  private nextUs: number;
  private decidesUs: number;
  private lastRunUs = Number.NEGATIVE_INFINITY;
  private ready = false;

  constructor(camera: SimCameraOptions, options: StockProcessOptions, random: Random, host: HostClocks) {
    this.camera = camera;
    this.options = options;
    this.random = random;
    this.host = host;
    this.oscillator = new Oscillator(camera.ppm, random);
    this.client = new StockClient({
      frameDurationUs: options.limitUs,
      minAdjustmentUs: options.minAdjustmentUs,
      syncPeriod: 0,
      readyFrame: 0,
    });
    this.lineUs = camera.mode.lineUs * (options.lineFactor ?? 1);
    this.rest = this.lines(0);
    this.nextUs = camera.startUs ?? random.between(0, camera.frameUs);
    this.decidesUs = this.decision();
  }

  /** True time at which the process decides on its next frame. */
  get dueUs(): number {
    return this.decidesUs;
  }

  /** A datagram reaches the socket. */
  receive(atUs: number, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message !== undefined) this.socket.push({ atUs, message });
  }

  /** The next frame comes to its decision. */
  next(): ProcessFrame {
    const { mode } = this.camera;
    const number = ++this.number;
    const trueUs = this.nextUs;
    const decidedUs = this.decidesUs;
    const asked = this.shaped.get(number) ?? this.rest;
    this.shaped.delete(number - KEPT);
    const shortest = Math.ceil(mode.shortestFrameUs / mode.lineUs);
    const lines = Math.min(Math.max(asked, shortest), Math.floor(LONGEST_FRAME_US / this.lineUs));
    this.nextUs += this.oscillator.frame(lines * this.lineUs);
    this.decidesUs = this.decision();
    const { drop, noiseUs = 3 } = this.camera;
    if (drop !== undefined && this.random.chance(drop))
      return { trueUs, dropped: true, ready: this.ready, correctionUs: 0, reports: [] };
    const stampUs = this.boot(trueUs + noiseUs * this.random.gauss());
    this.recovery.add({
      bootUs: bootUs(this.boot(decidedUs)),
      wallUs: wallUs(this.wall(decidedUs) + PAIR_NOISE_US * this.random.gauss()),
    });
    const wall = this.recovery.toWall(bootUs(stampUs));
    const taken = this.algorithm(number, stampUs, wall, decidedUs);
    const told = { sensorUs: bootUs(stampUs), wallUs: wall };
    const said = this.shaped.get(number - (this.options.reportShift ?? 0)) ?? this.rest;
    return {
      trueUs,
      dropped: false,
      ready: this.ready,
      correctionUs: taken?.correctionUs ?? 0,
      reports: this.reports(decidedUs, told, said, taken),
    };
  }

  /** The wall clock of the process's host. */
  wall(trueUs: number): number {
    return EPOCH_US + trueUs + wallErrorOf(this.host, trueUs) + (this.camera.clockErrorUs?.(trueUs) ?? 0);
  }

  private algorithm(number: number, stampUs: number, wall: number, decidedUs: number): FrameReport['taken'] {
    if (stampUs - this.lastRunUs < this.options.skipBelowUs) return undefined;
    this.lastRunUs = stampUs;
    const messages: SyncMessage[] = [];
    while (this.socket[0] !== undefined && this.socket[0].atUs <= decidedUs)
      messages.push((this.socket.shift() as { message: SyncMessage }).message);
    const first = number === 0;
    const clientUs = Math.floor(wall);
    const { correctionUs, ready, timerUs } = this.client.frame(clientUs, messages);
    this.ready = ready;
    if (correctionUs !== 0) {
      const shaped = number + this.options.delayFrames(decidedUs);
      this.shaped.set(shaped, this.lines(correctionUs));
    }
    const newest = messages.at(-1);
    if (newest === undefined || first || timerUs === undefined) return undefined;
    // The time as the algorithm used it: behind a clock that was set back it goes its own way.
    return { serverUs: newest.wallClockUs, clientUs: newest.readyTimeUs - timerUs, correctionUs };
  }

  private reports(
    decidedUs: number,
    told: Pick<FrameReport, 'sensorUs' | 'wallUs'>,
    lines: number,
    taken: FrameReport['taken'],
  ): ProcessFrame['reports'] {
    const { log, metadataLate } = this.options;
    const reports: { atUs: number; report: FrameReport }[] = [];
    if (log) {
      // The log tells a line's length through the duration of the frame at rest, to a hundredth of a microsecond.
      const lineUs = Math.round(this.rest * this.lineUs * 100) / 100 / this.rest;
      const report: FrameReport = { channel: 'log', ...told, lines, lineUs, ...(taken && { taken }) };
      reports.push({ atUs: decidedUs + this.random.between(...LOG_US), report });
    }
    if (metadataLate !== undefined) {
      // Metadata are written with the encoder's output, once the recording has begun.
      if (this.ready) this.encoder.push({ channel: 'metadata', ...told, durationUs: Math.floor(lines * this.lineUs) });
      const report = this.encoder.length > metadataLate ? this.encoder.shift() : undefined;
      if (report !== undefined) reports.push({ atUs: decidedUs + this.random.between(1000, 3000), report });
    }
    return reports;
  }

  private lines(correctionUs: number): number {
    const lines = (this.options.limitUs - correctionUs) / this.lineUs;
    return this.options.rounds ? Math.round(lines) : Math.floor(lines);
  }

  private decision(): number {
    const { mode } = this.camera;
    return this.nextUs + mode.height * this.lineUs + this.random.between(...DECIDES_AFTER_US);
  }

  private boot(trueUs: number): number {
    return bootOf(this.host, trueUs);
  }
}

/** Frames for which a length is kept after they were made: it may be reported later. */
const KEPT = 4;
