import { setImmediate } from 'node:timers/promises';
import { Random } from '../../sensor/random.ts';
import { LONGEST_FRAME_US, Sensor, type SensorFrame, stampLatencyUs } from '../../sensor/sensor.ts';
import { linesFor, modeName } from '../../sensor/sensor-models.ts';
import { monoToBoot } from '../../time/bracket.ts';
import type { Clock } from '../../time/clock.ts';
import { formatFrameRate } from '../../time/frame-rate.ts';
import type { Readout } from '../../time/readout.ts';
import { monoUs } from '../../time/units.ts';
import type { Camera, CameraInfo, CameraRequest, CapturedFrame } from '../camera.ts';
import { ImagePipeline } from '../image/pipeline.ts';
import type { Picture } from '../picture.ts';
import { modeAtRate } from './choose-mode.ts';
import { buffersOf, virtualNotes } from './controls.ts';
import { chooseExposure } from './exposure.ts';
import { Scene } from './scene.ts';
import { type Crop, readoutOf, shownCrop } from './sensor-geometry.ts';
import { parseVirtualSpec } from './spec.ts';

/**
 * Frames that wait to be fetched; a process that is away for longer loses the ones after them, as with a real camera's
 * buffers.
 */
const BUFFERS = 4;
/** From opening to the first frame, in us, before the random phase. */
const STARTUP_US = 20_000;
/**
 * So many pictures are made for nobody: until its code is compiled one takes twenty times as long as later, and cameras
 * begin to record together. Before the first frame; or, where frames go by before the first picture is asked for, one
 * behind each of them.
 */
const WARM_UP_PICTURES = 20;

/**
 * A camera that is not there: the timing of a real sensor, in real time, looking at a scene made for it.
 *
 * True time is this machine's CLOCK_MONOTONIC, the same for every virtual camera on it. Frames are drawn only when
 * their picture is asked for.
 */
export class VirtualCamera implements Camera {
  readonly info: CameraInfo;
  private readonly clock: Clock;
  private readonly sensor: Sensor;
  private readonly scene: Scene;
  private readonly random: Random;
  private readonly exposureUs: number;
  private readonly drop: number;
  private readonly gain: number;
  private readonly buffers: number;
  private readonly image: ImagePipeline | undefined;
  private readonly colourGains: readonly [number, number];
  private readonly scalerCrop: Crop;
  /** Of the rows of the whole picture, before it is turned and a region is cut out of it. */
  private readonly seen: Readout;
  private readonly made: SensorFrame[] = [];
  private wake: (() => void) | undefined;
  /** Pictures that are still to be made for nobody. */
  private toWarmUp = WARM_UP_PICTURES;
  private readonly idleFirst: boolean;
  private closed = false;

  /** @throws UsageError where the spec, the mode, the frame rate, the exposure or the size can't be had. */
  constructor(request: CameraRequest, clock: Clock) {
    const { spec, frameRate, width, height } = request;
    const parsed = parseVirtualSpec(spec);
    const { ppm, seed, drop } = parsed;
    const notes: string[] = [];
    const { mode, frameUs } = modeAtRate(parsed, request, notes);
    const { exposureUs, gain, brightness } = chooseExposure(request, mode, { frameUs, frameRate }, notes);
    this.exposureUs = exposureUs;
    this.gain = gain;
    this.image = ImagePipeline.open(request.image, request, notes);
    const { roi, awbGains } = this.image?.adjustments ?? {};
    this.colourGains = awbGains ?? [1, 1];
    this.scalerCrop = shownCrop(mode, width, height, roi);
    const whole = readoutOf(mode, shownCrop(mode, width, height), height);
    // A camera that flips its picture reads the sensor from the other end: the upper row of what comes out is always
    // the first.
    this.seen = this.image?.adjustments.flip
      ? { topUs: whole.topUs + (height - 1) * whole.rowUs, rowUs: -whole.rowUs }
      : whole;
    notes.push(...virtualNotes(request.controls));
    this.buffers = buffersOf(request.controls, BUFFERS);
    this.idleFirst = request.idleFirst ?? false;
    this.clock = clock;
    this.drop = drop;
    this.random = new Random(seed + 1);
    this.scene = new Scene({
      width,
      height,
      name: request.name,
      detail: `${mode.model} ${formatFrameRate(frameRate)} fps`,
      seed,
      brightness,
    });
    const { y, height: panelHeight } = this.scene.panel;
    const pixelClock = this.image?.shows(this.scene.panel) ?? true;
    const edgeAt = (edge: number): number => this.image?.edgeAt(edge) ?? edge;
    const startUs = clock.mono() + STARTUP_US + this.random.between(0, frameUs);
    this.sensor = new Sensor({ mode, frameUs, exposureUs, ppm, random: this.random, startUs });
    this.info = {
      spec,
      model: mode.model,
      mode: modeName(mode),
      width,
      height,
      frameRate,
      exposureUs,
      gain,
      rows: mode.height,
      globalShutter: mode.globalShutter,
      readout: readoutOf(mode, this.scalerCrop, height),
      pixelClock,
      ...(pixelClock && { panelRows: [edgeAt(y), edgeAt(y + panelHeight)] }),
      ...(notes.length > 0 && { notes }),
      steering: {
        kind: 'steered',
        lineUs: mode.lineUs,
        controlDelayFrames: mode.delay.frameLength,
        // A frame shortened further would cut the exposure short.
        shortestFrameUs: linesFor(mode, exposureUs + (mode.marginLines + 1) * mode.lineUs) * mode.lineUs,
        longestFrameUs: LONGEST_FRAME_US,
        frameUs: linesFor(mode, frameUs) * mode.lineUs,
      },
    };
  }

