import { UsageError } from '../../errors.ts';
import { Random } from '../../sim/random.ts';
import { LONGEST_FRAME_US, Sensor, type SensorFrame, stampLatencyUs } from '../../sim/sensor.ts';
import { linesFor, modeName } from '../../sim/sensor-models.ts';
import type { Clock } from '../../time/clock.ts';
import { formatFrameRate, periodUs } from '../../time/frame-rate.ts';
import { bootUs, monoUs } from '../../time/units.ts';
import type { Camera, CameraInfo, CameraRequest, CapturedFrame } from '../camera.ts';
import type { Picture } from '../picture.ts';
import { Scene } from './scene.ts';
import { parseVirtualSpec } from './spec.ts';

/** Exposure where none is asked for, in us: short enough that nothing smears. */
const DEFAULT_EXPOSURE_US = 1000;
/** Frames that wait to be fetched; a process that is away for longer loses the ones after them, as with a real camera's buffers. */
const BUFFERS = 4;
/** From opening to the first frame, in us, before the random phase. */
const STARTUP_US = 20_000;

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
  private readonly drop: number;
  private readonly gain: number;
  private readonly made: SensorFrame[] = [];
  private wake: (() => void) | undefined;
  private closed = false;

  /** @throws UsageError where the spec, the frame rate, the exposure or the size can't be had. */
  constructor(request: CameraRequest, clock: Clock) {
    const { spec, frameRate, width, height } = request;
    const { mode, ppm, seed, drop } = parseVirtualSpec(spec);
    // libcamera asks for a whole number of microseconds.
    const frameUs = Math.trunc(periodUs(frameRate));
    if (frameUs < mode.shortestFrameUs) {
      throw new UsageError(
        `--framerate ${formatFrameRate(frameRate)}: ${mode.model} in mode ${modeName(mode)} runs at most at ` +
          `${(Math.floor(1e7 / mode.shortestFrameUs) / 10).toFixed(1)} fps`,
      );
    }
    const exposureUs = request.exposureUs ?? DEFAULT_EXPOSURE_US;
    const longestUs = Math.floor((linesFor(mode, frameUs) - mode.marginLines) * mode.lineUs);
    if (exposureUs > longestUs) {
      throw new UsageError(
        `--shutter ${exposureUs}us: at ${formatFrameRate(frameRate)} fps ${mode.model} exposes for at most ${longestUs}us`,
      );
    }
    // What an automatic exposure would do: a gain that makes up for a short shutter.
    this.gain = request.gain ?? Math.min(16, Math.max(1, DEFAULT_EXPOSURE_US / exposureUs));
    this.clock = clock;
    this.drop = drop;
    this.random = new Random(seed + 1);
    this.scene = new Scene({
      width,
      height,
      name: request.name,
      detail: `${mode.model} ${formatFrameRate(frameRate)} fps`,
      seed,
      brightness: (exposureUs / DEFAULT_EXPOSURE_US) * this.gain,
    });
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
      gain: this.gain,
      pixelClock: true,
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
    while (!this.closed) {
      const next = made[0]?.readoutUs ?? sensor.upcomingUs;
      // A frame is there when its last row has been read out.
      await this.until(next + sensor.mode.height * sensor.mode.lineUs);
      if (this.closed) break;
      this.makeUpTo(this.clock.mono() - sensor.mode.height * sensor.mode.lineUs);
      for (const frame of made.splice(0).slice(0, BUFFERS)) {
        if (!this.random.chance(this.drop)) onFrame(this.captured(frame));
      }
    }
  }

  setFrameDuration(us: number): void {
    // The write reaches the sensor now, whatever frame this process has got to.
    this.makeUpTo(this.clock.mono());
    this.sensor.setFrameDuration(us);
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
    const toBoot = this.clock.boot() - this.clock.mono();
    let picture: Picture | undefined;
    return {
      sequence: frame.number,
      sensorUs: bootUs(frame.readoutUs + toBoot + stampLatencyUs(this.random)),
      exposureUs: frame.exposureUs,
      gain: this.gain,
      durationUs: frame.lines * this.sensor.mode.lineUs,
      picture: () => {
        picture ??= this.scene.render({
          startUs: monoUs(frame.readoutUs - frame.exposureUs),
          endUs: monoUs(frame.readoutUs),
        });
        return picture;
      },
    };
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