  async run(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    const { sensor, made } = this;
    while (!this.idleFirst && this.toWarmUp > 0 && !this.closed) {
      this.warmUp();
      await setImmediate();
    }
    // What was exposed before somebody looked is nobody's.
    this.makeUpTo(this.clock.mono() - sensor.mode.height * sensor.mode.lineUs);
    made.length = 0;
    while (!this.closed) {
      const next = made[0]?.readoutUs ?? sensor.upcomingUs;
      // A frame is there when its last row has been read out.
      await this.until(next + sensor.mode.height * sensor.mode.lineUs);
      if (this.closed) break;
      this.makeUpTo(this.clock.mono() - sensor.mode.height * sensor.mode.lineUs);
      for (const frame of made.splice(0).slice(0, this.buffers)) {
        if (!this.random.chance(this.drop)) onFrame(this.captured(frame));
      }
      if (this.toWarmUp > 0) this.warmUp();
    }
  }

  setFrameDuration(us: number): void {
    // The write reaches the sensor now, whatever frame this process has got to.
    this.makeUpTo(this.clock.mono());
    this.sensor.setFrameDuration(us);
  }

  /**
   * Gives one frame so many lines: the one with this `sequence`, or the first that has not begun. For a camera that
   * behaves as another program's.
   */
  orderFrame(sequence: number, lines: number): void {
    this.makeUpTo(this.clock.mono());
    this.sensor.orderFrame(sequence, lines);
  }

  close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    return Promise.resolve();
  }

  private makeUpTo(mono: number): void {
    while (this.sensor.upcomingUs <= mono) this.made.push(this.sensor.next());
  }

  private captured(frame: SensorFrame): CapturedFrame {
    let picture: Picture | undefined;
    return {
      sequence: frame.number,
      sensorUs: monoToBoot(this.clock, monoUs(frame.readoutUs + stampLatencyUs(this.random))),
      exposureUs: frame.exposureUs,
      gain: this.gain,
      colourGains: this.colourGains,
      digitalGain: 1,
      scalerCrop: this.scalerCrop,
      durationUs: frame.lines * this.sensor.mode.lineUs,
      picture: () => {
        this.toWarmUp = 0;
        picture ??= this.render(frame);
        return picture;
      },
    };
  }

  private warmUp(): void {
    this.render({ readoutUs: this.sensor.upcomingUs + (this.toWarmUp * 1e6) / 30, exposureUs: this.exposureUs });
    this.toWarmUp--;
  }

  private render(frame: Pick<SensorFrame, 'readoutUs' | 'exposureUs'>): Picture {
    // The readout is when row 0 of the sensor stops being exposed.
    const { topUs, rowUs } = this.seen;
    const seen = this.scene.render({
      startUs: monoUs(frame.readoutUs + topUs - frame.exposureUs),
      endUs: monoUs(frame.readoutUs + topUs),
      rowUs,
    });
    return this.image?.apply(seen) ?? seen;
  }

  private until(mono: number): Promise<void> {
    const leftMs = (mono - this.clock.mono()) / 1000;
    if (leftMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.ceil(leftMs));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
